//! The keygrip of libgcrypt: how GnuPG names a key, and its file, whatever the
//! protocol.
//!
//! SHA-1 over the public parameters. RSA hashes the modulus alone; the others hash
//! each parameter as a canonical S-expression `(1:p<length>:<bytes>)`. Numbers
//! carry the zero byte that a set top bit needs in RSA and DSA, and none in ECC.

use sha1::{Digest as _, Sha1};

use crate::key::{Curve, PublicKey};
use crate::wire::trim_zeros;
use crate::wire::writer::signed;

/// Returns the keygrip in hexadecimal, if libgcrypt has the algorithm.
#[must_use]
pub fn keygrip(key: &PublicKey) -> Option<String> {
    let mut sha1 = Sha1::new();
    match key {
        PublicKey::Rsa { n, .. } => sha1.update(signed(n)),
        PublicKey::Dsa { p, q, g, y } => {
            for (name, number) in [('p', p), ('q', q), ('g', g), ('y', y)] {
                update(&mut sha1, name, &signed(number));
            }
        }
        PublicKey::Ec {
            curve: Curve::Sm2, ..
        } => return None,
        PublicKey::Ec { curve, x, y } => {
            let domain = curve.domain();
            update(&mut sha1, 'p', trim_zeros(domain.p));
            update(&mut sha1, 'a', trim_zeros(domain.a));
            update(&mut sha1, 'b', trim_zeros(domain.b));
            update(&mut sha1, 'g', &[&[4], domain.gx, domain.gy].concat());
            update(&mut sha1, 'n', trim_zeros(domain.n));
            update(&mut sha1, 'q', &[&[4], x.as_slice(), y.as_slice()].concat());
        }
        PublicKey::Okp { .. } | PublicKey::Pq { .. } => return None,
    }
    Some(super::hex(&sha1.finalize()))
}

/// Hashes one parameter.
fn update(sha1: &mut Sha1, name: char, value: &[u8]) {
    sha1.update(format!("(1:{name}{}:", value.len()));
    sha1.update(value);
    sha1.update(b")");
}
