//! The short Weierstrass curves that keys are found on, and their names.
//!
//! Object identifiers are content bytes (no tag and length): SEC 2 for the NIST
//! curves and secp256k1, RFC 5639 for Brainpool, GB/T 32918 for SM2.

use super::rare::Rare;

/// A named curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-192 (secp192r1, prime192v1).
    P192,
    /// NIST P-224 (secp224r1).
    P224,
    /// NIST P-256 (secp256r1, prime256v1).
    P256,
    /// NIST P-384 (secp384r1).
    P384,
    /// NIST P-521 (secp521r1).
    P521,
    /// The curve of Bitcoin and Ethereum.
    Secp256k1,
    /// Brainpool, 256 bits.
    BrainpoolP256r1,
    /// Brainpool, 320 bits.
    BrainpoolP320r1,
    /// Brainpool, 384 bits.
    BrainpoolP384r1,
    /// Brainpool, 512 bits.
    BrainpoolP512r1,
    /// The curve of the Chinese standard SM2.
    Sm2,
    /// A curve that is met in old devices and in test suites.
    Rare(Rare),
}

impl Curve {
    /// Every curve but the rare ones, the most common of each size first: a key
    /// that does not name its curve is tried in this order.
    pub const ALL: [Self; 11] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::BrainpoolP256r1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
        Self::BrainpoolP320r1,
        Self::Sm2,
        Self::P224,
        Self::P192,
    ];

    /// Returns the curve with this object identifier (content bytes).
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::every().find(|curve| curve.oid() == oid)
    }

    /// Returns every curve, the rare ones last.
    pub(crate) fn every() -> impl Iterator<Item = Self> {
        let rare = Rare::all().map(Self::Rare);
        Self::ALL.into_iter().chain(rare)
    }

    /// Whether the field has characteristic two.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Rare(rare) if rare.is_binary())
    }

    /// Returns the curve that a JWK calls `crv`. Azure Key Vault writes `P-256K`
    /// for what RFC 8812 calls `secp256k1`.
    #[must_use]
    pub fn from_jwk(crv: &str) -> Option<Self> {
        if crv == "P-256K" {
            return Some(Self::Secp256k1);
        }
        Self::ALL.into_iter().find(|curve| curve.jwk() == Some(crv))
    }

    /// Returns the curve that SSH calls `name` (`nistp256`).
    #[must_use]
    pub fn from_ssh(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|curve| curve.ssh().is_some_and(|ssh| ssh.as_bytes() == name))
    }

    /// Returns the curve with this name, as any tool spells it: `P-256`,
    /// `secp256r1`, `prime256v1`, `NIST P-256`, `nistp256`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::every().find(|curve| {
            curve.name().eq_ignore_ascii_case(name)
                || curve
                    .names()
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// Returns the content bytes of the object identifier.
    #[must_use]
    pub fn oid(self) -> &'static [u8] {
        match self {
            Self::P192 => &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01],
            Self::P224 => &[0x2B, 0x81, 0x04, 0x00, 0x21],
            Self::P256 => &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2B, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2B, 0x81, 0x04, 0x00, 0x23],
            Self::Secp256k1 => &[0x2B, 0x81, 0x04, 0x00, 0x0A],
            Self::BrainpoolP256r1 => &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07],
            Self::BrainpoolP320r1 => &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x09],
            Self::BrainpoolP384r1 => &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0B],
            Self::BrainpoolP512r1 => &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0D],
            Self::Sm2 => &[0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D],
            Self::Rare(rare) => rare.oid(),
        }
    }

    /// Returns the size of the field in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::P192 => 192,
            Self::P224 => 224,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 | Self::Sm2 => 256,
            Self::BrainpoolP320r1 => 320,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::BrainpoolP512r1 => 512,
            Self::P521 => 521,
            Self::Rare(rare) => rare.bits(),
        }
    }

    /// Returns the size of a coordinate in bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    /// Returns the uncompressed point (SEC 1 section 2.3.3) of two coordinates, of which
    /// old writers drop leading zeros.
    #[must_use]
    pub fn point(self, x: &[u8], y: &[u8]) -> Vec<u8> {
        let mut point = vec![4];
        for coordinate in [x, y] {
            let zeros = self.bytes().saturating_sub(coordinate.len());
            point.resize(point.len() + zeros, 0);
            point.extend_from_slice(coordinate);
        }
        point
    }

    /// Returns the name shown to people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P192 => "P192",
            Self::P224 => "P224",
            Self::P256 => "P256",
            Self::P384 => "P384",
            Self::P521 => "P521",
            Self::Secp256k1 => "secp256k1",
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP320r1 => "brainpoolP320r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::BrainpoolP512r1 => "brainpoolP512r1",
            Self::Sm2 => "SM2",
            Self::Rare(rare) => rare.name(),
        }
    }

    /// Returns the `crv` of a JWK (RFC 7518 section 6.2.1.1, RFC 8812). The names
    /// of the Brainpool curves are not registered; gematik and jwcrypto use them.
    #[must_use]
    pub const fn jwk(self) -> Option<&'static str> {
        match self {
            Self::P256 => Some("P-256"),
            Self::P384 => Some("P-384"),
            Self::P521 => Some("P-521"),
            Self::Secp256k1 => Some("secp256k1"),
            Self::BrainpoolP256r1 => Some("BP-256"),
            Self::BrainpoolP384r1 => Some("BP-384"),
            Self::BrainpoolP512r1 => Some("BP-512"),
            _ => None,
        }
    }

    /// Returns the SSH name (RFC 5656 section 10.1).
    #[must_use]
    pub const fn ssh(self) -> Option<&'static str> {
        match self {
            Self::P256 => Some("nistp256"),
            Self::P384 => Some("nistp384"),
            Self::P521 => Some("nistp521"),
            _ => None,
        }
    }

    /// Returns every spelling that tools use, without regard to case.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::P192 => &[
                "P192",
                "P-192",
                "NIST P-192",
                "secp192r1",
                "prime192v1",
                "nistp192",
            ],
            Self::P224 => &["P224", "P-224", "NIST P-224", "secp224r1", "nistp224"],
            Self::P256 => &[
                "P256",
                "P-256",
                "NIST P-256",
                "secp256r1",
                "prime256v1",
                "nistp256",
            ],
            Self::P384 => &["P384", "P-384", "NIST P-384", "secp384r1", "nistp384"],
            Self::P521 => &["P521", "P-521", "NIST P-521", "secp521r1", "nistp521"],
            Self::Secp256k1 => &["secp256k1", "P-256K"],
            Self::BrainpoolP256r1 => &["brainpoolP256r1"],
            Self::BrainpoolP320r1 => &["brainpoolP320r1"],
            Self::BrainpoolP384r1 => &["brainpoolP384r1"],
            Self::BrainpoolP512r1 => &["brainpoolP512r1"],
            Self::Sm2 => &["SM2", "sm2p256v1", "curveSM2"],
            Self::Rare(_) => &[],
        }
    }
}
