Dim key() As Byte = { _
    &H30, &H77, &H02, &H01, &H01, &H04, &H20, &H6B, &H43, &H3E, &H02, &HCB, _
    &HBB, &H48, &HAE, &H42, &H75, &HBE, &HFB, &HAF, &H14, &H7C, &H52, &H60, _
    &H7B, &H60, &H04, &H14, &H13, &H0B, &HD6, &H90, &H6F, &HE1, &H8B, &HD3, _
    &H21, &H17, &HFD, &HA0, &H0A, &H06, &H08, &H2A, &H86, &H48, &HCE, &H3D, _
    &H03, &H01, &H07, &HA1, &H44, &H03, &H42, &H00, &H04, &HA4, &H1A, &HA5, _
    &H9A, &H1A, &HF8, &H32, &H28, &H53, &H8E, &HF5, &H1B, &H5D, &H4A, &HAF, _
    &H14, &H23, &H31, &H29, &HFD, &H85, &H19, &H15, &H2D, &H30, &HD8, &HCE, _
    &HD7, &H84, &H67, &HB7, &HCA, &H55, &H08, &HFC, &H68, &H65, &HDD, &H2E, _
    &H97, &HBB, &H03, &H61, &H3F, &H59, &HD5, &H42, &H9E, &H4A, &HF3, &H63, _
    &H5C, &HB2, &H9E, &H5C, &H18, &H65, &H93, &HC8, &HCE, &HC4, &HCD, &H8D, _
    &H73 _
}
