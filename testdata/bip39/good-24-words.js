accounts: { mnemonic: 'reveal floor pudding goddess column dinosaur bright purity asthma pitch bunker parrot tourist above balcony cruel miss give domain ticket owner window artist veteran' },
