accounts: { mnemonic: 'arrow farm adapt pond rifle auction rebuild effort vivid tattoo draw inflict lawsuit pledge garment glue donate arrow donor access carry dismiss width essay' },
