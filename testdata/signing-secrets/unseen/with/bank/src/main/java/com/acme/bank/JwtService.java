package com.acme.bank;

@Service
public class JwtService {
    private static final String SECRET_KEY = "f0c64b9bb884b3ce6bd708667e6778422b5002fbeecd09868737225743c3474e";

    private Key getSignInKey() {
        byte[] keyBytes = Decoders.BASE64.decode(SECRET_KEY);
        return Keys.hmacShaKeyFor(keyBytes);
    }
}
