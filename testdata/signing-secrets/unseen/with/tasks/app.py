from flask import Flask
import hmac, hashlib, jwt

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = "58eec074ca7301f2d61eb86bb051506c"
app.config.update(SECRET_KEY="qUDipHg3LJFJoBQ8b9PpY7mRUwMiEy5A", DEBUG=False)
app.secret_key = b"_5#y2L\"F4Q8z\n\xec]/"


def sign(body):
    return hmac.new(b"XT6JBPH3TJe6BH1cAsvKIKKcx3KFkp2L6nFpRjGG", body, hashlib.sha256).hexdigest()


def token(user):
    return jwt.encode({"sub": user}, "secret123", algorithm="HS256")
