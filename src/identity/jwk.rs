//! JSON Web Keys (RFC 7517): public members and the thumbprint of RFC 7638.
//!
//! ```text
//! RSA {"e","kty","n"}   EC {"crv","kty","x","y"}   OKP {"crv","kty","x"}   RFC 7518, 8037, 8812
//! AKP {"alg","kty","pub"}                                                  RFC 9964
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::key::{Curve, Okp, PqSet, PublicKey, Reject};

/// Returns the thumbprint: base64url of the SHA-256 over the required members in
/// alphabetical order. Algorithms without a registered JWK form have none.
#[must_use]
pub fn thumbprint(key: &PublicKey) -> Option<String> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let json = match key {
        PublicKey::Rsa { n, e } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
        }
        PublicKey::Ec { curve, x, y } => {
            let crv = curve.jwk()?;
            format!(
                r#"{{"crv":"{crv}","kty":"EC","x":"{}","y":"{}"}}"#,
                encode(x),
                encode(y)
            )
        }
        PublicKey::Okp { kind, bytes } => {
            format!(
                r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#,
                kind.name(),
                encode(bytes)
            )
        }
        PublicKey::Pq { set, bytes } => {
            format!(
                r#"{{"alg":"{}","kty":"AKP","pub":"{}"}}"#,
                set.name(),
                encode(bytes)
            )
        }
        PublicKey::Composite { .. }
        | PublicKey::Dsa { .. }
        | PublicKey::EcExplicit { .. }
        | PublicKey::Dh { .. } => return None,
    };
    Some(encode(&Sha256::digest(json)))
}

/// Reads the public key of a JWK, given a way to look up the text of a member.
pub fn public<'a>(member: impl Fn(&'static str) -> Option<&'a str>) -> Result<PublicKey, Reject> {
    let text = |name| member(name).ok_or(Reject::Incomplete);
    let number = |name| decode(text(name)?);
    match text("kty")? {
        "RSA" => PublicKey::rsa(&number("n")?, &number("e")?),
        "EC" => {
            let curve = Curve::from_jwk(text("crv")?).ok_or(Reject::UnknownAlgorithm)?;
            PublicKey::ec(curve, &number("x")?, &number("y")?)
        }
        "OKP" => {
            let kind = Okp::from_name(text("crv")?).ok_or(Reject::UnknownAlgorithm)?;
            PublicKey::okp(kind, &number("x")?)
        }
        "AKP" => {
            let set = PqSet::from_name(text("alg")?).ok_or(Reject::UnknownAlgorithm)?;
            PublicKey::pq(set, &number("pub")?)
        }
        _ => Err(Reject::UnknownAlgorithm),
    }
}

/// Decodes a member. Base64url without padding is the rule; some writers use the
/// ordinary alphabet, or pad.
fn decode(text: &str) -> Result<Vec<u8>, Reject> {
    let plain = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    let ordinary = || {
        URL_SAFE_NO_PAD.decode(
            text.trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_"),
        )
    };
    plain.or_else(|_| ordinary()).map_err(|_| Reject::BadValue)
}
