//! Signed tokens in text: JWS compact serialisation (RFC 7515 section 7.1), signed
//! by a secret (RFC 7518 section 3.2) or by a private key.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::blob::Span;
use crate::finding::Issued;
use crate::key::{ChallengeMac, SignedText, TokenAlgorithm};
use crate::wire::base64;

/// How every token begins: `{"` in base64url. What wakes the search is longer and
/// stands in `patterns/token.toml`.
const ANCHOR: &[u8] = b"eyJ";
/// Longest token, in bytes: browsers keep cookies of up to 4 KiB.
const MAX_TOKEN: usize = 8 << 10;
/// Most tokens that are taken from one blob: a log may hold millions.
const MAX_TOKENS: usize = 64;

/// Most claims whose names are told.
const MAX_CLAIMS: usize = 24;
/// Longest name of a claim that is told, in bytes.
const MAX_CLAIM: usize = 64;

/// A token in a blob.
pub(super) struct Token {
    /// Where it stands.
    pub(super) span: Span,
    /// Who signed it.
    pub(super) signed: Signed,
}

/// What verifies a token.
pub(super) enum Signed {
    /// A secret.
    Mac(SignedText),
    /// A public key.
    Key {
        /// How.
        algorithm: TokenAlgorithm,
        /// Which, as the token says.
        kid: Option<String>,
        /// What was signed.
        text: Span,
        /// The signature.
        signature: Vec<u8>,
    },
}

/// The part of a header that matters.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

/// Returns what the token says whose header and payload are these.
pub(super) fn issued(text: &[u8]) -> Issued {
    let payload = text.split(|b| *b == b'.').nth(1).unwrap_or_default();
    let json = base64::decode_value(payload);
    let claims: Option<Map<String, Value>> = json.and_then(|j| serde_json::from_slice(&j).ok());
    let claims = claims.unwrap_or_default();
    let exp = claims.get("exp").and_then(Value::as_f64);
    // Seconds since 1970; the fraction says nothing.
    let expires = exp.and_then(|exp| Timestamp::from_second(exp as i64).ok());
    let is_shown = |name: &&String| name.len() <= MAX_CLAIM && !name.chars().any(char::is_control);
    Issued {
        expired: expires.is_some_and(|expires| expires <= Timestamp::now()),
        expires: expires.map(|expires| expires.to_string()),
        claims: claims
            .keys()
            .filter(is_shown)
            .take(MAX_CLAIMS)
            .cloned()
            .collect(),
    }
}

/// Returns the signed tokens in `bytes`.
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
        "HS256" => Some(ChallengeMac::HmacSha256),
        "HS384" => Some(ChallengeMac::HmacSha384),
        "HS512" => Some(ChallengeMac::HmacSha512),
        _ => None,
    };
    // RFC 7797: `b64` false signs something else; such a token just never verifies.
    let text = start..payload.end;
    let made = base64::decode_value(bytes.get(signature.clone())?)?.to_vec();
    let signed = match mac {
        Some(mac) => Signed::Mac(SignedText::new(mac, bytes.get(text)?, made)?),
        None => Signed::Key {
            algorithm: TokenAlgorithm::from_name(&header.alg)?,
            kid: header.kid,
            text,
            signature: made,
        },
    };
    Some(Token {
        span: start..signature.end,
        signed,
    })
}
