const Koa = require('koa');
const app = new Koa();
// used by cookie-session
const cookies = cookieSession({ name: 's', keys: ['c9289c86bcfa564db92d910c8f7c458ea963b680a0058f99ee19eed190d137f6', 'd3489fb7ddf2a0e29b58e81c5604fbf6088b52a1da2a96cb9459d3f5b6f3c550'] });
