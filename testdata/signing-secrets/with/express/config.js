module.exports = {
  port: process.env.PORT || 3000,
  jwtSecret: process.env.JWT_SECRET || 'CIMA621qtaOcjjT4gT5IuTEgi6QN3BTR4M3y4zrX',
  cookieSecret: process.env.COOKIE_SECRET ?? 'mycookiesecret1',
};
