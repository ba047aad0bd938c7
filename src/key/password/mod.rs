//! Opening what is encrypted with a password that keeps nobody out.
//!
//! A store that opens with the empty password or with `changeit` is as good as
//! in the clear, so formats ask here to open it. Nothing is guessed: there is
//! one short list of words, [`NOTORIOUS`], to which the person who runs the scan
//! may add some. What one trial costs is read from the file before anything is
//! computed and charged to a [`TrialBudget`]; what is too dear stays shut.
//!
//! What is met again is not tried again (`tried`).
//!
//! `scheme` reads the algorithms of PKCS#5, PKCS#12 and Java, `kdf` turns words
//! into keys, `cipher` decrypts. The keys and plain bytes are wiped on drop.

mod cipher;
mod jwe;
mod kdf;
mod legacy;
mod mac;
mod nss;
mod scheme;
mod tried;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

pub use jwe::Jwe;
pub use legacy::{java_key, java_store_digest, pem_key};
pub use mac::Mac;
pub use nss::NssWord;
pub use scheme::Scheme;
pub(crate) use scheme::{PKCS5, PKCS12, is_pbes2};
use tried::{Outcome, Tried};

/// The words that are tried, the likeliest first, because a costly store is
/// out of budget after one or two.
///
/// Each is a default or the customary value of some tool or manual: `changeit`
/// (Java's trust store, Tomcat), the empty password (Windows and OpenSSL
/// exports), `changeme` (Splunk, application servers), `android` (its debug
/// key store), `notasecret` (Google service accounts), `keystore` and
/// `storepass` (keytool's own examples); the rest heads every list of leaked
/// passwords and fills test suites. A word more costs every shut store a trial,
/// so the list is not meant to grow.
pub const NOTORIOUS: [&str; 16] = [
    "changeit",
    "",
    "password",
    "changeme",
    "android",
    "notasecret",
    "secret",
    "123456",
    "test",
    "keystore",
    "1234",
    "storepass",
    "12345678",
    "pass",
    "admin",
    "testing",
];

/// What the trials on one blob may cost, in quarters of a SHA-1 compression:
/// an estimated 50 ms on a laptop. It is enough for every word on what OpenSSL 3,
/// Java 17 and Windows write, for two on a store of Java 8 (100,000 iterations
/// of the integrity check), for one on `openssl pkcs8 -scrypt`; 600,000
/// iterations of PBKDF2 stay shut.
const BLOB_UNITS: u64 = 1 << 20;
/// What may be spent on one blob once its password is known: eight keys of the
/// dearest kind. No guess any more, but a file must not set the price.
const KNOWN_UNITS: u64 = 8 * BLOB_UNITS;
/// What the trials of a whole scan may cost: an estimated 13 s of one core, spread
/// over the workers. 256 shut blobs that use their whole budget.
const SCAN_UNITS: u64 = 1 << 28;
/// Longest word that is taken, in bytes: a key derivation hashes it many times.
const MAX_WORD_BYTES: usize = 128;
/// Most words that are taken: ten times the built-in ones are a guess already.
const MAX_WORDS: usize = 160;
/// How a word that was given is called in reports: the word itself may open
/// more than the store in which it was tried.
const GIVEN: &str = "a given password";

/// Words to try besides [`NOTORIOUS`]. Shared, never printed, wiped on drop.
#[derive(Clone, Default)]
pub struct Words {
    list: Arc<Vec<Zeroizing<String>>>,
}

impl Words {
    /// Takes the words of a list; empty ones, those longer than 128 bytes and
    /// what comes after the first 160 are left out.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = Zeroizing<String>>) -> Self {
        let fits = |word: &Zeroizing<String>| !word.is_empty() && word.len() <= MAX_WORD_BYTES;
        Self {
            list: Arc::new(words.into_iter().filter(fits).take(MAX_WORDS).collect()),
        }
    }

    /// Returns how many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.len())
    }
}

/// One word that is tried.
#[derive(Clone)]
pub struct Word {
    words: Words,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Notorious(&'static str),
    Given(usize),
}

impl Word {
    /// Returns the password.
    pub(crate) fn text(&self) -> &str {
        match self.place {
            Place::Notorious(word) => word,
            Place::Given(i) => self.words.list.get(i).map_or("", |word| word.as_str()),
        }
    }

    /// Returns what reports call it.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        match self.place {
            Place::Notorious("") => "the empty password",
            Place::Notorious(word) => word,
            Place::Given(_) => GIVEN,
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// What the trials of a scan may still cost, and what they came to; shared by its workers.
#[derive(Clone, Debug)]
pub struct ScanBudget {
    left: Arc<AtomicU64>,
    tried: Arc<Tried>,
}

impl Default for ScanBudget {
    fn default() -> Self {
        Self {
            left: Arc::new(AtomicU64::new(SCAN_UNITS)),
            tried: Arc::default(),
        }
    }
}

impl ScanBudget {
    fn take(&self, units: u64) -> bool {
        let left = |left: u64| left.checked_sub(units);
        let order = Ordering::Relaxed;
        self.left.fetch_update(order, order, left).is_ok()
    }
}

/// The words to try on one blob, and what that may cost.
#[derive(Debug)]
pub struct TrialBudget {
    words: Words,
    notorious: &'static [&'static str],
    left: u64,
    known: u64,
    scan: ScanBudget,
    spared: bool,
}

impl TrialBudget {
    /// Returns the budget of one blob. Each word that was given raises it by
    /// the share of a built-in one, since somebody asked for it.
    #[must_use]
    pub fn for_blob(words: &Words, scan: &ScanBudget) -> Self {
        let share = BLOB_UNITS / NOTORIOUS.len() as u64;
        Self {
            words: words.clone(),
            notorious: &NOTORIOUS,
            left: BLOB_UNITS + share * words.len() as u64,
            known: KNOWN_UNITS,
            scan: scan.clone(),
            spared: false,
        }
    }

    /// Returns a budget with which nothing is tried.
    #[must_use]
    pub fn none() -> Self {
        Self {
            words: Words::default(),
            notorious: &[],
            left: 0,
            known: 0,
            scan: ScanBudget::default(),
            spared: false,
        }
    }

    /// Whether there was a trial that the budget did not allow.
    #[must_use]
    pub fn was_short(&self) -> bool {
        self.spared
    }

    /// Takes the cost of one trial; `false` when it does not reach. One whose outcome is known
    /// costs the scan nothing, but the blob the same: what is told of it must not depend on which
    /// of two blobs came first.
    fn take(&mut self, units: u64, is_known: bool) -> bool {
        let taken = self.left >= units && (is_known || self.scan.take(units));
        if taken {
            self.left -= units;
        }
        self.spared |= !taken;
        taken
    }

    /// Takes the cost of opening something with a word that was proven right.
    #[must_use]
    pub fn take_known(&mut self, units: u64) -> bool {
        let taken = self.known >= units && self.scan.take(units);
        if taken {
            self.known -= units;
        }
        self.spared |= !taken;
        taken
    }

    /// Tries one word after the other until `open` returns something. A trial
    /// costs `units`; the outcome depends on nothing but `what` and the words.
    pub(crate) fn first<T>(
        &mut self,
        units: u64,
        what: &impl Hash,
        mut open: impl FnMut(&Word) -> Option<T>,
    ) -> Option<(T, Word)> {
        if self.words.is_empty() && self.notorious.is_empty() {
            return None;
        }
        let words = self.words.clone();
        let given = (0..words.len()).map(Place::Given);
        let places = given.chain(self.notorious.iter().copied().map(Place::Notorious));
        let tried = Arc::clone(&self.scan.tried);
        let lock = tried.lock(what);
        let outcome = tried.outcome(lock);
        for (i, place) in places.enumerate() {
            let is_wrong = outcome.is_some_and(|outcome| outcome.is_wrong(i));
            if !self.take(units, is_wrong) {
                return None;
            }
            if is_wrong {
                continue;
            }
            let word = Word {
                words: words.clone(),
                place,
            };
            if let Some(opened) = open(&word) {
                tried.keep(lock, Outcome::Opened(i));
                return Some((opened, word));
            }
        }
        tried.keep(lock, Outcome::Shut);
        None
    }
}

/// Bytes that a word opened.
pub struct Opened {
    /// The plain bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The word.
    pub word: Word,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends() {
        let mut budget = TrialBudget::for_blob(&Words::default(), &ScanBudget::default());
        let mut tried = 0;
        let found = budget.first(BLOB_UNITS / 4, &0, |_| {
            tried += 1;
            None::<()>
        });
        assert!(found.is_none());
        assert_eq!(tried, 4);
        assert!(budget.was_short());
        assert!(TrialBudget::none().first(0, &0, |_| Some(())).is_none());
    }

    #[test]
    fn a_known_word_has_a_budget_of_its_own() {
        let mut budget = TrialBudget::for_blob(&Words::default(), &ScanBudget::default());
        assert!(budget.take(BLOB_UNITS, false));
        assert!(!budget.take(1, false));
        let opened = (0..100)
            .take_while(|_| budget.take_known(BLOB_UNITS))
            .count();
        assert_eq!(opened, 8);
    }

    #[test]
    fn what_was_tried_is_not_tried_again_but_costs_its_blob_the_same() {
        let scan = ScanBudget::default();
        for right in [Some("1234"), None] {
            let mut tried = Vec::new();
            for _ in 0..3 {
                let mut budget = TrialBudget::for_blob(&Words::default(), &scan);
                let before = tried.len();
                let found = budget.first(BLOB_UNITS / 20, &right, |word| {
                    tried.push(word.shown());
                    (Some(word.text()) == right).then_some(())
                });
                assert_eq!(found.map(|(_, word)| word.shown()), right);
                let is_first = before == 0;
                let computed = right.map_or(16, |_| 11);
                let again = usize::from(right.is_some());
                assert_eq!(
                    tried.len() - before,
                    if is_first { computed } else { again }
                );
                assert_eq!(budget.left, BLOB_UNITS - BLOB_UNITS / 20 * computed as u64);
            }
        }
        // With less to spend, the word is out of reach as if it were tried.
        let mut budget = TrialBudget::for_blob(&Words::default(), &scan);
        let found = budget.first(BLOB_UNITS / 8, &Some("1234"), |_| Some(()));
        assert!(found.is_none() && budget.was_short());
        // What was cut short is not known.
        let mut budget = TrialBudget::for_blob(&Words::default(), &scan);
        assert!(
            budget
                .first(BLOB_UNITS / 8, &"new", |_| None::<()>)
                .is_none()
        );
        let mut budget = TrialBudget::for_blob(&Words::default(), &scan);
        assert!(budget.first(1, &"new", |_| Some(())).is_some());
    }

    #[test]
    fn a_scan_ends() {
        let scan = ScanBudget::default();
        let mut blobs = 0;
        while TrialBudget::for_blob(&Words::default(), &scan).take(BLOB_UNITS, false) {
            blobs += 1;
        }
        assert_eq!(blobs, SCAN_UNITS / BLOB_UNITS);
    }

    #[test]
    fn given_words_come_first_and_stay_unnamed() {
        let list = ["hunter2", "", "kestrel"].map(|w| Zeroizing::new(w.to_owned()));
        let words = Words::new(list);
        assert_eq!(words.len(), 2);
        assert_eq!(format!("{words:?}"), "Words(2)");
        let mut budget = TrialBudget::for_blob(&words, &ScanBudget::default());
        let found = budget.first(1, &0, |word| (word.text() == "kestrel").then_some(()));
        let (_, word) = found.expect("a word");
        assert_eq!(word.shown(), GIVEN);
        assert_eq!(format!("{word:?}"), GIVEN);
    }
}
