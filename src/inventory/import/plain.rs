//! Plain fingerprints, one a line: `sha256:<64 hexadecimal digits>  name`, and key check
//! values as the consoles of payment HSMs show them: `kcv:METHOD:<hex>  name`.
//!
//! The digest is the SHA-256 of the SubjectPublicKeyInfo, as
//! `openssl pkey -pubout -outform DER | sha256sum` prints it.

use super::{Document, Draft, Fact, Importer, payment};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};

/// Lines of fingerprints.
pub(super) struct Plain;

impl Importer for Plain {
    fn id(&self) -> &'static str {
        "plain"
    }

    fn about(&self) -> &'static str {
        "lines of `sha256:<hex of the SubjectPublicKeyInfo's hash>  name` or `kcv:METHOD:<hex>  name`"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.text.is_some_and(|text| {
            lines(text)
                .next()
                .is_some_and(|(_, line)| line.starts_with("sha256:") || line.starts_with("kcv:"))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for (number, line) in document.text.into_iter().flat_map(lines) {
            let record = format!("line {number}");
            let (digest, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let ids = match ids(digest) {
                Ok(ids) => ids,
                Err((field, why)) => {
                    draft.error(&record, field, why);
                    continue;
                }
            };
            let holding = Holding {
                source: format!("plain:{}", document.path),
                state: Some("active".to_owned()),
                ..Holding::default()
            };
            let entry = Entry {
                name: name.trim().to_owned(),
                kind: "opaque".to_owned(),
                ids,
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

/// Reads the first word of a line; an error names the field.
fn ids(word: &str) -> Result<EntryIds, (&'static str, String)> {
    let mut ids = EntryIds::default();
    if let Some(rest) = word.strip_prefix("kcv:") {
        let (method, value) = rest.split_once(':').unwrap_or((rest, ""));
        if !payment::METHODS.contains(&method) {
            let known = payment::METHODS.join(", ");
            return Err(("method", format!("none of {known}")));
        }
        ids.kcv = vec![payment::check_value(method, value).map_err(|why| ("kcv", why))?];
        return Ok(ids);
    }
    let digest = word.strip_prefix("sha256:").unwrap_or_default();
    let digest = digest.to_ascii_lowercase();
    if IdKind::SpkiSha256.fault(&digest).is_some() {
        return Err((
            "sha256",
            "not `sha256:` and 64 hexadecimal digits".to_owned(),
        ));
    }
    ids.spki_sha256 = Some(digest);
    Ok(ids)
}

/// Returns the lines that are neither empty nor comments, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
