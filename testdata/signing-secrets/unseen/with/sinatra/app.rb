require 'jwt'
use Rack::Session::Cookie, key: 'rack.session', secret: '3e2b2e5fe1a0412ab5e4fbdf9845b5370568e8da56732ff2674462fd9e300b25b70dad2d5e3cbcde861bb8d32dc5eefc76767a80b13e6fca47397fd3ac1ee154'

def token(user)
  JWT.encode({ sub: user }, 'my$ecretK3y', 'HS256')
end

def verify(token)
  JWT.decode token, ENV.fetch('JWT_SECRET', 'b925ffd1c91096bbb89aff2e4e613e6b820fb42e74a249f81a5baa4142a75fab'), true, algorithm: 'HS256'
end

def sign(data)
  OpenSSL::HMAC.hexdigest('SHA256', 'nDyProW43x4RJAGZ0obUVvHzaF04xy6OzbpP0Gjy', data)
end
