priv := &ecdsa.PrivateKey{D: hexInt("0cc6314ff44e4faf6efdd63be1b9061b203f89cd3ccf7e37a7f01ccbdd7a9ac9")}
