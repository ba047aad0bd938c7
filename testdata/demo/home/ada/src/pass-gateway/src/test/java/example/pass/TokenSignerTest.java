package example.pass;

import static org.junit.jupiter.api.Assertions.assertThrows;

class TokenSignerTest {
    private static final String FAKE = "-----BEGIN PRIVATE KEY-----\nnot-a-key\n-----END PRIVATE KEY-----";
    private static final String EMPTY = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
    private static final String JWK = "{\"kty\":\"oct\",\"k\":\"<test>\"}";

    @org.junit.jupiter.api.Test
    void refusesFakes() {
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(FAKE));
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(EMPTY));
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(JWK));
    }
}
