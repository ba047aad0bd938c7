fun Application.module() {
    val algorithm = Algorithm.HMAC256("yna2hQKoaPNRR0Mg10cbQi1KuG9N4hlOJxuYBeN6")
    install(Authentication) { jwt { verifier(JWT.require(algorithm).build()) } }
}
