//! What was seen, where, and what we tell a person about it.
//!
//! A scanner yields [`Sighting`]s; the collector joins sightings of one key
//! into a [`Finding`] with several [`Place`]s. Nothing here has a field that
//! could hold a secret: reports are built from these types alone.

use serde::{Serialize, Serializer};

use crate::blob::Origin;
use crate::identity::Identity;
use crate::inventory::Match;

/// How a sighting was proven. Ordered: the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// The private half is there and consistent.
    Private,
    /// A live store holds it.
    Live,
    /// A secret answers the inventory's challenge.
    Challenge,
    /// A secret or public key verifies a token found by the same scan.
    Token,
    /// The private half is encrypted, the public half readable.
    Sealed,
    /// A signing secret by where it stands.
    Context,
    /// A well-formed encrypted key, nothing of it readable.
    Opaque,
    /// Key id, file name or check value only.
    Hint,
    /// Looks like a key, does not parse.
    Shape,
}

impl Proof {
    /// Every proof, in order.
    pub const ALL: [Self; 9] = [
        Self::Private,
        Self::Live,
        Self::Challenge,
        Self::Token,
        Self::Sealed,
        Self::Context,
        Self::Opaque,
        Self::Hint,
        Self::Shape,
    ];

    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Live => "live",
            Self::Challenge => "challenge",
            Self::Token => "token",
            Self::Sealed => "sealed",
            Self::Context => "context",
            Self::Opaque => "opaque",
            Self::Hint => "hint",
            Self::Shape => "shape",
        }
    }
}

/// What a sighting is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An asymmetric key, by its public half.
    Key(Identity),
    /// A symmetric signing secret.
    Secret(SecretId),
    /// An encrypted container of which nothing is readable.
    Opaque {
        /// SHA-256 of the encrypted bytes, lower hex.
        sha256: String,
    },
    /// Something key-shaped that is no key.
    Malformed {
        /// Why, without any byte of it.
        reason: String,
    },
}

impl Subject {
    /// Returns a stable id: of the identity, the secret or the container.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Key(identity) => identity.ids.named("spki-sha256"),
            Self::Secret(secret) => secret.id.as_deref(),
            Self::Opaque { sha256 } => Some(sha256),
            Self::Malformed { .. } => None,
        }
    }

    /// Returns the id by which it may be allowed. What does not parse only
    /// claims an identity: to allow it by that id would allow the real key.
    #[must_use]
    pub fn allow_id(&self, proof: Proof) -> Option<&str> {
        self.id().filter(|_| proof != Proof::Shape)
    }
}

/// A symmetric secret, without anything that could be guessed from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretId {
    /// First 128 bits of the secret's challenge answer, lower hex; `None` for
    /// a weak secret, of which it would be an oracle.
    pub id: Option<String>,
    /// Size of the secret in bits.
    pub bits: u32,
    /// Whether it is one of those that everybody knows, met by what it signed.
    pub notorious: bool,
    /// Challenge answers that the inventory asked for: name and lower hex.
    /// Dropped before a finding is built.
    pub answers: Vec<(&'static str, String)>,
}

/// A place in a blob, in the way SARIF counts: from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Region {
    /// First line of the key.
    pub line: u64,
    /// Column in that line, in characters.
    pub column: u64,
    /// Column just after the key's part of that line.
    pub end_column: u64,
    /// Last line of the key.
    pub end_line: u64,
    /// Offset of its first byte.
    pub offset: u64,
    /// Bytes it covers.
    pub length: u64,
}

/// A key or secret seen at a place, with how it was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What was seen.
    pub subject: Subject,
    /// Where.
    pub origin: Origin,
    /// Where in it.
    pub region: Region,
    /// How it was written down and proven.
    pub manner: Manner,
    /// The comment beside it that speaks of allowing.
    pub comment: Option<Comment>,
    /// What tells in this run, and in no other, that a secret without an id is the same one as
    /// another: a hash with a key that is thrown away.
    pub twin: Option<u64>,
}

/// How a key was written down at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Manner {
    /// Id of the format, such as `pkcs8`.
    pub format: &'static str,
    /// How it was proven.
    pub proof: Proof,
    /// Whether the private half is encrypted there.
    pub encrypted: bool,
    /// Decodings that were undone, from the outside in.
    pub layers: Vec<&'static str>,
    /// Key id that stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// What the key is for, where the format says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<&'static str>,
    /// Which notorious password opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_with: Option<&'static str>,
    /// What the token says that a key of the list signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Issued>,
}

/// What a token says, without the value of any claim but when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Issued {
    /// When it ends, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether it has ended. Without an end it never does.
    pub expired: bool,
    /// Names of its claims.
    pub claims: Vec<String>,
}

/// Where a finding's key stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path relative to the PATH argument, of a part of a repository to its root,
    /// `/`-separated, bytes that are not UTF-8 replaced; members behind `!`.
    pub path: String,
    /// Path relative to the root of the repository that the PATH argument lies in, else
    /// to that argument; percent-encoded, without members: SARIF's `uri`.
    pub uri: String,
    /// Path as the person who ran the scan would type it.
    pub shown: String,
    /// Where from, exactly.
    pub origin: Origin,
    /// Where in it.
    pub region: Region,
    /// How it was written down.
    pub manner: Manner,
    /// What git tells about the blob.
    pub history: Option<History>,
    /// The comment beside it that speaks of allowing.
    pub comment: Option<Comment>,
    /// Why it counts for nothing, if it does.
    pub suppression: Option<Suppression>,
}

impl Place {
    /// Whether the key still stands there: in a file, the index or a tip.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let history = self.history.as_ref();
        history.is_none_or(|history| history.reach.is_current())
    }
}

/// A `straykey:allow` comment beside a key.
///
/// Its words are not kept: on that line there may stand anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Comment {
    /// Line of the comment.
    pub line: u64,
    /// What it comes to.
    pub says: CommentSays,
}

/// What a comment comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommentSays {
    /// It names the key that stands there, and a reason.
    Allow,
    /// It names the key, and no reason.
    NoReason,
    /// It names another key, or none.
    AnotherKey,
}

impl CommentSays {
    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::NoReason => "no-reason",
            Self::AnotherKey => "another-key",
        }
    }
}

/// Why a key at a place counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Suppression {
    /// Who says so.
    pub kind: SuppressionKind,
    /// The file that says so, and where in it.
    pub source: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// The last day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Who says that a key counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionKind {
    /// An allow entry.
    Allow,
    /// A baseline.
    Baseline,
    /// A comment beside the key.
    Comment,
}

impl SuppressionKind {
    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Baseline => "baseline",
            Self::Comment => "comment",
        }
    }
}

/// What a repository's history tells about a blob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct History {
    /// First commit that brought the blob, lower hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// RFC 3339 time of that commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// Where it stands now.
    pub reach: Reach,
    /// Blob id, lower hex.
    pub blob: String,
}

/// How firmly a repository still holds a blob, the firmest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// A branch, tag or HEAD has it now.
    Tip,
    /// The next commit would have it: it is in the index.
    Index,
    /// A branch or tag had it at some time; every clone has it.
    History,
    /// The stash has it.
    Stash,
    /// Only a reflog, or an operation under way, leads to it.
    Reflog,
    /// Nothing leads to it, but it is still on the disk.
    #[default]
    Unreachable,
}

impl Reach {
    /// Every one, in order.
    pub const ALL: [Self; 6] = [
        Self::Tip,
        Self::Index,
        Self::History,
        Self::Stash,
        Self::Reflog,
        Self::Unreachable,
    ];

    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Index => "index",
            Self::History => "history",
            Self::Stash => "stash",
            Self::Reflog => "reflog",
            Self::Unreachable => "unreachable",
        }
    }

    /// Whether it still stands there, or the next commit brings it.
    #[must_use]
    pub fn is_current(self) -> bool {
        matches!(self, Self::Tip | Self::Index)
    }
}

/// How bad a rule is, in SARIF's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Must be acted on.
    Error,
    /// Should be looked at.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// Returns SARIF's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Rules, worst first. The text of each is in [`crate::policy::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleId {
    /// In the inventory and live in production.
    ManagedKeyProd,
    /// Trusted by verifiers, unknown to the KMS.
    ShadowKey,
    /// Retired, and a verifier still trusts it.
    RetiredKeyTrusted,
    /// In the inventory and live.
    ManagedKey,
    /// A symmetric secret proven by a token.
    SigningSecretProven,
    /// A signing secret that is a word, a default or too short.
    WeakSigningSecret,
    /// A proven private signing key in no list.
    PrivateKey,
    /// In the inventory, retired, trusted by nobody.
    RetiredKey,
    /// A symmetric signing secret by its context.
    SigningSecret,
    /// A secret by a rule that was given with `--patterns`.
    CustomSecret,
    /// A key id, file name or check value points at an entry.
    HintedKey,
    /// Encrypted, in no list.
    SealedPrivateKey,
    /// A proven private key that cannot sign.
    AgreementKey,
    /// Key-shaped, does not parse.
    MalformedPrivateKey,
    /// A token that verifies under an inventory key.
    SignedToken,
    /// A private key whose armour says that it is for tests.
    TestingKey,
    /// A publicly known key in no company list.
    PublishedKey,
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl RuleId {
    /// Every rule, in order.
    pub const ALL: [Self; 17] = [
        Self::ManagedKeyProd,
        Self::ShadowKey,
        Self::RetiredKeyTrusted,
        Self::ManagedKey,
        Self::SigningSecretProven,
        Self::WeakSigningSecret,
        Self::PrivateKey,
        Self::RetiredKey,
        Self::SigningSecret,
        Self::CustomSecret,
        Self::HintedKey,
        Self::SealedPrivateKey,
        Self::AgreementKey,
        Self::MalformedPrivateKey,
        Self::SignedToken,
        Self::TestingKey,
        Self::PublishedKey,
    ];

    /// Returns the stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManagedKeyProd => "managed-key-prod",
            Self::ShadowKey => "shadow-key",
            Self::RetiredKeyTrusted => "retired-key-trusted",
            Self::ManagedKey => "managed-key",
            Self::SigningSecretProven => "signing-secret-proven",
            Self::WeakSigningSecret => "weak-signing-secret",
            Self::PrivateKey => "private-key",
            Self::RetiredKey => "retired-key",
            Self::SigningSecret => "signing-secret",
            Self::CustomSecret => "custom-secret",
            Self::HintedKey => "hinted-key",
            Self::SealedPrivateKey => "sealed-private-key",
            Self::AgreementKey => "agreement-key",
            Self::MalformedPrivateKey => "malformed-private-key",
            Self::SignedToken => "signed-token",
            Self::TestingKey => "testing-key",
            Self::PublishedKey => "published-key",
        }
    }

    /// Returns the rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }
}

/// What we tell a person: one key, all the places it was seen at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// How bad, after overrides.
    pub level: Level,
    /// What was found.
    pub subject: Subject,
    /// Which inventory entry it is.
    pub matched: Option<Match>,
    /// One sentence for a person; escaped by each report for its medium.
    pub message: String,
    /// Where, sorted; never empty.
    pub places: Vec<Place>,
}

impl Finding {
    /// Returns the strongest proof over all places.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.places
            .iter()
            .map(|p| p.manner.proof)
            .min()
            .unwrap_or(Proof::Shape)
    }

    /// Returns a stable id of what was found: identity, secret or container.
    #[must_use]
    pub fn subject_id(&self) -> Option<&str> {
        self.subject.id()
    }

    /// Returns the id that it is allowed by.
    #[must_use]
    pub fn allow_id(&self) -> Option<&str> {
        self.subject.allow_id(self.proof())
    }

    /// Whether every place of it is suppressed.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.places.iter().all(|place| place.suppression.is_some())
    }
}

/// Something that was not read, or that the reader should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    /// Kind, as counted in the summary.
    pub reason: NoticeReason,
    /// Path it is about, as shown.
    pub path: String,
    /// What happened, without scanned bytes.
    pub detail: String,
}

/// Why something was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeReason {
    /// Could not be opened or read.
    Unreadable,
    /// Larger than `--max-file-size`.
    TooLarge,
    /// Changed or vanished while it was read.
    Vanished,
    /// A repository whose history was not swept.
    HistoryUnread,
    /// A decoder gave up: too deep, too much, damaged.
    Undecoded,
    /// A password was not tried on an encrypted key: that would have been too
    /// dear for the blob, or for the scan.
    Untried,
    /// A device, socket or FIFO.
    Special,
    /// A cloud placeholder that was not fetched.
    Placeholder,
    /// A symbolic link, which is never followed.
    Link,
    /// Excluded by the person who ran the scan.
    Excluded,
    /// A run of the agent had no more time (`--time-budget`) or memory (`--memory-limit`), or was
    /// stopped by a signal.
    TimeLimit,
    /// What an earlier scan kept could not be used, or nothing be kept for the next one.
    StateUnused,
}

impl NoticeReason {
    /// Every reason, in order.
    pub const ALL: [Self; 12] = [
        Self::Unreadable,
        Self::TooLarge,
        Self::Vanished,
        Self::HistoryUnread,
        Self::Undecoded,
        Self::Untried,
        Self::Special,
        Self::Placeholder,
        Self::Link,
        Self::Excluded,
        Self::TimeLimit,
        Self::StateUnused,
    ];

    /// Returns the reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Whether bytes that were asked for were not read: exit code 2.
    #[must_use]
    pub fn is_incomplete(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::TooLarge
                | Self::Vanished
                | Self::HistoryUnread
                | Self::TimeLimit
        )
    }

    /// Returns what it says in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Unreadable => "Could not be opened or read",
            Self::TooLarge => "Larger than the limit that was asked for",
            Self::Vanished => "Changed or vanished while it was read",
            Self::HistoryUnread => "A repository whose history was not swept",
            Self::Undecoded => "Scanned as raw bytes, but a decoder gave up inside",
            Self::Untried => "A password was not tried on an encrypted key, as too dear",
            Self::Special => "A device, socket or FIFO was passed over",
            Self::Placeholder => "A cloud placeholder was not fetched",
            Self::Link => "A symbolic link was not followed",
            Self::Excluded => "Excluded by the person who ran the scan",
            Self::TimeLimit => "The time limit ran out",
            Self::StateUnused => {
                "The state of an earlier scan was not used, or no state kept; everything was scanned anew"
            }
        }
    }

    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too-large",
            Self::Vanished => "vanished",
            Self::HistoryUnread => "history-unread",
            Self::Undecoded => "undecoded",
            Self::Untried => "untried",
            Self::Special => "special",
            Self::Placeholder => "placeholder",
            Self::Link => "link",
            Self::Excluded => "excluded",
            Self::TimeLimit => "time-limit",
            Self::StateUnused => "state-unused",
        }
    }
}
