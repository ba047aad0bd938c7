server.auth.strategy('session', 'cookie', {
  cookie: { name: 'sid', password: 'UlakhY7zRjHcdEDG5mBpmF295NLd5Wh0hVDh1xQi', isSecure: true },
});
server.auth.strategy('jwt', 'jwt', { key: '24ca293ae836faccf72b676a7085d48e3962624d95d0c5836c147025f44884e7', validate });

export const sessionOptions = {
  password: "xAIzEFm9cmj1Qc0q7iD6F3fRXMvl7ZecftQ2",
  cookieName: "acme_session",
};
