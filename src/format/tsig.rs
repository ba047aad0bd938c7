//! TSIG and rndc keys: the `key` statement of name servers.
//!
//! ```text
//! key "name" { algorithm hmac-sha256; secret "base64"; };        BIND, rndc, ISC DHCP; in either order, quotes or none
//! key:                                                           NSD, Knot
//!     name: "name"                                               (Knot: `- id: name`)
//!     algorithm: hmac-sha256
//!     secret: "base64"
//! ```
//!
//! Whoever has one signs dynamic updates and zone transfers (RFC 8945), or commands the server.

use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Key, Reject, Secret};
use crate::wire::base64;
use crate::wire::members::{self, Member};

/// Reader of TSIG keys.
pub(super) struct Tsig;

/// Bytes of a statement before and behind the place where it says its algorithm.
const MAX_STATEMENT: usize = 1 << 10;
/// Shortest secret in bytes: what older tools made for HMAC-MD5.
const MIN_SECRET: usize = 8;
/// Characters from which on what is no base64 was a secret, not a word.
const MIN_DAMAGED: usize = 20;
/// Longest secret in bytes: the block of SHA-512, four times.
const MAX_SECRET: usize = 512;

static SPEC: Spec = Spec {
    id: "tsig",
    name: "TSIG or rndc key",
    source: "RFC 8945, BIND named.conf(5) and rndc.conf(5), nsd.conf(5)",
    about: "Keys of dynamic updates, zone transfers and remote control, in the configuration of name servers and of what talks to them.",
    triggers: &[
        Trigger::text(b"algorithm hmac-"),
        Trigger::plain(b"algorithm HMAC-"),
        Trigger::plain(b"algorithm \"hmac-"),
        Trigger::plain(b"algorithm\thmac-"),
        Trigger::text(b"algorithm: hmac-"),
        Trigger::plain(b"algorithm: \"hmac-"),
    ],
};

impl Format for Tsig {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.filter(|_| context.take(MAX_STATEMENT));
        let at = at.ok_or(Reject::NotThisFormat)?;
        let key = statement(candidate.bytes, at)
            .or_else(|| block(candidate.bytes, context.block(candidate.bytes, at)));
        let key = key.ok_or(Reject::NotThisFormat)?;
        let text = candidate.bytes.get(key.secret.clone()).unwrap_or_default();
        let Some(secret) = base64::decode_value(text) else {
            if text.len() >= MIN_DAMAGED {
                found.push(Found::new(key.secret, What::Malformed(Reject::BadValue)));
            }
            return Err(Reject::BadValue);
        };
        let is_one_byte = secret.iter().all(|byte| Some(byte) == secret.first());
        if !(MIN_SECRET..=MAX_SECRET).contains(&secret.len()) || is_one_byte {
            return Err(Reject::NotThisFormat);
        }
        let mut item = Found::key(key.secret, Key::Symmetric(Secret::new(secret)));
        item.kid = key.name;
        found.push(item);
        Ok(())
    }
}

/// What a statement says.
struct Statement {
    name: Option<String>,
    /// Where its secret stands.
    secret: Span,
}

/// Reads the statement in braces around a place.
fn statement(bytes: &[u8], at: usize) -> Option<Statement> {
    let from = at.saturating_sub(MAX_STATEMENT);
    let before = bytes.get(from..at)?;
    let open = memchr::memrchr2(b'{', b'}', before).filter(|i| before.get(*i) == Some(&b'{'))?;
    let head = before.get(..open)?.trim_ascii_end();
    let (head, name) = match head.strip_suffix(b"\"") {
        Some(quoted) => quoted.split_at(memchr::memrchr(b'"', quoted)?),
        None => {
            let blank = head.iter().rposition(|b| b.is_ascii_whitespace())?;
            head.split_at(blank)
        }
    };
    if !head.trim_ascii_end().ends_with(b"key") {
        return None;
    }
    let end = at.saturating_add(MAX_STATEMENT).min(bytes.len());
    let body = from + open + 1;
    let body = body..body + memchr::memchr(b'}', bytes.get(body..end)?)?;
    let text = bytes.get(body.clone())?;
    let is_word = |i: &usize| {
        let behind = text.get(i + b"secret".len());
        let before = i.checked_sub(1).and_then(|i| text.get(i));
        behind.is_some_and(|b| b.is_ascii_whitespace() || *b == b'"')
            && before.is_none_or(|b| b.is_ascii_whitespace() || b";/{".contains(b))
    };
    let word = memchr::memmem::find_iter(text, b"secret").find(is_word)? + b"secret".len();
    let is_blank = |b: &&u8| b.is_ascii_whitespace() || **b == b'"';
    let start = word + text.get(word..)?.iter().take_while(is_blank).count();
    let len = text.get(start..)?.iter().take_while(|b| is_base64(**b));
    let start = body.start + start;
    Some(Statement {
        name: text_of(name),
        secret: start..start + len.count(),
    })
}

/// Reads the lines around a place that are indented alike.
fn block(bytes: &[u8], (list, span): (Vec<Member<'_>>, Span)) -> Option<Statement> {
    let field = |name: &[u8]| members::value(&list, name);
    let secret = field(b"secret").filter(|text| text.iter().all(|b| is_base64(*b)))?;
    // The block has it once, on a line of its own.
    let text = bytes.get(span.clone())?;
    let start = span.start + memchr::memmem::find(text, secret)?;
    Some(Statement {
        name: field(b"name").or_else(|| field(b"id")).and_then(text_of),
        secret: start..start + secret.len(),
    })
}

fn is_base64(byte: u8) -> bool {
    base64::value(byte).is_some() || byte == b'='
}

/// Returns a name without its quotes, if it is one.
fn text_of(name: &[u8]) -> Option<String> {
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").unwrap_or(name);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b".-_".contains(b);
    let is_one = !name.is_empty() && name.len() <= 255 && name.iter().all(is_name);
    is_one.then(|| String::from_utf8_lossy(name).into_owned())
}
