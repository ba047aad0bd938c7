class Gate {
    static final String KEY = "-----BEGIN OPENSSH PRIVATE KEY-----"
        + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
        + "QyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/AAAAJjnL3y45y98"
        + "uAAAAAtzc2gtZWQyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/A"
        + "AAAEAWyN4pWr2T5h0yLtpOsXtblTO+4QTVWxMv4DKLADgequqAOVw7cGWYxBo09Ryo4nri"
        + "sPEgW5E71sj5if3xNTP8AAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw=="
        + "-----END OPENSSH PRIVATE KEY-----";
}
