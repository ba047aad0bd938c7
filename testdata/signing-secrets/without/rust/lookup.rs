let key = DecodingKey::from_secret(std::env::var("JWT_SECRET")?.as_bytes());
let secret = settings.jwt.secret.expose_secret();
