//! PKCS#8 `PrivateKeyInfo` and `OneAsymmetricKey`, as DER or in
//! `PRIVATE KEY` armour.
//!
//! ```text
//! OneAsymmetricKey ::= SEQUENCE {            -- RFC 5958 section 2
//!     version            INTEGER (0 | 1),
//!     privateKeyAlgorithm AlgorithmIdentifier,
//!     privateKey         OCTET STRING,
//!     attributes     [0] SET OF Attribute OPTIONAL,
//!     publicKey      [1] IMPLICIT BIT STRING OPTIONAL }
//! ```
//!
//! By algorithm the private key is PKCS#1 (RFC 8017), SEC 1 without
//! parameters (RFC 5915), an INTEGER (DSA, RFC 3279; Diffie-Hellman, PKCS#3 and
//! RFC 3279), an OCTET STRING in the OCTET STRING (RFC 8410), post-quantum, or a
//! post-quantum seed and one of the others behind it. Before RFC 8410, Notary wrote Ed25519 keys
//! under the identifier of GnuPG, without the inner OCTET STRING.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::identity::algorithm::{Algorithm, EcParameters};
use crate::key::{
    CompositeKey, CompositeSet, DhKey, EcKey, Key, Okp, OkpKey, PqKey, PqSet, Reject, RsaKey,
    SEED_BYTES, Traditional,
};
use crate::wire::der::{self, Reader};
use zeroize::Zeroizing;

/// Reader of PKCS#8 keys.
pub(super) struct Pkcs8;

static SPEC: Spec = Spec {
    id: "pkcs8",
    name: "PKCS#8 private key",
    source: "RFC 5958 section 2, RFC 8410 section 7, RFC 9881, RFC 9909, RFC 9935, draft-ietf-lamps-pq-composite-sigs",
    about: "What `openssl genpkey`, Java, Go, .NET and cloud consoles write: service accounts, token signing, TLS, Apple `.p8`; post-quantum keys (ML-DSA, SLH-DSA, ML-KEM, composites of ML-DSA and RSA, ECDSA or EdDSA) have no other form.",
    triggers: &[
        // version 0 and the AlgorithmIdentifier's header; in raw binary data
        // with enough of the algorithm to be rare.
        Trigger::decoded(b"\x02\x01\x00\x30"),
        Trigger::decoded(b"\x02\x01\x01\x30"),
        Trigger::encoded(b"\x02\x01\x00\x30"),
        Trigger::encoded(b"\x02\x01\x01\x30"),
        Trigger::plain(b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"),
        Trigger::plain(b"\x02\x01\x00\x30\x0b\x06\x09"),
        Trigger::plain(b"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
        Trigger::plain(b"\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
        Trigger::plain(b"\x02\x01\x00\x30\x14\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
        Trigger::plain(b"\x02\x01\x00\x30\x05\x06\x03\x2b\x65"),
        Trigger::plain(b"\x02\x01\x01\x30\x05\x06\x03\x2b\x65"),
        Trigger::plain(b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x30"),
        // The AlgorithmIdentifier of a composite key, behind either version.
        Trigger::plain(b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x06"),
    ],
};

impl Format for Pkcs8 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let candidate = at_version(candidate);
        let (span, mut fields) = match structure::sequence(&candidate) {
            Ok(parts) => parts,
            Err(Reject::Truncated) if candidate.armor.is_some() => {
                let rest = cut(candidate.bytes).ok_or(Reject::Truncated)?;
                found.push(Found::new(0..candidate.bytes.len(), rest));
                return Ok(());
            }
            Err(reject) => return Err(reject),
        };
        if fields.small_int().map_err(|_| Reject::NotThisFormat)? > 1 {
            return Err(Reject::NotThisFormat);
        }
        if fields.peek() != Some(der::SEQUENCE) {
            return Err(Reject::NotThisFormat);
        }
        let algorithm = match Algorithm::read(&mut fields) {
            Ok(algorithm) => algorithm,
            // Whole, and of an algorithm that nobody here can check.
            Err(reject)
                if candidate.at.is_none() && fields.octets().is_ok_and(|key| key.len() >= 16) =>
            {
                found.push(Found::new(span, What::Malformed(reject)));
                return Ok(());
            }
            Err(reject) => return Err(reject),
        };
        let private = Reader::new(fields.octets()?);
        let outer = public_key(fields)?;
        let key = match algorithm {
            Algorithm::Rsa => Key::Rsa(rsa(private, outer)?),
            Algorithm::Ec(curve) => Key::Ec(ec(private, curve, outer)?),
            Algorithm::Dsa(domain) => {
                let domain = domain.ok_or(Reject::Incomplete)?;
                let x = { private }.integer()?;
                let y = outer.map(|bits| Reader::new(bits).integer()).transpose()?;
                Key::Dsa(structure::dsa_key(domain.p, domain.q, domain.g, y, x))
            }
            Algorithm::Okp(kind) => Key::Okp(okp(kind, private, outer)?),
            Algorithm::Dh(parameters) => Key::Dh(DhKey {
                x942: parameters.x942,
                parameters: parameters.der.to_vec(),
                x: Zeroizing::new({ private }.integer()?.to_vec()),
            }),
            Algorithm::Pq(set) => Key::Pq(pq_key(set, private.rest(), outer)?),
            Algorithm::Composite(set) => Key::Composite(composite(set, private.rest(), outer)?),
        };
        found.push(Found::key(span, key));
        Ok(())
    }
}

/// Reads what is there of a key that was cut off, if it is an RSA key.
fn cut(bytes: &[u8]) -> Option<What> {
    let mut fields = Reader::new(der::begun(bytes, der::SEQUENCE)?);
    fields.small_int().ok()?;
    match Algorithm::read(&mut fields).ok()? {
        Algorithm::Rsa => structure::cut_rsa_key(der::begun(fields.rest(), der::OCTET_STRING)?),
        _ => None,
    }
}

/// Reads a post-quantum key:
///
/// ```text
/// ML-DSA, ML-KEM: CHOICE { seed [0] OCTET STRING, expandedKey OCTET STRING,
///     both SEQUENCE { seed OCTET STRING, expandedKey OCTET STRING } }   -- RFC 9881, RFC 9935
/// SLH-DSA: the key itself, without an OCTET STRING                      -- RFC 9909
/// ```
///
/// Some drafts wrote the bare seed or expanded key.
fn pq_key(set: PqSet, private: &[u8], public: Option<&[u8]>) -> Result<PqKey, Reject> {
    let secret = |bytes: &[u8]| Some(Zeroizing::new(bytes.to_vec()));
    let mut key = PqKey {
        set,
        seed: None,
        expanded: None,
        public: public.map(<[u8]>::to_vec),
    };
    if private.len() == set.expanded_bytes() {
        key.expanded = secret(private);
        return Ok(key);
    }
    if set.seed_bytes() == Some(private.len()) {
        key.seed = secret(private);
        return Ok(key);
    }
    let choice = Reader::new(private).read_tlv()?;
    match choice.tag {
        _ if choice.tag == der::context_primitive(0) => key.seed = secret(choice.value),
        der::OCTET_STRING => key.expanded = secret(choice.value),
        der::SEQUENCE => {
            let mut both = Reader::new(choice.value);
            key.seed = secret(both.octets()?);
            key.expanded = secret(both.octets()?);
        }
        _ => return Err(Reject::BadTag),
    }
    Ok(key)
}

/// Reads a composite key: a seed of ML-DSA, and behind it a key of the other
/// algorithm in its own encoding, to the end.
fn composite(
    set: CompositeSet,
    private: &[u8],
    public: Option<&[u8]>,
) -> Result<CompositeKey, Reject> {
    let (seed, rest) = private
        .split_at_checked(SEED_BYTES)
        .ok_or(Reject::BadLength)?;
    let mut reader = Reader::new(rest);
    let traditional = match set.traditional() {
        Traditional::Rsa(_) => Key::Rsa(structure::rsa_private_key(reader.sequence()?)?),
        Traditional::Ec(curve) => Key::Ec(structure::ec_private_key(
            reader.sequence()?,
            Some(EcParameters::Named(curve)),
        )?),
        Traditional::Okp(kind) => {
            reader = Reader::new(&[]);
            Key::Okp(OkpKey::from_seed(kind, rest, None))
        }
    };
    if !reader.is_empty() {
        return Err(Reject::BadLength);
    }
    Ok(CompositeKey {
        set,
        seed: Zeroizing::new(seed.to_vec()),
        traditional: Box::new(traditional),
        public: public.map(<[u8]>::to_vec),
    })
}

/// Moves the trigger to the version field, which those of DSA and of composite keys
/// stand behind.
fn at_version<'a>(candidate: &Candidate<'a>) -> Candidate<'a> {
    let mut candidate = *candidate;
    let Some(at) = candidate.at else {
        return candidate;
    };
    match candidate.bytes.get(at) {
        Some(&der::OID) => {
            let version = der::sequence_before(candidate.bytes, at)
                .and_then(|inner| inner.start.checked_sub(3));
            candidate.at = version.or(candidate.at);
        }
        Some(&der::SEQUENCE) => candidate.at = Some(at.saturating_sub(3)),
        _ => {}
    }
    candidate
}

/// Bytes of an Ed25519 key as Notary wrote it: public key, seed, public key (tuf/utils/pkcs8.go).
const NOTARY: usize = 96;

/// Reads a key on an Edwards or Montgomery curve.
fn okp(kind: Okp, mut private: Reader<'_>, outer: Option<&[u8]>) -> Result<OkpKey, Reject> {
    let bytes = private.rest();
    let (public, rest) = match bytes.split_at_checked(32) {
        Some(halves) if kind == Okp::Ed25519 && bytes.len() == NOTARY => halves,
        _ => return Ok(OkpKey::from_seed(kind, private.octets()?, outer)),
    };
    match rest.split_at_checked(32) {
        Some((seed, again)) if again == public => Ok(OkpKey::from_seed(kind, seed, Some(public))),
        _ => Err(Reject::Inconsistent),
    }
}

/// Reads an RSA key, and compares it with the public key outside.
fn rsa(mut private: Reader<'_>, outer: Option<&[u8]>) -> Result<RsaKey, Reject> {
    let key = structure::rsa_private_key(private.sequence()?)?;
    if let Some(bits) = outer {
        let mut public = Reader::new(bits).sequence()?;
        let (n, e) = (public.integer()?, public.integer()?);
        if key.n.as_deref() != Some(n) || key.e.as_deref() != Some(e) {
            return Err(Reject::Inconsistent);
        }
    }
    Ok(key)
}

/// Reads an EC key with the public key inside or outside; both must agree.
fn ec(
    mut private: Reader<'_>,
    curve: Option<EcParameters<'_>>,
    outer: Option<&[u8]>,
) -> Result<EcKey, Reject> {
    let mut key = structure::ec_private_key(private.sequence()?, curve)?;
    match (key.public.as_deref(), outer) {
        (Some(inner), Some(outer)) if inner != outer => return Err(Reject::Inconsistent),
        (None, Some(outer)) => key.public = Some(outer.to_vec()),
        _ => {}
    }
    Ok(key)
}

/// Reads the public key that version 1 may carry behind the attributes. Nothing
/// else stands there, so that a damaged tag is not taken for an absent key.
fn public_key<'a>(mut fields: Reader<'a>) -> Result<Option<&'a [u8]>, Reject> {
    let mut public = None;
    while !fields.is_empty() {
        let field = fields.read_tlv()?;
        // [1] IMPLICIT BIT STRING; some writers leave it explicit.
        public = match field.tag {
            tag if tag == der::context(0) => public,
            // wolfSSL leaves out how many bits are unused: at most seven are.
            tag if tag == der::context_primitive(1) => match field.value {
                [8..=255, ..] => Some(field.value),
                [_, bits @ ..] => Some(bits),
                [] => None,
            },
            tag if tag == der::context(1) => Some(Reader::new(field.value).bits()?),
            _ => return Err(Reject::BadTag),
        };
    }
    Ok(public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_may_lack_its_number_of_unused_bits() {
        for (field, want) in [
            (&[0x81, 3, 0, 0xaa, 0xbb][..], Some(&[0xaa, 0xbb][..])),
            (&[0x81, 2, 0xaa, 0xbb], Some(&[0xaa, 0xbb])),
            (&[0x81, 0], None),
        ] {
            assert_eq!(public_key(Reader::new(field)).expect("a field"), want);
        }
    }
}
