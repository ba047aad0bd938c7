const key = [
  'MC4CAQAwBQYDK2VwBCIEIKUmUNxKSALiSPpcUes6cWtIfmzRAR2r7CHZTfctzqbY',
].join('');
