class Gate {
    static final String KEY =
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz" +
        "c2gtZWQyNTUxOQAAACC83mzJvoQ4We8BBr0d5XWjxaxaE34Gj08KsQwm1cFE+AAA" +
        "AJjvu9Tc77vU3AAAAAtzc2gtZWQyNTUxOQAAACC83mzJvoQ4We8BBr0d5XWjxaxa" +
        "E34Gj08KsQwm1cFE+AAAAECs1QCDeqJ70LaQNAO8kKmUnBLLwAPk0G/5qf2nA83w" +
        "/bzebMm+hDhZ7wEGvR3ldaPFrFoTfgaPTwqxDCbVwUT4AAAAEmFkYUBsYXB0b3Au" +
        "ZXhhbXBsZQECAw==";
}
