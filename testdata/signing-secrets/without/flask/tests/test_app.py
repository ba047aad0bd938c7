app.config['SECRET_KEY'] = 'dev'
app.secret_key = 'testing-secret'
