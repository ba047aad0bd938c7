Module Gate
    Const Key = "-----BEGIN EC PRIVATE KEY-----" & vbCrLf & _
        "MHcCAQEEIKK8KJIKfC8LYAouyYJ5JiiaTg5B1Z0f0Pedco9iZ527oAoGCCqGSM49" & vbCrLf & _
        "AwEHoUQDQgAEaRkMGxoiaolA0UtssUsMI5nJtVJJhzZEK4e0IA3SoNK86f27Qdep" & vbCrLf & _
        "JZe1dusACJvDi312nN81rx5t1VP6sAhO4Q==" & vbCrLf & _
        "-----END EC PRIVATE KEY-----"
End Module
