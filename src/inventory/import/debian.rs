//! Debian's lists of the keys that its OpenSSL of 2006 to 2008 could make.
//!
//! ```text
//! openssl-blacklist  blacklist.RSA-2048   last 20 digits of SHA-1("Modulus=<HEX>\n")     openssl-vulnkey(1)
//! openssh-blacklist  blacklist.RSA-2048   last 20 digits of the MD5 of the SSH blob       ssh-vulnkey(1)
//!                    blacklist.DSA-1024   the same
//! ```
//!
//! One value a line, sorted, after comments that begin with `#`. Nothing in a file says
//! whose it is but its folder, so a value of RSA stands for both hashes: a key has one of
//! them by chance with odds of 1e-12 at ten million keys and a million values. The lists
//! of openvpn-blacklist have the same form; they are of shared secrets, and match nothing.

use super::published::known;
use super::{Document, Draft, Importer};
use crate::inventory::{EntryIds, IdKind};

/// Values that are read: an entry takes a kilobyte of memory while it is made, and the
/// longest list has 294,912.
const MAX_VALUES: usize = 1_000_000;

/// The lists of Debian.
pub(super) struct Debian;

impl Importer for Debian {
    fn id(&self) -> &'static str {
        "debian-blacklist"
    }

    fn about(&self) -> &'static str {
        "publicly known keys: blacklist.RSA-* and blacklist.DSA-* of Debian's openssl-blacklist \
         and openssh-blacklist"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.stem().starts_with("blacklist")
            && values(document)
                .next()
                .is_some_and(|(_, value)| is_value(value))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let is_dsa = document.path.contains("DSA");
        for (number, (line, value)) in values(document).enumerate() {
            let place = format!("line {line}");
            if number >= MAX_VALUES {
                let why = format!("more than {MAX_VALUES} values: split the file");
                return draft.error(&place, "hash", why);
            }
            if !is_value(value) {
                draft.error(&place, "hash", "not 20 hexadecimal digits");
                continue;
            }
            let value = Some(value.to_ascii_lowercase());
            let ids = EntryIds {
                ssh_md5: value.clone(),
                modulus_sha1: value.filter(|_| !is_dsa),
                ..EntryIds::default()
            };
            let name = "weak key of Debian (CVE-2008-0166)".to_owned();
            draft.fact(known(name, "debian", document, ids));
        }
    }
}

/// Returns the lines that are no comments, with their numbers.
fn values<'a>(document: &'a Document<'_>) -> impl Iterator<Item = (usize, &'a str)> {
    let lines = document.text.unwrap_or_default().lines();
    (1..)
        .zip(lines.map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn is_value(text: &str) -> bool {
    text.len() == 20 && IdKind::SshMd5.fault(&text.to_ascii_lowercase()).is_none()
}
