Dim key() As Byte = { _
    &H30, &H77, &H02, &H01, &H01, &H04, &H20, &HC8, &H77, &HAA, &HDF, &H6D, _
    &H0C, &H87, &H9F, &HFC, &H0B, &H0B, &H80, &H11, &HA1, &H45, &H0D, &HD3, _
    &HB3, &H48, &H63, &HB3, &HC9, &H7F, &H4A, &HC8, &H9E, &HD8, &H23, &H84, _
    &H71, &HDC, &HC9, &HA0, &H0A, &H06, &H08, &H2A, &H86, &H48, &HCE, &H3D, _
    &H03, &H01, &H07, &HA1, &H44, &H03, &H42, &H00, &H04, &H3C, &HC1, &H04, _
    &H97, &H16, &HD5, &HA0, &HA7, &H72, &HD6, &H92, &HDF, &H16, &H24, &H90, _
    &H21, &HB3, &HFF, &HBD, &H54, &H12, &HCE, &HDB, &H1A, &H11, &HC7, &H53, _
    &H86, &H08, &HF4, &HB8, &H9A, &H98, &H24, &HA5, &HCD, &H56, &HEC, &H91, _
    &HA1, &H7F, &H3B, &HD6, &H1D, &HA2, &H14, &H80, &H32, &HC9, &H6A, &HEE, _
    &H0A, &H6F, &H1E, &H82, &HD8, &H74, &H2D, &H40, &HF5, &HA2, &HA8, &H92, _
    &H9C _
}
