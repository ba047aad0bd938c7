//! Keys of gpg-agent: the files in `private-keys-v1.d`.
//!
//! ```text
//! (private-key (rsa (n …)(e …)(d …)(p …)(q …)(u …)))
//! (private-key (ecc (curve Ed25519)(flags eddsa)(q …)(d …)))
//! (protected-private-key (rsa (n …)(e …)(protected openpgp-s2k3-ocb-aes …)))
//! (protected-private-key (ecc … (protected openpgp-native
//!     (openpgp-private-key … (skey _ q _ d …) … (protection none)))))
//! (shadowed-private-key …)                                -- on a card
//! ```
//!
//! Canonical S-expressions, or since GnuPG 2.3 the advanced form behind `Key:`
//! in a file of name-value pairs, whose long values go on after a line break
//! and a space. Public parameters are in clear, so a protected key is matched
//! as well. `protected` is not always so: a key that was imported without a
//! passphrase says `protection none`, and is as good as clear.

use super::structure::{Group, dsa_key, ec_key, native_point, native_secret, secret};
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, PublicKey, Reject, RsaKey};
use crate::wire::sexp::Node;
use zeroize::Zeroizing;

/// Reader of gpg-agent keys.
pub(super) struct GpgAgent;

static SPEC: Spec = Spec {
    id: "gpg-agent",
    name: "gpg-agent private key",
    source: "GnuPG agent/keyformat.txt",
    about: "What `gpg` and `gpg-agent --enable-ssh-support` keep in `~/.gnupg/private-keys-v1.d`, and backups of it. Matched even when protected.",
    triggers: &[
        Trigger::text(b"(11:private-key("),
        Trigger::text(b"(21:protected-private-key("),
        Trigger::text(b"(private-key"),
        Trigger::text(b"(protected-private-key"),
    ],
};

/// Longest extended value that is joined: as the S-expression reader's limit.
const MAX_TEXT: usize = 64 << 10;

impl Format for GpgAgent {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.unwrap_or(0);
        let text = candidate.bytes.get(start..).unwrap_or_default();
        if text.first() != Some(&b'(') {
            return Err(Reject::NotThisFormat);
        }
        if let Ok((node, len)) = Node::parse(text)
            && let Ok(what) = read(&node)
        {
            found.push(Found::new(start..start + len, what));
            return Ok(());
        }
        let (joined, len) = joined(text, context.most(MAX_TEXT));
        if !context.take(len.max(1)) {
            return Err(Reject::NotThisFormat);
        }
        let (node, _) = Node::parse(&joined)?;
        found.push(Found::new(start..start + len, read(&node)?));
        Ok(())
    }
}

/// Joins a value that goes on after line breaks with a space; returns it and
/// how many bytes of the text, of at most `most`, it takes.
fn joined(text: &[u8], most: usize) -> (Zeroizing<Vec<u8>>, usize) {
    let text = text.get(..most).unwrap_or(text);
    let mut value = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut read = 0;
    for line in text.split_inclusive(|&b| b == b'\n') {
        let part = match line.strip_prefix(b" ") {
            Some(part) => part,
            None if read == 0 => line,
            None => break,
        };
        value.extend_from_slice(part.trim_ascii_end());
        read += line.len();
    }
    (value, read)
}

fn read(key: &Node<'_>) -> Result<What, Reject> {
    let numbers = key.list().get(1).ok_or(Reject::NotThisFormat)?;
    match key.name() {
        b"private-key" => clear(numbers),
        b"protected-private-key" => {
            let protected = numbers.child(b"protected").ok_or(Reject::NotThisFormat)?;
            if let Some(native) = protected.child(b"openpgp-private-key")
                && native.value(b"protection") == Some(b"none")
            {
                return native_key(numbers, native);
            }
            sealed(numbers)
        }
        _ => Err(Reject::NotThisFormat),
    }
}

/// Whether a value is a place of a template for libgcrypt's `gcry_sexp_build`.
fn is_template(value: &[u8]) -> bool {
    matches!(value, [b'%', b'a'..=b'z' | b'A'..=b'Z'])
}

fn number<'a>(numbers: &'a Node<'_>, name: &[u8]) -> Result<&'a [u8], Reject> {
    match numbers.value(name) {
        Some(value) if is_template(value) => Err(Reject::NotThisFormat),
        value => value.ok_or(Reject::Incomplete),
    }
}

fn group(numbers: &Node<'_>) -> Result<Group, Reject> {
    let name = std::str::from_utf8(number(numbers, b"curve")?).map_err(|_| Reject::BadValue)?;
    let okp = match name {
        "Curve25519" | "cv25519" => Some(Okp::X25519),
        "cv448" => Some(Okp::X448),
        _ => Okp::from_name(name),
    };
    match okp {
        Some(kind) => Ok(Group::Okp(kind)),
        None => Curve::from_name(name)
            .map(Group::Ec)
            .ok_or(Reject::UnknownAlgorithm),
    }
}

fn ecc_key(group: Group, q: &[u8], d: &[u8]) -> Result<Key, Reject> {
    let kind = match group {
        Group::Ec(curve) => return Ok(Key::Ec(ec_key(Some(curve), d, Some(q)))),
        Group::Okp(kind) => kind,
    };
    let public = native_point(kind, q);
    // Keys from ssh-add: seed and public key in one.
    let d = match d.strip_suffix(public) {
        Some(seed) if seed.len() == kind.bytes() => seed,
        _ => d,
    };
    let seed = native_secret(kind, d)?;
    Ok(Key::Okp(OkpKey::from_seed(kind, &seed, Some(public))))
}

fn rsa_key(n: &[u8], e: &[u8], d: &[u8], p: Option<&[u8]>, q: Option<&[u8]>) -> Key {
    Key::Rsa(RsaKey {
        n: Some(n.to_vec()),
        e: Some(e.to_vec()),
        d: secret(d),
        p: p.and_then(secret),
        q: q.and_then(secret),
        ..RsaKey::default()
    })
}

fn clear(numbers: &Node<'_>) -> Result<What, Reject> {
    let of = |name: &[u8]| number(numbers, name);
    let key = match numbers.name() {
        b"rsa" => rsa_key(
            of(b"n")?,
            of(b"e")?,
            of(b"d")?,
            numbers.value(b"p"),
            numbers.value(b"q"),
        ),
        b"dsa" => Key::Dsa(dsa_key(
            of(b"p")?,
            of(b"q")?,
            of(b"g")?,
            Some(of(b"y")?),
            of(b"x")?,
        )),
        b"ecc" | b"ecdsa" | b"eddsa" | b"ecdh" => ecc_key(group(numbers)?, of(b"q")?, of(b"d")?)?,
        // Encrypts only.
        b"elg" | b"openpgp-elg" => return Ok(What::Harmless),
        _ => return Err(Reject::UnknownAlgorithm),
    };
    Ok(What::Key(key))
}

fn sealed(numbers: &Node<'_>) -> Result<What, Reject> {
    let of = |name: &[u8]| number(numbers, name);
    let public = match numbers.name() {
        b"rsa" => PublicKey::rsa(of(b"n")?, of(b"e")?)?,
        b"dsa" => PublicKey::dsa(of(b"p")?, of(b"q")?, of(b"g")?, of(b"y")?)?,
        b"ecc" | b"ecdsa" | b"eddsa" | b"ecdh" => match group(numbers)? {
            Group::Ec(curve) => PublicKey::ec_point(curve, of(b"q")?)?,
            Group::Okp(kind) => PublicKey::okp(kind, native_point(kind, of(b"q")?))?,
        },
        b"elg" | b"openpgp-elg" => return Ok(What::Harmless),
        _ => return Err(Reject::UnknownAlgorithm),
    };
    Ok(What::Sealed(public))
}

/// Reads a key that stands in clear inside `openpgp-private-key`: `skey` lists
/// the numbers of the OpenPGP packet, public ones first, each behind `_`.
fn native_key(numbers: &Node<'_>, native: &Node<'_>) -> Result<What, Reject> {
    let skey = native.child(b"skey").ok_or(Reject::Incomplete)?;
    let all: Vec<&[u8]> = skey
        .list()
        .iter()
        .skip(2)
        .step_by(2)
        .map(Node::bytes)
        .collect();
    let key = match (numbers.name(), all.as_slice()) {
        (b"rsa", &[n, e, d, p, q, ..]) => rsa_key(n, e, d, Some(p), Some(q)),
        (b"rsa", &[n, e, d]) => rsa_key(n, e, d, None, None),
        (b"dsa", &[p, q, g, y, x]) => Key::Dsa(dsa_key(p, q, g, Some(y), x)),
        (b"ecc" | b"ecdsa" | b"eddsa" | b"ecdh", &[q, .., d]) => ecc_key(group(numbers)?, q, d)?,
        (b"elg" | b"openpgp-elg", _) => return Ok(What::Harmless),
        _ => return Err(Reject::Incomplete),
    };
    Ok(What::Key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::password::TrialBudget;

    #[test]
    fn a_template_is_no_key() {
        for text in [
            "(private-key(rsa(n %b)(e %b)(d %b)))",
            "(private-key (ecc (curve %s) (q %b) (d %b)))",
        ] {
            let mut context = Context::new(text.len(), TrialBudget::none());
            let candidate = Candidate::at(text.as_bytes(), 0);
            let read = GpgAgent.parse(&candidate, &mut context, &mut Vec::new());
            assert!(matches!(read, Err(Reject::NotThisFormat)), "{text}");
        }
    }
}
