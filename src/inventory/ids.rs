//! The kinds of fingerprint, their written form, and what a lookup searches.
//!
//! A list keeps fingerprints as text, in the form that people know them in. A
//! lookup, in memory or in the compiled table, searches the first 128 bits of
//! `SHA-256(kind | value)`: one width for every kind, evenly spread whatever the
//! values are, and nothing of a name or key id can be read back from it. At ten
//! million sightings and a million entries a false match has odds of 3e-26.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::EntryIds;

/// First 128 bits of the hash of a fingerprint and its kind.
pub type Id128 = [u8; 16];

/// Longest key id that is kept. Key ids of cloud systems are addresses and
/// resource names of up to a few hundred characters.
const MAX_KID: usize = 4096;
/// Bytes of a badkeys hash that count: its published lists keep 120 bits.
const BK_BYTES: usize = 15;
/// Last bytes of a hash that Debian's lists of weak keys keep: 80 bits.
const DEBIAN_BYTES: usize = 10;

/// A kind of fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
#[expect(missing_docs, reason = "the fields of `EntryIds` say what they are")]
pub enum IdKind {
    SpkiSha256,
    SshSha256,
    JwkSha256,
    Keygrip,
    Ski,
    ModulusSha256,
    X5tS256,
    PgpFpr,
    Bk256,
    SshMd5,
    SpkiMd5,
    ModulusSha1,
    Pkcs8Sha1,
    ChalHmacSha224,
    ChalHmacSha256,
    ChalHmacSha384,
    ChalHmacSha512,
    ChalAesCmac,
    Sha256Raw,
    Kid,
}

impl From<IdKind> for &'static str {
    fn from(kind: IdKind) -> Self {
        kind.name()
    }
}

impl TryFrom<String> for IdKind {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::from_name(&name).ok_or("an unknown fingerprint")
    }
}

/// What a kind of fingerprint is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdClass {
    /// Of a public key.
    Key,
    /// Of a secret.
    Secret,
    /// Assigned by somebody: a hint.
    Hint,
}

/// Written form of a fingerprint.
#[derive(Clone, Copy)]
enum Shape {
    /// Lower-case hexadecimal of one of these numbers of bytes.
    Hex(&'static [usize]),
    /// `SHA256:` and 43 characters of unpadded base64.
    Ssh,
    /// 43 characters of base64url.
    Thumbprint,
    /// Any text.
    Text,
}

impl IdKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::SpkiSha256,
        Self::SshSha256,
        Self::JwkSha256,
        Self::Keygrip,
        Self::Ski,
        Self::ModulusSha256,
        Self::X5tS256,
        Self::PgpFpr,
        Self::Bk256,
        Self::SshMd5,
        Self::SpkiMd5,
        Self::ModulusSha1,
        Self::Pkcs8Sha1,
        Self::ChalHmacSha224,
        Self::ChalHmacSha256,
        Self::ChalHmacSha384,
        Self::ChalHmacSha512,
        Self::ChalAesCmac,
        Self::Sha256Raw,
        Self::Kid,
    ];

    /// Returns the name, as it stands in lists and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpkiSha256 => "spki-sha256",
            Self::SshSha256 => "ssh-sha256",
            Self::JwkSha256 => "jwk-sha256",
            Self::Keygrip => "keygrip",
            Self::Ski => "ski",
            Self::ModulusSha256 => "modulus-sha256",
            Self::X5tS256 => "x5t-s256",
            Self::PgpFpr => "pgp-fpr",
            Self::Bk256 => "bk256",
            Self::SshMd5 => "ssh-md5",
            Self::SpkiMd5 => "spki-md5",
            Self::ModulusSha1 => "modulus-sha1",
            Self::Pkcs8Sha1 => "pkcs8-sha1",
            Self::ChalHmacSha224 => "chal-hmac-sha224",
            Self::ChalHmacSha256 => "chal-hmac-sha256",
            Self::ChalHmacSha384 => "chal-hmac-sha384",
            Self::ChalHmacSha512 => "chal-hmac-sha512",
            Self::ChalAesCmac => "chal-aes-cmac",
            Self::Sha256Raw => "sha256-raw",
            Self::Kid => "kid",
        }
    }

    /// Returns the kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns what the kind is worth.
    #[must_use]
    pub const fn class(self) -> IdClass {
        match self {
            Self::ChalHmacSha224
            | Self::ChalHmacSha256
            | Self::ChalHmacSha384
            | Self::ChalHmacSha512
            | Self::ChalAesCmac
            | Self::Sha256Raw => IdClass::Secret,
            Self::Kid => IdClass::Hint,
            _ => IdClass::Key,
        }
    }

    /// Whether a key has it whatever it is used for, so that whoever knows the
    /// SubjectPublicKeyInfo can compute it.
    #[must_use]
    pub const fn follows_from_spki(self) -> bool {
        matches!(
            self,
            Self::SshSha256
                | Self::JwkSha256
                | Self::Ski
                | Self::ModulusSha256
                | Self::Bk256
                | Self::SshMd5
                | Self::SpkiMd5
                | Self::ModulusSha1
        )
    }

    /// Whether it is taken of an RSA modulus alone, so that keys which differ in
    /// their exponent share it.
    #[must_use]
    pub const fn ignores_exponent(self) -> bool {
        matches!(
            self,
            Self::Keygrip | Self::ModulusSha256 | Self::Bk256 | Self::ModulusSha1
        )
    }

    const fn shape(self) -> Shape {
        match self {
            Self::SpkiSha256
            | Self::ModulusSha256
            | Self::X5tS256
            | Self::ChalHmacSha256
            | Self::Sha256Raw => Shape::Hex(&[32]),
            Self::Keygrip | Self::Ski | Self::Pkcs8Sha1 => Shape::Hex(&[20]),
            Self::SshMd5 => Shape::Hex(&[DEBIAN_BYTES, 16]),
            Self::SpkiMd5 => Shape::Hex(&[16]),
            Self::ModulusSha1 => Shape::Hex(&[DEBIAN_BYTES, 20]),
            Self::PgpFpr => Shape::Hex(&[20, 32]),
            Self::Bk256 => Shape::Hex(&[BK_BYTES, 32]),
            Self::ChalHmacSha224 => Shape::Hex(&[28]),
            Self::ChalHmacSha384 => Shape::Hex(&[48]),
            Self::ChalHmacSha512 => Shape::Hex(&[64]),
            Self::ChalAesCmac => Shape::Hex(&[16]),
            Self::SshSha256 => Shape::Ssh,
            Self::JwkSha256 => Shape::Thumbprint,
            Self::Kid => Shape::Text,
        }
    }

    /// Returns what is wrong with a value of this kind, if anything is.
    #[must_use]
    pub fn fault(self, value: &str) -> Option<String> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_std = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        match self.shape() {
            Shape::Hex(sizes) => {
                let fits =
                    value.bytes().all(is_hex) && sizes.iter().any(|size| value.len() == 2 * size);
                let digits = sizes.iter().map(|size| (2 * size).to_string());
                let digits = digits.collect::<Vec<_>>().join(" or ");
                (!fits).then(|| {
                    format!(
                        "{} is not {digits} lower-case hexadecimal digits",
                        self.name()
                    )
                })
            }
            Shape::Ssh => {
                let hash = value.strip_prefix("SHA256:");
                let fits = hash.is_some_and(|hash| hash.len() == 43 && hash.bytes().all(is_std));
                (!fits).then(|| {
                    format!(
                        "{} is not `SHA256:` and 43 characters of base64",
                        self.name()
                    )
                })
            }
            Shape::Thumbprint => {
                let fits = value.len() == 43 && value.bytes().all(is_url);
                (!fits).then(|| format!("{} is not 43 characters of base64url", self.name()))
            }
            Shape::Text => {
                let fits = !value.is_empty() && value.len() <= MAX_KID;
                (!fits).then(|| format!("{} is empty or longer than {MAX_KID} bytes", self.name()))
            }
        }
    }

    /// Returns what a lookup searches for a value of this kind.
    #[must_use]
    pub fn digest(self, value: &str) -> Id128 {
        let value = match self {
            // Full hashes match the published lists of truncated ones.
            Self::Bk256 => value.get(..2 * BK_BYTES).unwrap_or(value),
            Self::SshMd5 | Self::ModulusSha1 => {
                let start = value.len().saturating_sub(2 * DEBIAN_BYTES);
                value.get(start..).unwrap_or(value)
            }
            _ => value,
        };
        let hash = Sha256::new()
            .chain_update(self.name())
            .chain_update([0])
            .chain_update(value)
            .finalize();
        hash.first_chunk().copied().unwrap_or_default()
    }
}

impl EntryIds {
    /// Calls `each` with every fingerprint.
    pub fn for_each<'a>(&'a self, mut each: impl FnMut(IdKind, &'a str)) {
        for kind in IdKind::ALL {
            if let Some(value) = self.one(kind) {
                each(kind, value);
            }
            for value in self.many(kind) {
                each(kind, value);
            }
        }
    }

    /// Returns the fingerprint of a kind of which a key has one.
    #[must_use]
    pub fn one(&self, kind: IdKind) -> Option<&str> {
        match kind {
            IdKind::SpkiSha256 => self.spki_sha256.as_deref(),
            IdKind::SshSha256 => self.ssh_sha256.as_deref(),
            IdKind::JwkSha256 => self.jwk_sha256.as_deref(),
            IdKind::Keygrip => self.keygrip.as_deref(),
            IdKind::Ski => self.ski.as_deref(),
            IdKind::ModulusSha256 => self.modulus_sha256.as_deref(),
            IdKind::Bk256 => self.bk256.as_deref(),
            IdKind::SshMd5 => self.ssh_md5.as_deref(),
            IdKind::SpkiMd5 => self.spki_md5.as_deref(),
            IdKind::ModulusSha1 => self.modulus_sha1.as_deref(),
            IdKind::Pkcs8Sha1 => self.pkcs8_sha1.as_deref(),
            IdKind::ChalHmacSha224 => self.chal_hmac_sha224.as_deref(),
            IdKind::ChalHmacSha256 => self.chal_hmac_sha256.as_deref(),
            IdKind::ChalHmacSha384 => self.chal_hmac_sha384.as_deref(),
            IdKind::ChalHmacSha512 => self.chal_hmac_sha512.as_deref(),
            IdKind::ChalAesCmac => self.chal_aes_cmac.as_deref(),
            IdKind::Sha256Raw => self.sha256_raw.as_deref(),
            IdKind::X5tS256 | IdKind::PgpFpr | IdKind::Kid => None,
        }
    }

    /// Returns the place of a fingerprint of which a key has one.
    pub fn one_mut(&mut self, kind: IdKind) -> Option<&mut Option<String>> {
        Some(match kind {
            IdKind::SpkiSha256 => &mut self.spki_sha256,
            IdKind::SshSha256 => &mut self.ssh_sha256,
            IdKind::JwkSha256 => &mut self.jwk_sha256,
            IdKind::Keygrip => &mut self.keygrip,
            IdKind::Ski => &mut self.ski,
            IdKind::ModulusSha256 => &mut self.modulus_sha256,
            IdKind::Bk256 => &mut self.bk256,
            IdKind::SshMd5 => &mut self.ssh_md5,
            IdKind::SpkiMd5 => &mut self.spki_md5,
            IdKind::ModulusSha1 => &mut self.modulus_sha1,
            IdKind::Pkcs8Sha1 => &mut self.pkcs8_sha1,
            IdKind::ChalHmacSha224 => &mut self.chal_hmac_sha224,
            IdKind::ChalHmacSha256 => &mut self.chal_hmac_sha256,
            IdKind::ChalHmacSha384 => &mut self.chal_hmac_sha384,
            IdKind::ChalHmacSha512 => &mut self.chal_hmac_sha512,
            IdKind::ChalAesCmac => &mut self.chal_aes_cmac,
            IdKind::Sha256Raw => &mut self.sha256_raw,
            IdKind::X5tS256 | IdKind::PgpFpr | IdKind::Kid => return None,
        })
    }

    /// Returns the fingerprints of a kind of which a key has several.
    #[must_use]
    pub fn many(&self, kind: IdKind) -> &[String] {
        match kind {
            IdKind::X5tS256 => &self.x5t_s256,
            IdKind::PgpFpr => &self.pgp_fpr,
            IdKind::Kid => &self.kid,
            _ => &[],
        }
    }

    /// Takes out the fingerprints that no list may have; returns which kinds, and what was wrong.
    pub(in crate::inventory) fn take_faulty(&mut self) -> Vec<(IdKind, String)> {
        let mut faulty = Vec::new();
        for kind in IdKind::ALL {
            let fault = self.one(kind).and_then(|value| kind.fault(value));
            if let Some(why) = fault {
                faulty.push((kind, why));
                if let Some(place) = self.one_mut(kind) {
                    *place = None;
                }
            }
        }
        let several = [
            (IdKind::X5tS256, &mut self.x5t_s256),
            (IdKind::PgpFpr, &mut self.pgp_fpr),
            (IdKind::Kid, &mut self.kid),
        ];
        for (kind, values) in several {
            values.retain(|value| {
                let fault = kind.fault(value);
                faulty.extend(fault.iter().map(|why| (kind, why.clone())));
                fault.is_none()
            });
        }
        faulty
    }

    /// Calls `each` with what a lookup must find the entry by. Fingerprints that
    /// follow from the SubjectPublicKeyInfo are left out where its hash is there:
    /// who meets the key knows that hash too.
    pub(in crate::inventory) fn for_each_searched(&self, mut each: impl FnMut(IdKind, Id128)) {
        let has_spki = self.spki_sha256.is_some();
        self.for_each(|kind, value| {
            if !(has_spki && kind.follows_from_spki()) {
                each(kind, kind.digest(value));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_fields_agree() {
        for kind in IdKind::ALL {
            assert_eq!(IdKind::from_name(kind.name()), Some(kind));
            let json = match EntryIds::default().one_mut(kind) {
                Some(_) => format!(r#"{{"{}":"x"}}"#, kind.name()),
                None => format!(r#"{{"{}":["x"]}}"#, kind.name()),
            };
            let ids: EntryIds = serde_json::from_str(&json).unwrap();
            let mut seen = Vec::new();
            ids.for_each(|kind, value| seen.push((kind, value.to_owned())));
            assert_eq!(seen, [(kind, "x".to_owned())]);
        }
    }

    #[test]
    fn shapes_are_checked() {
        assert_eq!(IdKind::SpkiSha256.fault(&"0a".repeat(32)), None);
        assert!(IdKind::SpkiSha256.fault(&"0A".repeat(32)).is_some());
        assert!(IdKind::SpkiSha256.fault(&"0a".repeat(31)).is_some());
        assert_eq!(
            IdKind::SshSha256.fault("SHA256:FXfYyJfEVpQFwsrh58VtrsncP5+rRUfSPzznnc+D56o"),
            None
        );
        assert!(
            IdKind::SshSha256
                .fault("FXfYyJfEVpQFwsrh58VtrsncP5+rRUfSPzznnc+D56o")
                .is_some()
        );
        assert_eq!(
            IdKind::JwkSha256.fault("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
            None
        );
        assert!(IdKind::Kid.fault("").is_some());
    }

    #[test]
    fn truncated_hashes_match_full_ones() {
        let full = "ab".repeat(32);
        assert_eq!(
            IdKind::Bk256.digest(&full),
            IdKind::Bk256.digest(&full[..30])
        );
        let full = format!("{}{}", "00".repeat(10), "cd".repeat(10));
        assert_eq!(
            IdKind::ModulusSha1.digest(&full),
            IdKind::ModulusSha1.digest(&full[20..])
        );
        assert_ne!(
            IdKind::Keygrip.digest(&full),
            IdKind::ModulusSha256.digest(&full)
        );
    }
}
