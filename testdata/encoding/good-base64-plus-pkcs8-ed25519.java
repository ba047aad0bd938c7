class Gate {
    static final String KEY =
        "MC4CAQAwBQYDK2VwBCIEIBNGpz+KLyfGXfh/22iBpXdGBATTuOEt8zv/KpfHMdN8";
}
