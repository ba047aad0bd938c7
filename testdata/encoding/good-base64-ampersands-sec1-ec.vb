Const Key As String = "MIGkAgEBBDAPsdF1bMYrPkTVUATxoYQE/XV/GyWKc6ml/Q8a9dU9sHbXlkUvT6dZ" & _
    "8DgiPKz+MpmgBwYFK4EEACKhZANiAATNanBBKwvip55ewfSrYnlb8VpY3w7OWBUc" & _
    "pFHkhJVcS6y28ofyNDRZQlfRmjf34VnRGph0O632+e+Zr7r8iokHuWdGlOF3nq2X" & _
    "WwecsBkrc8zryLoqAGSG/jrMBKW/+kY="
