//! Signed tokens in text: JWS compact serialisation (RFC 7515 section 7.1) with
//! an HMAC algorithm (RFC 7518 section 3.2).

use serde::Deserialize;

use crate::blob::Span;
use crate::key::{ChallengeMac, SignedText};
use crate::wire::base64;

/// How every token begins: `{"` in base64url. What wakes the search is longer and
/// stands in `patterns/token.toml`.
const ANCHOR: &[u8] = b"eyJ";
/// Longest token, in bytes: browsers keep cookies of up to 4 KiB.
const MAX_TOKEN: usize = 8 << 10;
/// Most tokens that are taken from one blob: a log may hold millions.
const MAX_TOKENS: usize = 64;

/// A token in a blob.
pub(super) struct Token {
    /// Where it stands.
    pub(super) span: Span,
    /// What was signed, and the signature.
    pub(super) signed: SignedText,
}

/// The part of a header that matters.
#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Returns the tokens in `bytes` that a secret signed.
pub(super) fn find(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let finder = memchr::memmem::Finder::new(ANCHOR);
    while let Some(found) = bytes.get(at..).and_then(|rest| finder.find(rest)) {
        let start = at + found;
        at = start + 3;
        let before = start.checked_sub(1).and_then(|i| bytes.get(i));
        if before.is_some_and(|b| base64::value(*b).is_some() && *b != b'/') {
            continue;
        }
        let Some(token) = token(bytes, start) else {
            continue;
        };
        at = token.span.end;
        tokens.push(token);
        if tokens.len() == MAX_TOKENS {
            break;
        }
    }
    tokens
}

fn token(bytes: &[u8], start: usize) -> Option<Token> {
    let part = |from: usize| {
        let rest = bytes.get(from..)?;
        let url = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'-' | b'_');
        let len = rest.iter().take(MAX_TOKEN).take_while(url).count();
        (len > 0).then_some(from..from + len)
    };
    let header = part(start)?;
    let dot = |at: usize| (bytes.get(at) == Some(&b'.')).then_some(at + 1);
    let payload = part(dot(header.end)?)?;
    let signature = part(dot(payload.end)?)?;
    let json = base64::decode_value(bytes.get(header)?)?;
    let header: Header = serde_json::from_slice(&json).ok()?;
    let mac = match header.alg.as_str() {
        "HS256" => ChallengeMac::HmacSha256,
        "HS384" => ChallengeMac::HmacSha384,
        "HS512" => ChallengeMac::HmacSha512,
        _ => return None,
    };
    // RFC 7797: `b64` false signs something else; such a token just never verifies.
    let text = bytes.get(start..payload.end)?;
    let made = base64::decode_value(bytes.get(signature.clone())?)?;
    Some(Token {
        span: start..signature.end,
        signed: SignedText::new(mac, text, made.to_vec())?,
    })
}
