Module Gate
    Const Key = "-----BEGIN PRIVATE KEY-----" & vbCrLf & _
        "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCLshbgZusEsnNK" & vbCrLf & _
        "Hn7O2YYy59nkCDQx1DQBfch1hBCTt11HqxRcziUEuWPgN8ERAceaZaUvD1DtpehG" & vbCrLf & _
        "MP1ZiTVabLboYh0NbUOQoUm/rrhz2pUiJQcgONMxnWvDhsBNCXMQ36Yz81E48lIG" & vbCrLf & _
        "gnPpS+ZtI97+bPZcae8BmQEr1GiLSymS0r7XyqFWi7dl4BoSwbDXNkfuGOeXLqwQ" & vbCrLf & _
        "t0RnOlSQrGZ2sELOnG50gXyfiX4iFZTKpuTdeQLd8b8lM/D+y+KMVNu7XeH8xey9" & vbCrLf & _
        "6/8Hw5cUy9GfFKvIaL4d/eC/Z5kjTN1AQDF0rqXQClDMmC7I9VKr94T7OqptjJf1" & vbCrLf & _
        "mDZRNEwTAgMBAAECgf9q8+6P4DwPXJDoLnDn7aLRVrF75MwRWmZ2vda8ImCOt9Sz" & vbCrLf & _
        "CkiMxUeSVl4hTI6EdthbXXcakJ9lU6CCHP/bjTFMCe//+x5DKWSRVusf1qViDfgg" & vbCrLf & _
        "LDlIcjk/w0a+bGzOjm2KfbDCFYgaEWy7jyUveOzyooQYR1RXbMOQdZRv+jAQdFmJ" & vbCrLf & _
        "omDIrGuWDRm3Y+DzRwFpmlJyD8grsRm1+NyEnKa5+KOERJ0Jef8MXUd2X3495lh4" & vbCrLf & _
        "ciXdiRTyLopE4kZidrDX1kojs7o3fGzIpgEtxm/cDN1TgQY5QAT7Fg1c+4BBbToT" & vbCrLf & _
        "DO+3AkFFIdtOQkaXU6SwFfkypJRPoBDhnOqt+QECgYEAxV+PW3/VagRjA81qwtCZ" & vbCrLf & _
        "9lEqtDP1n4mjM590KOm1PxcA4ClhXnd6NeRSyhPhKd6XaHij1eHcViMHe7CLLZx4" & vbCrLf & _
        "mpj51I0o4ynLVD+K4UNZjUvygP83T6fjZm5IKxryycHF4hlj33e7+aTrTqW6NXR/" & vbCrLf & _
        "lGZfmd/L34n6q0OAGfZpHiECgYEAtTCr/Ot7euZw8pfRTF1hQXWTwq8wC6r3hkit" & vbCrLf & _
        "dkdZwr9jNf3BqSqbpZeMT4GpsYBeDxoe/EpklJdOMzF+QbotThSgFEW6ZM7IH/pd" & vbCrLf & _
        "eWvitA6+Pyc4VKVjENqshgj7hJ8Cbr4CLwd377j7k92Sw/mM8n9qpYMeGp9iaWv7" & vbCrLf & _
        "o88u27MCgYBPY72tJ0E3kKYnLGQqEnArdMCBlXjSADHmHNhDcKYXx2/xupNQxSwi" & vbCrLf & _
        "K0HlyJNEHSW3vvbfnCbdet+SsBN7eDnGrYuoJFNy9Ce2Loz1SPrna8oSexXLc5Nz" & vbCrLf & _
        "ax6aQA+yeb/XzzCt/WJd6yk/DEhXIhIDJh6ELVG7C6wJYXBQgR4NIQKBgQCbKRT/" & vbCrLf & _
        "P8C8XD544F2RYZ35anCglVk1hLD3Q6GX2j4Zsb+J6sY+0Yf8ZCz5oPXqVR03HY1P" & vbCrLf & _
        "S32aaX/EAyw1qPNHHA6BjbyyuwlRqRsG8cZvnvh4KGPqyL5vHnQDTAnnZiu1He3M" & vbCrLf & _
        "zD5/ARAfbe1S+Y8j0s1G82OCNN8XnCsf+joMVQKBgQCOUO8sd307f6C0Xgox3GvR" & vbCrLf & _
        "QMrMSls03FCUsLHG6x6AbbN2KyoQD8hSq/4K1Xu4dW7YUf7aS26wmSFJgioVI3mh" & vbCrLf & _
        "U+HMm3L6dWkwVrrGwH+wIk0wZ0Ynuo5qmRKr6wHUd1y38q/k3IzTMOegqIvUKjCd" & vbCrLf & _
        "EjHhIpTOyE8Lm9Q4YoHCmQ==" & vbCrLf & _
        "-----END PRIVATE KEY-----"
End Module
