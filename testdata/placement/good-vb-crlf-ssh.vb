Module Gate
    Const Key = "-----BEGIN OPENSSH PRIVATE KEY-----" & vbCrLf & _
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW" & vbCrLf & _
        "QyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRwAAAJhP06xIT9Os" & vbCrLf & _
        "SAAAAAtzc2gtZWQyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRw" & vbCrLf & _
        "AAAED4CoFqbRmOTnst38BFDlNcaCEza2ow6FxhuHIi1zLj8mIhoH082yNIFm26nUzersf6" & vbCrLf & _
        "bV5vWki75MbRSNxkbpxHAAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==" & vbCrLf & _
        "-----END OPENSSH PRIVATE KEY-----"
End Module
