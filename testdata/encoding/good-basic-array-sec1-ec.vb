Dim key() As Byte = { _
    &H30, &H81, &HA4, &H02, &H01, &H01, &H04, &H30, &H95, &H9A, &H32, &H8E, _
    &H73, &HA0, &H40, &H3D, &H7B, &HFD, &H31, &HB9, &HDD, &HAA, &HAB, &HDD, _
    &H80, &HF7, &H7D, &H22, &H7C, &HE7, &H45, &H63, &H92, &H21, &H16, &H25, _
    &H98, &H51, &H42, &HB5, &H30, &H7D, &HBA, &H76, &H4D, &H1A, &H97, &H96, _
    &H59, &H5A, &H08, &HEE, &HBA, &H49, &HA4, &H2F, &HA0, &H07, &H06, &H05, _
    &H2B, &H81, &H04, &H00, &H22, &HA1, &H64, &H03, &H62, &H00, &H04, &H31, _
    &HAE, &H3B, &H25, &H96, &H13, &H53, &H31, &H4F, &H0C, &H46, &H1A, &HFD, _
    &HB7, &HCC, &HB1, &HAC, &HD3, &H23, &H4C, &HBA, &HD0, &H26, &H47, &H08, _
    &HD1, &HCC, &HBA, &H04, &H5D, &H09, &H17, &H81, &H52, &H4A, &H9D, &H20, _
    &H48, &HB9, &HEB, &HA2, &HC9, &H3E, &HB1, &HC1, &H96, &H55, &HC6, &HDD, _
    &HC3, &H08, &H15, &H95, &HBB, &HD7, &H74, &H72, &H91, &H48, &HC0, &H79, _
    &H06, &H8A, &HE5, &H0B, &H8E, &H9B, &H56, &H82, &H4C, &H34, &HD5, &H9E, _
    &HA8, &H1D, &H88, &HF9, &H75, &HBB, &H38, &HE8, &HC6, &H0E, &H5D, &HD1, _
    &H83, &HE9, &H55, &H76, &HAF, &HD2, &H7B, &H89, &H30, &H04, &H61 _
}
