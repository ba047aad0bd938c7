//! Ways of writing a key down: the table of formats.
//!
//! A format sees a [`Candidate`] (bytes, and where in them its trigger was
//! seen) and yields keys, or bytes that are dispatched again under the same
//! budget; formats never call each other. Structures that several formats
//! share (RSAPrivateKey inside PKCS#8) stand in `structure.rs`.
//!
//! **Adding a format**: one file here, one line in the table below, and its
//! `testdata/<id>/`. Prefilter, `straykey formats`, the docs table, SARIF and
//! the corpus, wrap and truncation tests derive from the table.

use zeroize::Zeroizing;

use crate::blob::{Candidate, Span, Trigger};
use crate::key::password::{Opened, TrialBudget};
use crate::key::{Key, PublicKey, Reject, Tries};
use crate::wire::hex;
use crate::wire::members::{self, Member};

mod evm;
mod microsoft;
mod structure;

pub(crate) use openpgp::public_key as openpgp_public_key;
pub use softhsm::{Half as TokenHalf, Shape as TokenShape, half as token_half};

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
    pkcs12::Pkcs12,
    jks::Jks,
    bks::Bks,
    bcfks::Bcfks,
    nss::Nss,
    softhsm::SoftHsm,
    pkcs8_encrypted::Pkcs8Encrypted,
    pem_encrypted::PemEncrypted,
    openssh::OpenSsh,
    ppk::Ppk,
    jwk::Jwk,
    jwe::Jwe,
    openpgp::OpenPgp,
    gpg_agent::GpgAgent,
    xml_rsa::XmlRsa,
    capi::Capi,
    pvk::Pvk,
    cng::Cng,
    ssh_com::SshCom,
    ssh1::Ssh1,
    dnssec::Dnssec,
    tsig::Tsig,
    tor::Tor,
    minisign::Minisign,
    signify::Signify,
    age::Age,
    wireguard::WireGuard,
    nix::Nix,
    libp2p::Libp2p,
    tink::Tink,
    tuf::Tuf,
    vault::Vault,
    cosign::Cosign,
    bitcoin::Bitcoin,
    ethereum::Ethereum,
    bip39::Bip39,
    solana::Solana,
    cardano::Cardano,
    stellar::Stellar,
    ed25519::Ed25519,
    nkeys::Nkeys,
    nostr::Nostr,
    sui::Sui,
    openssl_text::OpensslText,
    key_numbers::KeyNumbers,
}

/// The family of keys to money, which a company may not want to hear of.
pub const WALLET: &str = "wallet";

/// Every family that can be left out.
pub const FAMILIES: [&str; 1] = [WALLET];

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

impl Spec {
    /// Returns the encodings in which its own literals are searched, by the names
    /// that the conformance table has for them. Armour has literals besides.
    #[must_use]
    pub fn encodings(&self) -> Vec<&'static str> {
        let names: [(&str, fn(&Trigger) -> bool); 5] = [
            ("inside other bytes", |t| t.forms.plain),
            ("base64", |t| t.forms.base64 || t.forms.base64_head),
            ("hex", |t| t.forms.hex),
            ("escapes", |t| t.forms.escaped),
            ("UTF-16 or 32", |t| t.forms.utf16),
        ];
        let searched = |(name, form): (_, fn(&Trigger) -> bool)| {
            self.triggers.iter().any(form).then_some(name)
        };
        names.into_iter().filter_map(searched).collect()
    }
}

/// What formats share while one blob is read.
#[derive(Debug)]
pub struct Context {
    /// Passwords that may be tried, and what that may still cost.
    pub trials: TrialBudget,
    /// Bytes that may still be rewritten, or looked at around a place, on the way.
    bytes: usize,
    /// Wallets that may still be derived.
    wallets: u32,
    /// What trying numbers with each other may still cost.
    tries: Tries,
    /// How far numbers of this view have been tried.
    tried_to: usize,
    /// Whether that was too few.
    short: bool,
}

/// Bytes that formats may rewrite or look at in every blob, in some milliseconds: an interface's
/// description in YAML has 20 `kty`, and for each the 64 KiB before are looked through in vain.
const MIN_REWRITTEN: usize = 4 << 20;
/// Bytes to either end of a list of arguments, or a map that is written as one.
const MAX_CALL: usize = 16 << 10;
/// Wallets derived from the phrases of one blob, each of which costs 1.6 ms.
const MAX_WALLETS: u32 = 1000;

impl Context {
    /// Returns the context of a blob of `len` bytes. Formats may rewrite four
    /// times as much, and never less than [`MIN_REWRITTEN`]: a blob of false starts that
    /// each claim all the rest must not cost the square of its size.
    #[must_use]
    pub fn new(len: usize, trials: TrialBudget) -> Self {
        let bytes = len.saturating_mul(4).max(MIN_REWRITTEN);
        let short = false;
        Self {
            trials,
            bytes,
            wallets: MAX_WALLETS,
            tries: Tries::for_blob(len),
            tried_to: 0,
            short,
        }
    }

    /// Begins a view. Returns what [`Context::leave`] wants when it is at its end: how far the one was
    /// that it was decoded from.
    #[must_use]
    pub fn enter(&mut self) -> usize {
        std::mem::take(&mut self.tried_to)
    }

    /// Goes on with the view that the last one was decoded from.
    pub fn leave(&mut self, above: usize) {
        self.tried_to = above;
    }

    /// Says that something of the blob was left out.
    pub fn falls_short(&mut self) {
        self.short = true;
    }

    /// Takes a wallet that is to be derived; `false` when that is too much.
    fn take_wallet(&mut self) -> bool {
        let left = self.wallets.checked_sub(1);
        self.wallets = left.unwrap_or(0);
        self.short |= left.is_none();
        left.is_some()
    }

    /// Returns how many of `bytes` may still be rewritten.
    fn most(&self, bytes: usize) -> usize {
        bytes.min(self.bytes)
    }

    /// Takes `bytes` that are to be rewritten; `false` when that is too much.
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.unwrap_or(self.bytes);
        self.short |= left.is_none();
        left.is_some()
    }

    /// Returns where the object around a place begins, as far as that may still cost: there may
    /// be as many such places as bytes, and no object around any.
    fn object_around(&mut self, bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
        let may = limit.min(self.bytes);
        let start = members::object_around(bytes, at, may);
        let floor = at.saturating_sub(may);
        self.bytes = self.bytes.saturating_sub(at - start.unwrap_or(floor));
        self.short |= start.is_none() && may < limit.min(at);
        start
    }

    /// Reads an object, as far as that may still cost.
    fn object<'b>(
        &mut self,
        bytes: &'b [u8],
        start: usize,
        limit: usize,
    ) -> (Vec<Member<'b>>, Span) {
        let may = limit.min(self.bytes);
        let (list, span) = members::object(bytes, start, may);
        self.bytes = self.bytes.saturating_sub(span.len());
        self.short |= may < limit && span.len() >= may;
        (list, span)
    }

    /// Reads the list around a place, as far as that may still cost: arguments of a call, a map
    /// between brackets, pairs. It must be closed, and be what is asked for.
    fn list<'b>(
        &mut self,
        bytes: &'b [u8],
        at: usize,
        is_it: impl Fn(&[Member<'_>]) -> bool,
    ) -> Option<(Vec<Member<'b>>, Span)> {
        // Before a member stands the bracket, or a comma.
        let before = bytes.get(..at)?.trim_ascii_end();
        let before = before.strip_suffix(b"<<").unwrap_or(before);
        let last = *before.last()?;
        matches!(last, b'(' | b'[' | b'{' | b',').then_some(())?;
        let start = self.list_around(bytes, at)?;
        // Between braces it was looked for already.
        if bytes.get(start) != Some(&b'{')
            && let Some(read) = self.closed_list(bytes, start, at, &is_it)
        {
            return Some(read);
        }
        if last == b',' || !members::is_pair(bytes, start) {
            return None;
        }
        let outer = self.list_around(bytes, start)?;
        self.closed_list(bytes, outer, at, &is_it)
    }

    fn list_around(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let may = MAX_CALL.min(self.bytes);
        let start = members::list_around(bytes, at, may);
        let floor = at.saturating_sub(may);
        self.bytes = self.bytes.saturating_sub(at - start.unwrap_or(floor));
        self.short |= start.is_none() && may < MAX_CALL.min(at);
        start
    }

    fn closed_list<'b>(
        &mut self,
        bytes: &'b [u8],
        start: usize,
        at: usize,
        is_it: impl Fn(&[Member<'_>]) -> bool,
    ) -> Option<(Vec<Member<'b>>, Span)> {
        let (list, span) = self.object(bytes, start, 2 * MAX_CALL);
        let last = span.end.checked_sub(1).and_then(|last| bytes.get(last));
        let is_closed = matches!(last, Some(b')' | b']' | b'}'));
        (is_closed && span.end > at && is_it(&list)).then_some((list, span))
    }

    /// Reads the lines around a place that are indented alike, as far as that may still cost:
    /// each of them may be such a place.
    fn block<'b>(&mut self, bytes: &'b [u8], at: usize) -> (Vec<Member<'b>>, Span) {
        let may = members::MAX_BLOCK.min(self.bytes);
        let (list, span) = members::block(bytes, at, may);
        let looked_at = span.len().max(at - span.start.min(at));
        self.bytes = self.bytes.saturating_sub(looked_at);
        self.short |= may < members::MAX_BLOCK && looked_at >= may;
        (list, span)
    }

    /// Whether something was not read because too much had been.
    #[must_use]
    pub fn was_short(&self) -> bool {
        self.short || self.tries.was_short()
    }
}

/// One way of writing a key down.
pub trait Format: Sync {
    /// Describes the format.
    fn spec(&self) -> &'static Spec;

    /// Returns the family that the format is left out with, if it is in one.
    fn family(&self) -> Option<&'static str> {
        None
    }

    /// Whether a whole blob of `size` bytes that begins with `head` may be of
    /// this format, so that it is offered whole; by default, whether a head of its triggers stands there.
    fn is_head(&self, head: &[u8], _size: u64) -> bool {
        let mut heads = self.spec().triggers.iter().filter(|t| t.forms.head);
        heads.any(|trigger| head.starts_with(trigger.bytes))
    }

    /// Whether a small blob of `size` bytes may hold keys of this format that nothing marks, by its first 512 bytes;
    /// it is offered whole then, too.
    fn may_hold(&self, _head: &[u8], _size: u64) -> bool {
        false
    }

    /// Reads a text that is a key of this format by its own form: what a rule for signing secrets found
    /// behind a name or in a call that says nothing of the format.
    fn of_value(&self, _value: &[u8]) -> Option<Key> {
        None
    }

    /// Whether nothing else is looked for in what it has read. Between numbers that stand apart may be
    /// anything.
    fn claims(&self) -> bool {
        true
    }

    /// Reads the keys of a candidate into `found`.
    ///
    /// `Err(Reject::NotThisFormat)` and errors of syntax are silence;
    /// [`Found`] with [`What::Malformed`] is for bytes that can only have
    /// been meant as a key.
    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject>;
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
    /// Which notorious password opened it.
    pub opened_with: Option<&'static str>,
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
    /// The plain bytes of an encrypted private key: formats look at them, and
    /// what they read is reported as this format's. If none of them knows the
    /// algorithm, it is an opaque container that happens to be open.
    Opened {
        /// The bytes.
        bytes: Zeroizing<Vec<u8>>,
        /// SHA-256 of the encrypted bytes, lower hex.
        sha256: String,
    },
    /// Key-shaped, but no key.
    Malformed(Reject),
    /// What is left of a private key, with its public half whole.
    Damaged(PublicKey),
    /// Recognised, and no leak: a token stub, a public half only.
    Harmless,
}

impl std::fmt::Debug for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::Sealed(_) => "Sealed",
            Self::Opaque { .. } => "Opaque",
            Self::Opened { .. } => "Opened",
            Self::Malformed(_) => "Malformed",
            Self::Damaged(_) => "Damaged",
            Self::Harmless => "Harmless",
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
            opened_with: None,
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
        let sha256 = sha256_hex(encrypted);
        Self::new(span, What::Opaque { sha256 })
    }

    /// Returns a private key that stands unencrypted in a container.
    #[must_use]
    pub fn unencrypted(span: Span, bytes: Zeroizing<Vec<u8>>) -> Self {
        let sha256 = sha256_hex(&bytes);
        Self::new(span, What::Opened { bytes, sha256 })
    }

    /// Returns an encrypted private key that a password opened.
    #[must_use]
    pub fn opened(span: Span, encrypted: &[u8], opened: Opened) -> Self {
        let sha256 = sha256_hex(encrypted);
        let bytes = opened.bytes;
        let mut found = Self::new(span, What::Opened { bytes, sha256 });
        found.opened_with = Some(opened.word.shown());
        found
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hex::encode(&Sha256::digest(bytes))
}

/// Characters of a name that reports show: files may have names of any length.
const MAX_LABEL: usize = 128;

/// Returns the name that a file has for its key.
fn label(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    (!name.is_empty()).then(|| name.chars().take(MAX_LABEL).collect())
}

/// Decodes hexadecimal, `0x` before it or not.
fn hex_bytes(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    hex::decode(text.strip_prefix(b"0x").unwrap_or(text))
}

/// Returns the format of that id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|f| f.spec().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line may begin a block: looking at all of each must not cost the square.
    #[test]
    fn lines_that_all_begin_a_block_are_charged() {
        let text = b"kty: x\n".repeat(1 << 17);
        let mut context = Context::new(text.len(), TrialBudget::none());
        let before = context.bytes;
        let mut looked_at = 0;
        for at in (0..text.len()).step_by(7) {
            let (_, span) = context.block(&text, at);
            looked_at += span.len();
        }
        assert!(context.was_short());
        assert!(looked_at <= before + text.len(), "{looked_at}");
        // A block on its own is read to its end, and paid for.
        let mut context = Context::new(0, TrialBudget::none());
        let before = context.bytes;
        let (list, span) = context.block(b"kty: oct\nk: eA\n", 9);
        assert_eq!((list.len(), span, before - context.bytes), (2, 0..15, 15));
        assert!(!context.was_short());
    }
}
