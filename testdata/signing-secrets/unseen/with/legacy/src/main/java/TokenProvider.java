public class TokenProvider {
    public String createToken(Authentication authentication) {
        return Jwts.builder()
                .setSubject(authentication.getName())
                .signWith(SignatureAlgorithm.HS512, "binw67v6IYHZiD5IvjXdpnaXw7kdUvKxLg4eRoAvvvLJdoeW1liAIa8QXKJ3jQgN")
                .compact();
    }

    public String mac(String body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("m6DjGrgBpYULsb3N6hIBG0qT3w8mJIsT".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return Hex.encodeHexString(mac.doFinal(body.getBytes()));
    }
}
