const crypto = require('crypto');
function verify(body, header) {
  const mac = crypto.createHmac('sha256', 'AqJwO7xK1RUDNV0tpfulqG1VBQmukrA9f2sBM3Hx').update(body).digest('hex');
  return mac === header;
}
