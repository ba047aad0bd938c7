PPK = re.compile(r"PuTTY-User-Key-File-[23]: (ssh-\w+)\s+Encryption: (none|aes256-cbc)")
