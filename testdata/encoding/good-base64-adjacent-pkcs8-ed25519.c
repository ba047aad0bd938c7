static const char key[] =
    "MC4CAQAwBQYDK2VwBCIEIBNGpz+KLyfGXfh/22iBpXdGBATTuOEt8zv/KpfHMdN8"
;
