//! JSON Web Keys encrypted under a password (RFC 7517 appendix C): JWE (RFC 7516) with `alg` PBES2.
//!
//! ```text
//! compact     base64url(header) . encrypted_key . iv . ciphertext . tag
//! JSON        {"protected": base64url(header), "recipients": [{"header": {…}, "encrypted_key": …}],
//!              "iv": …, "ciphertext": …, "tag": …}          flattened: the recipient's members beside the others
//! header      {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": salt, "p2c": iterations, "cty": "jwk+json"}
//! ```
//!
//! `cty` says that a key is inside; a token without it is one only if a password that keeps nobody out opens it.
//! Tokens under any other algorithm are encrypted to somebody, not kept, and no finding.

use std::io::Read as _;

use super::{Context, Format, Found, Spec, What, label};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::Reject;
use crate::key::password::{Jwe as Encrypted, Opened};
use crate::wire::base64;
use crate::wire::members::{self, Member};
use zeroize::Zeroizing;

/// Reader of encrypted keys.
pub(super) struct Jwe;

/// Bytes of a header at most.
const MAX_HEADER: usize = 4 << 10;
/// How far behind its beginning a header says `alg`; what a look is charged as, since the shortest token has 350 bytes
/// and crafted text a place to look at every ten.
const MAX_BACK: usize = 1 << 10;
/// Bytes of a token at most: a set of ten RSA keys.
const MAX_TOKEN: usize = 128 << 10;
/// Objects around the place of a header: recipient, token, and what holds it.
const MAX_OUTER: usize = 3;
/// Recipients that are looked at.
const MAX_RECIPIENTS: usize = 16;
/// Shortest key: `{"kty":"OKP",…}` with the seed alone has more.
const MIN_PLAIN: usize = 48;

static SPEC: Spec = Spec {
    id: "jwe",
    name: "JSON Web Key encrypted under a password",
    source: "RFC 7517 appendix C, RFC 7516, RFC 7518 section 4.8",
    about: "Signing keys of OpenID and ACME clients kept in a JWE; safe only as long as the password is not beside it.",
    // `PBES2-HS` in the clear, and at each place in base64 that a header may put it.
    triggers: &[
        Trigger::plain(b"\"PBES2-HS"),
        Trigger::plain(b"UEJFUzItSF"),
        Trigger::plain(b"BCRVMyLUhT"),
        Trigger::plain(b"QQkVTMi1IU"),
    ],
};

impl Format for Jwe {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.filter(|_| context.take(MAX_BACK));
        let at = at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        let token = compact(bytes, at)
            .or_else(|| json(bytes, at, context))
            .ok_or(Reject::NotThisFormat)?;
        let opened = token.open(context);
        let mut item = match opened {
            Some(opened) => Found::opened(token.span.clone(), &token.ciphertext, opened),
            None if !token.is_key() => return Err(Reject::NotThisFormat),
            None if token.is_whole() => Found::opaque(token.span.clone(), &token.ciphertext),
            None => Found::new(token.span.clone(), What::Malformed(Reject::BadLength)),
        };
        item.kid = token.field(b"kid").and_then(label);
        found.push(item);
        Ok(())
    }
}

/// Names and values of a header's members.
type Header = Vec<(Vec<u8>, Vec<u8>)>;

/// A token, decoded.
struct Token {
    span: Span,
    /// Members of its headers.
    header: Header,
    wrapped: Zeroizing<Vec<u8>>,
    iv: Zeroizing<Vec<u8>>,
    ciphertext: Zeroizing<Vec<u8>>,
}

impl Token {
    fn field(&self, name: &[u8]) -> Option<&[u8]> {
        let mut fields = self.header.iter();
        fields.find_map(|(known, value)| (known == name).then_some(value.as_slice()))
    }

    /// Whether the header says that the content is a key, or a set of them.
    fn is_key(&self) -> bool {
        let kind = self.field(b"cty").unwrap_or_default().to_ascii_lowercase();
        [&b"jwk+json"[..], b"jwk-set+json"]
            .iter()
            .any(|known| kind.ends_with(known))
    }

    /// Whether there is enough of everything.
    fn is_whole(&self) -> bool {
        self.wrapped.len() >= 24
            && self.wrapped.len().is_multiple_of(8)
            && matches!(self.iv.len(), 12 | 16)
            && self.ciphertext.len() >= MIN_PLAIN
    }

    /// Tries passwords on it.
    fn open(&self, context: &mut Context) -> Option<Opened> {
        let p2s = base64::decode_value(self.field(b"p2s")?)?;
        let p2c = std::str::from_utf8(self.field(b"p2c")?)
            .ok()?
            .parse()
            .ok()?;
        let names = (self.field(b"alg")?, self.field(b"enc")?);
        let jwe = Encrypted::new(names, (&p2s, p2c), &self.wrapped, &self.iv)?;
        let mut opened = jwe.open(&self.ciphertext, &mut context.trials)?;
        if self.field(b"zip") == Some(b"DEF") {
            opened.bytes = inflated(&opened.bytes, context)?;
        }
        let holds = |name: &[u8]| memchr::memmem::find(&opened.bytes, name).is_some();
        (self.is_key() || holds(b"\"kty\"")).then_some(opened)
    }
}

/// Undoes `zip` (RFC 7516 section 4.1.3).
fn inflated(bytes: &[u8], context: &mut Context) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::new());
    let inflater = flate2::read::DeflateDecoder::new(bytes);
    inflater
        .take(MAX_TOKEN as u64)
        .read_to_end(&mut plain)
        .ok()?;
    context.take(plain.len()).then_some(plain)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Reads the five parts of a compact token around a place in its header.
fn compact(bytes: &[u8], at: usize) -> Option<Token> {
    let before = bytes.get(at.saturating_sub(MAX_BACK)..at)?;
    let back = before.iter().rev().take_while(|&&b| is_token(b)).count();
    let start = at - back;
    let end = start.saturating_add(MAX_TOKEN).min(bytes.len());
    let text = bytes.get(start..end)?;
    memchr::memchr(b'.', text.get(..text.len().min(MAX_HEADER))?)?;
    let len = text.iter().take_while(|&&b| is_token(b)).count();
    let mut parts = text.get(..len)?.split(|&b| b == b'.');
    let (header, wrapped) = (parts.next()?, parts.next()?);
    let (iv, ciphertext, _tag) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || header.len() <= back {
        return None;
    }
    let value = base64::decode_value;
    Some(Token {
        span: start..start + len,
        header: header_of(header)?,
        wrapped: value(wrapped)?,
        iv: value(iv)?,
        ciphertext: value(ciphertext)?,
    })
}

/// Returns the members of an encoded header.
fn header_of(text: &[u8]) -> Option<Header> {
    let json = base64::decode_value(text).filter(|json| json.starts_with(b"{"))?;
    Some(owned(&members::object(&json, 0, MAX_HEADER).0))
}

fn owned(list: &[Member<'_>]) -> Header {
    let pair = |m: &Member<'_>| (m.name.to_vec(), m.value.to_vec());
    list.iter().map(pair).collect()
}

/// Reads the token in JSON around a place in one of its headers.
fn json(bytes: &[u8], at: usize, context: &mut Context) -> Option<Token> {
    let mut inner = at;
    let (list, span) = (0..MAX_OUTER).find_map(|_| {
        inner = context.object_around(bytes, inner, MAX_TOKEN)?;
        let (list, span) = context.object(bytes, inner, MAX_TOKEN);
        let is_token = members::value(&list, b"ciphertext").is_some()
            && members::value(&list, b"iv").is_some();
        is_token.then_some((list, span))
    })?;
    let text = bytes.get(span.clone())?;
    let object = |text: &'_ [u8], name: &[u8]| -> Header {
        let start = members::nested(text, name);
        start.map_or(Vec::new(), |start| {
            owned(&members::object(text, start, MAX_HEADER).0)
        })
    };
    let protected = members::value(&list, b"protected").and_then(header_of);
    let mut header = protected.unwrap_or_default();
    header.extend(object(text, b"unprotected"));
    let recipients = members::nested(text, b"recipients").and_then(|at| text.get(at..));
    let (own, wrapped) = match recipients {
        None => (
            object(text, b"header"),
            members::value(&list, b"encrypted_key")?,
        ),
        Some(recipients) => recipient(recipients)?,
    };
    header.extend(own);
    let value = base64::decode_value;
    Some(Token {
        span,
        wrapped: value(wrapped)?,
        iv: value(members::value(&list, b"iv")?)?,
        ciphertext: value(members::value(&list, b"ciphertext")?)?,
        header,
    })
}

/// Returns header and encrypted key of the first recipient that is a password, or else of the first.
fn recipient(list: &[u8]) -> Option<(Header, &[u8])> {
    let mut at = 0;
    let mut first = None;
    for _ in 0..MAX_RECIPIENTS {
        let rest = list.get(at..)?;
        let Some(open) = memchr::memchr2(b'{', b']', rest).filter(|i| rest.get(*i) == Some(&b'{'))
        else {
            break;
        };
        let (members, span) = members::object(list, at + open, MAX_HEADER);
        at = span.end;
        let Some(wrapped) = members::value(&members, b"encrypted_key") else {
            continue;
        };
        let text = list.get(span)?;
        let header = members::nested(text, b"header").map_or(Vec::new(), |start| {
            owned(&members::object(text, start, MAX_HEADER).0)
        });
        let is_password =
            |(name, value): &(Vec<u8>, Vec<u8>)| name == b"alg" && value.starts_with(b"PBES2");
        if header.iter().any(is_password) {
            return Some((header, wrapped));
        }
        first = first.or(Some((header, wrapped)));
    }
    first
}
