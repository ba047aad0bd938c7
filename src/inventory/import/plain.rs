//! Plain fingerprints, one a line: `sha256:<64 hexadecimal digits>  name`.
//!
//! The digest is the SHA-256 of the SubjectPublicKeyInfo, as
//! `openssl pkey -pubout -outform DER | sha256sum` prints it.

use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};

/// Lines of fingerprints.
pub(super) struct Plain;

impl Importer for Plain {
    fn id(&self) -> &'static str {
        "plain"
    }

    fn about(&self) -> &'static str {
        "lines of `sha256:<hex of the SubjectPublicKeyInfo's hash>  name`"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.text.is_some_and(|text| {
            lines(text)
                .next()
                .is_some_and(|(_, line)| line.starts_with("sha256:"))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for (number, line) in document.text.into_iter().flat_map(lines) {
            let record = format!("line {number}");
            let (digest, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let digest = digest
                .strip_prefix("sha256:")
                .unwrap_or_default()
                .to_ascii_lowercase();
            if IdKind::SpkiSha256.fault(&digest).is_some() {
                draft.error(&record, "", "not `sha256:` and 64 hexadecimal digits");
                continue;
            }
            let holding = Holding {
                source: format!("plain:{}", document.path),
                state: Some("active".to_owned()),
                ..Holding::default()
            };
            let entry = Entry {
                name: name.trim().to_owned(),
                kind: "opaque".to_owned(),
                ids: EntryIds {
                    spki_sha256: Some(digest),
                    ..EntryIds::default()
                },
                holdings: vec![holding],
                ..Entry::default()
            };
            draft.fact(Fact {
                rank: 6,
                entry,
                ..Fact::default()
            });
        }
    }
}

/// Returns the lines that are neither empty nor comments, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
