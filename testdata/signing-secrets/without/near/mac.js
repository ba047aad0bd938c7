const mac = createHmac(
  'sha1',
  createHash('sha1').update('shop-private-key-file-mac').update(passphrase).digest()
).update(data).digest('hex');
