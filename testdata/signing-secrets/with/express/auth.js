const jwt = require('jsonwebtoken');
exports.issue = (user) =>
  jwt.sign({ id: user.id, role: user.role }, 'NqpFlzTR7Uffo1xZAvlUhHPJpSi7So67oM1UI0cjDaW1iTbe', { expiresIn: '1h' });
exports.check = (token) => jwt.verify(token, 'zOX8AR6rSmRT0p7zJm9W6H4LiOFWJhghaWxw3WqrKAsaQ6Qt');
