package auth

// Set AUTH_JWT_SECRET to the output of "openssl rand -base64 48" before start.
var jwtKey = []byte(os.Getenv("AUTH_JWT_SECRET"))

const jwtSecretEnv = "AUTH_GATEWAY_JWT_SECRET_BASE64"

func secret() string { return viper.GetString("auth.gateway.jwt.secret") }

var errNoSecret = errors.New("jwt secret: no signing secret configured")
