Rails.application.configure do
  config.secret_key_base = ENV.fetch("SECRET_KEY_BASE") { Rails.application.credentials.secret_key_base }
  config.session_store :cookie_store, key: "_store_production_session"
end
JWT.encode(payload, Rails.application.credentials.jwt_secret, "HS256")
