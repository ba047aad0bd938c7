//! Symmetric entries: what a scan must compute to find them.
//!
//! A secret has no public half, so an entry carries its answer to the challenge
//! ([`CHALLENGE`](crate::key::CHALLENGE)) instead. A scan that meets a secret
//! answers the challenge by each of [`Inventory::challenge_algorithms`] for which
//! its length fits, and looks the answers up. A list without symmetric entries
//! names no algorithm, and then costs nothing.

mod answers;
pub mod commands;

use std::collections::{BTreeMap, BTreeSet};

pub use answers::Answers;
use serde::{Deserialize, Serialize};

use super::{Entry, IdClass, IdKind, Inventory, List};
use crate::key::ChallengeMac;

/// A MAC by which entries can be found, and how long their keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeAlgorithm {
    /// The MAC.
    pub mac: ChallengeMac,
    /// Lengths of the keys in bits, in order.
    pub bits: Vec<u32>,
    /// Whether some entry does not tell the length of its key: then a key of any
    /// length may answer.
    pub any_length: bool,
}

impl ChallengeAlgorithm {
    /// Whether an entry has a key of so many bits. HMAC pads a short key with
    /// zeros and hashes one that is longer than a block (RFC 2104 section 2), so
    /// a key of another length could answer too; only hostile ones do.
    #[must_use]
    pub fn fits(&self, bits: u32) -> bool {
        self.any_length || self.bits.binary_search(&bits).is_ok()
    }
}

/// Lengths of the keys that have an answer of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lengths {
    /// Lengths that entries tell, in bits.
    pub(super) bits: BTreeSet<u32>,
    /// Whether some entry tells none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) any: bool,
}

/// Lengths by kind of answer.
pub(super) type Secrets = BTreeMap<IdKind, Lengths>;

/// Adds what an entry can be found by.
pub(super) fn add(secrets: &mut Secrets, entry: &Entry) {
    entry.ids.for_each(|kind, _| {
        if kind.class() == IdClass::Secret {
            let lengths = secrets.entry(kind).or_default();
            match entry.bits {
                Some(bits) if is_exact(entry) => drop(lengths.bits.insert(bits)),
                _ => lengths.any = true,
            }
        }
    });
}

/// Whether the bits of an entry are the length of its key. AWS names the digest's
/// size: a key that it did not make itself may be up to four times as long.
fn is_exact(entry: &Entry) -> bool {
    entry.holdings.iter().all(|holding| {
        let made_there = holding.origin.as_deref() == Some("kms-generated");
        made_there || !holding.source.starts_with("arn:aws:kms:")
    })
}

/// Returns the lengths of a list's secrets.
pub(super) fn of_list(list: &List) -> Secrets {
    let mut secrets = Secrets::new();
    for entry in &list.entries {
        add(&mut secrets, entry);
    }
    secrets
}

impl Inventory {
    /// Returns the MACs of the challenge by which entries can be found, with the
    /// lengths of their keys; none if the list has no symmetric entries.
    #[must_use]
    pub fn challenge_algorithms(&self) -> Vec<ChallengeAlgorithm> {
        let of = |mac: ChallengeMac| {
            let kind = IdKind::from_name(mac.id_name())?;
            let lengths = self.secrets.get(&kind)?;
            Some(ChallengeAlgorithm {
                mac,
                bits: lengths.bits.iter().copied().collect(),
                any_length: lengths.any,
            })
        };
        ChallengeMac::ALL.into_iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::inventory::{CompileOptions, EntryIds, compile};
    use crate::key::Secret;
    use crate::wire::hex;

    /// Answers of the key 00 01 … 1f, by `openssl dgst -mac HMAC` (see
    /// [`crate::key::Secret`]).
    const SHA256: &str = "3d6772063f171934faa67a9acdbb26f80a5fd5c354e2f4f04d85bbc764a48ccb";
    const SHA512: &str = "6dde33f146b18657bcd6e099a9ed680f987a686f22e2544b57ae030b2a2374be678806da20ffec43e4ea3eb3e6f1d195c3e30fcb6e1939565cd5369aa30c14c3";

    fn forms(list: &List) -> [Inventory; 3] {
        let table = |bare| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let bytes = compile(list, CompileOptions { bare }).unwrap();
            std::io::Write::write_all(&mut file, &bytes).unwrap();
            Inventory::open(file.path()).unwrap()
        };
        [Inventory::of_list(list.clone()), table(false), table(true)]
    }

    fn entry(number: u64, bits: Option<u32>, sha256: &str, sha512: Option<&str>) -> Entry {
        Entry {
            entry: number,
            kind: "hmac".to_owned(),
            bits,
            ids: EntryIds {
                chal_hmac_sha256: Some(sha256.to_owned()),
                chal_hmac_sha512: sha512.map(str::to_owned),
                ..EntryIds::default()
            },
            ..Entry::default()
        }
    }

    #[test]
    fn a_list_says_by_which_macs_and_lengths_it_is_searched() {
        let list = List {
            entries: vec![
                entry(1, Some(512), &"1".repeat(64), None),
                entry(2, Some(256), SHA256, Some(SHA512)),
                entry(3, None, &"2".repeat(64), None),
            ],
            ..List::default()
        };
        for inventory in forms(&list) {
            let [first, second] = &inventory.challenge_algorithms()[..] else {
                panic!("{:?}", inventory.challenge_algorithms());
            };
            assert_eq!(first.mac, ChallengeMac::HmacSha256);
            assert_eq!((&first.bits[..], first.any_length), (&[256, 512][..], true));
            assert_eq!(second.mac, ChallengeMac::HmacSha512);
            assert_eq!((&second.bits[..], second.any_length), (&[256][..], false));
            assert!(second.fits(256) && !second.fits(128) && first.fits(128));
        }
    }

    #[test]
    fn answers_find_their_entry_in_every_form() {
        let list = List {
            entries: vec![
                entry(1, None, &"1".repeat(64), None),
                entry(2, Some(256), SHA256, Some(SHA512)),
            ],
            ..List::default()
        };
        let key = Secret::new(Zeroizing::new((0..32).collect()));
        for inventory in forms(&list) {
            let find = |mac: ChallengeMac, answer: &[u8]| {
                inventory.find_secret(&[(mac.id_name(), hex::encode(answer))])
            };
            for mac in [ChallengeMac::HmacSha256, ChallengeMac::HmacSha512] {
                let found = find(mac, &key.challenge(mac)).unwrap();
                let found = found.expect("the key answers");
                assert_eq!((found.entry, found.by.as_str()), (2, mac.id_name()));
            }
            // An answer is looked up as what it is.
            let other = key.challenge(ChallengeMac::HmacSha256);
            let none = find(ChallengeMac::HmacSha384, &other);
            assert_eq!(none.unwrap(), None);
            let none = find(ChallengeMac::HmacSha256, &[0x55; 32]);
            assert_eq!(none.unwrap(), None);
        }
    }

    #[test]
    fn without_symmetric_entries_nothing_is_to_be_computed() {
        let list = List {
            entries: vec![Entry {
                ids: EntryIds {
                    spki_sha256: Some("1".repeat(64)),
                    ..EntryIds::default()
                },
                ..Entry::default()
            }],
            ..List::default()
        };
        for inventory in forms(&list) {
            assert_eq!(inventory.challenge_algorithms(), []);
            assert_eq!(inventory.challenge_macs().count(), 0);
        }
    }
}
