const signed = tx.signWith(account, '7abef2370e792e56d51f355d8bf863b4c990591162e064379f0b4591f48cb711');
