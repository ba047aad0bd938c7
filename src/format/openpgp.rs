//! OpenPGP secret keys, binary or in `PGP PRIVATE KEY BLOCK` armour.
//!
//! ```text
//! RFC 9580 section 5.5: tags 5 (primary key) and 7 (subkey)
//!     version 3 | 4 | 5 | 6, created, [v3: days valid], algorithm
//!     [v5, v6: length of] public fields
//!     S2K usage: 0 clear, 253-255 encrypted, else a cipher's number
//!     [v5, v6: length of] parameters of the encryption
//!     secret fields
//! ```
//!
//! The public fields always come first and in clear, so an encrypted key is
//! matched as well. Versions 2 and 3 are RFC 4880; version 5 is the draft that
//! GnuPG wrote; GNU stubs (S2K 101) hold no secret. Each key and subkey is a
//! key of its own; what it is for stands in the signature behind it.
//!
//! A file has no magic: the first byte is one of ten. [`is_head`] asks for more
//! of the structure, and inside other bytes the fields of the two common kinds
//! are looked for, with the packet's header before them.

use super::structure::{Group, dsa_key, ec_key, native_point, native_secret, secret};
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::identity::algorithm::GNU_ED25519;
use crate::key::{Curve, Key, MAX_RSA_BITS, Okp, OkpKey, PublicKey, Reject, RsaKey};
use crate::wire::big_endian::Reader;
use crate::wire::pgp::{self, Length, Packet, Packets};
use zeroize::Zeroizing;

/// Reader of OpenPGP secret keys.
pub(super) struct OpenPgp;

const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;
const SIGNATURE: u8 = 2;
/// Bytes between a packet's first and its public fields, at most: tag, length
/// of 5, version, time, algorithm, length of 4.
const MAX_PREFIX: usize = 1 + 5 + 1 + 4 + 1 + 4;

/// The public exponent 65537, as a number of OpenPGP ends every common RSA key.
const RSA_END: &[u8] = b"\x00\x11\x01\x00\x01";
/// Algorithm, OID and the start of the point of a GnuPG Ed25519 key.
const EDDSA: &[u8] = b"\x16\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01\x07\x40";
/// 1.3.6.1.4.1.3029.1.5.1, X25519 of GnuPG, which RFC 8410 has replaced.
const OID_X25519: &[u8] = &[0x2b, 6, 1, 4, 1, 0x97, 0x55, 1, 5, 1];

static SPEC: Spec = Spec {
    id: "openpgp",
    name: "OpenPGP secret key",
    source: "RFC 9580 section 5.5, RFC 4880",
    about: "What `gpg --export-secret-keys` writes: package, release and commit signing. Matched even when encrypted.",
    triggers: &[Trigger::binary(RSA_END), Trigger::binary(EDDSA)],
};

impl Format for OpenPgp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        is_head(head, size)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = match candidate.at {
            None => 0,
            Some(at) => packet_around(candidate.bytes, at).ok_or(Reject::NotThisFormat)?,
        };
        let mut packets = Packets::new(candidate.bytes, start);
        let mut outcome = Err(Reject::NotThisFormat);
        let mut latest = None;
        while let Ok(Some(packet)) = packets.read() {
            match packet.tag {
                SECRET_KEY | SECRET_SUBKEY => match secret_key(&packet) {
                    Ok(key) => {
                        latest = Some(found.len());
                        found.push(key);
                    }
                    Err(reject) => {
                        latest = None;
                        outcome = Err(reject);
                    }
                },
                SIGNATURE => {
                    if let Some(key) = latest.and_then(|i| found.get_mut(i)) {
                        key.usage = key.usage.or_else(|| usage(packet.body));
                    }
                }
                // Public keys, names, photographs, trust, markers, padding.
                6 | 10 | 12 | 13 | 14 | 17 | 21 | 60..=63 => {}
                _ => break,
            }
        }
        if found.is_empty() { outcome } else { Ok(()) }
    }
}

/// Whether a blob of `size` bytes begins as a secret key does.
pub(super) fn is_head(head: &[u8], size: u64) -> bool {
    let Ok(header) = pgp::header(head) else {
        return false;
    };
    let fits = match header.length {
        Length::Exact(len) => (header.bytes + len) as u64 <= size,
        Length::ToEnd => true,
        Length::Partial(_) => false,
    };
    let mut fields = Reader::new(head.get(header.bytes..).unwrap_or_default());
    fits && matches!(header.tag, SECRET_KEY | SECRET_SUBKEY) && begins_as_key(&mut fields).is_ok()
}

/// Reads as much of a key as 32 bytes hold, strictly.
fn begins_as_key(fields: &mut Reader<'_>) -> Result<(), Reject> {
    let (version, algorithm) = prefix(fields)?;
    match algorithm {
        1..=3 | 16 | 17 | 20 => {
            let bits = fields.u16()?;
            let top = u32::from(fields.u8()?);
            let first = u32::from(bits).wrapping_sub(1) % 8 + 1;
            let sane = bits >= 512 && u32::from(bits) <= MAX_RSA_BITS;
            if sane && u32::BITS - top.leading_zeros() == first {
                Ok(())
            } else {
                Err(Reject::NotThisFormat)
            }
        }
        18 | 19 | 22 if version > 3 => {
            let len = usize::from(fields.u8()?);
            curve(fields.take(len)?).map(|_| ())
        }
        25..=28 if version > 3 => Ok(()),
        _ => Err(Reject::NotThisFormat),
    }
}

/// Reads version and algorithm, up to the public fields.
fn prefix(fields: &mut Reader<'_>) -> Result<(u8, u8), Reject> {
    let version = fields.u8()?;
    let _created = fields.u32()?;
    match version {
        2 | 3 => {
            let _days = fields.u16()?;
        }
        4..=6 => {}
        _ => return Err(Reject::NotThisFormat),
    }
    let algorithm = fields.u8()?;
    if version >= 5 {
        let _length = fields.u32()?;
    }
    Ok((version, algorithm))
}

/// Returns the start of the packet with the public fields that hold `at`.
fn packet_around(bytes: &[u8], at: usize) -> Option<usize> {
    let furthest = MAX_PREFIX + 2 + MAX_RSA_BITS as usize / 8;
    let is_rsa = bytes.get(at..)?.starts_with(RSA_END);
    let nearest = if is_rsa { at.checked_sub(8)? } else { at };
    let is_header = |start: &usize| {
        let secret = matches!(
            bytes.get(*start),
            Some(0x94..=0x97 | 0x9c..=0x9f | 0xc5 | 0xc7)
        );
        let rest = bytes.get(*start..).unwrap_or_default();
        secret && is_head(rest, rest.len() as u64) && {
            let body = Packets::new(bytes, *start).read().ok().flatten();
            body.is_some_and(|packet| {
                let mut fields = Reader::new(packet.body);
                let read = prefix(&mut fields).and_then(|(_, a)| public_fields(a, &mut fields));
                let end = packet.end - fields.rest().len();
                // The numbers must end where the exponent does.
                read.is_ok()
                    && if is_rsa {
                        end == at + RSA_END.len()
                    } else {
                        end > at
                    }
            })
        }
    };
    let reach = if is_rsa { furthest } else { MAX_PREFIX };
    (at.saturating_sub(reach)..nearest).rev().find(is_header)
}

/// The public fields, by algorithm.
enum Public<'a> {
    Rsa {
        n: &'a [u8],
        e: &'a [u8],
    },
    Dsa([&'a [u8]; 4]),
    Ec {
        curve: Curve,
        point: &'a [u8],
    },
    /// `native`: fixed lengths rather than numbers (algorithms 25 to 28).
    Okp {
        kind: Okp,
        point: &'a [u8],
        native: bool,
    },
    /// ElGamal, which encrypts only.
    ElGamal,
}

fn curve(oid: &[u8]) -> Result<Group, Reject> {
    let okp = match oid {
        GNU_ED25519 => Some(Okp::Ed25519),
        OID_X25519 => Some(Okp::X25519),
        _ => Okp::from_oid(oid),
    };
    match okp {
        Some(kind) => Ok(Group::Okp(kind)),
        None => Curve::from_oid(oid)
            .map(Group::Ec)
            .ok_or(Reject::UnknownAlgorithm),
    }
}

fn public_fields<'a>(algorithm: u8, fields: &mut Reader<'a>) -> Result<Public<'a>, Reject> {
    let fixed = |kind: Okp, fields: &mut Reader<'a>| -> Result<Public<'a>, Reject> {
        Ok(Public::Okp {
            kind,
            point: fields.take(kind.bytes())?,
            native: true,
        })
    };
    match algorithm {
        1..=3 => Ok(Public::Rsa {
            n: fields.mpi()?,
            e: fields.mpi()?,
        }),
        16 | 20 => {
            for _ in 0..3 {
                fields.mpi()?;
            }
            Ok(Public::ElGamal)
        }
        17 => Ok(Public::Dsa([
            fields.mpi()?,
            fields.mpi()?,
            fields.mpi()?,
            fields.mpi()?,
        ])),
        18 | 19 | 22 => {
            let len = usize::from(fields.u8()?);
            let group = curve(fields.take(len)?)?;
            let point = fields.mpi()?;
            if algorithm == 18 {
                // Parameters of the key derivation.
                let len = usize::from(fields.u8()?);
                fields.take(len)?;
            }
            Ok(match group {
                Group::Ec(curve) => Public::Ec { curve, point },
                Group::Okp(kind) => Public::Okp {
                    kind,
                    point: native_point(kind, point),
                    native: false,
                },
            })
        }
        25 => fixed(Okp::X25519, fields),
        26 => fixed(Okp::X448, fields),
        27 => fixed(Okp::Ed25519, fields),
        28 => fixed(Okp::Ed448, fields),
        _ => Err(Reject::UnknownAlgorithm),
    }
}

impl Public<'_> {
    /// Returns the public key, or `None` where there is none to match.
    fn key(&self) -> Result<Option<PublicKey>, Reject> {
        match *self {
            Self::Rsa { n, e } => PublicKey::rsa(n, e).map(Some),
            Self::Dsa([p, q, g, y]) => PublicKey::dsa(p, q, g, y).map(Some),
            Self::Ec { curve, point } => PublicKey::ec_point(curve, point).map(Some),
            Self::Okp { kind, point, .. } => PublicKey::okp(kind, point).map(Some),
            Self::ElGamal => Ok(None),
        }
    }

    /// Reads the secret fields.
    fn secret(&self, fields: &mut Reader<'_>) -> Result<Option<Key>, Reject> {
        Ok(Some(match *self {
            Self::Rsa { n, e } => Key::Rsa(RsaKey {
                n: Some(n.to_vec()),
                e: Some(e.to_vec()),
                d: secret(fields.mpi()?),
                p: secret(fields.mpi()?),
                q: secret(fields.mpi()?),
                ..RsaKey::default()
            }),
            Self::Dsa([p, q, g, y]) => Key::Dsa(dsa_key(p, q, g, Some(y), fields.mpi()?)),
            Self::Ec { curve, point } => Key::Ec(ec_key(Some(curve), fields.mpi()?, Some(point))),
            Self::Okp {
                kind,
                point,
                native,
            } => {
                let seed = if native {
                    Zeroizing::new(fields.take(kind.bytes())?.to_vec())
                } else {
                    native_secret(kind, fields.mpi()?)?
                };
                Key::Okp(OkpKey::from_seed(kind, &seed, Some(point)))
            }
            Self::ElGamal => return Ok(None),
        }))
    }
}

/// Reads one secret key packet.
fn secret_key(packet: &Packet<'_>) -> Result<Found, Reject> {
    let mut fields = Reader::new(packet.body);
    let (version, algorithm) = prefix(&mut fields)?;
    let public = public_fields(algorithm, &mut fields)?;
    let what = match protection(version, &mut fields)? {
        Protection::Stub => What::Harmless,
        Protection::Encrypted => public.key()?.map_or(What::Harmless, What::Sealed),
        Protection::Clear => public
            .secret(&mut fields)?
            .map_or(What::Harmless, What::Key),
    };
    Ok(Found::new(packet.start..packet.end, what))
}

/// What became of the secret fields.
enum Protection {
    Clear,
    Encrypted,
    /// They are elsewhere: offline, or on a card.
    Stub,
}

/// Reads from the S2K usage to the secret fields (RFC 9580 section 5.5.3).
fn protection(version: u8, fields: &mut Reader<'_>) -> Result<Protection, Reject> {
    let usage = fields.u8()?;
    if version == 5 || (version == 6 && usage != 0) {
        let _length = fields.u8()?;
    }
    if usage == 0 {
        if version == 5 {
            let _length = fields.u32()?;
        }
        return Ok(Protection::Clear);
    }
    if usage >= 253 {
        let _cipher = fields.u8()?;
        if usage == 253 {
            let _aead = fields.u8()?;
        }
        if version == 6 && usage != 255 {
            let _length = fields.u8()?;
        }
        let (kind, _hash) = (fields.u8()?, fields.u8()?);
        // GnuPG's extension: 1 no secret at all, 2 a card has it.
        if kind == 101 && matches!(fields.rest(), [b'G', b'N', b'U', 1 | 2, ..]) {
            return Ok(Protection::Stub);
        }
    }
    if fields.is_empty() {
        return Err(Reject::Truncated);
    }
    Ok(Protection::Encrypted)
}

/// Returns what a signature allows its key to be used for: subpacket 27
/// (RFC 9580 section 5.2.3.29).
fn usage(signature: &[u8]) -> Option<&'static str> {
    let mut fields = Reader::new(signature);
    let version = fields.u8().ok()?;
    let _kind_and_algorithms = fields.take(3).ok()?;
    let len = match version {
        4 | 5 => usize::from(fields.u16().ok()?),
        6 => usize::try_from(fields.u32().ok()?).ok()?,
        _ => return None,
    };
    let mut hashed = Reader::new(fields.take(len).ok()?);
    while !hashed.is_empty() {
        let len = match hashed.u8().ok()? {
            short @ 0..192 => usize::from(short),
            255 => usize::try_from(hashed.u32().ok()?).ok()?,
            high => (usize::from(high - 192) << 8) + usize::from(hashed.u8().ok()?) + 192,
        };
        if let [kind, flags, ..] = *hashed.take(len).ok()?
            && kind & 0x7f == 27
        {
            return match flags {
                f if f & 0x02 != 0 => Some("signing"),
                f if f & 0x01 != 0 => Some("certification"),
                f if f & 0x20 != 0 => Some("authentication"),
                f if f & 0x0c != 0 => Some("encryption"),
                _ => None,
            };
        }
    }
    None
}

/// Reads the body of a public key packet; `None` for a key of which no fingerprint is
/// taken.
pub(crate) fn public_key(body: &[u8]) -> Result<Option<PublicKey>, Reject> {
    let mut fields = Reader::new(body);
    let (_, algorithm) = prefix(&mut fields)?;
    public_fields(algorithm, &mut fields)?.key()
}
