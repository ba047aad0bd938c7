export default {
  secretKey: 'Secret key',
  jwtSecretHelp: 'Paste the signing secret of your identity provider here',
  secretPlaceholder: '••••••••••••••••',
};
