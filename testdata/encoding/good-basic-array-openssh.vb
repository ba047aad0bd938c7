Dim key() As Byte = { _
    &H6F, &H70, &H65, &H6E, &H73, &H73, &H68, &H2D, &H6B, &H65, &H79, &H2D, _
    &H76, &H31, &H00, &H00, &H00, &H00, &H04, &H6E, &H6F, &H6E, &H65, &H00, _
    &H00, &H00, &H04, &H6E, &H6F, &H6E, &H65, &H00, &H00, &H00, &H00, &H00, _
    &H00, &H00, &H01, &H00, &H00, &H00, &H33, &H00, &H00, &H00, &H0B, &H73, _
    &H73, &H68, &H2D, &H65, &H64, &H32, &H35, &H35, &H31, &H39, &H00, &H00, _
    &H00, &H20, &HD9, &HA5, &H7B, &H3F, &H6E, &H37, &HF4, &HC1, &H13, &H88, _
    &HF4, &H57, &H75, &H31, &H22, &H0F, &H02, &HEB, &H74, &H4C, &HE6, &HC2, _
    &HBA, &HB6, &HBC, &HAD, &HB1, &H82, &HA5, &H8A, &H8C, &H3E, &H00, &H00, _
    &H00, &H98, &HF3, &H1E, &H85, &HF6, &HF3, &H1E, &H85, &HF6, &H00, &H00, _
    &H00, &H0B, &H73, &H73, &H68, &H2D, &H65, &H64, &H32, &H35, &H35, &H31, _
    &H39, &H00, &H00, &H00, &H20, &HD9, &HA5, &H7B, &H3F, &H6E, &H37, &HF4, _
    &HC1, &H13, &H88, &HF4, &H57, &H75, &H31, &H22, &H0F, &H02, &HEB, &H74, _
    &H4C, &HE6, &HC2, &HBA, &HB6, &HBC, &HAD, &HB1, &H82, &HA5, &H8A, &H8C, _
    &H3E, &H00, &H00, &H00, &H40, &H0B, &H89, &HD1, &HFF, &H25, &H5B, &HCB, _
    &H72, &H70, &HC0, &H8E, &HFB, &HC4, &H7D, &H67, &H3C, &H92, &H9A, &H8C, _
    &HA1, &H17, &H92, &HEF, &H6E, &H39, &HEE, &H95, &HD9, &HC4, &HA9, &H77, _
    &HB4, &HD9, &HA5, &H7B, &H3F, &H6E, &H37, &HF4, &HC1, &H13, &H88, &HF4, _
    &H57, &H75, &H31, &H22, &H0F, &H02, &HEB, &H74, &H4C, &HE6, &HC2, &HBA, _
    &HB6, &HBC, &HAD, &HB1, &H82, &HA5, &H8A, &H8C, &H3E, &H00, &H00, &H00, _
    &H12, &H61, &H64, &H61, &H40, &H6C, &H61, &H70, &H74, &H6F, &H70, &H2E, _
    &H65, &H78, &H61, &H6D, &H70, &H6C, &H65, &H01, &H02, &H03 _
}
