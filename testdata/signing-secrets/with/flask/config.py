import os
class Config:
    SECRET_KEY = os.environ.get('SECRET_KEY') or 'you-will-never-guess'
    JWT_SECRET_KEY = os.getenv("JWT_SECRET_KEY", "OF2nJxGIgeHovBw04ixF4pMi4ITbv5fFcBQ4bseUivl")
