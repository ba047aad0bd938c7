class Gate {
    static final String KEY =
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz" +
        "c2gtZWQyNTUxOQAAACB87dfeNv7HpRJNEC/RC9i7F2fs2vGOSiYhmU6hzYE/BQAA" +
        "AJhR8vBtUfLwbQAAAAtzc2gtZWQyNTUxOQAAACB87dfeNv7HpRJNEC/RC9i7F2fs" +
        "2vGOSiYhmU6hzYE/BQAAAEAKXfeD1tjmGYCJJY/drPb7CU+Te1SgRX5KtrOiAitR" +
        "WXzt1942/selEk0QL9EL2LsXZ+za8Y5KJiGZTqHNgT8FAAAAEmFkYUBsYXB0b3Au" +
        "ZXhhbXBsZQECAw==";
}
