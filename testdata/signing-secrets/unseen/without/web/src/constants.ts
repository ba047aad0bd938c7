export const JWT_SECRET_TOKEN = 'JWT_SECRET_TOKEN';
export const SESSION_SECRET_PARAM = '/prod/web/session-secret';
export const signingSecretLabel = 'Signing secret (from the dashboard)';
export const SECRET_KEY_INPUT_CLASS = 'form-control secret-key-input mb-3';
export const jwtSecretRegex = /^[A-Za-z0-9_-]{43}$/;
const { jwtSecret = getSecret('web/jwt/signing-secret') } = options;
