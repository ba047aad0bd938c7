package com.acme.auth

@Component
class JwtConfig(
    @Value("\${security.jwt.secret:d3439d508635534a6c13900530350edb1df315400e92c67221aa0f6264e6b426}") private val secret: String,
    @Value("\${security.jwt.expiration:3600}") private val expiration: Long,
) {
    private val key by lazy { Keys.hmacShaKeyFor(secret.toByteArray()) }
}
