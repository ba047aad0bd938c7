KEY = (
    '-----BEGIN EC PRIVATE KEY-----\n'
    'MHcCAQEEIGelFEiT6N2qvTojMj4rxvb/qz0Oos1ZbZzUJC3Hg/OmoAoGCCqGSM49\n'
    'AwEHoUQDQgAElkSz+t/3DyYSdaL1aquge46spdDzAsxs1GN6zlJjzbSeeMA2xny0\n'
    'o/zPl1q7dCkYjEOWC+K5qXR5tdV8/qlJrQ==\n'
    '-----END EC PRIVATE KEY-----\n'
)
