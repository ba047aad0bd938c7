use jsonwebtoken::{EncodingKey, Header, encode};

pub fn token(claims: &Claims) -> Result<String> {
    Ok(encode(
        &Header::default(),
        claims,
        &EncodingKey::from_secret(b"aZXeY80UW31C9OXls3WMiw9r41PrFWY2EgzHfdG3V2ZkJZws"),
    )?)
}

fn secret() -> String {
    std::env::var("JWT_SECRET").unwrap_or_else(|_| {
        "a4c2803972ae7c351163fa719aa3c836962345c21bd8db439590ba591f3954b4".to_string()
    })
}

fn mac(body: &[u8]) -> Vec<u8> {
    let mut mac = HmacSha256::new_from_slice(b"vdozJsFVsBhbqYzSOm1a49hCX3aO8Skk").unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}
