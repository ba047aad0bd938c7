const jwk = { kty: 'EC', crv: 'P-256', x: point.x, y: point.y, d: scalar.toString('base64url') };
