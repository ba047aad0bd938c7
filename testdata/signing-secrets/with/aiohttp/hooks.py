import hashlib, hmac
def sign(body):
    return hmac.new(b"zMle8RgTYKezWtnxUZi9PisFE5UG3rJ8", body, hashlib.sha256).hexdigest()
