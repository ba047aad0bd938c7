val key = """
    |-----BEGIN EC PRIVATE KEY-----
    |MHcCAQEEIGelFEiT6N2qvTojMj4rxvb/qz0Oos1ZbZzUJC3Hg/OmoAoGCCqGSM49
    |AwEHoUQDQgAElkSz+t/3DyYSdaL1aquge46spdDzAsxs1GN6zlJjzbSeeMA2xny0
    |o/zPl1q7dCkYjEOWC+K5qXR5tdV8/qlJrQ==
    |-----END EC PRIVATE KEY-----
""".trimMargin()
