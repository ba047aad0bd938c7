package com.example;
public class JwtUtil {
    @Value("${app.jwtSecret:feX5BKnADrVYK9CqROh6EK2PS5z46JqglwtrXfJlyDPL9rFz3dCf0z8zdDn0hNUE}")
    private String jwtSecret;
    String issue(String name) {
        return Jwts.builder().setSubject(name).signWith(SignatureAlgorithm.HS512, "RvJP7dPLUScd58p0HpdUW0YCAIJI8YF56BbISOobPzA66OGX0IufYWgFRh7X6QOk").compact();
    }
}
