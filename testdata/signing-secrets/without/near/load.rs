let secret_key = Key::load(path)
    .unwrap_or_else(|e| {
        status_err!("could not load {}: {}", path.display(), e);
        process::exit(1);
    });
let signing_key = Key::try_from(bytes)
    .map_err(|e| format_err!(InvalidKey, "invalid Ed25519 key: {}", e))?;
