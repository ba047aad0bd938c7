fun Application.configureSecurity() {
    val secret = environment.config.property("ktor.security.jwt.secret").getString()
    val verifier = JWT.require(Algorithm.HMAC256(secret)).withIssuer("https://auth.acme.test/issuer").build()
    val kid = "5c1fb2c2-0f5a-4d2a-9d55-0a0f0f1b8a11"
    val signingKeyId = "arn:aws:kms:eu-west-1:123456789012:key/5c1fb2c2-0f5a-4d2a-9d55-0a0f0f1b8a11"
}
