const SECRET_HEADER: &str = "x-ledger-signature-sha256";

pub fn key(config: &Config) -> EncodingKey {
    EncodingKey::from_secret(config.jwt_secret.expose_secret().as_bytes())
}

fn secret() -> String {
    std::env::var("LEDGER_JWT_SECRET").expect("LEDGER_JWT_SECRET must be set to sign tokens")
}
