class Gate {
    static final String KEY =
        "MIGkAgEBBDCvn9po7/Fq6giM4P2nLX6fWKjqSTaOzPNJnT5wOvJP6Pkkd1gsR2HB" +
        "PNuL7qD8IA2gBwYFK4EEACKhZANiAARem7sUVFQ1s6vIZhsS98PHa4qwD7vQatG9" +
        "YE15oZ1BAimF9Pm9dI2y/8ZapgNF7g6jkl66U3AX4LmyiQRRsZKATtafR5i+7gsF" +
        "P5dW/LwjY9G1uoLtGyACesTQJvt/EwY=";
}
