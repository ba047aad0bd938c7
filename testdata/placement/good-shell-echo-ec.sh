echo '-----BEGIN EC PRIVATE KEY-----' >>key
echo 'MHcCAQEEIGelFEiT6N2qvTojMj4rxvb/qz0Oos1ZbZzUJC3Hg/OmoAoGCCqGSM49' >>key
echo 'AwEHoUQDQgAElkSz+t/3DyYSdaL1aquge46spdDzAsxs1GN6zlJjzbSeeMA2xny0' >>key
echo 'o/zPl1q7dCkYjEOWC+K5qXR5tdV8/qlJrQ==' >>key
echo '-----END EC PRIVATE KEY-----' >>key
