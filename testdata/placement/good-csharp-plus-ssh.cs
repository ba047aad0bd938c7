static class Gate {
    const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\r\n" +
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\r\n" +
        "QyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/AAAAJjnL3y45y98\r\n" +
        "uAAAAAtzc2gtZWQyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/A\r\n" +
        "AAAEAWyN4pWr2T5h0yLtpOsXtblTO+4QTVWxMv4DKLADgequqAOVw7cGWYxBo09Ryo4nri\r\n" +
        "sPEgW5E71sj5if3xNTP8AAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==\r\n" +
        "-----END OPENSSH PRIVATE KEY-----\r\n";
}
