Module Gate
    Const Key = "-----BEGIN EC PRIVATE KEY-----" & vbCrLf & _
        "MHcCAQEEIGelFEiT6N2qvTojMj4rxvb/qz0Oos1ZbZzUJC3Hg/OmoAoGCCqGSM49" & vbCrLf & _
        "AwEHoUQDQgAElkSz+t/3DyYSdaL1aquge46spdDzAsxs1GN6zlJjzbSeeMA2xny0" & vbCrLf & _
        "o/zPl1q7dCkYjEOWC+K5qXR5tdV8/qlJrQ==" & vbCrLf & _
        "-----END EC PRIVATE KEY-----"
End Module
