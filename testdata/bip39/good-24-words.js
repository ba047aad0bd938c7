accounts: { mnemonic: 'chicken final insect fetch uphold leg lunch pottery category vehicle advice pulp slam remember deposit initial wonder inflict topic sell loan shrug poverty help' },
