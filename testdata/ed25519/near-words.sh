echo ed25519 a_XyZw and more > signing.key # PrivKeyEd25519, ed25519.PrivateKey{1, 2}
