const cookieSession = require('cookie-session');
const session = require('express-session');

app.use(cookieSession({
  name: 'forum',
  keys: ['07f233b8f3a562594979ff63c1779663dda3463c', 'OvpLlfCvOPoMt9SYp0yhNgCq4xa718HS'],
  maxAge: 24 * 60 * 60 * 1000,
}));
app.use(session({
  store: new RedisStore({ client }),
  secret: [
    'd95c6660a732effd148f62b13085d3ee131782faf52eca58662bc906fe6c571f',
    '3f08086bcedfde659f075ed4526181c28333923d3b0719e463113fd6456e1edf',
  ],
  resave: false,
  saveUninitialized: false,
}));
app.use(cookieParser('keyboard cat'));
