//! Token files of SoftHSM 2: an object in each `*.object`.
//!
//! ```text
//! u64 generation; attributes in order of their numbers, all big-endian:
//! u64 number (PKCS#11), u64 kind, then by kind
//!   1 bool: u8;  2 number: u64;  3 bytes: u64 length, bytes
//!   4 attributes: u64 length, …;  5 mechanisms: u64 count, u64 each
//! ```
//!
//! CKA_CLASS is 0 and always there, so it comes first. Objects with CKA_PRIVATE, as
//! all private keys are by default, have their byte strings encrypted under a key
//! that the PIN opens, vector first: also the modulus, so nothing of such a key is
//! readable; its public half is mostly in another file of the token, in clear, and
//! whoever has the folder can put both together ([`half`]). A key that was stored
//! without CKA_PRIVATE stands here as it is. Secret keys, certificates, public keys
//! and `token.object` are no finding.

use super::structure::{ec_key_on, secret};
use super::{Context, Format, Found, Spec, label};
use crate::blob::Candidate;
use crate::identity::algorithm::{self, EcParameters};
use crate::key::{Key, Okp, PublicKey, Reject, RsaKey};
use crate::wire::big_endian::Reader;
use crate::wire::der;
use crate::wire::trim_zeros;

/// Reader of object files.
pub(super) struct SoftHsm;

/// CKA_CLASS, its kind, and CKO_PRIVATE_KEY: what follows the generation.
const HEAD: &[u8; 24] = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03";
/// CKA_PRIVATE, CKA_LABEL, CKA_VALUE, CKA_KEY_TYPE.
const PRIVATE: u64 = 2;
const LABEL: u64 = 3;
const VALUE: u64 = 0x11;
const KEY_TYPE: u64 = 0x100;
/// CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT and what follows it.
const MODULUS: u64 = 0x120;
const PUBLIC_EXPONENT: u64 = 0x122;
const PRIVATE_EXPONENT: u64 = 0x123;
/// CKA_EC_PARAMS, CKA_EC_POINT.
const EC_PARAMS: u64 = 0x180;
const EC_POINT: u64 = 0x181;
/// CKK_RSA, CKK_EC, CKK_EC_EDWARDS.
const RSA: u64 = 0;
const EC: u64 = 3;
const EDWARDS: u64 = 0x40;
/// CKA_CLASS, and CKO_PUBLIC_KEY.
const CLASS: u64 = 0;
const PUBLIC_KEY: u64 = 2;
/// Most attributes of an object; keys have about thirty.
const MAX_ATTRIBUTES: usize = 256;

static SPEC: Spec = Spec {
    id: "softhsm",
    name: "SoftHSM token object",
    source: "SoftHSM 2, ObjectFile.cpp and File.cpp",
    about: "Private keys in the token folder of SoftHSM, which stands in for a hardware module in tests, DNSSEC and small authorities. Under the PIN nothing of a key is readable but, beside it, its public half.",
    triggers: &[],
};

impl Format for SoftHsm {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_head(&self, head: &[u8], _size: u64) -> bool {
        head.get(8..32) == Some(HEAD)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let bytes = candidate.bytes;
        if candidate.at.is_some() || bytes.get(8..32) != Some(HEAD) {
            return Err(Reject::NotThisFormat);
        }
        let object = Object::read(bytes)?;
        let span = 0..bytes.len();
        let mut item = match object.flag(PRIVATE) {
            false => Found::key(span, object.key()?),
            true => Found::opaque(span, object.encrypted().ok_or(Reject::NotThisFormat)?),
        };
        let name = object.bytes(LABEL).filter(|_| !object.flag(PRIVATE));
        item.kid = name.and_then(label);
        found.push(item);
        Ok(())
    }
}

/// What an object under the PIN shows of its key, and the public half of one shows of that:
/// its type, and the size of its modulus or number once encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape(u64, usize);

/// One half of a pair in a token.
#[derive(Debug)]
pub enum Half {
    /// The private one, under the PIN.
    Sealed(Shape),
    /// The public one, and its label.
    Public(Shape, PublicKey, Option<String>),
}

/// Reads an object file as one half of a pair.
#[must_use]
pub fn half(bytes: &[u8]) -> Option<Half> {
    let object = Object::read(bytes).ok()?;
    let kind = object.number(KEY_TYPE)?;
    // A vector, and padding up to a whole block more.
    let sealed = |bytes: usize| 16 + (bytes / 16 + 1) * 16;
    if bytes.get(8..32) == Some(HEAD) {
        let number = if kind == RSA { MODULUS } else { VALUE };
        let size = object.bytes(number).filter(|_| object.flag(PRIVATE))?.len();
        return Some(Half::Sealed(Shape(kind, size)));
    }
    if object.number(CLASS) != Some(PUBLIC_KEY) || object.flag(PRIVATE) {
        return None;
    }
    let (key, size) = object.public(kind)?;
    let label = object.bytes(LABEL).and_then(label);
    Some(Half::Public(Shape(kind, sealed(size)), key, label))
}

/// The value of an attribute.
enum Value<'a> {
    Flag(bool),
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The attributes of an object.
struct Object<'a>(Vec<(u64, Value<'a>)>);

impl<'a> Object<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Reject> {
        let mut reader = Reader::new(bytes);
        reader.u64()?;
        let mut attributes = Vec::new();
        while !reader.rest().is_empty() {
            let (number, kind) = (reader.u64()?, reader.u64()?);
            let mut sized = |unit: u64| {
                let len = reader.u64()?.checked_mul(unit);
                let len = len.and_then(|len| usize::try_from(len).ok());
                reader
                    .take(len.ok_or(Reject::BadLength)?)
                    .map_err(Reject::from)
            };
            let value = match kind {
                3 => Value::Bytes(sized(1)?),
                4 => sized(1).map(|_| Value::Other)?,
                5 => sized(8).map(|_| Value::Other)?,
                1 => Value::Flag(reader.u8()? != 0),
                2 => Value::Number(reader.u64()?),
                _ => return Err(Reject::BadTag),
            };
            if attributes.len() == MAX_ATTRIBUTES {
                return Err(Reject::TooLarge);
            }
            attributes.push((number, value));
        }
        Ok(Self(attributes))
    }

    fn get(&self, number: u64) -> Option<&Value<'a>> {
        let attribute = self.0.iter().find(|(known, _)| *known == number);
        attribute.map(|(_, value)| value)
    }

    fn flag(&self, number: u64) -> bool {
        matches!(self.get(number), Some(Value::Flag(true)))
    }

    fn number(&self, number: u64) -> Option<u64> {
        match self.get(number) {
            Some(Value::Number(value)) => Some(*value),
            _ => None,
        }
    }

    fn bytes(&self, number: u64) -> Option<&'a [u8]> {
        match self.get(number) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the attribute that is the key, encrypted: a vector and blocks.
    fn encrypted(&self) -> Option<&'a [u8]> {
        let values = [VALUE, PRIVATE_EXPONENT].into_iter();
        let mut values = values.filter_map(|number| self.bytes(number));
        values.find(|bytes| bytes.len() >= 32 && bytes.len().is_multiple_of(16))
    }

    /// Reads a public key, and how many bytes its modulus or private number has.
    fn public(&self, kind: u64) -> Option<(PublicKey, usize)> {
        if kind == RSA {
            let (n, e) = (self.bytes(MODULUS)?, self.bytes(PUBLIC_EXPONENT)?);
            let n = trim_zeros(n);
            return Some((PublicKey::rsa(n, e).ok()?, n.len()));
        }
        let point = der::Reader::new(self.bytes(EC_POINT)?).octets().ok()?;
        if kind == EDWARDS {
            let okp = match point.len() {
                32 => Okp::Ed25519,
                57 => Okp::Ed448,
                _ => return None,
            };
            return Some((PublicKey::okp(okp, point).ok()?, point.len()));
        }
        let parameters = der::Reader::new(self.bytes(EC_PARAMS)?).read_tlv().ok()?;
        let key = match algorithm::curve(&parameters).ok()?? {
            EcParameters::Named(curve) => PublicKey::ec_point(curve, point),
            EcParameters::Explicit(der) => PublicKey::ec_explicit(der, point),
        };
        Some((key.ok()?, point.len() / 2))
    }

    /// Reads a key that stands in clear.
    fn key(&self) -> Result<Key, Reject> {
        let number = |number| self.bytes(number).and_then(|n| secret(trim_zeros(n)));
        let value = || self.bytes(VALUE).ok_or(Reject::NotThisFormat);
        match self.number(KEY_TYPE) {
            Some(RSA) => {
                let public = |number| self.bytes(number).map(|n| trim_zeros(n).to_vec());
                Ok(Key::Rsa(RsaKey {
                    n: public(MODULUS),
                    e: public(PUBLIC_EXPONENT),
                    d: number(PRIVATE_EXPONENT),
                    p: number(PRIVATE_EXPONENT + 1),
                    q: number(PRIVATE_EXPONENT + 2),
                    dp: number(PRIVATE_EXPONENT + 3),
                    dq: number(PRIVATE_EXPONENT + 4),
                    qi: number(PRIVATE_EXPONENT + 5),
                    more_primes: Vec::new(),
                }))
            }
            Some(EC) => {
                let parameters = self.bytes(EC_PARAMS).ok_or(Reject::NotThisFormat)?;
                let parameters = der::Reader::new(parameters).read_tlv()?;
                let d = value()?;
                let curve = algorithm::curve(&parameters)?.ok_or(Reject::NotThisFormat)?;
                Ok(Key::Ec(ec_key_on(curve, d, None)))
            }
            _ => Err(Reject::NotThisFormat),
        }
    }
}
