//! Where an entry's `allowed` says that a key may be.
//!
//! ```text
//! "allowed": ["kms"]                                       nowhere outside of the KMS
//! "allowed": ["host:ci-signer-*"]                          any file of these machines
//! "allowed": ["host:ci-signer-* path:/etc/signer/**"]      these files of these machines
//! ```
//!
//! A place is allowed if one line of the list fits it whole. A word that is not known
//! fits nothing, so that a later version's word never allows more than it says. The name
//! of a machine is what the machine says it is: a list is no defence against somebody
//! who renames their own.

use globset::{GlobBuilder, GlobMatcher};

/// One line of `allowed`, ready to be asked.
#[derive(Debug)]
struct Location {
    host: Option<GlobMatcher>,
    path: Option<GlobMatcher>,
}

impl Location {
    /// Reads a line; `None` if it allows nothing outside of a KMS.
    fn read(line: &str) -> Option<Self> {
        let glob = |text: &str| {
            let mut builder = GlobBuilder::new(text);
            let built = builder.literal_separator(true).build().ok()?;
            Some(built.compile_matcher())
        };
        let mut location = Self {
            host: None,
            path: None,
        };
        for word in line.split_ascii_whitespace() {
            match word.split_once(':')? {
                ("host", host) => location.host = Some(glob(&host.to_ascii_lowercase())?),
                ("path", path) => location.path = Some(glob(path)?),
                _ => return None,
            }
        }
        (location.host.is_some() || location.path.is_some()).then_some(location)
    }

    fn holds(&self, host: &str, path: &str) -> bool {
        let fits = |glob: &Option<GlobMatcher>, text: &str| {
            glob.as_ref().is_none_or(|glob| glob.is_match(text))
        };
        fits(&self.host, &host.to_ascii_lowercase()) && fits(&self.path, path)
    }
}

/// Whether a line can allow anything, or says that nothing is.
#[must_use]
pub fn is_known(line: &str) -> bool {
    line == "kms" || Location::read(line).is_some()
}

/// Returns the line that allows a key on a machine at an absolute path.
#[must_use]
pub fn allowing<'a>(lines: &'a [String], host: &str, path: &str) -> Option<&'a str> {
    let mut lines = lines.iter().map(String::as_str);
    lines.find(|line| Location::read(line).is_some_and(|location| location.holds(host, path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_must_fit_whole() {
        let lines = |line: &str| vec![line.to_owned()];
        for (line, host, path, fits) in [
            ("kms", "ci-signer-1", "/etc/signer/key.pem", false),
            ("host:ci-signer-*", "CI-signer-1", "/home/a/key.pem", true),
            ("host:ci-signer-*", "laptop", "/etc/signer/key.pem", false),
            (
                "path:/etc/signer/**",
                "laptop",
                "/etc/signer/a/key.pem",
                true,
            ),
            (
                "path:/etc/signer/*",
                "laptop",
                "/etc/signer/a/key.pem",
                false,
            ),
            (
                "host:ci-* path:/etc/signer/*",
                "ci-1",
                "/etc/signer/key.pem",
                true,
            ),
            (
                "host:ci-* path:/etc/signer/*",
                "ci-1",
                "/tmp/key.pem",
                false,
            ),
            ("host:ci-* rack:7", "ci-1", "/tmp/key.pem", false),
            ("ci-signer", "ci-signer", "/tmp/key.pem", false),
            ("", "ci-signer", "/tmp/key.pem", false),
        ] {
            let allowed = lines(line);
            assert_eq!(
                allowing(&allowed, host, path).is_some(),
                fits,
                "{line} {host} {path}"
            );
        }
        assert!(is_known("kms") && !is_known("ci-signer"));
    }
}
