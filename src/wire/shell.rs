//! Words of command lines that are shown to be copied into a POSIX shell.

/// Quotes a word, if it needs that.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        for plain in ["a", "/etc/x-1.plist", "key=1,2"] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("-x"), "'-x'");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(it's)"), r"'$(it'\''s)'");
    }
}
