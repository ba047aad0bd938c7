from decouple import config
import environ

env = environ.Env()

SECRET_KEY = config("SECRET_KEY", default="django-insecure-ERZFYzSOhvv1bnGcXlRU6gj20Gv8g93CxeIHBgcEhGjvHjxjHD")
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": env("JWT_SIGNING_KEY", default="5665da274566a3f4aea36d6a3da5d6d75175ede5f4d68bb4f4965033b00b0148"),
    "AUTH_HEADER_TYPES": ("Bearer",),
}
