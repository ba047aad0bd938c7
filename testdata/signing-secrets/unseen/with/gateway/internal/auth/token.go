package auth

import (
	"os"

	"github.com/golang-jwt/jwt/v5"
)

var jwtKey = []byte("YojueLrCHUWws2lc2kbUwCubTdUNyE1F3qVt0SDw3vV")

const refreshSecret = "7ded6b7b38b8f7d77713ef20d10a33ff64980529355f1056"

func secret() []byte {
	return []byte(getEnv("AUTH_HMAC_SECRET", "Q1slI4sPC9dinVpZJRNsyrqYgFpYTC9Vg9/GVPEe0xo="))
}

func sign(claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("secret"))
}
