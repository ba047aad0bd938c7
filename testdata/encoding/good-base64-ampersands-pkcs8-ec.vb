Const Key As String = "MHcCAQEEIMh3qt9tDIef/AsLgBGhRQ3Ts0hjs8l/Ssie2COEcdzJoAoGCCqGSM49" & _
    "AwEHoUQDQgAEPMEElxbVoKdy1pLfFiSQIbP/vVQSztsaEcdThgj0uJqYJKXNVuyR" & _
    "oX871h2iFIAyyWruCm8egth0LUD1oqiSnA=="
