class Gate {
    static final String KEY =
        "MC4CAQAwBQYDK2VwBCIEIKUmUNxKSALiSPpcUes6cWtIfmzRAR2r7CHZTfctzqbY";
}
