SECRET_KEY = os.environ['DJANGO_SECRET_KEY']
SECRET_KEY = env('SECRET_KEY')
SECRET_KEY = config('SECRET_KEY', default='')
