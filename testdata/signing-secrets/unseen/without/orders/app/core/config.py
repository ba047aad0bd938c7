import os
import secrets
from pydantic import Field, SecretStr


class Settings(BaseSettings):
    jwt_secret: SecretStr = Field(..., env="ORDERS_JWT_SECRET_CURRENT")
    secret_key: str = secrets.token_urlsafe(32)
    session_secret: str = os.environ["ORDERS_SESSION_SECRET_KEY"]
    jwt_algorithm: str = "HS256"
    jwt_secret_name: str = "projects/acme/secrets/orders-jwt/versions/latest"


token = jwt.encode(payload, settings.jwt_secret.get_secret_value(), algorithm="HS256")
