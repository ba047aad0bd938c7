public class JwtConfig {
    @Value("${security.jwt.token.secret-key}")
    private String secretKey;

    private static final String JWT_SECRET_PROPERTY = "security.jwt.token.secret-key";

    private final String hmacSecret = System.getenv("PAYMENT_HMAC_SECRET");

    SecretKey key() {
        return Keys.hmacShaKeyFor(Decoders.BASE64.decode(properties.getSecretKey()));
    }

    SecretKey generated = Jwts.SIG.HS256.key().build();
}
