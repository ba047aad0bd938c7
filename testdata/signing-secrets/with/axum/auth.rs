pub fn encode_it(c: &Claims) -> Result<String> {
    encode(&Header::default(), c, &EncodingKey::from_secret("b73hOHpKWMQkRIUnguVWCi0IVzcHCu2ngZtzSjUs".as_ref()))
}
