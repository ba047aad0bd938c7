//! JSON Web Keys (RFC 7517) with a private half, alone or in a set.
//!
//! RSA, EC and oct members: RFC 7518 section 6; OKP: RFC 8037; secp256k1:
//! RFC 8812. The members are read wherever they stand together: JSON, YAML, TOML, HCL, INI,
//! objects and maps of every programming language, statements that fill one. A
//! JWK without private members is no finding.

use super::structure::ec_key;
use super::{Context, Format, Found, Spec, label};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, PqKey, PqSet, Reject, RsaKey, Secret};
use crate::wire::base64;
use crate::wire::members::Member;

/// Reader of JSON Web Keys.
pub(super) struct Jwk;

/// Bytes from `kty` to either end of the object: a certificate chain (`x5c`)
/// beside a 16,384-bit RSA key stays below.
const MAX_OBJECT: usize = 64 << 10;

static SPEC: Spec = Spec {
    id: "jwk",
    name: "JSON Web Key",
    source: "RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9964",
    about: "Token-signing keys of OpenID providers, JWKS files with private members, keys pasted into configuration.",
    // `kty` in quotes, which may be escaped; or without, before a colon and what may stand behind
    // that: a blank, a quote, a name (RSA, EC, OKP, oct, AKP), what YAML marks values with.
    triggers: &[
        Trigger::plain(b"\"kty\"").utf16(),
        Trigger::plain(b"\"kty\\").utf16(),
        Trigger::plain(b"'kty'").utf16(),
        Trigger::plain(b"'kty\\").utf16(),
        Trigger::plain(b"kty: ").utf16(),
        Trigger::plain(b"kty:\t").utf16(),
        Trigger::plain(b"kty:\n").utf16(),
        Trigger::plain(b"kty:\r").utf16(),
        Trigger::plain(b"kty:\"").utf16(),
        Trigger::plain(b"kty:'").utf16(),
        Trigger::plain(b"kty:`").utf16(),
        Trigger::plain(b"kty:\\").utf16(),
        Trigger::plain(b"kty:R").utf16(),
        Trigger::plain(b"kty:E").utf16(),
        Trigger::plain(b"kty:O").utf16(),
        Trigger::plain(b"kty:o").utf16(),
        Trigger::plain(b"kty:A").utf16(),
        Trigger::plain(b"kty:&").utf16(),
        Trigger::plain(b"kty:!").utf16(),
        Trigger::plain(b"kty:>").utf16(),
        Trigger::plain(b"kty:|").utf16(),
        // As the name of a setting (TOML, HCL, INI, often aligned) or of an argument.
        Trigger::plain(b"kty =").utf16(),
        Trigger::plain(b"kty  ").utf16(),
        Trigger::plain(b"kty\t=").utf16(),
        Trigger::plain(b"kty=\"").utf16(),
        Trigger::plain(b"kty='").utf16(),
        Trigger::plain(b"kty=R").utf16(),
        Trigger::plain(b"kty=E").utf16(),
        Trigger::plain(b"kty=O").utf16(),
        Trigger::plain(b"kty=o").utf16(),
        Trigger::plain(b"kty=A").utf16(),
        // As a property of .NET.
        Trigger::plain(b"\"Kty\"").utf16(),
        Trigger::plain(b"\"Kty\\").utf16(),
        Trigger::plain(b":kty \"").utf16(),
        Trigger::plain(b":kty :").utf16(),
        Trigger::plain(b"Kty: \"").utf16(),
        Trigger::plain(b"Kty: J").utf16(),
        Trigger::plain(b"Kty =").utf16(),
        Trigger::plain(b"Kty=\"").utf16(),
        Trigger::encoded(b"kty\""),
        Trigger::encoded(b"kty'"),
        Trigger::encoded(b"kty:"),
        Trigger::encoded(b"kty="),
        Trigger::encoded(b"kty\\"),
    ],
};

impl Format for Jwk {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        let start = context.object_around(bytes, at, MAX_OBJECT);
        let in_object = start
            .map(|start| context.object(bytes, start, MAX_OBJECT * 2))
            .filter(|(list, span)| span.end > at && value(list, b"kty").is_some());
        let in_object =
            in_object.or_else(|| context.list(bytes, at, |list| matches!(key(list), Ok(Some(_)))));
        let (list, span) = in_object.unwrap_or_else(|| context.block(bytes, at));
        let Some(key) = key(&list)? else {
            return Err(Reject::NotThisFormat);
        };
        let mut item = Found::key(span, key);
        item.kid = value(&list, b"kid").and_then(label);
        found.push(item);
        Ok(())
    }
}

/// Builds the key; `None` when there is no private member, or a placeholder.
fn key(list: &[Member<'_>]) -> Result<Option<Key>, Reject> {
    // Where the type is quoted or a constant, words without quotes are names of variables.
    let is_program =
        member(list, b"kty").is_some_and(|kty| !kty.is_bare || kty.value.contains(&b'.'));
    let number = |name: &[u8]| {
        let member = member(list, name).filter(|m| !(is_program && m.is_bare))?;
        base64::decode_value(member.value)
    };
    let Some(kty) = value(list, b"kty") else {
        return Ok(None);
    };
    // Constants of .NET.
    let kty: &[u8] = match kty {
        b"JsonWebAlgorithmsKeyTypes.RSA" => b"RSA",
        b"JsonWebAlgorithmsKeyTypes.EllipticCurve" => b"EC",
        b"JsonWebAlgorithmsKeyTypes.Octet" => b"oct",
        _ => kty,
    };
    if kty == b"oct" {
        let Some(k) = number(b"k") else {
            return Ok(None);
        };
        return Ok((signs(list) && k.len() >= 8).then(|| Key::Symmetric(Secret::new(k))));
    }
    if kty == b"AKP" {
        let set = text(list, b"alg").and_then(PqSet::from_name);
        let Some(secret) = number(b"priv") else {
            return Ok(None);
        };
        let set = set.ok_or(Reject::UnknownAlgorithm)?;
        let (seed, expanded) = match set.seed_bytes() {
            Some(_) => (Some(secret), None),
            None => (None, Some(secret)),
        };
        return Ok(Some(Key::Pq(PqKey {
            set,
            seed,
            expanded,
            public: number(b"pub").map(|public| public.to_vec()),
        })));
    }
    let Some(d) = number(b"d") else {
        return Ok(None);
    };
    // Shorter ones are placeholders, unless the point beside it says what is
    // missing: a number of half its length.
    let points = curve(list).is_some_and(|curve| {
        let is_whole = |name| number(name).is_some_and(|n| n.len() == curve.bytes());
        is_whole(b"x") && is_whole(b"y")
    });
    if d.len() < if points { 8 } else { 16 } {
        return Ok(None);
    }
    match kty {
        b"RSA" | b"RSA-HSM" => Ok(Some(Key::Rsa(RsaKey {
            n: number(b"n").map(|n| n.to_vec()),
            e: number(b"e").map(|e| e.to_vec()),
            d: Some(d),
            p: number(b"p"),
            q: number(b"q"),
            dp: number(b"dp"),
            dq: number(b"dq"),
            qi: number(b"qi"),
            more_primes: Vec::new(),
        }))),
        b"EC" | b"EC-HSM" => {
            let curve = curve(list).ok_or(Reject::UnknownAlgorithm)?;
            let point = match (number(b"x"), number(b"y")) {
                (Some(x), Some(y)) => Some(curve.point(&x, &y)),
                _ => None,
            };
            Ok(Some(Key::Ec(ec_key(Some(curve), &d, point.as_deref()))))
        }
        b"OKP" => {
            let kind = text(list, b"crv")
                .and_then(Okp::from_name)
                .ok_or(Reject::UnknownAlgorithm)?;
            let x = number(b"x");
            Ok(Some(Key::Okp(OkpKey::from_seed(
                kind,
                &d,
                x.as_ref().map(|x| x.as_slice()),
            ))))
        }
        _ => Ok(None),
    }
}

/// Returns the member of that name. Properties of .NET have capitals, and programs write them so
/// to JSON, too; names that differ in nothing else are told apart where `kty` has none.
fn member<'m, 'a>(list: &'m [Member<'a>], name: &[u8]) -> Option<&'m Member<'a>> {
    let exact = |name: &[u8]| list.iter().find(|m| m.name == name);
    let member = exact(name);
    if member.is_some() || exact(b"kty").is_some() {
        return member;
    }
    list.iter().find(|m| m.name.eq_ignore_ascii_case(name))
}

fn value<'a>(list: &[Member<'a>], name: &[u8]) -> Option<&'a [u8]> {
    member(list, name).map(|m| m.value)
}

/// Returns the curve that a key says it is on.
fn curve(list: &[Member<'_>]) -> Option<Curve> {
    let name = text(list, b"crv")?;
    // Constants of .NET.
    Curve::from_jwk(match name {
        "JsonWebKeyECTypes.P256" => "P-256",
        "JsonWebKeyECTypes.P384" => "P-384",
        "JsonWebKeyECTypes.P521" => "P-521",
        _ => name,
    })
}

fn text<'a>(list: &[Member<'a>], name: &[u8]) -> Option<&'a str> {
    value(list, name).and_then(|v| std::str::from_utf8(v).ok())
}

/// Whether an `oct` key signs: not when it says that it encrypts or wraps.
fn signs(list: &[Member<'_>]) -> bool {
    let encrypts = value(list, b"use") == Some(b"enc");
    let wraps = text(list, b"alg").is_some_and(|alg| !alg.starts_with("HS"));
    !encrypts && !wraps
}
