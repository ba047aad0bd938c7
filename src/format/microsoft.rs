//! Key blobs of the Windows CryptoAPI, which several formats hold.
//!
//! ```text
//! BLOBHEADER  07 02 00 00 | algorithm u32      -- PRIVATEKEYBLOB, version 2
//! RSAPUBKEY   "RSA2" | bits u32 | exponent u32, then little-endian
//!     modulus[bits/8], prime1, prime2, exponent1, exponent2, coefficient
//!     [bits/16 each], privateExponent[bits/8]
//! DSSPUBKEY   "DSS2" | bits u32, then little-endian
//!     p[bits/8], q[20], g[bits/8], x[20], seed[24]
//! ```
//!
//! The Windows SDK documents both as "Base Provider Key BLOBs".

use zeroize::Zeroizing;

use super::structure::dsa_key;
use crate::key::{Key, MAX_RSA_BITS, MIN_RSA_BITS, Reject, RsaKey};
use crate::wire::big_endian::Reader;

/// Bytes of the header before the magic.
pub(super) const HEADER: usize = 8;
/// Signing RSA, exchange RSA and DSA, as algorithms of a blob.
const ALGORITHMS: [&[u8]; 3] = [
    b"\x00\x24\x00\x00",
    b"\x00\xa4\x00\x00",
    b"\x00\x22\x00\x00",
];

/// Reads a private key blob at the start of `bytes`, and how long it is.
pub(super) fn private_blob(bytes: &[u8]) -> Result<(Key, usize), Reject> {
    let mut fields = Reader::new(bytes);
    header(&mut fields)?;
    let key = match fields.take(4)? {
        b"RSA2" => rsa(&mut fields)?,
        b"DSS2" => dss(&mut fields)?,
        _ => return Err(Reject::NotThisFormat),
    };
    Ok((key, bytes.len() - fields.rest().len()))
}

/// Reads the header of a private key blob.
pub(super) fn header(fields: &mut Reader<'_>) -> Result<(), Reject> {
    let private = fields.take(4)? == b"\x07\x02\x00\x00";
    if private && ALGORITHMS.contains(&fields.take(4)?) {
        Ok(())
    } else {
        Err(Reject::NotThisFormat)
    }
}

/// Reads a little-endian 32-bit number.
pub(super) fn u32_le(fields: &mut Reader<'_>) -> Result<usize, Reject> {
    Ok(fields.u32()?.swap_bytes() as usize)
}

fn rsa(fields: &mut Reader<'_>) -> Result<Key, Reject> {
    let bits = u32_le(fields)?;
    if !(MIN_RSA_BITS as usize..=MAX_RSA_BITS as usize).contains(&bits) || bits % 8 != 0 {
        return Err(Reject::NotThisFormat);
    }
    let e = number(fields, 4)?;
    let (whole, half) = (bits / 8, bits.div_ceil(16));
    Ok(Key::Rsa(RsaKey {
        n: Some(number(fields, whole)?.to_vec()),
        e: Some(e.to_vec()),
        p: Some(number(fields, half)?),
        q: Some(number(fields, half)?),
        dp: Some(number(fields, half)?),
        dq: Some(number(fields, half)?),
        qi: Some(number(fields, half)?),
        d: Some(number(fields, whole)?),
        more_primes: Vec::new(),
    }))
}

fn dss(fields: &mut Reader<'_>) -> Result<Key, Reject> {
    /// Bytes of the order and the private number: SHA-1 was the only hash.
    const ORDER: usize = 20;
    let bits = u32_le(fields)?;
    if !(512..=1024).contains(&bits) || bits % 64 != 0 {
        return Err(Reject::NotThisFormat);
    }
    let (p, q) = (number(fields, bits / 8)?, number(fields, ORDER)?);
    let (g, x) = (number(fields, bits / 8)?, number(fields, ORDER)?);
    let _seed = fields.take(24)?;
    Ok(Key::Dsa(dsa_key(&p, &q, &g, None, &x)))
}

/// Reads a little-endian number into big-endian bytes.
fn number(fields: &mut Reader<'_>, len: usize) -> Result<Zeroizing<Vec<u8>>, Reject> {
    let mut number = Zeroizing::new(fields.take(len)?.to_vec());
    number.reverse();
    Ok(number)
}
