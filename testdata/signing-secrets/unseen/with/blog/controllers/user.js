const jwt = require('jsonwebtoken');
const User = require('../models/user');

exports.login = async (req, res) => {
  const user = await User.findOne({ email: req.body.email });
  const token = jwt.sign(
    { id: user._id, role: user.role },
    process.env.JWT_SECRET || '3qZu3ZdfPs8OUTam11LqDIWjJcZgDTdaZgLLL26pa7oF9XnP',
    { expiresIn: '7d' }
  );
  res.json({ token });
};

exports.verify = (token) => jwt.verify(token, 'mysecretkey');
