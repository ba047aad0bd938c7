//! Ids of results that stay the same from run to run.
//!
//! Made of what was found (its id; for what has none, the rule), of the path
//! and of the ordinal among equals in that file: never of the text of a line,
//! which would be an oracle, and never of a line number, which moves.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::finding::Finding;
use crate::wire::hex;

/// Numbers results that have subject and path in common.
#[derive(Debug, Default)]
pub(super) struct Ordinals<'a> {
    seen: HashMap<(&'a str, &'a str), u64>,
}

impl<'a> Ordinals<'a> {
    /// Returns how many results of this subject and path came before.
    pub(super) fn next(&mut self, finding: &'a Finding, path: &'a str) -> u64 {
        let count = self.seen.entry((subject(finding), path)).or_default();
        let ordinal = *count;
        *count += 1;
        ordinal
    }
}

/// Returns the id of what was found, or the rule of what has none.
fn subject(finding: &Finding) -> &str {
    finding
        .subject_id()
        .unwrap_or_else(|| finding.rule.as_str())
}

/// Returns the id of a result: 64 bits in hex, a colon and the ordinal from 1,
/// as code scanning's own line hashes look.
pub(super) fn location(finding: &Finding, path: &str, ordinal: u64) -> String {
    let digest = digest("straykey/location/v1", &[subject(finding), path]);
    format!(
        "{}:{}",
        digest.get(..16).unwrap_or(&digest),
        ordinal.saturating_add(1)
    )
}

/// Returns the id of a key in a file.
pub(super) fn identity_and_path(finding: &Finding, path: &str) -> String {
    let digest = digest("straykey/identity-and-path/v1", &[subject(finding), path]);
    digest.get(..32).unwrap_or(&digest).to_owned()
}

/// Returns the id of a result in the form of a UUID (RFC 9562 section 5.8).
pub(super) fn uuid(finding: &Finding, path: &str, ordinal: u64) -> String {
    let name = digest("straykey/uuid/v1", &[&location(finding, path, ordinal)]);
    let part = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// Hashes parts that end in a byte no path holds.
fn digest(purpose: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(purpose);
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    hex::encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{finding, malformed};
    use super::*;
    use crate::finding::RuleId;

    #[test]
    fn ids_follow_key_and_path_and_nothing_else() {
        let one = finding(RuleId::PrivateKey, 1, &["a"]);
        let mut moved = finding(RuleId::ManagedKey, 1, &["a"]);
        moved.places[0].region.line = 99;
        let other = finding(RuleId::PrivateKey, 2, &["a"]);
        assert_eq!(location(&one, "a", 0), location(&moved, "a", 0));
        assert_ne!(location(&one, "a", 0), location(&one, "b", 0));
        assert_ne!(location(&one, "a", 0), location(&one, "a", 1));
        assert_ne!(location(&one, "a", 0), location(&other, "a", 0));
        assert_eq!(uuid(&one, "a", 0).len(), 36);
    }

    #[test]
    fn what_has_no_id_is_numbered() {
        let (a, b) = (malformed("x"), malformed("x"));
        let mut ordinals = Ordinals::default();
        assert_eq!(ordinals.next(&a, "x"), 0);
        assert_eq!(ordinals.next(&b, "x"), 1);
        assert_eq!(ordinals.next(&b, "y"), 0);
    }
}
