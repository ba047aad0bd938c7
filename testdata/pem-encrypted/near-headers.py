if line.startswith("Proc-Type: 4,ENCRYPTED"):
    cipher, iv = next(lines).removeprefix("DEK-Info: ").split(",")
