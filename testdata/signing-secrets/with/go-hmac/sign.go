func sign(b []byte) []byte {
	mac := hmac.New(sha256.New, []byte("gogo3e6ADi5tl5An1aJijIWvC0D4wKdf"))
	mac.Write(b)
	return mac.Sum(nil)
}
