token = JWT.encode payload, Rails.application.credentials.jwt_secret, 'HS256'
