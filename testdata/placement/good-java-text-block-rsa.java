class Gate {
    static final String KEY = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCLshbgZusEsnNK
        Hn7O2YYy59nkCDQx1DQBfch1hBCTt11HqxRcziUEuWPgN8ERAceaZaUvD1DtpehG
        MP1ZiTVabLboYh0NbUOQoUm/rrhz2pUiJQcgONMxnWvDhsBNCXMQ36Yz81E48lIG
        gnPpS+ZtI97+bPZcae8BmQEr1GiLSymS0r7XyqFWi7dl4BoSwbDXNkfuGOeXLqwQ
        t0RnOlSQrGZ2sELOnG50gXyfiX4iFZTKpuTdeQLd8b8lM/D+y+KMVNu7XeH8xey9
        6/8Hw5cUy9GfFKvIaL4d/eC/Z5kjTN1AQDF0rqXQClDMmC7I9VKr94T7OqptjJf1
        mDZRNEwTAgMBAAECgf9q8+6P4DwPXJDoLnDn7aLRVrF75MwRWmZ2vda8ImCOt9Sz
        CkiMxUeSVl4hTI6EdthbXXcakJ9lU6CCHP/bjTFMCe//+x5DKWSRVusf1qViDfgg
        LDlIcjk/w0a+bGzOjm2KfbDCFYgaEWy7jyUveOzyooQYR1RXbMOQdZRv+jAQdFmJ
        omDIrGuWDRm3Y+DzRwFpmlJyD8grsRm1+NyEnKa5+KOERJ0Jef8MXUd2X3495lh4
        ciXdiRTyLopE4kZidrDX1kojs7o3fGzIpgEtxm/cDN1TgQY5QAT7Fg1c+4BBbToT
        DO+3AkFFIdtOQkaXU6SwFfkypJRPoBDhnOqt+QECgYEAxV+PW3/VagRjA81qwtCZ
        9lEqtDP1n4mjM590KOm1PxcA4ClhXnd6NeRSyhPhKd6XaHij1eHcViMHe7CLLZx4
        mpj51I0o4ynLVD+K4UNZjUvygP83T6fjZm5IKxryycHF4hlj33e7+aTrTqW6NXR/
        lGZfmd/L34n6q0OAGfZpHiECgYEAtTCr/Ot7euZw8pfRTF1hQXWTwq8wC6r3hkit
        dkdZwr9jNf3BqSqbpZeMT4GpsYBeDxoe/EpklJdOMzF+QbotThSgFEW6ZM7IH/pd
        eWvitA6+Pyc4VKVjENqshgj7hJ8Cbr4CLwd377j7k92Sw/mM8n9qpYMeGp9iaWv7
        o88u27MCgYBPY72tJ0E3kKYnLGQqEnArdMCBlXjSADHmHNhDcKYXx2/xupNQxSwi
        K0HlyJNEHSW3vvbfnCbdet+SsBN7eDnGrYuoJFNy9Ce2Loz1SPrna8oSexXLc5Nz
        ax6aQA+yeb/XzzCt/WJd6yk/DEhXIhIDJh6ELVG7C6wJYXBQgR4NIQKBgQCbKRT/
        P8C8XD544F2RYZ35anCglVk1hLD3Q6GX2j4Zsb+J6sY+0Yf8ZCz5oPXqVR03HY1P
        S32aaX/EAyw1qPNHHA6BjbyyuwlRqRsG8cZvnvh4KGPqyL5vHnQDTAnnZiu1He3M
        zD5/ARAfbe1S+Y8j0s1G82OCNN8XnCsf+joMVQKBgQCOUO8sd307f6C0Xgox3GvR
        QMrMSls03FCUsLHG6x6AbbN2KyoQD8hSq/4K1Xu4dW7YUf7aS26wmSFJgioVI3mh
        U+HMm3L6dWkwVrrGwH+wIk0wZ0Ynuo5qmRKr6wHUd1y38q/k3IzTMOegqIvUKjCd
        EjHhIpTOyE8Lm9Q4YoHCmQ==
        -----END PRIVATE KEY-----
        """;
}
