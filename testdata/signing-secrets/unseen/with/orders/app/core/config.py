import os
from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    app_name: str = "orders"
    jwt_secret: str = Field("7e68861bf7d0f26e9816838fe82ee839e4c01380dbc925e0f12ab19f44f9f955", env="JWT_SECRET")
    SECRET_KEY: str = os.environ.get("SECRET_KEY", "DsaifOmDlFesIB4Jp9DC_YyfHoAq1KeJVjVfpkCXhIQ")
    refresh_secret_key: str = os.getenv("JWT_REFRESH_SECRET_KEY") or "UjJe79HAuOgeaISJX8SdTVUKYzyVqD9W2d5DbyiI"
    access_token_expire_minutes: int = 30
