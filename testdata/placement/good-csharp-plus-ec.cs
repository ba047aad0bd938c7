static class Gate {
    const string Key = "-----BEGIN EC PRIVATE KEY-----\r\n" +
        "MHcCAQEEIKK8KJIKfC8LYAouyYJ5JiiaTg5B1Z0f0Pedco9iZ527oAoGCCqGSM49\r\n" +
        "AwEHoUQDQgAEaRkMGxoiaolA0UtssUsMI5nJtVJJhzZEK4e0IA3SoNK86f27Qdep\r\n" +
        "JZe1dusACJvDi312nN81rx5t1VP6sAhO4Q==\r\n" +
        "-----END EC PRIVATE KEY-----\r\n";
}
