const JWT_SECRET: &str = "bad_old_orchid";
