String secret = env.getProperty("app.jwt.secret");
Algorithm algorithm = Algorithm.HMAC256(System.getenv("JWT_SECRET"));
private static final String SECRET_HEADER = "X-Webhook-Signature";
private static final String JWT_SECRET_PROPERTY = "security.jwt.secret";
