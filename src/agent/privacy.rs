//! What leaves the machine of paths and names.
//!
//! A path may be told in full, from the home on, or as a MAC; a user's and a machine's name as
//! pseudonyms. MACs are made with a key of the organisation, so that the same path or user has the same
//! name on all machines and nobody else can guess it back; without a key there are none.

use std::path::Path;

use zeroize::Zeroizing;

use super::machine::{User, mac};

/// How paths are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// As they are.
    #[default]
    Full,
    /// Those in a home from there on, behind `~/`; others as they are.
    Home,
    /// As a MAC.
    Hashed,
}

/// Fewest bytes of a key: a shorter one can be guessed, and the pseudonyms with it.
const MIN_KEY: usize = 16;

/// Hex digits of a pseudonym: 64 bits, so that a million of them do not meet.
const DIGITS: usize = 16;

/// What is told of paths and names.
#[derive(Debug, Default)]
pub struct Privacy {
    paths: Paths,
    key: Option<Zeroizing<Vec<u8>>>,
}

/// Why a privacy cannot be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PrivacyError {
    /// Pseudonyms without a key could be guessed back by trying names.
    #[error("hashed paths need a key of the organisation")]
    NoKey,
    /// A key that can be guessed.
    #[error("the key has fewer than {MIN_KEY} bytes")]
    ShortKey,
}

impl Privacy {
    /// Returns a privacy; with a key, users and machines have pseudonyms.
    ///
    /// # Errors
    /// When hashed paths have no key, or it is short.
    pub fn new(paths: Paths, key: Option<Zeroizing<Vec<u8>>>) -> Result<Self, PrivacyError> {
        match &key {
            None if paths == Paths::Hashed => Err(PrivacyError::NoKey),
            Some(key) if key.trim_ascii().len() < MIN_KEY => Err(PrivacyError::ShortKey),
            _ => Ok(Self { paths, key }),
        }
    }

    /// Returns the name that a user, or a machine, has in what is told.
    #[must_use]
    pub fn name(&self, kind: &str, name: &str) -> String {
        match &self.key {
            Some(key) if !name.is_empty() => format!("{kind}-{}", digest(key, kind, name)),
            _ => name.to_owned(),
        }
    }

    /// Whether words of the system may be told, which may name a path.
    #[must_use]
    pub fn tells_details(&self) -> bool {
        self.paths != Paths::Hashed
    }

    /// Returns what is told of a path.
    #[must_use]
    pub fn path(&self, users: &[User], path: &str) -> String {
        match (self.paths, &self.key) {
            (Paths::Hashed, Some(key)) => format!("path-{}", digest(key, "path", path)),
            (Paths::Full, _) => path.to_owned(),
            _ => {
                let homes = users.iter().filter_map(|user| {
                    let below = Path::new(path).strip_prefix(&user.home).ok()?;
                    Some(below.to_string_lossy().into_owned())
                });
                let nearest = homes.min_by_key(String::len);
                nearest.map_or_else(|| path.to_owned(), |below| format!("~/{below}"))
            }
        }
    }
}

fn digest(key: &[u8], kind: &str, text: &str) -> String {
    let text = format!("straykey/{kind}/v1\0{text}");
    mac(key, text.as_bytes()).chars().take(DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Vec<User> {
        vec![User {
            name: "ada".into(),
            uid: 1000,
            home: "/home/ada".into(),
        }]
    }

    #[test]
    fn nothing_of_a_name_is_left() {
        let key = || Some(Zeroizing::new(b"0123456789abcdef".to_vec()));
        let hashed = Privacy::new(Paths::Hashed, key()).unwrap();
        let path = hashed.path(&users(), "/home/ada/.ssh/id_rsa");
        assert!(!path.contains("ada") && path.starts_with("path-"));
        assert_eq!(path, hashed.path(&[], "/home/ada/.ssh/id_rsa"));
        assert_ne!(hashed.name("user", "ada"), hashed.name("machine", "ada"));
        let home = Privacy::new(Paths::Home, None).unwrap();
        assert_eq!(home.path(&users(), "/home/ada/a/b"), "~/a/b");
        assert_eq!(home.path(&users(), "/etc/x"), "/etc/x");
        assert_eq!(home.name("user", "ada"), "ada");
        assert_eq!(
            Privacy::new(Paths::Hashed, None).unwrap_err(),
            PrivacyError::NoKey
        );
        let short = Some(Zeroizing::new(b"secret\n\n\n\n\n\n\n\n\n\n".to_vec()));
        assert_eq!(
            Privacy::new(Paths::Home, short).unwrap_err(),
            PrivacyError::ShortKey
        );
    }
}
