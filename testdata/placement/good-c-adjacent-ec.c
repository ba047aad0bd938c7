static const char key[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIKK8KJIKfC8LYAouyYJ5JiiaTg5B1Z0f0Pedco9iZ527oAoGCCqGSM49\n"
    "AwEHoUQDQgAEaRkMGxoiaolA0UtssUsMI5nJtVJJhzZEK4e0IA3SoNK86f27Qdep\n"
    "JZe1dusACJvDi312nN81rx5t1VP6sAhO4Q==\n"
    "-----END EC PRIVATE KEY-----\n";
