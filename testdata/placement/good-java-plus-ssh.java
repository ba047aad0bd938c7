class Gate {
    static final String KEY =
        "-----BEGIN OPENSSH PRIVATE KEY-----\n" +
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n" +
        "QyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRwAAAJhP06xIT9Os\n" +
        "SAAAAAtzc2gtZWQyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRw\n" +
        "AAAED4CoFqbRmOTnst38BFDlNcaCEza2ow6FxhuHIi1zLj8mIhoH082yNIFm26nUzersf6\n" +
        "bV5vWki75MbRSNxkbpxHAAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==\n" +
        "-----END OPENSSH PRIVATE KEY-----\n";
}
