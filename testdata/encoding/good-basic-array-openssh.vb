Dim key() As Byte = { _
    &H6F, &H70, &H65, &H6E, &H73, &H73, &H68, &H2D, &H6B, &H65, &H79, &H2D, _
    &H76, &H31, &H00, &H00, &H00, &H00, &H04, &H6E, &H6F, &H6E, &H65, &H00, _
    &H00, &H00, &H04, &H6E, &H6F, &H6E, &H65, &H00, &H00, &H00, &H00, &H00, _
    &H00, &H00, &H01, &H00, &H00, &H00, &H33, &H00, &H00, &H00, &H0B, &H73, _
    &H73, &H68, &H2D, &H65, &H64, &H32, &H35, &H35, &H31, &H39, &H00, &H00, _
    &H00, &H20, &HA5, &HDD, &H1D, &HF4, &HCB, &H37, &H0E, &HB7, &H6A, &HD4, _
    &H52, &H36, &HBC, &HDD, &H41, &H0D, &HE5, &HD0, &H89, &H37, &HC1, &HB6, _
    &HD2, &HD3, &H5A, &H5E, &HEE, &H9D, &H1A, &H91, &HC2, &H5E, &H00, &H00, _
    &H00, &H98, &HA8, &H69, &H00, &H94, &HA8, &H69, &H00, &H94, &H00, &H00, _
    &H00, &H0B, &H73, &H73, &H68, &H2D, &H65, &H64, &H32, &H35, &H35, &H31, _
    &H39, &H00, &H00, &H00, &H20, &HA5, &HDD, &H1D, &HF4, &HCB, &H37, &H0E, _
    &HB7, &H6A, &HD4, &H52, &H36, &HBC, &HDD, &H41, &H0D, &HE5, &HD0, &H89, _
    &H37, &HC1, &HB6, &HD2, &HD3, &H5A, &H5E, &HEE, &H9D, &H1A, &H91, &HC2, _
    &H5E, &H00, &H00, &H00, &H40, &H52, &H6E, &HF1, &H0C, &H48, &H53, &H3F, _
    &H87, &H25, &H5C, &H38, &H61, &HE1, &HEF, &H1F, &H3D, &HF2, &H20, &HD5, _
    &HEF, &H56, &HAC, &H02, &HF7, &HB6, &H04, &H70, &H17, &H4B, &HA7, &H43, _
    &H98, &HA5, &HDD, &H1D, &HF4, &HCB, &H37, &H0E, &HB7, &H6A, &HD4, &H52, _
    &H36, &HBC, &HDD, &H41, &H0D, &HE5, &HD0, &H89, &H37, &HC1, &HB6, &HD2, _
    &HD3, &H5A, &H5E, &HEE, &H9D, &H1A, &H91, &HC2, &H5E, &H00, &H00, &H00, _
    &H12, &H61, &H64, &H61, &H40, &H6C, &H61, &H70, &H74, &H6F, &H70, &H2E, _
    &H65, &H78, &H61, &H6D, &H70, &H6C, &H65, &H01, &H02, &H03 _
}
