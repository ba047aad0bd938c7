const key = [
  'MC4CAQAwBQYDK2VwBCIEIG/6r2pMcaExM1oe5bWNjKSMFwJ7Gv2jin8LRWKOk+k5',
].join('');
