//! Addresses of repositories, as reports may show them.
//!
//! A remote's address in a laptop's git configuration may hold a password or
//! an access token; what is not needed to name the repository is left out.

use super::escape;

/// Returns the address as a URI without user, password, query and fragment, or
/// `None` if it names no host: a folder, or something unknown.
#[must_use]
pub fn address(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        // `git@host:org/repo.git`, the short form of ssh. A letter before the
        // colon is a Windows drive.
        None => {
            let (host, path) = remote.split_once(':')?;
            // Two colons name a remote helper, which runs a command.
            if host.contains('/') || host.len() < 2 || path.starts_with(':') {
                return None;
            }
            return address(&format!("ssh://{host}/{}", path.trim_start_matches('/')));
        }
    };
    if !matches!(scheme.as_str(), "http" | "https" | "ssh" | "git") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    // An at sign after the host may be the end of a password with a slash in it.
    if host.is_empty() || path.contains('@') || !host.chars().all(plain) {
        return None;
    }
    Some(format!(
        "{scheme}://{host}/{}",
        escape::uri(path.as_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_left_out() {
        for (remote, shown) in [
            (
                "https://user:token@host.example/o/r.git?x=1#f",
                Some("https://host.example/o/r.git"),
            ),
            (
                "https://a:b@c@host.example/r",
                Some("https://host.example/r"),
            ),
            (
                "git@host.example:o/r.git",
                Some("ssh://host.example/o/r.git"),
            ),
            (
                "ssh://git@host.example:2222/o/r",
                Some("ssh://host.example:2222/o/r"),
            ),
            ("/srv/git/r.git", None),
            ("C:\\src\\r", None),
            ("file:///srv/r", None),
            ("https://ho st/x", None),
            ("https://user:to/ken@host.example/r", None),
            ("ext::sh -c evil", None),
        ] {
            assert_eq!(address(remote).as_deref(), shown, "{remote}");
        }
    }
}
