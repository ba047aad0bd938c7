import jwt
def issue(sub):
    return jwt.encode({"sub": sub}, "ruXjLjJ2NxDCPc5kN8ZGFFqSN0s50PXOd7Htcc8eqsQb", algorithm="HS512")
