class Gate {
    static final String KEY =
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz" +
        "c2gtZWQyNTUxOQAAACDZpXs/bjf0wROI9Fd1MSIPAut0TObCura8rbGCpYqMPgAA" +
        "AJjzHoX28x6F9gAAAAtzc2gtZWQyNTUxOQAAACDZpXs/bjf0wROI9Fd1MSIPAut0" +
        "TObCura8rbGCpYqMPgAAAEALidH/JVvLcnDAjvvEfWc8kpqMoReS72457pXZxKl3" +
        "tNmlez9uN/TBE4j0V3UxIg8C63RM5sK6trytsYKliow+AAAAEmFkYUBsYXB0b3Au" +
        "ZXhhbXBsZQECAw==";
}
