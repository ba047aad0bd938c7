//! Ways of writing a key down: the table of formats.
//!
//! A format sees a [`Candidate`] (bytes, and where in them its trigger was
//! seen) and yields keys or child candidates, which are dispatched again under
//! the same budget; formats never call each other. Structures that several
//! formats share (RSAPrivateKey inside PKCS#8) stand in `structure.rs`.
//!
//! **Adding a format**: one file here, one line in the table below, and its
//! `testdata/<id>/`. Prefilter, `straykey formats`, the docs table, SARIF and
//! the corpus, wrap and truncation tests derive from the table.

use zeroize::Zeroizing;

use crate::blob::{Armor, Candidate, Span, Trigger};
use crate::key::{Key, PublicKey, Reject};

mod microsoft;
mod structure;

/// Lists the formats: `module::Type`, in the order in which an armoured body
/// without a trigger of its own is tried.
macro_rules! formats {
    ($($module:ident :: $type:ident,)*) => {
        $(mod $module;)*
        /// Every format, in dispatch order.
        pub static FORMATS: &[&dyn Format] = &[$(&$module::$type),*];
    };
}

formats! {
    pkcs8::Pkcs8,
    pkcs1::Pkcs1,
    sec1::Sec1,
    dsa::Dsa,
    pkcs8_encrypted::Pkcs8Encrypted,
    pem_encrypted::PemEncrypted,
    openssh::OpenSsh,
    ppk::Ppk,
    jwk::Jwk,
    openpgp::OpenPgp,
    gpg_agent::GpgAgent,
    xml_rsa::XmlRsa,
    capi::Capi,
    pvk::Pvk,
    cng::Cng,
    ssh_com::SshCom,
    ssh1::Ssh1,
    dnssec::Dnssec,
    tor::Tor,
    minisign::Minisign,
    signify::Signify,
    age::Age,
    wireguard::WireGuard,
    nix::Nix,
    libp2p::Libp2p,
    tink::Tink,
    tuf::Tuf,
}

/// What a format is, for people.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Stable id: `testdata` folder, `properties.straykey.format`, docs anchor.
    pub id: &'static str,
    /// Name in a sentence.
    pub name: &'static str,
    /// Where it is specified.
    pub source: &'static str,
    /// One or two sentences: what it is and where it leaks.
    pub about: &'static str,
    /// What must be seen before [`Format::parse`] runs.
    pub triggers: &'static [Trigger],
}

/// One way of writing a key down.
pub trait Format: Sync {
    /// Describes the format.
    fn spec(&self) -> &'static Spec;

    /// Whether a whole blob of `size` bytes that begins with `head` is of this
    /// format; by default, whether a head of its triggers stands there.
    fn is_head(&self, head: &[u8], _size: u64) -> bool {
        let mut heads = self.spec().triggers.iter().filter(|t| t.forms.head);
        heads.any(|trigger| head.starts_with(trigger.bytes))
    }

    /// Reads the keys of a candidate into `found`.
    ///
    /// `Err(Reject::NotThisFormat)` and errors of syntax are silence;
    /// [`Found`] with [`What::Malformed`] is for bytes that can only have
    /// been meant as a key.
    fn parse(&self, candidate: &Candidate<'_>, found: &mut Vec<Found>) -> Result<(), Reject>;
}

/// Something a format read.
#[derive(Debug)]
pub struct Found {
    /// The bytes of the candidate that it was read from.
    pub span: Span,
    /// What it is.
    pub what: What,
    /// Key id that stands beside it.
    pub kid: Option<String>,
    /// What the key is for, where the format says it.
    pub usage: Option<&'static str>,
}

/// What a format read.
pub enum What {
    /// A private half, not checked yet.
    Key(Key),
    /// An encrypted private half with its public half in clear.
    Sealed(PublicKey),
    /// An encrypted private half, nothing readable.
    Opaque {
        /// SHA-256 of the encrypted bytes, lower hex.
        sha256: String,
    },
    /// Key-shaped, but no key.
    Malformed(Reject),
    /// Recognised, and no leak: a token stub, a public half only.
    Harmless,
    /// Bytes in which formats should look again.
    Child {
        /// The bytes.
        bytes: Zeroizing<Vec<u8>>,
        /// Armour to pass on.
        armor: Option<Armor>,
        /// Name of the layer in reports.
        layer: &'static str,
    },
}

impl std::fmt::Debug for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::Sealed(_) => "Sealed",
            Self::Opaque { .. } => "Opaque",
            Self::Malformed(_) => "Malformed",
            Self::Harmless => "Harmless",
            Self::Child { .. } => "Child",
        })
    }
}

impl Found {
    /// Returns a found thing without key id or usage.
    #[must_use]
    pub fn new(span: Span, what: What) -> Self {
        Self {
            span,
            what,
            kid: None,
            usage: None,
        }
    }

    /// Returns a found private key.
    #[must_use]
    pub fn key(span: Span, key: Key) -> Self {
        Self::new(span, What::Key(key))
    }

    /// Returns an opaque container, named by the SHA-256 of its encrypted bytes.
    #[must_use]
    pub fn opaque(span: Span, encrypted: &[u8]) -> Self {
        use sha2::{Digest as _, Sha256};
        let sha256 = lower_hex(&Sha256::digest(encrypted));
        Self::new(span, What::Opaque { sha256 })
    }
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether a blob of `size` bytes begins as a file of some format does.
#[must_use]
pub fn is_head(head: &[u8], size: u64) -> bool {
    FORMATS.iter().any(|format| format.is_head(head, size))
}

/// Returns the format of that id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|f| f.spec().id == id)
}
