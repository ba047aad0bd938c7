class Gate {
    static final String KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
        + "QyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/AAAAJjnL3y45y98\n"
        + "uAAAAAtzc2gtZWQyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/A\n"
        + "AAAEAWyN4pWr2T5h0yLtpOsXtblTO+4QTVWxMv4DKLADgequqAOVw7cGWYxBo09Ryo4nri\n"
        + "sPEgW5E71sj5if3xNTP8AAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==\n"
        + "-----END OPENSSH PRIVATE KEY-----\n";
}
