//! Secrets shared by those who sign and those who verify.
//!
//! A secret has no public half. An inventory carries its answer to a challenge
//! instead: the MAC of one public constant, which the key management system
//! computes itself. The same MAC, truncated, is the secret's id in reports, unless
//! the secret could be guessed from it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

/// The challenge: `SHA-256("straykey/key-challenge/v1" | 00)`.
pub const CHALLENGE: [u8; 32] = [
    0x3b, 0x08, 0x34, 0x56, 0x6f, 0x4e, 0x90, 0x3b, 0xed, 0xe9, 0x6b, 0xe1, 0x37, 0x51, 0x87, 0x2c,
    0xbc, 0xef, 0x0f, 0x0d, 0xe4, 0x95, 0x61, 0x1a, 0xc9, 0xf9, 0xb9, 0xb4, 0x57, 0x33, 0xfc, 0x8b,
];

/// Guessing work, in bits, from which a secret is strong enough to be named by a
/// MAC: the least that NIST SP 800-131A still allows.
pub const MIN_STRONG_BITS: u32 = 112;

/// What each letter of a word counts for: English has 1 to 1.5 bits a letter
/// (Shannon 1951), and secrets made of words are guessed word by word.
const WORD_LETTER_BITS: f64 = 1.25;
/// Letters of one case in a row that are taken to be a word. Random base64 has
/// such a run of 4 in about one of 20 places, which costs it little.
const WORD_LETTERS: usize = 4;
/// Bytes that are looked at; more than this much of anything but repetition is
/// strong.
const MAX_ESTIMATED_BYTES: usize = 1024;

/// A MAC that a key management system can compute of the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChallengeMac {
    /// HMAC with SHA-224.
    HmacSha224,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
}

impl ChallengeMac {
    /// Every MAC.
    pub const ALL: [Self; 4] = [
        Self::HmacSha224,
        Self::HmacSha256,
        Self::HmacSha384,
        Self::HmacSha512,
    ];

    /// Returns the name of the answer among an inventory entry's ids.
    #[must_use]
    pub const fn id_name(self) -> &'static str {
        match self {
            Self::HmacSha224 => "chal-hmac-sha224",
            Self::HmacSha256 => "chal-hmac-sha256",
            Self::HmacSha384 => "chal-hmac-sha384",
            Self::HmacSha512 => "chal-hmac-sha512",
        }
    }
}

/// A symmetric secret.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes of a secret.
    #[must_use]
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Returns the secret's length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the secret has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Answers the challenge.
    #[must_use]
    pub fn challenge(&self, mac: ChallengeMac) -> Vec<u8> {
        match mac {
            ChallengeMac::HmacSha224 => answer::<Hmac<Sha224>>(&self.0),
            ChallengeMac::HmacSha256 => answer::<Hmac<Sha256>>(&self.0),
            ChallengeMac::HmacSha384 => answer::<Hmac<Sha384>>(&self.0),
            ChallengeMac::HmacSha512 => answer::<Hmac<Sha512>>(&self.0),
        }
    }

    /// Returns the secret's id, unless the secret could be guessed from it: the
    /// first 128 bits of its answer by HMAC-SHA256, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        if self.entropy_bits() < MIN_STRONG_BITS {
            return None;
        }
        let answer = self.challenge(ChallengeMac::HmacSha256);
        Some(
            answer
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// Estimates the work of guessing the secret, in bits; a low estimate costs
    /// a report an id, a high one may cost the secret.
    ///
    /// Every byte counts as one choice among the characters of the classes that
    /// occur (digits, hexadecimal, one case, both, base64, printable, any byte).
    /// Repetitions, sequences (`abc`, `321`) and anything that stood there before
    /// count nothing, letters of a word little. UTF-16 counts like its text.
    #[must_use]
    pub fn entropy_bits(&self) -> u32 {
        let text: Zeroizing<Vec<u8>> =
            Zeroizing::new(self.0.iter().copied().filter(|&byte| byte != 0).collect());
        let head = if text
            .iter()
            .all(|byte| matches!(byte, 0x20..0x7F | b'\t' | b'\r' | b'\n'))
        {
            text.as_slice()
        } else {
            self.0.as_slice()
        };
        let head = head.get(..MAX_ESTIMATED_BYTES).unwrap_or(head);
        let per_byte = f64::from(alphabet(head)).log2();
        let words = in_words(head);
        let bits: f64 = (0..head.len())
            .map(|at| {
                if is_predictable(head, at) {
                    0.0
                } else if words.get(at) == Some(&true) {
                    WORD_LETTER_BITS
                } else {
                    per_byte
                }
            })
            .sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 8 * MAX_ESTIMATED_BYTES"
        )]
        {
            bits as u32
        }
    }
}

/// Computes one MAC of the challenge.
fn answer<M: Mac + KeyInit>(secret: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length; the error exists for other MACs.
    M::new_from_slice(secret)
        .map(|mac| mac.chain_update(CHALLENGE).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Returns the number of characters to choose from.
fn alphabet(text: &[u8]) -> u32 {
    let has = |class: fn(&u8) -> bool| text.iter().any(class);
    if text.iter().all(u8::is_ascii_digit) {
        return 10;
    }
    let one_case = !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    if one_case && text.iter().all(u8::is_ascii_hexdigit) {
        return 16;
    }
    if has(|byte| !matches!(byte, 0x20..0x7F | b'\t' | b'\r' | b'\n')) {
        return 256;
    }
    let mut size = 0;
    for (class, characters) in [
        (u8::is_ascii_lowercase as fn(&u8) -> bool, 26),
        (u8::is_ascii_uppercase, 26),
        (u8::is_ascii_digit, 10),
        (|byte| matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'), 2),
        (
            |byte| !byte.is_ascii_alphanumeric() && !b"+/=-_".contains(byte),
            28,
        ),
    ] {
        if has(class) {
            size += characters;
        }
    }
    size.max(1)
}

/// Whether a byte follows from those before it.
fn is_predictable(text: &[u8], at: usize) -> bool {
    let back = |distance: usize| {
        at.checked_sub(distance)
            .and_then(|at| text.get(at))
            .copied()
    };
    let (Some(this), Some(last)) = (back(0), back(1)) else {
        return false;
    };
    if this == last {
        return true;
    }
    let Some(before) = back(2) else { return false };
    let step = this.wrapping_sub(last);
    let in_sequence = step == last.wrapping_sub(before) && matches!(step, 1 | 0xFF);
    let seen = || {
        let earlier = text.get(..at).unwrap_or_default();
        earlier
            .windows(3)
            .any(|window| window == [before, last, this])
    };
    in_sequence || seen()
}

/// Marks the letters that stand in words: runs of one case, the first letter of
/// which may be a capital.
fn in_words(text: &[u8]) -> Vec<bool> {
    let mut marks = Vec::with_capacity(text.len());
    let same_word = |left: &u8, right: &u8| {
        left.is_ascii_alphabetic()
            && right.is_ascii_alphabetic()
            && (left.is_ascii_uppercase() || right.is_ascii_lowercase())
    };
    for run in text.chunk_by(same_word) {
        let is_word = run.len() >= WORD_LETTERS;
        marks.extend(std::iter::repeat_n(is_word, run.len()));
    }
    marks
}
