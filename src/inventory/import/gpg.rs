//! OpenPGP keys, as `gpg --with-colons --with-keygrip --list-keys` prints them.
//!
//! ```text
//! pub:u:3072:1:KEYID:created:expires::…:   validity r: revoked, e: expired, d: disabled
//! fpr:::::::::FINGERPRINT:                 of the pub or sub line before it
//! grp:::::::::KEYGRIP:                     of the same; also the name of the secret key's file
//! uid:u::::…::NAME:                        sub:… as pub, ssb and sec where secret keys are there
//! ```
//!
//! The key itself is not printed; the keygrip is enough to match it in any format.
//! (GnuPG doc/DETAILS; field 12 has the uses: s signs, c certifies, e encrypts.)

use super::plain::lines;
use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};

/// GnuPG key listings.
pub(super) struct Gpg;

impl Importer for Gpg {
    fn id(&self) -> &'static str {
        "gpg"
    }

    fn about(&self) -> &'static str {
        "OpenPGP keys: gpg --with-colons --with-keygrip --list-keys"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let starts = |line: &str| {
            line.starts_with("tru:") || line.starts_with("pub:") || line.starts_with("sec:")
        };
        let mut first = document.text.into_iter().flat_map(lines).take(2);
        first.any(|(_, line)| starts(line) && line.matches(':').count() > 6)
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let mut user = String::new();
        let mut keys: Vec<(usize, Entry)> = Vec::new();
        for (number, line) in document.text.into_iter().flat_map(lines) {
            let fields: Vec<&str> = line.split(':').collect();
            let field = |number: usize| fields.get(number - 1).copied().unwrap_or_default();
            let value = field(10).to_ascii_lowercase();
            match field(1) {
                kind @ ("pub" | "sec" | "sub" | "ssb") => {
                    if matches!(kind, "pub" | "sec") {
                        finish(
                            document,
                            std::mem::take(&mut keys),
                            &std::mem::take(&mut user),
                            draft,
                        );
                    }
                    keys.push((number, key(&fields, document)));
                }
                "uid" if user.is_empty() => field(10).clone_into(&mut user),
                "fpr" => {
                    if let Some((_, entry)) = keys.last_mut() {
                        entry.ids.pgp_fpr = vec![value];
                    }
                }
                "grp" => {
                    if let Some((_, entry)) = keys.last_mut() {
                        entry.ids.keygrip = Some(value);
                    }
                }
                _ => {}
            }
        }
        finish(document, keys, &user, draft);
    }
}

/// Reads a key's own line.
fn key(fields: &[&str], document: &Document<'_>) -> Entry {
    let field = |number: usize| fields.get(number - 1).copied().unwrap_or_default();
    let time = |text: &str| {
        text.parse()
            .ok()
            .and_then(|s| jiff::Timestamp::from_second(s).ok())
            .map(|t| t.to_string())
    };
    // Numbers of RFC 9580 section 9.1, and those that GnuPG had before it.
    let kind = match field(4) {
        "1" | "2" | "3" => "rsa",
        "17" => "dsa",
        "18" | "19" => "ec",
        "22" | "25" | "26" | "27" | "28" => "okp",
        _ => "opaque",
    };
    let state = match field(2) {
        "r" => "revoked",
        "e" => "expired",
        "d" => "disabled",
        _ => "active",
    };
    let holding = Holding {
        source: format!("gpg:{}", document.path),
        state: Some(state.to_owned()),
        created: time(field(6)),
        expires: time(field(7)),
        ..Holding::default()
    };
    Entry {
        kind: kind.to_owned(),
        bits: field(3).parse().ok(),
        ids: EntryIds {
            kid: vec![field(5).to_owned()],
            ..EntryIds::default()
        },
        holdings: vec![holding],
        ..Entry::default()
    }
}

/// States the keys of one user.
fn finish(document: &Document<'_>, keys: Vec<(usize, Entry)>, user: &str, draft: &mut Draft) {
    for (number, mut entry) in keys {
        let record = format!("line {number}");
        let ids = [
            (IdKind::Keygrip, &entry.ids.keygrip),
            (IdKind::PgpFpr, &entry.ids.pgp_fpr.first().cloned()),
        ];
        let fault = ids
            .iter()
            .find_map(|(kind, value)| kind.fault(value.as_deref()?));
        match (
            fault,
            entry.ids.keygrip.is_none() && entry.ids.pgp_fpr.is_empty(),
        ) {
            (Some(why), _) => draft.error(&record, "fpr, grp", why),
            (None, true) => draft.error(
                &record,
                "fpr, grp",
                "neither fingerprint nor keygrip: export with --with-keygrip",
            ),
            (None, false) => {
                if user.is_empty() {
                    document.stem()
                } else {
                    user
                }
                .clone_into(&mut entry.name);
                entry.ids.kid.retain(|kid| !kid.is_empty());
                draft.fact(Fact {
                    rank: 4,
                    entry,
                    ..Fact::default()
                });
            }
        }
    }
}
