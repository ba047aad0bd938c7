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

use super::{Context, Format, Found, Spec};
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
        Trigger::file(b"[Interface]"),
        Trigger::plain(b"[WireGuard]"),
        Trigger::plain(b"[wireguard]"),
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
        let text = value.get(..TEXT).ok_or(Reject::Truncated)?;
        let secret = base64::decode_value(text).ok_or(Reject::NotThisFormat)?;
        let distinct = (0..=u8::MAX).filter(|b| secret.contains(b)).count();
        // 32 random bytes have about 30 values; placeholders are of one letter.
        if secret.len() != 32 || distinct < 12 {
            return Err(Reject::NotThisFormat);
        }
        let from = start + 1 + body.len() - value.len();
        let key = OkpKey::from_seed(Okp::X25519, &secret, None);
        found.push(Found::key(from..from + TEXT, Key::Okp(key)));
        Ok(())
    }
}
