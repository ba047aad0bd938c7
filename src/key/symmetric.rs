//! Secrets shared by those who sign and those who verify.
//!
//! A secret has no public half. An inventory carries its answer to a challenge
//! instead: the MAC of one public constant, which the key management system
//! computes itself. The same MAC, truncated, is the secret's id in reports, unless
//! the secret could be guessed from it.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{cmac, entropy, hmac};
use crate::wire::hex;

/// The challenge: `SHA-256("straykey/key-challenge/v1" | 00)`.
pub const CHALLENGE: [u8; 32] = [
    0x3b, 0x08, 0x34, 0x56, 0x6f, 0x4e, 0x90, 0x3b, 0xed, 0xe9, 0x6b, 0xe1, 0x37, 0x51, 0x87, 0x2c,
    0xbc, 0xef, 0x0f, 0x0d, 0xe4, 0x95, 0x61, 0x1a, 0xc9, 0xf9, 0xb9, 0xb4, 0x57, 0x33, 0xfc, 0x8b,
];

/// Guessing work, in bits, from which a secret is strong enough to be named by a
/// MAC: the least that NIST SP 800-131A still allows.
pub const MIN_STRONG_BITS: u32 = 112;

/// What a key management system can tell of a key that only its holder can compute: a MAC
/// of the challenge, or a hash of the key.
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
    /// CMAC with AES; other keys than of 16, 24 or 32 bytes answer with zeros.
    AesCmac,
    /// No MAC: SHA-256 of the key, which KMIP calls its digest.
    Sha256Raw,
}

impl ChallengeMac {
    /// Every answer.
    pub const ALL: [Self; 6] = [
        Self::HmacSha224,
        Self::HmacSha256,
        Self::HmacSha384,
        Self::HmacSha512,
        Self::AesCmac,
        Self::Sha256Raw,
    ];
    /// Those that are an HMAC.
    pub const HMAC: [Self; 4] = [
        Self::HmacSha224,
        Self::HmacSha256,
        Self::HmacSha384,
        Self::HmacSha512,
    ];

    /// Returns the length of an answer in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::HmacSha224 => 28,
            Self::AesCmac => 16,
            Self::HmacSha256 | Self::Sha256Raw => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
        }
    }

    /// Answers the challenge with a secret. The bytes behind the answer are zero;
    /// nothing is allocated.
    #[must_use]
    pub fn answer(self, secret: &[u8]) -> [u8; 64] {
        let mut answer = [0; 64];
        let mut write = |bytes: &[u8]| {
            answer
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, byte)| *to = *byte);
        };
        match self {
            Self::AesCmac => write(&cmac::answer(secret).unwrap_or_default()),
            Self::Sha256Raw => write(&Sha256::digest(secret)),
            _ => return hmac::answer(self, secret),
        }
        answer
    }

    /// Answers the challenge with each of several secrets, and calls `each` with the place of the
    /// secret and the answer. Quicker than one by one where the processor has no instructions for
    /// the hash.
    pub fn answers(self, secrets: &[&[u8]], each: &mut dyn FnMut(usize, &[u8; 64])) {
        match self {
            Self::AesCmac | Self::Sha256Raw => {
                for (at, secret) in secrets.iter().enumerate() {
                    each(at, &self.answer(secret));
                }
            }
            _ => hmac::answers(self, secrets, each),
        }
    }

    /// Returns the name of the answer among an inventory entry's ids.
    #[must_use]
    pub const fn id_name(self) -> &'static str {
        match self {
            Self::HmacSha224 => "chal-hmac-sha224",
            Self::HmacSha256 => "chal-hmac-sha256",
            Self::HmacSha384 => "chal-hmac-sha384",
            Self::HmacSha512 => "chal-hmac-sha512",
            Self::AesCmac => "chal-aes-cmac",
            Self::Sha256Raw => "sha256-raw",
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

    /// Returns the bytes, for the other modules of this floor.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Answers the challenge.
    #[must_use]
    pub fn challenge(&self, mac: ChallengeMac) -> Vec<u8> {
        let answer = mac.answer(&self.0);
        answer.iter().take(mac.bytes()).copied().collect()
    }

    /// Returns the secret's id, unless the secret could be guessed from it: the
    /// first 128 bits of its answer by HMAC-SHA256, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        if self.entropy_bits() < MIN_STRONG_BITS {
            return None;
        }
        let answer = self.challenge(ChallengeMac::HmacSha256);
        answer.get(..16).map(hex::encode)
    }

    /// Estimates the work of guessing the secret, in bits.
    #[must_use]
    pub fn entropy_bits(&self) -> u32 {
        entropy::bits(&self.0)
    }
}

/// Estimates the work of guessing a secret, in bits: see [`MIN_STRONG_BITS`].
#[must_use]
pub fn strength(secret: &[u8]) -> u32 {
    entropy::bits(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a secret of text.
    fn secret(text: impl AsRef<[u8]>) -> Secret {
        Secret::new(Zeroizing::new(text.as_ref().to_vec()))
    }

    #[test]
    fn the_challenge_is_what_it_says() {
        assert_eq!(
            Sha256::digest(b"straykey/key-challenge/v1\0").as_slice(),
            CHALLENGE
        );
    }

    #[test]
    fn answers_are_those_of_openssl() {
        // printf 'straykey/key-challenge/v1\0' | openssl dgst -sha256 -binary > M
        // openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f M, and so on.
        let key: Vec<u8> = (0..32).collect();
        let answers = [
            "b11b8481566eca3d5343b8c24ee743b660389ad8717af665625c56f7",
            "3d6772063f171934faa67a9acdbb26f80a5fd5c354e2f4f04d85bbc764a48ccb",
            "086ee013e771a4d10a001da9d59c7d2f56046a4611e1b3969429c3ce61327eb1b97789eeef30e3e2f6e6721348008a43",
            "6dde33f146b18657bcd6e099a9ed680f987a686f22e2544b57ae030b2a2374be678806da20ffec43e4ea3eb3e6f1d195c3e30fcb6e1939565cd5369aa30c14c3",
        ];
        for (mac, answer) in ChallengeMac::HMAC.into_iter().zip(answers) {
            assert_eq!(hex::encode(&secret(&key).challenge(mac)), answer, "{mac:?}");
        }
    }

    #[test]
    fn random_secrets_are_strong_in_every_notation() {
        // openssl rand -hex 16; -base64 16; -hex 32; -base64 32; -base64 48
        let strong = [
            "f18e166447c1c99e73eec558c396d3f2",
            "wtgr2GPSrXGfKAigd0wOgg==",
            "c1b5c61f269cf3c2c168fff49c574e4b2b38f37565f0834a77fef0b22e509861",
            "+bKM0r0tH3uM7JPZdnsvMzfyqtA4EO9j3sgrcg/zuwM=",
            "ABTPZ3TqbdFEjXzsZrQfo3mRJC1LqGV49ceflvwFTigcOxC0DoL9lBq8cFzfh6Fh",
        ];
        for text in strong {
            assert!(secret(text).entropy_bits() >= MIN_STRONG_BITS, "{text}");
            assert_eq!(secret(text).id().map(|id| id.len()), Some(32));
        }
        let raw = [
            0x8f, 0xa3, 0xe0, 0xa1, 0x16, 0xb1, 0x0b, 0xc9, 0xf2, 0xd3, 0x44, 0xee, 0x23, 0x1a,
            0x7c, 0x42,
        ];
        assert!(secret(raw).entropy_bits() >= MIN_STRONG_BITS);
        let utf16: Vec<u8> = strong[3].bytes().flat_map(|byte| [byte, 0]).collect();
        assert!(secret(utf16).id().is_some());
    }

    #[test]
    fn the_id_is_the_first_half_of_the_answer() {
        let id = secret("+bKM0r0tH3uM7JPZdnsvMzfyqtA4EO9j3sgrcg/zuwM=").id();
        // openssl dgst -sha256 -mac HMAC -macopt key:+bKM0r0tH3uM7JPZdnsvMzfyqtA4EO9j3sgrcg/zuwM= M
        assert_eq!(id.as_deref(), Some("369174de20313b17c02432ce906ba200"));
    }

    #[test]
    fn guessable_secrets_have_no_id() {
        let sequence: Vec<u8> = (0..32).collect();
        let utf16: Vec<u8> = "supersecretkey-supersecretkey"
            .bytes()
            .flat_map(|b| [b, 0])
            .collect();
        let weak: [&[u8]; 16] = [
            b"",
            b"secret",
            b"your-256-bit-secret",
            b"your-512-bit-secret-which-is-very-long-indeed",
            b"supersecretkeythatnobodyknowsaboutatall",
            b"SuperSecretKeyThatNobodyKnowsAboutAtAll",
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            b"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
            b"qwertyuiopasdfghjklzxcvbnm1234567890",
            b"Pa55word!Pa55word!Pa55word!",
            b"changeme-changeme-changeme-changeme-changeme",
            b"correct horse battery staple, and a few more words",
            &sequence,
            &utf16,
        ];
        for text in weak {
            let bits = secret(text).entropy_bits();
            assert!(
                bits < MIN_STRONG_BITS,
                "{bits} bits: {}",
                String::from_utf8_lossy(text)
            );
            assert_eq!(secret(text).id(), None);
        }
    }
}
