//! Files cut off at every length, and files with a flipped bit: never a panic,
//! never a key that is not there.

use std::collections::BTreeSet;

use rayon::prelude::*;
use sha1::{Digest as _, Sha1};
use straykey::finding::{Sighting, Subject};

use crate::cases::{Case, Dice, GOOD, scan};

/// Files up to this size are cut at every byte; an RSA-2048 key in PEM fits.
const EVERY_BYTE: usize = 2048;
/// Of larger files every so many bytes, coprime to lines of 64 and 76.
const STEP: usize = 13;
/// Bits that are flipped in each file.
const FLIPS: usize = 48;

/// Returns the identities seen, with how they were proven.
fn identities(sightings: &[Sighting]) -> BTreeSet<(String, String)> {
    let keys = sightings.iter().filter_map(|s| match &s.subject {
        Subject::Key(identity) => Some((
            identity.ids.named("spki-sha256")?.to_owned(),
            s.manner.proof.as_str().to_owned(),
        )),
        _ => None,
    });
    keys.collect()
}

fn expected(case: &Case) -> BTreeSet<(String, String)> {
    let keys = case.keys.iter();
    keys.filter_map(|k| Some((k.ids.get("spki-sha256")?.clone(), k.proof.clone())))
        .collect()
}

/// Keys of a folder whose sizes tell nothing new are cut once: the largest of
/// the files that differ only in what is inside is left to the flips.
#[test]
fn no_prefix_is_another_key() {
    let cuts: Vec<(&Case, usize)> = GOOD
        .iter()
        .flat_map(|case| {
            let len = case.bytes.len();
            let step = if len <= EVERY_BYTE { 1 } else { STEP };
            (0..len).step_by(step).map(move |cut| (case, cut))
        })
        .collect();
    let wrong: Vec<String> = cuts
        .par_iter()
        .filter_map(|(case, cut)| {
            let seen = identities(&scan(&case.bytes[..*cut]));
            let strange: Vec<_> = seen.difference(&expected(case)).cloned().collect();
            (!strange.is_empty()).then(|| format!("{}: first {cut} bytes: {strange:?}", case.path))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cuts.len() > 50_000, "only {} cuts", cuts.len());
}

/// A key that a flipped bit made is a key all the same where the file does not
/// hold the public half, so those files are left out.
#[test]
fn no_flipped_bit_is_another_proven_key() {
    let cases: Vec<&Case> = GOOD.iter().filter(|case| holds_public_half(case)).collect();
    assert!(cases.len() > 80, "only {} files", cases.len());
    let wrong: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|case| {
            let mut dice = Dice::of(&case.path);
            let allowed = expected(case);
            (0..FLIPS).filter_map(move |_| {
                let at = dice.below(case.bytes.len());
                let bit = dice.below(8);
                let mut bytes = case.bytes.clone();
                bytes[at] ^= 1 << bit;
                let seen = identities(&scan(&bytes));
                let proven = |(_, proof): &&(String, String)| proof == "private";
                let strange: Vec<_> = seen.difference(&allowed).filter(proven).collect();
                (!strange.is_empty())
                    .then(|| format!("{}: bit {bit} of byte {at}: {strange:?}", case.path))
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Whether every key of a file stands there with its public half.
///
/// RSA keys always do. JWK, OpenSSH and PuTTY keys do by their format. Of DER,
/// the bits that the key's SKI is a hash of (RFC 5280 section 4.2.1.2) must
/// stand in it.
fn holds_public_half(case: &Case) -> bool {
    if matches!(case.folder(), "jwk" | "openssh" | "ppk") {
        return true;
    }
    let der = match case.text() {
        Some(text) => pem_body(text),
        None => case.bytes.clone(),
    };
    case.keys.iter().all(|key| {
        let Some(ski) = key.ids.get("ski") else {
            return false;
        };
        let is_rsa = key
            .algorithm
            .as_deref()
            .is_some_and(|a| a.starts_with("RSA"));
        is_rsa
            || POINTS
                .iter()
                .any(|len| der.windows(*len).any(|w| hex(&Sha1::digest(w)) == *ski))
    })
}

/// Lengths of public keys: Edwards and Montgomery curves, uncompressed points.
const POINTS: [usize; 7] = [32, 56, 57, 65, 97, 133, 132];

/// Returns the bytes in the last armour of a text.
pub(crate) fn pem_body(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let mut body = String::new();
    for line in text.lines() {
        if line.starts_with("-----BEGIN") {
            body.clear();
        } else if !line.contains('-') && !line.contains(':') {
            body.push_str(line.trim());
        }
    }
    base64::engine::general_purpose::STANDARD
        .decode(&body)
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
