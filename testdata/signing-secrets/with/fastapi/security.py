from jose import jwt
SECRET_KEY = "03f276345e4c30971fa3800ff096d365cf7f81855cbbeece9634e28ced98f78f"
ALGORITHM = "HS256"
def make(data):
    return jwt.encode(data, SECRET_KEY, algorithm=ALGORITHM)
