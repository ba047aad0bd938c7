//! The answers of a list, for whoever searches without knowing the list.

use std::sync::{Arc, OnceLock};

use super::{ChallengeAlgorithm, Inventory};
use crate::inventory::{Form, IdClass, IdKind, List};
use crate::key::ChallengeMac;

/// Says whether an entry answers the challenge so; cheap to clone.
#[derive(Clone, Debug)]
pub struct Answers {
    form: Arc<Form>,
    algorithms: Arc<[ChallengeAlgorithm]>,
    leading: Arc<Leading>,
}

/// Which leading bits are known: rules out nearly all answers without a lookup.
#[derive(Debug)]
enum Leading {
    /// Of the answers of a text list.
    Answers(Flags),
    /// Of what the answers of a compiled list are found by, unless they are too many; read
    /// when the first answer is looked up.
    Digests(OnceLock<Option<Flags>>),
}

/// Leading bits that are looked at first: 128 KiB of flags, so that of 10,000 entries one
/// answer in a hundred passes.
const LEADING: u32 = 20;
/// Answers of a compiled list that are read for that: a millisecond.
const MAX_DIGESTS: u64 = 50_000;

/// A bit for each value of the leading bits.
#[derive(Debug)]
struct Flags(Box<[u64]>);

impl Flags {
    fn new() -> Self {
        Self(vec![0; 1 << (LEADING - 6)].into())
    }

    /// Returns the place of the flag of an answer or digest.
    fn place(bytes: &[u8]) -> (usize, u64) {
        let bits = bytes.first_chunk().copied().map_or(0, u32::from_be_bytes) >> (32 - LEADING);
        (bits as usize / 64, 1 << (bits % 64))
    }

    fn set(&mut self, bytes: &[u8]) {
        let (at, bit) = Self::place(bytes);
        if let Some(flags) = self.0.get_mut(at) {
            *flags |= bit;
        }
    }

    fn has(&self, bytes: &[u8]) -> bool {
        let (at, bit) = Self::place(bytes);
        self.0.get(at).is_none_or(|flags| flags & bit != 0)
    }
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
        if let Leading::Answers(flags) = &*self.leading
            && !flags.has(answer)
        {
            return false;
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
        let id = kind.digest(std::str::from_utf8(text).unwrap_or_default());
        if let Leading::Digests(flags) = &*self.leading
            && let Some(flags) = flags.get_or_init(|| self.digests())
            && !flags.has(&id)
        {
            return false;
        }
        self.form
            .find_digest(kind, &id)
            .map_or(true, |found| found.is_some())
    }

    /// Reads what the answers are found by. Where that fails each answer is looked up, and
    /// that says what is wrong.
    fn digests(&self) -> Option<Flags> {
        let Form::Compiled(table) = &*self.form else {
            return None;
        };
        let ids = table.secrets(MAX_DIGESTS).ok().flatten()?;
        let mut flags = Flags::new();
        ids.iter().for_each(|id| flags.set(id));
        Some(flags)
    }
}

impl Inventory {
    /// Returns the answers of the entries, if there are any.
    #[must_use]
    pub fn answers(&self) -> Option<Answers> {
        let algorithms = self.challenge_algorithms();
        let leading = match self.list() {
            Some(list) => Leading::Answers(of_list(list)),
            None => Leading::Digests(OnceLock::new()),
        };
        (!algorithms.is_empty()).then(|| Answers {
            form: Arc::clone(&self.form),
            algorithms: algorithms.into(),
            leading: leading.into(),
        })
    }
}

/// Sets the flags of a list's answers.
fn of_list(list: &List) -> Flags {
    let mut flags = Flags::new();
    for entry in &list.entries {
        entry.ids.for_each(|kind, text| {
            let head = text
                .get(..8)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if kind.class() == IdClass::Secret
                && let Some(head) = head
            {
                flags.set(&head.to_be_bytes());
            }
        });
    }
    flags
}
