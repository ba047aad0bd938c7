class Gate {
    static final String KEY =
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz" +
        "c2gtZWQyNTUxOQAAACCl3R30yzcOt2rUUja83UEN5dCJN8G20tNaXu6dGpHCXgAA" +
        "AJioaQCUqGkAlAAAAAtzc2gtZWQyNTUxOQAAACCl3R30yzcOt2rUUja83UEN5dCJ" +
        "N8G20tNaXu6dGpHCXgAAAEBSbvEMSFM/hyVcOGHh7x898iDV71asAve2BHAXS6dD" +
        "mKXdHfTLNw63atRSNrzdQQ3l0Ik3wbbS01pe7p0akcJeAAAAEmFkYUBsYXB0b3Au" +
        "ZXhhbXBsZQECAw==";
}
