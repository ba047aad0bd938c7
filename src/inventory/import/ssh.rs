//! OpenSSH public keys, one a line: `*.pub`, `authorized_keys`, `known_hosts`
//! (with `@cert-authority` and `@revoked`), `allowed_signers`, CA lists.
//!
//! ```text
//! [@marker] [options | hosts | principals] type base64 [comment]        sshd(8), ssh-keygen(1)
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

use super::plain::lines;
use super::{Document, Draft, Fact, Importer, public};
use crate::identity::ssh;
use crate::inventory::{Entry, EntryIds, Holding};
use crate::key::Reject;

/// Lines looked at before a file is said to be of another kind.
const PROBED: usize = 20;

/// OpenSSH public-key lines.
pub(super) struct Ssh;

impl Importer for Ssh {
    fn id(&self) -> &'static str {
        "ssh"
    }

    fn about(&self) -> &'static str {
        "OpenSSH public keys: .pub, authorized_keys, known_hosts, allowed_signers, certificate authorities"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.text.is_some_and(|text| {
            lines(text)
                .take(PROBED)
                .any(|(_, line)| match ssh::parse_line(line) {
                    Ok(_) => true,
                    Err(_) => blob_of(line).is_some(),
                })
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for (number, line) in document.text.into_iter().flat_map(lines) {
            let record = format!("line {number}");
            let (mut entry, before, comment) = match ssh::parse_line(line) {
                Ok(parsed) => (public::entry(&parsed.public), parsed.before, parsed.comment),
                // Keys on a security key, and types of later versions, are known
                // by the hash of their blob.
                Err(why) => match blob_of(line) {
                    Some(found)
                        if matches!(why, Reject::Unsupported | Reject::UnknownAlgorithm) =>
                    {
                        found
                    }
                    _ => {
                        draft.error(&record, "key", why.to_string());
                        continue;
                    }
                },
            };
            let (marker, before) = match before.split_once(char::is_whitespace) {
                Some((marker, rest)) if marker.starts_with('@') => (marker, rest.trim_start()),
                _ if before.starts_with('@') => (before, ""),
                _ => ("", before),
            };
            // Hosts that known_hosts hashes and options are no names.
            let is_name =
                !before.is_empty() && !before.starts_with('|') && !before.contains(['"', '=']);
            let file = format!("{} line {number}", document.path);
            entry.name = match (comment, is_name) {
                ("", true) => before.to_owned(),
                ("", false) => file,
                (comment, _) => comment.to_owned(),
            };
            entry.holdings = vec![Holding {
                source: format!("ssh:{}", document.path),
                state: Some(
                    if marker == "@revoked" {
                        "revoked"
                    } else {
                        "active"
                    }
                    .to_owned(),
                ),
                ..Holding::default()
            }];
            draft.fact(Fact {
                rank: 7,
                entry,
                ..Fact::default()
            });
        }
    }
}

/// Returns the entry of a blob whose type is not known, with what stands before
/// and after it.
fn blob_of(line: &str) -> Option<(Entry, &str, &str)> {
    let mut words = line.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek() else { break };
        let Ok(blob) = STANDARD_NO_PAD.decode(next.trim_end_matches('=')) else {
            continue;
        };
        // A blob begins with its type, as an SSH string.
        let length = u32::try_from(word.len()).ok()?.to_be_bytes();
        if blob
            .strip_prefix(&length)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            let hash = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
            let ids = EntryIds {
                ssh_sha256: Some(hash),
                ..EntryIds::default()
            };
            let entry = Entry {
                kind: "opaque".to_owned(),
                ids,
                ..Entry::default()
            };
            let (before, after) = line.split_once(word)?;
            let comment = after
                .split_once(*next)
                .map_or("", |(_, comment)| comment.trim());
            return Some((entry, before.trim(), comment));
        }
    }
    None
}
