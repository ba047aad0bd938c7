Module Gate
    Const Key = "-----BEGIN OPENSSH PRIVATE KEY-----" & vbCrLf & _
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW" & vbCrLf & _
        "QyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/AAAAJjnL3y45y98" & vbCrLf & _
        "uAAAAAtzc2gtZWQyNTUxOQAAACDqgDlcO3BlmMQaNPUcqOJ64rDxIFuRO9bI+Yn98TUz/A" & vbCrLf & _
        "AAAEAWyN4pWr2T5h0yLtpOsXtblTO+4QTVWxMv4DKLADgequqAOVw7cGWYxBo09Ryo4nri" & vbCrLf & _
        "sPEgW5E71sj5if3xNTP8AAAAEmFkYUBsYXB0b3AuZXhhbXBsZQECAw==" & vbCrLf & _
        "-----END OPENSSH PRIVATE KEY-----"
End Module
