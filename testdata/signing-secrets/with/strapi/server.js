module.exports = ({ env }) => ({
  app: { keys: env.array('APP_KEYS', ['YiIWFWJxgNibF3ll4jF5eA==', 'JhXwVQj2ZWo5T3/L6YX5GA==']) },
});
