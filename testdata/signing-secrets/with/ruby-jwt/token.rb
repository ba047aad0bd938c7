require 'jwt'
token = JWT.encode payload, 'B437EMZOXTeD59WqexcOOQ94bAqP6UvR', 'HS256'
digest = OpenSSL::HMAC.hexdigest('SHA256', 'NOD1PQdUQJYN5EZxwIveRzKQ4cGGzZDx', body)
