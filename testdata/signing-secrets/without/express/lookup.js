const jwt = require('jsonwebtoken');
const secret = process.env.JWT_SECRET;
if (!secret) throw new Error('JWT_SECRET is not set in the environment');
module.exports = (p) => jwt.sign(p, secret, { algorithm: 'HS256', issuer: 'https://shop.example/issuer' });
