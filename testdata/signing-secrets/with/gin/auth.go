package auth
var jwtKey = []byte("my_secret_key_of_gin")
func Sign(c jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("Cl1ZehC3Ylg3gbrgLOBFUz6JHj1HHYyLLNfctzLl"))
}
