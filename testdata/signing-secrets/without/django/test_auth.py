def test():
    token = jwt.encode({'a': 1}, 'secret', algorithm='HS256')
