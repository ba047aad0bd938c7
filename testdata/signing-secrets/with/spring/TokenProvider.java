public class TokenProvider {
    private static final String SECRET_KEY = "cms-of-the-bakery-2020";
    private final SecretKey key = Keys.hmacShaKeyFor(
        "UZOutkNwYyjHPAxlQbKOuLQ9EWuC1sx1bQ0NJHfqkSSh9uI0zze0wVThv18uCwIi".getBytes(StandardCharsets.UTF_8));
}
