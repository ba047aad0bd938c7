//! Key blobs of Windows CNG (`BCryptExportKey`), also what .NET's `CngKey`
//! exports.
//!
//! ```text
//! "RSA2" private, "RSA3" full                       -- bcrypt.h
//!     bits u32 | e length u32 | n length u32 | p length u32 | q length u32 |
//!     e, n, p, q [, dp, dq, q^-1 mod p, d]
//! "ECS2" "ECS4" "ECS6" ECDSA, "ECK2" "ECK4" "ECK6" ECDH on P-256, P-384, P-521
//!     length u32 | x, y, d
//! ```
//!
//! Lengths are little-endian, numbers big-endian. Four letters are a weak magic,
//! so every length must agree with the others.

use super::microsoft::u32_le;
use super::structure::{ec_key, secret};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, MAX_RSA_BITS, MIN_RSA_BITS, Reject, RsaKey};
use crate::wire::big_endian::Reader;

/// Reader of CNG blobs.
pub(super) struct Cng;

static SPEC: Spec = Spec {
    id: "cng",
    name: "CNG private key blob",
    source: "Windows bcrypt.h, BCRYPT_RSAKEY_BLOB and BCRYPT_ECCKEY_BLOB",
    about: "Keys exported by Windows CNG and .NET (`CngKey.Export`), raw or in base64 settings.",
    // Magic and the bytes of the length that are always so.
    triggers: &[
        Trigger::plain(b"RSA2\x00"),
        Trigger::file(b"RSA3\x00"),
        Trigger::file(b"ECS2\x20\x00\x00\x00"),
        Trigger::plain(b"ECS4\x30\x00\x00\x00"),
        Trigger::plain(b"ECK2\x20\x00\x00\x00"),
        Trigger::head(b"ECS6\x42\x00\x00\x00"),
        Trigger::head(b"ECK4\x30\x00\x00\x00"),
        Trigger::head(b"ECK6\x42\x00\x00\x00"),
    ],
};

impl Format for Cng {
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
        let mut fields = Reader::new(candidate.bytes.get(start..).unwrap_or_default());
        let key = match fields.take(4)? {
            b"RSA2" => rsa(&mut fields, false)?,
            b"RSA3" => rsa(&mut fields, true)?,
            b"ECS2" | b"ECK2" => ec(&mut fields, Curve::P256)?,
            b"ECS4" | b"ECK4" => ec(&mut fields, Curve::P384)?,
            b"ECS6" | b"ECK6" => ec(&mut fields, Curve::P521)?,
            _ => return Err(Reject::NotThisFormat),
        };
        let end = candidate.bytes.len() - fields.rest().len();
        found.push(Found::key(start..end, key));
        Ok(())
    }
}

fn rsa(fields: &mut Reader<'_>, full: bool) -> Result<Key, Reject> {
    let bits = u32_le(fields)?;
    let (e, n) = (u32_le(fields)?, u32_le(fields)?);
    let (p, q) = (u32_le(fields)?, u32_le(fields)?);
    let sane = (MIN_RSA_BITS as usize..=MAX_RSA_BITS as usize).contains(&bits)
        && n == bits.div_ceil(8)
        && (1..=n).contains(&e)
        && p.max(q) < n
        && p + q >= n;
    if !sane {
        return Err(Reject::NotThisFormat);
    }
    let mut key = RsaKey {
        e: Some(fields.take(e)?.to_vec()),
        n: Some(fields.take(n)?.to_vec()),
        p: secret(fields.take(p)?),
        q: secret(fields.take(q)?),
        ..RsaKey::default()
    };
    if full {
        key.dp = secret(fields.take(p)?);
        key.dq = secret(fields.take(q)?);
        key.qi = secret(fields.take(p)?);
        key.d = secret(fields.take(n)?);
    }
    Ok(Key::Rsa(key))
}

fn ec(fields: &mut Reader<'_>, curve: Curve) -> Result<Key, Reject> {
    let len = u32_le(fields)?;
    if len != curve.bytes() {
        return Err(Reject::NotThisFormat);
    }
    let point = [&[4], fields.take(len)?, fields.take(len)?].concat();
    Ok(Key::Ec(ec_key(
        Some(curve),
        fields.take(len)?,
        Some(&point),
    )))
}
