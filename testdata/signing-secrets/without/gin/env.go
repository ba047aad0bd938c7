var jwtKey = []byte(os.Getenv("JWT_SECRET"))
func Sign(c jwt.Claims) (string, error) { return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(jwtKey) }
