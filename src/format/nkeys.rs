//! Seeds of nkeys: the identities of NATS.
//!
//! ```text
//! S + kind + A…   base32 of 10010 kkk | kk000000 | seed[32] | CRC-16/XMODEM, little-endian: 58 characters
//! -----BEGIN USER NKEY SEED-----              a .creds file, and those of operators and accounts
//! ```
//!
//! Operators and accounts sign JSON Web Tokens with them, users and servers the nonces of a
//! connection; a curve key (X) is one of X25519, which agrees on secrets. Eleven bits of the beginning are
//! known, two behind the end are zero and sixteen are a checksum: text that only looks so is
//! met once in 2^29, and a name is asked for besides.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::strkey;

/// Reader of seeds.
pub(super) struct Nkeys;

/// Characters of a seed.
const TEXT: usize = 58;
/// How far behind its name a seed stands: the end of the armour's line, escaped or indented.
const REACH: usize = 64;
/// The five bits that make an S of the first character.
const SEED: u8 = 18;
/// The character of X25519 keys.
const CURVE: u8 = b'X';
/// Kinds: user, account, operator, server, cluster, curve; module and service of wasmCloud.
const KINDS: &[u8] = b"UAONCXMV";

static SPEC: Spec = Spec {
    id: "nkeys",
    name: "NATS nkey seed",
    source: "github.com/nats-io/nkeys",
    about: "Identities of NATS: `.creds` and `.nk` files, server configuration. Operators and accounts sign the tokens of all others.",
    // Alone S, kind and A are too short to be searched.
    triggers: &[
        Trigger::text(b" SEED-----"),
        Trigger::plain(b"key_seed"),
        Trigger::plain(b"nkeySeed"),
        Trigger::plain(b"NKEY_SEED"),
        Trigger::plain(b"nkey\":"),
        Trigger::plain(b"nkey: S"),
        Trigger::plain(b"nkey: \"S"),
        Trigger::plain(b"NKEY=S"),
        Trigger::plain(b"NKEY=\"S"),
        Trigger::plain(b"FromSeed("),
        Trigger::plain(b"fromSeed("),
        Trigger::plain(b"from_seed("),
        Trigger::plain(b"SEED=S"),
        Trigger::plain(b"SEED=\"S"),
        Trigger::plain(b"SEED='S"),
        // []byte("SU…"), TextEncoder().encode("SU…")
        Trigger::plain(b"yte(\"SUA"),
        Trigger::plain(b"yte(\"SAA"),
        Trigger::plain(b"yte(\"SOA"),
        Trigger::plain(b"yte(\"SXA"),
        Trigger::plain(b"ode(\"SUA"),
        Trigger::plain(b"ode(\"SAA"),
        Trigger::plain(b"ode('SUA"),
        Trigger::plain(b"ode('SAA"),
    ],
};

impl Format for Nkeys {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        let begins = matches!(head, [b'S', kind, b'A', ..] if KINDS.contains(kind));
        begins && (58..=60).contains(&size) && head.iter().all(|&b| strkey::value(b).is_some())
    }

    fn of_value(&self, value: &[u8]) -> Option<Key> {
        structure::word_of_value(value, TEXT, seed_at)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        found.push(structure::word_near(candidate, REACH, TEXT, seed_at)?);
        Ok(())
    }
}

/// Reads what begins here, if it looks like a seed, with no letter before or behind it.
fn seed_at(text: &[u8], start: usize) -> Option<What> {
    let &kind = text.get(start + 1).filter(|kind| KINDS.contains(kind))?;
    let read = strkey::decode(strkey::word(text, start, TEXT, &[b'S', kind, b'A'])?)?;
    let (&[first, second], seed) = read.data.split_first_chunk::<2>()?;
    if first >> 3 != SEED || second & 0x3f != 0 {
        return None;
    }
    let okp = match kind {
        CURVE => Okp::X25519,
        _ => Okp::Ed25519,
    };
    Some(match read.is_right {
        true => What::Key(Key::Okp(OkpKey::from_seed(okp, seed, None))),
        false => What::Malformed(Reject::Inconsistent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed of counting bytes, made by Python's base64.b32encode and binascii.crc_hqx, and what breaks it.
    #[test]
    fn a_seed_is_read_in_all_of_its_bits() {
        let seed = b"SUAAOCILBUHRCEYVC4MRWHI7EERSKJZJFMWS6MJTGU3TSOZ5H5AUGRNTO4";
        let read = |text: &[u8]| seed_at(text, 0);
        assert!(matches!(read(seed), Some(What::Key(_))));
        let mut wrong = *seed;
        wrong[20] = if wrong[20] == b'A' { b'B' } else { b'A' };
        assert!(matches!(read(&wrong), Some(What::Malformed(_))));
        for (at, other) in [(0, b'T'), (1, b'B'), (2, b'B'), (3, b'Q')] {
            let mut other_bits = *seed;
            other_bits[at] = other;
            assert!(read(&other_bits).is_none(), "{at}");
        }
        assert!(read(&[seed.as_slice(), b"A"].concat()).is_none());
    }
}
