package web
var store = sessions.NewCookieStore([]byte("vl7z5dEOxsa6G2OWuewGnJhPGarTC3D5"))
