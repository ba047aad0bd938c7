//! Lists of publicly known keys: of badkeys, and of Let's Encrypt.
//!
//! ```text
//! blocklist.dat     records of 16 bytes, sorted: first 15 bytes of the badkeys hash | number of the list
//! blocked keys      YAML of boulder: `blocked:` base64, `blockedHashesHex:` hex, of SHA-256(SPKI)
//! ```
//!
//! Such a list is given to a scan with `--known-bad`, not as its inventory. Its
//! entries are held by nobody; they are listed as compromised, so that mistaking
//! one list for the other raises no alarm of a live key.

use super::{Document, Draft, Fact, Importer, public};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};
use crate::wire::hex;

/// Bytes of a badkeys record.
const RECORD: usize = 16;
/// Records that are read: an entry takes a kilobyte of memory while it is made.
const MAX_RECORDS: usize = 1_000_000;

/// badkeys.
pub(super) struct Badkeys;

impl Importer for Badkeys {
    fn id(&self) -> &'static str {
        "badkeys"
    }

    fn about(&self) -> &'static str {
        "publicly known keys: blocklist.dat of badkeys"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let records = document.bytes.chunks_exact(RECORD);
        let is_whole = records.remainder().is_empty() && !document.bytes.is_empty();
        // There is no magic: sorted records, under the name that badkeys gives them.
        document.path.ends_with(".dat") && is_whole && records.is_sorted()
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for (at, record) in document.bytes.chunks(RECORD).enumerate() {
            let place = format!("record {}", at + 1);
            let Some((hash, [list])) = record.split_first_chunk::<15>() else {
                draft.error(&place, "hash", "shorter than 16 bytes");
                continue;
            };
            if at >= MAX_RECORDS {
                let why = format!("more than {MAX_RECORDS} records: split the file");
                return draft.error(&place, "hash", why);
            }
            let ids = EntryIds {
                bk256: Some(hex::encode(hash)),
                ..EntryIds::default()
            };
            draft.fact(known(
                format!("badkeys list {list}"),
                "badkeys",
                document,
                ids,
            ));
        }
    }
}

/// Let's Encrypt.
pub(super) struct Boulder;

impl Importer for Boulder {
    fn id(&self) -> &'static str {
        "boulder"
    }

    fn about(&self) -> &'static str {
        "publicly known keys: blocked keys of Let's Encrypt (boulder's YAML)"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let lines = document.text.unwrap_or_default().lines();
        let mut heads = lines
            .map(str::trim_end)
            .filter(|line| !line.starts_with([' ', '-', '#']));
        heads.any(|line| matches!(line, "blocked:" | "blockedHashesHex:"))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let mut section = "";
        for (at, line) in document.text.unwrap_or_default().lines().enumerate() {
            let line = line.split(" #").next().unwrap_or_default().trim_end();
            let place = format!("line {}", at + 1);
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let Some(item) = line.trim_start().strip_prefix("- ") else {
                section = line.strip_suffix(':').unwrap_or_default();
                if !matches!(section, "blocked" | "blockedHashesHex") {
                    draft.error(
                        &place,
                        "section",
                        "neither `blocked:`, `blockedHashesHex:` nor an item",
                    );
                }
                continue;
            };
            let item = item.trim().trim_matches(['"', '\'']);
            let digest = match section {
                "blocked" => public::decode(item).map(|bytes| hex::encode(&bytes)),
                "blockedHashesHex" => Some(item.to_ascii_lowercase()),
                _ => continue,
            };
            match digest.filter(|digest| IdKind::SpkiSha256.fault(digest).is_none()) {
                Some(digest) => {
                    let ids = EntryIds {
                        spki_sha256: Some(digest),
                        ..EntryIds::default()
                    };
                    draft.fact(known("blocked key".to_owned(), "boulder", document, ids));
                }
                None => draft.error(&place, section, "not a SHA-256"),
            }
        }
    }
}

/// States a key that everybody may know.
pub(super) fn known(name: String, system: &str, document: &Document<'_>, ids: EntryIds) -> Fact {
    let holding = Holding {
        source: format!("{system}:{}", document.path),
        state: Some("compromised".to_owned()),
        ..Holding::default()
    };
    Fact {
        rank: 8,
        entry: Entry {
            name,
            kind: "opaque".to_owned(),
            ids,
            holdings: vec![holding],
            ..Entry::default()
        },
        ..Fact::default()
    }
}
