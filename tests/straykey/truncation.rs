//! Files cut off at every length, and files with a flipped bit: never a panic,
//! never a key that is not there.
//!
//! A part of the cuts and flips is tried, always the same; all of them, some
//! minutes of work, with `STRAYKEY_FULL=1`.

use std::collections::BTreeSet;

use rayon::prelude::*;
use sha1::{Digest as _, Sha1};
use straykey::finding::{Proof, Sighting, Subject};

use crate::cases::{Case, Dice, GOOD, sampled, scan};

/// Files up to this size are cut at every byte; an RSA-2048 key in PEM fits.
const EVERY_BYTE: usize = 2048;
/// Of larger files every so many bytes, coprime to lines of 64 and 76.
const STEP: usize = 13;
/// One cut of so many is tried, unless all are asked for.
const CUTS: usize = 40;
/// Bits that are flipped in each file.
const FLIPS: usize = 48;
/// One flip of so many is tried, unless all are asked for.
const SHARE: usize = 6;

/// Returns the identities seen, with how they were proven.
fn identities(sightings: &[Sighting]) -> BTreeSet<(String, Proof)> {
    let keys = sightings.iter().filter_map(|s| match &s.subject {
        Subject::Key(identity) => Some((
            identity.ids.named("spki-sha256")?.to_owned(),
            s.manner.proof,
        )),
        _ => None,
    });
    keys.collect()
}

/// Returns what was seen that a damaged file must not show: another identity
/// than the file's, or one proven better. One that is proven worse is right: a
/// JWK that ends inside `d` still says whose it was.
fn strange(case: &Case, bytes: &[u8]) -> Vec<(String, Proof)> {
    let is_known = |(spki, proof): &(String, Proof)| {
        // Half a composite key is a key of its own.
        let is_of = |(name, id): (&String, &String)| {
            id == spki && ["spki-sha256", "spki-sha256:traditional"].contains(&name.as_str())
        };
        let mut keys = case.keys.iter().filter(|k| k.ids.iter().any(is_of));
        keys.any(|key| key.proof == proof.as_str() || *proof != Proof::Private)
    };
    let seen = identities(&scan(bytes)).into_iter();
    seen.filter(|key| !is_known(key)).collect()
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
            let cuts = (0..len).step_by(step).map(move |cut| (case, cut));
            cuts.filter(|(case, cut)| sampled(&format!("{} {cut}", case.path), CUTS))
        })
        .collect();
    let wrong: Vec<String> = cuts
        .par_iter()
        .filter_map(|(case, cut)| {
            let strange = strange(case, &case.bytes[..*cut]);
            (!strange.is_empty()).then(|| format!("{}: first {cut} bytes: {strange:?}", case.path))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cuts.len() > 50_000 / CUTS, "only {} cuts", cuts.len());
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
            (0..FLIPS).filter_map(move |flip| {
                let at = dice.below(case.bytes.len());
                let bit = dice.below(8);
                let mut bytes = case.bytes.clone();
                bytes[at] ^= 1 << bit;
                if !sampled(&format!("{} {flip}", case.path), SHARE) {
                    return None;
                }
                let mut strange = strange(case, &bytes);
                strange.retain(|(_, proof)| *proof == Proof::Private);
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
