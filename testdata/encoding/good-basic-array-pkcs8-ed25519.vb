Dim key() As Byte = { _
    &H30, &H2E, &H02, &H01, &H00, &H30, &H05, &H06, &H03, &H2B, &H65, &H70, _
    &H04, &H22, &H04, &H20, &HA5, &H26, &H50, &HDC, &H4A, &H48, &H02, &HE2, _
    &H48, &HFA, &H5C, &H51, &HEB, &H3A, &H71, &H6B, &H48, &H7E, &H6C, &HD1, _
    &H01, &H1D, &HAB, &HEC, &H21, &HD9, &H4D, &HF7, &H2D, &HCE, &HA6, &HD8 _
}
