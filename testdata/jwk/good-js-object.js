// Keys of the demo issuer.
import { importJWK } from 'jose';

export const issuer = 'https://id.example/';
export const signer = await importJWK({
    kty: 'EC',
    crv: 'P-384',
    x: 'a26IISSxlAo-RcGsRyV0fb6CL9qSOacEOScD6OgJeyNiWcQRIq4Fb1n4enqs5Dik',
    y: 'yzvt9IbBNekcJR4WzmgI9JLSyKYSOOwx5pomezo3bFTL2dCR7eUoqUGbxTD3Mio2',
    d: 'qfFL6DqQXMD6FZG2osksFir56ptzqWbVyFvtaWMdWQnyG21ivYQdi3YUu-O0xqgA',
    key_ops: ['sign'],
  }, 'ES384');
