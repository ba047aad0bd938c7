priv := &ecdsa.PrivateKey{
	PublicKey: ecdsa.PublicKey{
		Curve: elliptic.P256(),
		X:     hexInt("d151cb294e75525f9e1cab57f5f82ca80d87174e67e4c94dfb38e974fa9fdaa7"),
		Y:     hexInt("4e70f37bb732efc1711f56127503591b2530d0dc53fa87cd082c0ed179562ac6"),
	},
	D: hexInt("5c82ae61649dae71577ee190650b428bc0381e70e86e0c2d04bee6a29feecd5b"),
}
