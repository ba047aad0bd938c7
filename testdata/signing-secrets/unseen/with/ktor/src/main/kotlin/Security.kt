fun Application.configureSecurity() {
    val algorithm = Algorithm.HMAC256("secret")
    val other = Algorithm.HMAC512(System.getenv("JWT_KEY") ?: "ec6hHiuJEUkUGrjI0Tkb2TFcB3yJj5xIeCNFxN4rEI0E0YuiCd4TLu2DWZzpIPrR")
    install(Sessions) {
        cookie<UserSession>("SID") {
            transform(SessionTransportTransformerMessageAuthentication(hex("13574de45032485cb54d1c28809092c6f1d96c4a6b47e2cfa72831ca53ba0c5a")))
        }
    }
}
