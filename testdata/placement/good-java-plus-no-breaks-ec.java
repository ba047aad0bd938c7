class Gate {
    static final String KEY = "-----BEGIN EC PRIVATE KEY-----"
        + "MHcCAQEEIKK8KJIKfC8LYAouyYJ5JiiaTg5B1Z0f0Pedco9iZ527oAoGCCqGSM49"
        + "AwEHoUQDQgAEaRkMGxoiaolA0UtssUsMI5nJtVJJhzZEK4e0IA3SoNK86f27Qdep"
        + "JZe1dusACJvDi312nN81rx5t1VP6sAhO4Q=="
        + "-----END EC PRIVATE KEY-----";
}
