//! DNSSEC and TSIG keys of BIND: `K*.private`.
//!
//! ```text
//! Private-key-format: v1.3
//! Algorithm: 8 (RSASHA256)        -- number of the IANA registry
//! Modulus: base64                 -- RSA: as PKCS#1, one number a line
//! PrivateKey: base64              -- ECDSA: number; Ed25519, Ed448: seed
//! Prime(p): base64 …              -- DSA
//! Key: base64                     -- HMAC (TSIG)
//! Created: 20240101000000         -- timing, not read
//! ```
//!
//! PowerDNS, Knot, NSD and ldns read and write the same lines.

use super::structure::{dsa_key, ec_key};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject, RsaKey, Secret};
use crate::wire::base64;
use zeroize::Zeroizing;

/// Reader of BIND private keys.
pub(super) struct Dnssec;

const MAGIC: &[u8] = b"Private-key-format: v1.";
/// Longest file: an RSA-4096 key takes 3.3 KB.
const MAX_BYTES: usize = 16 << 10;
/// Most lines: an RSA key has 10, timing 8 more.
const MAX_LINES: usize = 64;

static SPEC: Spec = Spec {
    id: "dnssec",
    name: "BIND private key",
    source: "BIND dnssec-keygen(8), RFC 4034, RFC 8080",
    about: "Zone- and key-signing keys of DNSSEC, and TSIG keys, in name-server directories and their backups.",
    triggers: &[Trigger::text(MAGIC)],
};

impl Format for Dnssec {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.unwrap_or(0);
        let text = candidate.bytes.get(start..).unwrap_or_default();
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        let fields = Fields::read(text).ok_or(Reject::NotThisFormat)?;
        let key = fields.key()?;
        found.push(Found::key(start..start + fields.len, key));
        Ok(())
    }
}

/// The lines of one file.
struct Fields<'a> {
    lines: Vec<(&'a [u8], &'a [u8])>,
    len: usize,
}

impl<'a> Fields<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let (mut lines, mut len) = (Vec::new(), 0);
        for line in text.split_inclusive(|&b| b == b'\n').take(MAX_LINES) {
            let colon = line.iter().position(|&b| b == b':');
            let Some((name, value)) = colon.and_then(|c| line.split_at_checked(c)) else {
                break;
            };
            let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"-_()".contains(b);
            if !name.iter().all(is_name) || (len > 0 && name == b"Private-key-format") {
                break;
            }
            lines.push((name, value.get(1..)?.trim_ascii()));
            len += line.len();
        }
        text.starts_with(MAGIC).then_some(Self { lines, len })
    }

    fn text(&self, name: &[u8]) -> Result<&'a [u8], Reject> {
        let line = self.lines.iter().find(|(known, _)| *known == name);
        line.map(|(_, value)| *value).ok_or(Reject::Incomplete)
    }

    fn number(&self, name: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reject> {
        // In source code a quote and more may stand behind the last line.
        let text = self.text(name)?;
        let is_base64 = |b: &&u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
        let len = text.iter().take_while(is_base64).count();
        let value = text.get(..len).unwrap_or_default();
        base64::decode_value(value).ok_or(Reject::BadValue)
    }

    fn rsa(&self) -> Result<Key, Reject> {
        Ok(Key::Rsa(RsaKey {
            n: Some(self.number(b"Modulus")?.to_vec()),
            e: Some(self.number(b"PublicExponent")?.to_vec()),
            // Without it an exponent that the end of the file cut off would
            // make another identity.
            d: Some(self.number(b"PrivateExponent")?),
            p: self.number(b"Prime1").ok(),
            q: self.number(b"Prime2").ok(),
            dp: self.number(b"Exponent1").ok(),
            dq: self.number(b"Exponent2").ok(),
            qi: self.number(b"Coefficient").ok(),
            more_primes: Vec::new(),
        }))
    }

    fn key(&self) -> Result<Key, Reject> {
        let algorithm = self.text(b"Algorithm")?;
        let digits = algorithm.iter().take_while(|b| b.is_ascii_digit());
        let algorithm = digits.fold(0_u32, |n, b| {
            n.saturating_mul(10).saturating_add(u32::from(b - b'0'))
        });
        let ec = |curve| {
            // All its bytes are there: a number that the end of the file cut
            // off would be another key, and nothing here to check it with.
            let d = self.number(b"PrivateKey")?;
            if d.len() != Curve::bytes(curve) {
                return Err(Reject::Truncated);
            }
            Ok(Key::Ec(ec_key(Some(curve), &d, None)))
        };
        let okp = |kind| {
            let seed = self.number(b"PrivateKey")?;
            Ok(Key::Okp(OkpKey::from_seed(kind, &seed, None)))
        };
        match algorithm {
            // RSA with MD5, SHA-1 (with NSEC3), SHA-256, SHA-512, and with a number that is none yet.
            1 | 5 | 7 | 8 | 10 => self.rsa(),
            3 | 6 => {
                let y = self.number(b"Public_value(y)").ok();
                Ok(Key::Dsa(dsa_key(
                    &self.number(b"Prime(p)")?,
                    &self.number(b"Subprime(q)")?,
                    &self.number(b"Base(g)")?,
                    y.as_deref().map(Vec::as_slice),
                    &self.number(b"Private_value(x)")?,
                )))
            }
            13 => ec(Curve::P256),
            14 => ec(Curve::P384),
            15 => okp(Okp::Ed25519),
            16 => okp(Okp::Ed448),
            // HMAC, in BIND's own range.
            157 | 161..=165 => Ok(Key::Symmetric(Secret::new(self.number(b"Key")?))),
            _ if self.text(b"Modulus").is_ok() => self.rsa(),
            _ => Err(Reject::UnknownAlgorithm),
        }
    }
}
