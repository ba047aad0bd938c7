static class Gate {
    const string Key = "-----BEGIN EC PRIVATE KEY-----\r\n" +
        "MHcCAQEEIGelFEiT6N2qvTojMj4rxvb/qz0Oos1ZbZzUJC3Hg/OmoAoGCCqGSM49\r\n" +
        "AwEHoUQDQgAElkSz+t/3DyYSdaL1aquge46spdDzAsxs1GN6zlJjzbSeeMA2xny0\r\n" +
        "o/zPl1q7dCkYjEOWC+K5qXR5tdV8/qlJrQ==\r\n" +
        "-----END EC PRIVATE KEY-----\r\n";
}
