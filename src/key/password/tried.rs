//! What trials came to, so that they are made once for each lock: a store lies in a
//! tree as DER and as PEM, and in a history in every version of the file around it.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

/// Most outcomes that are kept: a megabyte of them.
const MAX_KEPT: usize = 1 << 16;

/// Outcomes of the trials of a scan. Only of those in which no word was left out for its cost.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Random, so that no file is made to share its lock with another.
    state: RandomState,
    outcomes: Mutex<HashMap<u64, Outcome>>,
}

/// What was tried: parameters and encrypted bytes, and what is taken for plain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lock(u64);

/// What came of all the words of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// None opens it.
    Shut,
    /// The word of this number does, and none before it.
    Opened(usize),
}

impl Outcome {
    /// Whether the word of a number need not be tried.
    pub(super) fn is_wrong(self, word: usize) -> bool {
        self != Self::Opened(word)
    }
}

impl Tried {
    pub(super) fn lock(&self, what: &impl Hash) -> Lock {
        Lock(self.state.hash_one(what))
    }

    pub(super) fn outcome(&self, lock: Lock) -> Option<Outcome> {
        let outcomes = self.outcomes.lock();
        let outcomes = outcomes.unwrap_or_else(PoisonError::into_inner);
        outcomes.get(&lock.0).copied()
    }

    pub(super) fn keep(&self, lock: Lock, outcome: Outcome) {
        let outcomes = self.outcomes.lock();
        let mut outcomes = outcomes.unwrap_or_else(PoisonError::into_inner);
        if outcomes.len() < MAX_KEPT {
            outcomes.insert(lock.0, outcome);
        }
    }
}
