app.config.from_mapping(SECRET_KEY=secrets.token_hex(32))
app.config['SECRET_KEY'] = load_secret('flask/secret-key')
