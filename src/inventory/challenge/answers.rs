//! The answers of a list, for whoever searches without knowing the list.

use std::sync::Arc;

use super::{ChallengeAlgorithm, Inventory};
use crate::inventory::{Form, IdClass, IdKind, List};
use crate::key::ChallengeMac;

/// Says whether an entry answers the challenge so; cheap to clone.
#[derive(Clone, Debug)]
pub struct Answers {
    form: Arc<Form>,
    algorithms: Arc<[ChallengeAlgorithm]>,
    /// Of a text list: which leading bits answers have. Rules out nearly all
    /// answers without a lookup.
    leading: Option<Arc<[u64]>>,
}

/// Leading bits of an answer that are looked at first: 128 KiB of flags, so that
/// of 10,000 entries one answer in a hundred passes.
const LEADING: u32 = 20;

/// Returns the place of an answer's flag.
fn leading(answer: &[u8]) -> (usize, u64) {
    let bits = answer.first_chunk().copied().map_or(0, u32::from_be_bytes) >> (32 - LEADING);
    (bits as usize / 64, 1 << (bits % 64))
}

impl Answers {
    /// Returns the MACs that entries can be found by, and the lengths of keys.
    #[must_use]
    pub fn algorithms(&self) -> &[ChallengeAlgorithm] {
        &self.algorithms
    }

    /// Whether an entry answers so. A list that cannot be read any more answers
    /// with yes: the lookup of the match then says what is wrong.
    #[must_use]
    pub fn has(&self, mac: ChallengeMac, answer: &[u8]) -> bool {
        let Some(kind) = IdKind::from_name(mac.id_name()) else {
            return false;
        };
        if let Some(flags) = &self.leading {
            let (at, bit) = leading(answer);
            if flags.get(at).is_some_and(|flags| flags & bit == 0) {
                return false;
            }
        }
        let mut text = [0; 128];
        let digits = b"0123456789abcdef";
        for (byte, pair) in answer.iter().zip(text.chunks_exact_mut(2)) {
            if let [high, low] = pair {
                *high = digits.get(usize::from(byte >> 4)).copied().unwrap_or(0);
                *low = digits.get(usize::from(byte & 15)).copied().unwrap_or(0);
            }
        }
        let text = text.get(..answer.len() * 2).unwrap_or_default();
        let text = std::str::from_utf8(text).unwrap_or_default();
        self.form
            .find(kind, text)
            .map_or(true, |found| found.is_some())
    }
}

impl Inventory {
    /// Returns the answers of the entries, if there are any.
    #[must_use]
    pub fn answers(&self) -> Option<Answers> {
        let algorithms = self.challenge_algorithms();
        (!algorithms.is_empty()).then(|| Answers {
            form: Arc::clone(&self.form),
            algorithms: algorithms.into(),
            leading: self.list().map(flags),
        })
    }
}

/// Sets the flags of a list's answers.
fn flags(list: &List) -> Arc<[u64]> {
    let mut flags = vec![0; 1 << (LEADING - 6)];
    for entry in &list.entries {
        entry.ids.for_each(|kind, text| {
            let head = text
                .get(..8)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if kind.class() == IdClass::Secret
                && let Some(head) = head
            {
                let (at, bit) = leading(&head.to_be_bytes());
                if let Some(flags) = flags.get_mut(at) {
                    *flags |= bit;
                }
            }
        });
    }
    flags.into()
}
