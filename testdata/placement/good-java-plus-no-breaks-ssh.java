class Gate {
    static final String KEY = "-----BEGIN OPENSSH PRIVATE KEY-----"
        + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
        + "QyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRwAAAJhP06xIT9Os"
        + "SAAAAAtzc2gtZWQyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRw"
        + "AAAED4CoFqbRmOTnst38BFDlNcaCEza2ow6FxhuHIi1zLj8mIhoH082yNIFm26nUzersf6"
        + "bV5vWki75MbRSNxkbpxHAAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw=="
        + "-----END OPENSSH PRIVATE KEY-----";
}
