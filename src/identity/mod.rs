//! Fingerprints: what stays of a key once its secret half is gone.
//!
//! A [`PublicKey`] becomes an [`Identity`] once, and everything above this floor
//! (inventory, findings, reports) knows keys by their identities only. An
//! identity holds hashes and names, so that no secret can reach a report through
//! it. Each submodule knows one way in which the world writes or hashes public
//! keys; those that read it hand back a [`PublicKey`].

pub mod algorithm;
mod further;
pub mod jwk;
mod kept;
pub mod keygrip;
pub mod spki;
pub mod ssh;
pub mod x509;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md5::Md5;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::key::PublicKey;
use crate::wire::{hex, trim_zeros};

/// Everything that is known of the public half of a key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Algorithm and size, as shown to people.
    pub algorithm: String,
    /// The size in bits.
    pub bits: u32,
    /// Whether the algorithm signs.
    pub can_sign: bool,
    /// The fingerprints.
    pub ids: Ids,
}

impl Identity {
    /// Computes the identity of a public key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self {
            algorithm: key.algorithm(),
            bits: key.bits(),
            can_sign: key.can_sign(),
            ids: Ids::of(key),
        }
    }

    /// Adds the fingerprint that the key has with its curve spelled out, as its file
    /// does: an inventory that somebody else made may know it by that.
    #[must_use]
    pub fn with_parameters(mut self, key: &PublicKey, parameters: &[u8]) -> Self {
        let seen = Sha256::digest(spki::encode_as_seen(key, parameters));
        if *seen != self.ids.spki {
            Arc::make_mut(&mut self.ids.named).insert(1, (Ids::AS_SEEN, hex::encode(&seen)));
        }
        self
    }

    /// Adds the fingerprint that EC2 gives an RSA pair which it made
    /// ([`crate::key::RsaKey::pkcs8_sha1`]).
    #[must_use]
    pub fn with_pkcs8_sha1(mut self, hash: &[u8; 20]) -> Self {
        Arc::make_mut(&mut self.ids.named).push((Ids::PKCS8, hex::encode(hash)));
        self
    }

    /// Takes over what another sighting of the same key tells of how its file spells it.
    pub fn absorb(&mut self, other: &Self) {
        if self.ids.named == other.ids.named {
            return;
        }
        for (name, id) in other.ids.named.iter() {
            let known = match *name {
                // Two files may differ in d, which is not unique; crafted ones in ever more.
                Ids::PKCS8 => {
                    self.ids.named.len() > Ids::MAX_NAMED
                        || self.ids.iter().any(|known| known == (*name, id))
                }
                name => self.ids.named(name).is_some(),
            };
            if !known {
                Arc::make_mut(&mut self.ids.named).push((name, id.clone()));
            }
        }
    }

    /// Returns the SHA-256 of the normalised SubjectPublicKeyInfo.
    #[must_use]
    pub const fn spki_sha256(&self) -> &[u8; 32] {
        &self.ids.spki
    }

    /// Returns the fingerprints and their names, in the order of reports; those that
    /// reports leave out come last.
    pub fn ids(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.ids.iter()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.ids.spki == other.ids.spki
    }
}

impl Eq for Identity {}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ids.spki.cmp(&other.ids.spki)
    }
}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ids.spki.hash(state);
    }
}

impl Serialize for Identity {
    /// Writes one object: `algorithm`, `bits`, and the fingerprints of reports by name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("algorithm", &self.algorithm)?;
        map.serialize_entry("bits", &self.bits)?;
        for (name, id) in self.ids.reported() {
            map.serialize_entry(name, id)?;
        }
        map.end()
    }
}

/// The fingerprints of a public key. Hexadecimal is in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// SHA-256 of the normalised SubjectPublicKeyInfo.
    spki: [u8; 32],
    /// Names and values, in the order of reports.
    /// Shared between the places of one key.
    named: Arc<Vec<(&'static str, String)>>,
}

impl Ids {
    /// The names that a public key can have, in the order of reports.
    pub const NAMES: [&'static str; 7] = [
        "spki-sha256",
        "ssh-sha256",
        "jwk-sha256",
        "keygrip",
        "ski",
        "modulus-sha256",
        "bk256",
    ];

    /// The names of fingerprints that some lists know keys by, and reports leave out: of
    /// EC2 and of Debian's lists of weak keys. They tell nothing that the others do not.
    pub const ELSEWHERE: [&'static str; 4] = ["ssh-md5", "spki-md5", "modulus-sha1", Self::PKCS8];

    /// Fingerprints that one key may gather from the spellings of its files.
    const MAX_NAMED: usize = 64;

    /// The name of the SHA-1 of an RSA private key in PKCS#8.
    const PKCS8: &'static str = "pkcs8-sha1";

    /// The name of the SHA-256 of a SubjectPublicKeyInfo that is not in the normal
    /// form: with the curve spelled out, as the file of the private key has it.
    pub const AS_SEEN: &'static str = "spki-seen-sha256";

    /// Returns the fingerprint with this name; not every algorithm has all.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, id)| id)
    }

    /// Returns the fingerprints and their names, in the order of reports.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.named.iter().map(|(name, id)| (*name, id.as_str()))
    }

    /// Returns those of them that reports have.
    fn reported(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.iter()
            .filter(|(name, _)| !Self::ELSEWHERE.contains(name))
    }

    /// Computes the fingerprints of a public key.
    fn of(key: &PublicKey) -> Self {
        let der = spki::encode(key);
        let spki: [u8; 32] = Sha256::digest(&der).into();
        let blob = ssh::encode(key);
        let line = modulus_line(key);
        let [
            spki_name,
            ssh_name,
            jwk_name,
            keygrip_name,
            ski_name,
            modulus_name,
            bk_name,
        ] = Self::NAMES;
        let [ssh_md5_name, spki_md5_name, modulus_sha1_name, _] = Self::ELSEWHERE;
        let ids = [
            (spki_name, Some(hex::encode(&spki))),
            (ssh_name, blob.as_deref().map(ssh_sha256)),
            (jwk_name, jwk::thumbprint(key)),
            (keygrip_name, keygrip::keygrip(key)),
            (
                ski_name,
                Some(hex::encode(&Sha1::digest(spki::key_bits(key)))),
            ),
            (
                modulus_name,
                line.as_ref().map(|line| hex::encode(&Sha256::digest(line))),
            ),
            (
                bk_name,
                main_number(key).map(|number| hex::encode(&Sha256::digest(number))),
            ),
            (
                ssh_md5_name,
                blob.map(|blob| hex::encode(&Md5::digest(blob))),
            ),
            // EC2 shows it of imported RSA keys.
            (
                spki_md5_name,
                line.as_ref().map(|_| hex::encode(&Md5::digest(&der))),
            ),
            (
                modulus_sha1_name,
                line.map(|line| hex::encode(&Sha1::digest(line))),
            ),
        ];
        let named = ids
            .into_iter()
            .filter_map(|(name, id)| Some((name, id?)))
            .collect();
        let mut ids = Self {
            spki,
            named: Arc::new(named),
        };
        ids.add_halves(key);
        ids
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.reported())
    }
}

/// Returns the fingerprint that `ssh-keygen -l` prints for a blob.
fn ssh_sha256(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// Returns what `openssl rsa -noout -modulus` prints: its SHA-256 is a common way to
/// compare key and certificate, its SHA-1 is what Debian's list of weak keys has.
fn modulus_line(key: &PublicKey) -> Option<String> {
    let PublicKey::Rsa { n, .. } = key else {
        return None;
    };
    let digits = hex::encode(n).to_ascii_uppercase();
    // The tool prints no leading zero, not even half a byte.
    Some(format!("Modulus={}\n", digits.trim_start_matches('0')))
}

/// Returns the number that badkeys hashes: modulus, x coordinate, public value.
/// It survives a change of exponent or encoding. A composite key has two.
fn main_number(key: &PublicKey) -> Option<&[u8]> {
    Some(match key {
        PublicKey::Composite { .. } => return None,
        PublicKey::Rsa { n, .. } => n,
        PublicKey::Ec { x, .. } | PublicKey::EcExplicit { x, .. } => trim_zeros(x),
        PublicKey::Okp { bytes, .. } => trim_zeros(bytes),
        PublicKey::Dsa { y, .. } | PublicKey::Dh { y, .. } => y,
        PublicKey::Pq { bytes, .. } => bytes,
    })
}

#[cfg(test)]
mod tests;
