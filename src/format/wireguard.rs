//! Private keys in configuration of WireGuard.
//!
//! ```text
//! [Interface]          wg-quick(8)        PrivateKey = base64 of 32 bytes
//! [WireGuard]          systemd.netdev(5)  PrivateKey=…
//! [wireguard]          NetworkManager     private-key=…
//! ```
//!
//! The name alone is a word of many programming languages, so the section must
//! stand before it. The keys agree on secrets and cannot sign.

use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::base64;

/// Reader of WireGuard configuration.
pub(super) struct WireGuard;

/// How far behind the section's name its key is looked for: comments and a list
/// of addresses may stand between.
const MAX_SECTION: usize = 2048;
/// Characters of the base64 of 32 bytes, with padding.
const TEXT: usize = 44;

static SPEC: Spec = Spec {
    id: "wireguard",
    name: "WireGuard private key",
    source: "wg(8), wg-quick(8)",
    about: "Tunnel configuration on laptops and routers. The key agrees on secrets and cannot sign.",
    triggers: &[
        Trigger::text(b"[Interface]"),
        Trigger::text(b"[WireGuard]"),
        Trigger::text(b"[wireguard]"),
    ],
};

impl Format for WireGuard {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes.get(start..).unwrap_or_default();
        let bytes = bytes.get(..MAX_SECTION).unwrap_or(bytes);
        // The section ends where the next begins.
        let body = bytes.get(1..).unwrap_or_default();
        let body = body.split(|&b| b == b'[').next().unwrap_or_default();
        let names: [&[u8]; 2] = [b"PrivateKey", b"private-key"];
        let places = names.iter().filter_map(|name| {
            let at = memchr::memmem::find(body, name)?;
            Some(at + name.len())
        });
        let at = places.min().ok_or(Reject::NotThisFormat)?;
        let value = body.get(at..).unwrap_or_default().trim_ascii_start();
        let value = value.strip_prefix(b"=").ok_or(Reject::NotThisFormat)?;
        let value = value.trim_ascii_start();
        let from = start + 1 + body.len() - value.len();
        let word = value.iter().take_while(|b| is_base64(b)).count();
        let text = value.get(..TEXT).filter(|_| word == TEXT);
        let Some(text) = text else {
            let word = value.get(..word).unwrap_or_default();
            if !is_damaged(word) {
                return Err(Reject::NotThisFormat);
            }
            let span = from..from + word.len();
            found.push(Found::new(span, What::Malformed(Reject::BadLength)));
            return Ok(());
        };
        let secret = base64::decode_value(text).ok_or(Reject::NotThisFormat)?;
        let different = crate::wire::distinct(&secret);
        // 32 random bytes have about 30 values; placeholders are of one letter.
        if secret.len() != 32 || different < 12 {
            return Err(Reject::NotThisFormat);
        }
        let key = OkpKey::from_seed(Okp::X25519, &secret, None);
        found.push(Found::key(from..from + TEXT, Key::Okp(key)));
        Ok(())
    }
}

fn is_base64(byte: &u8) -> bool {
    *byte == b'=' || base64::value(*byte).is_some()
}

/// Whether a word is what is left of a key: most of its characters, and as many
/// different ones as in random base64.
fn is_damaged(word: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| word.iter().filter(|b| kind(b)).count() >= 2;
    let different = crate::wire::distinct(word);
    (TEXT - 12..TEXT).contains(&word.len())
        && different >= 18
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}
