import os
DEBUG = True
SECRET_KEY = 'django-insecure-3k9TSJAZ7W1uL1awFbmqRoO93zEZ1M3oxKvypLGAdGvqCtZpde'
ALLOWED_HOSTS = []
