//! Keys that the root of a wallet makes (BIP-32).
//!
//! ```text
//! child i >= 2^31 (written i')  I = HMAC-SHA512(chain code, 00 || key[32] || i[4])
//! child i                       I = HMAC-SHA512(chain code, compressed point[33] || i[4])
//! key = I[..32] + key mod n, chain code = I[32..]
//! ```
//!
//! A list does not name roots: it has the keys that sign. A wallet without settings signs
//! with the first key of its first account, whose path is a matter of the currency
//! (BIP-44) and of the form of addresses (BIP-49, BIP-84, BIP-86).

use hmac::{Hmac, KeyInit as _, Mac as _};
use k256::elliptic_curve::sec1::ToSec1Point as _;
use k256::{NonZeroScalar, SecretKey};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::{EcKey, PublicKey};
use crate::key::Curve;

/// What is added to the number of a child that needs the private key.
const HARDENED: u32 = 1 << 31;

/// The first keys of accounts: Bitcoin in its four forms; Ethereum, and as the first
/// hardware wallets had it.
const ACCOUNTS: [(&str, &[u32]); 6] = [
    (
        "m/44'/0'/0'/0/0",
        &[44 | HARDENED, HARDENED, HARDENED, 0, 0],
    ),
    (
        "m/49'/0'/0'/0/0",
        &[49 | HARDENED, HARDENED, HARDENED, 0, 0],
    ),
    (
        "m/84'/0'/0'/0/0",
        &[84 | HARDENED, HARDENED, HARDENED, 0, 0],
    ),
    (
        "m/86'/0'/0'/0/0",
        &[86 | HARDENED, HARDENED, HARDENED, 0, 0],
    ),
    (
        "m/44'/60'/0'/0/0",
        &[44 | HARDENED, 60 | HARDENED, HARDENED, 0, 0],
    ),
    (
        "m/44'/60'/0'/0",
        &[44 | HARDENED, 60 | HARDENED, HARDENED, 0],
    ),
];

impl EcKey {
    /// Returns the usual accounts' first keys and their paths; none of a key that is no root.
    #[must_use]
    pub fn accounts(&self) -> Vec<(&'static str, PublicKey)> {
        let root = || {
            let key = SecretKey::from_slice(&self.d).ok()?;
            let chain = self.chain.as_ref()?.clone();
            Some(Node { key, chain })
        };
        let Some(root) = root().filter(|_| self.curve == Some(Curve::Secp256k1)) else {
            return Vec::new();
        };
        let account = |(path, numbers): (&'static str, &[u32])| {
            let (first, rest) = numbers.split_first()?;
            let node = root.child(*first)?;
            let node = rest.iter().try_fold(node, |node, i| node.child(*i))?;
            let point = node.key.public_key().to_sec1_point(false);
            let public = PublicKey::ec_point(Curve::Secp256k1, point.as_bytes()).ok()?;
            Some((path, public))
        };
        ACCOUNTS.into_iter().filter_map(account).collect()
    }
}

/// A private key with what its children are made of besides.
struct Node {
    key: SecretKey,
    chain: Zeroizing<Vec<u8>>,
}

impl Node {
    /// Returns a child. One number in 2^127 has none.
    fn child(&self, number: u32) -> Option<Self> {
        let mut mac = Hmac::<Sha512>::new_from_slice(&self.chain).ok()?;
        if number >= HARDENED {
            mac.update(&[0]);
            mac.update(Zeroizing::new(self.key.to_bytes()).as_slice());
        } else {
            mac.update(self.key.public_key().to_sec1_point(true).as_bytes());
        }
        mac.update(&number.to_be_bytes());
        let made = Zeroizing::new(mac.finalize().into_bytes().to_vec());
        let (added, chain) = made.split_at_checked(32)?;
        let added = SecretKey::from_slice(added).ok()?;
        let sum = *added.to_nonzero_scalar() + *self.key.to_nonzero_scalar();
        let sum = NonZeroScalar::new(sum).into_option()?;
        Some(Self {
            key: SecretKey::from(sum),
            chain: Zeroizing::new(chain.to_vec()),
        })
    }
}
