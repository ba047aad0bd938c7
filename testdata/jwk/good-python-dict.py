import jwt

KEY = {'kty': 'oct', 'k': 'WZYIzuiU9ewkiJFxMiZRtHQPJAn_TNGK0n8xumvxxEY'}


def token(claims):
    return jwt.encode(claims, jwt.PyJWK(KEY).key, 'HS256')
