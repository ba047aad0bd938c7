module.exports = { networks: { main: {
  accounts: [
    // deployer
    '0xbea81263af23095d5015e57c4f6c055d1b77ba20322f9423942695db1839d975',
    process.env.OTHER,
  ] } } };
