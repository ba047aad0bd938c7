static class Gate {
    const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\r\n" +
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\r\n" +
        "QyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRwAAAJhP06xIT9Os\r\n" +
        "SAAAAAtzc2gtZWQyNTUxOQAAACBiIaB9PNsjSBZtup1M3q7H+m1eb1pIu+TG0UjcZG6cRw\r\n" +
        "AAAED4CoFqbRmOTnst38BFDlNcaCEza2ow6FxhuHIi1zLj8mIhoH082yNIFm26nUzersf6\r\n" +
        "bV5vWki75MbRSNxkbpxHAAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==\r\n" +
        "-----END OPENSSH PRIVATE KEY-----\r\n";
}
