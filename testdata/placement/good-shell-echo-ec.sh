echo '-----BEGIN EC PRIVATE KEY-----' >>key
echo 'MHcCAQEEIKK8KJIKfC8LYAouyYJ5JiiaTg5B1Z0f0Pedco9iZ527oAoGCCqGSM49' >>key
echo 'AwEHoUQDQgAEaRkMGxoiaolA0UtssUsMI5nJtVJJhzZEK4e0IA3SoNK86f27Qdep' >>key
echo 'JZe1dusACJvDi312nN81rx5t1VP6sAhO4Q==' >>key
echo '-----END EC PRIVATE KEY-----' >>key
