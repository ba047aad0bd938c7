//! The keygrip of libgcrypt: how GnuPG names a key, and its file, whatever the
//! protocol.
//!
//! SHA-1 over the public parameters. RSA hashes the modulus alone; the others hash
//! each parameter as a canonical S-expression `(1:p<length>:<bytes>)`. Numbers
//! carry the zero byte that a set top bit needs in RSA and DSA, and none in ECC.

use sha1::{Digest as _, Sha1};

use crate::key::{Curve, Okp, PublicKey};
use crate::wire::writer::signed;
use crate::wire::{hex, trim_zeros};

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
            curve: Curve::Rare(_),
            ..
        }
        | PublicKey::Composite { .. }
        | PublicKey::EcExplicit { .. }
        | PublicKey::Dh { .. }
        | PublicKey::Pq { .. } => return None,
        PublicKey::Ec { curve, x, y } => {
            let domain = curve.domain();
            update(&mut sha1, 'p', trim_zeros(domain.p));
            update(&mut sha1, 'a', trim_zeros(domain.a));
            update(&mut sha1, 'b', trim_zeros(domain.b));
            update(&mut sha1, 'g', &[&[4], domain.gx, domain.gy].concat());
            update(&mut sha1, 'n', trim_zeros(domain.n));
            update(&mut sha1, 'q', &[&[4], x.as_slice(), y.as_slice()].concat());
        }
        PublicKey::Okp { kind, bytes } => {
            let [p, a, b, gx, gy, n] = okp_domain(*kind);
            for (name, number) in [
                ('p', p),
                ('a', a),
                ('b', b),
                ('g', &*format!("04{gx}{gy}")),
                ('n', n),
            ] {
                update(&mut sha1, name, &hex::decode(number).unwrap_or_default());
            }
            update(&mut sha1, 'q', bytes);
        }
    }
    Some(hex::encode(&sha1.finalize()))
}

/// Hashes one parameter.
fn update(sha1: &mut Sha1, name: char, value: &[u8]) {
    sha1.update(format!("(1:{name}{}:", value.len()));
    sha1.update(value);
    sha1.update(b")");
}

/// Returns p, a, b, the generator's x and y, and n, as libgcrypt's table has
/// them: b of Ed25519 without its sign, a of the Montgomery curves as (A-2)/4.
/// Found by comparing with libgcrypt 1.10.
const fn okp_domain(kind: Okp) -> [&'static str; 6] {
    match kind {
        Okp::Ed25519 => [
            "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
            "01",
            "2dfc9311d490018c7338bf8688861767ff8ff5b2bebe27548a14b235eca6874a",
            "216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a",
            "6666666666666666666666666666666666666666666666666666666666666658",
            "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        ],
        Okp::Ed448 => [
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "01",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffff6756",
            "4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05e",
            "693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14",
            "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3",
        ],
        Okp::X25519 => [
            "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
            "01db41",
            "01",
            "0000000000000000000000000000000000000000000000000000000000000009",
            "20ae19a1b8a086b4e01edd2c7748d14c923d4d7e6d7c61b229e9c5a27eced3d9",
            "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        ],
        Okp::X448 => [
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "98a9",
            "01",
            "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000005",
            "7d235d1295f5b1f66c98ab6e58326fcecbae5d34f55545d060f75dc28df3f6edb8027e2346430d211312c4b150677af76fd7223d457b5b1a",
            "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3",
        ],
    }
}
