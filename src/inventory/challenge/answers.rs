//! The answers of a list, for whoever searches without knowing the list.

use std::sync::Arc;

use super::{ChallengeAlgorithm, Inventory};
use crate::inventory::{Form, IdKind};
use crate::key::ChallengeMac;

/// Says whether an entry answers the challenge so; cheap to clone.
#[derive(Clone, Debug)]
pub struct Answers {
    form: Arc<Form>,
    algorithms: Arc<[ChallengeAlgorithm]>,
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
        self.form.find(kind, text).map_or(true, |found| found.is_some())
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
        })
    }
}
