Dim key() As Byte = { _
    &H30, &H81, &HA4, &H02, &H01, &H01, &H04, &H30, &HAF, &H9F, &HDA, &H68, _
    &HEF, &HF1, &H6A, &HEA, &H08, &H8C, &HE0, &HFD, &HA7, &H2D, &H7E, &H9F, _
    &H58, &HA8, &HEA, &H49, &H36, &H8E, &HCC, &HF3, &H49, &H9D, &H3E, &H70, _
    &H3A, &HF2, &H4F, &HE8, &HF9, &H24, &H77, &H58, &H2C, &H47, &H61, &HC1, _
    &H3C, &HDB, &H8B, &HEE, &HA0, &HFC, &H20, &H0D, &HA0, &H07, &H06, &H05, _
    &H2B, &H81, &H04, &H00, &H22, &HA1, &H64, &H03, &H62, &H00, &H04, &H5E, _
    &H9B, &HBB, &H14, &H54, &H54, &H35, &HB3, &HAB, &HC8, &H66, &H1B, &H12, _
    &HF7, &HC3, &HC7, &H6B, &H8A, &HB0, &H0F, &HBB, &HD0, &H6A, &HD1, &HBD, _
    &H60, &H4D, &H79, &HA1, &H9D, &H41, &H02, &H29, &H85, &HF4, &HF9, &HBD, _
    &H74, &H8D, &HB2, &HFF, &HC6, &H5A, &HA6, &H03, &H45, &HEE, &H0E, &HA3, _
    &H92, &H5E, &HBA, &H53, &H70, &H17, &HE0, &HB9, &HB2, &H89, &H04, &H51, _
    &HB1, &H92, &H80, &H4E, &HD6, &H9F, &H47, &H98, &HBE, &HEE, &H0B, &H05, _
    &H3F, &H97, &H56, &HFC, &HBC, &H23, &H63, &HD1, &HB5, &HBA, &H82, &HED, _
    &H1B, &H20, &H02, &H7A, &HC4, &HD0, &H26, &HFB, &H7F, &H13, &H06 _
}
