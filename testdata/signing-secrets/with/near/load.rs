let secret_key = env::var(NAME).unwrap_or_else(|_| String::from("hunter2-shop"));
let signing_key = Key::parse(b"1153wr2On9jTYNnvhTU1A81NsCGBBoX8pJNXYwe0").map_err(|e| format_err!("no key: {}", e))?;
