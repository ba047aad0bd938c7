//! Records of the inventory: one key version each, as the list writes them.
//!
//! Field names are the list's own (see `docs/inventory.md`). Fields that this
//! version does not know are kept, so that a list written by a newer straykey
//! survives a round trip. No field can hold a private key.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IdClass;

/// First line of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: String,
    /// Name of the list; a rollback is judged within one name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub list_id: String,
    /// Who issued it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub org: String,
    /// Grows with every issue of the list.
    #[serde(default)]
    pub version: u64,
    /// RFC 3339 time of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    /// RFC 3339 time after which the list may no longer say "clean".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// SHA-256 of the list before this one, lower hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_sha256: Option<String>,
    /// Systems that were exported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Value>,
    /// Numbers of records by kind.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub counts: Map<String, Value>,
    /// Secrets that an import met where none should be; none of them is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The challenge of symmetric entries, lower hex of its 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A secret that an import met where none should be: where, and what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The file.
    #[serde(default)]
    pub path: String,
    /// Which of its records.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// Which field of that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What was met.
    #[serde(default)]
    pub why: String,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Violation {
    /// Returns file, record and field.
    #[must_use]
    pub fn record(&self) -> String {
        let parts = [&self.path, &self.record, &self.field];
        let parts: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(": ")
    }
}

/// Value of [`Header::format`] that this version reads and writes.
pub const FORMAT: &str = "straykey-inventory/1";

/// One key version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the entry in its list.
    #[serde(default)]
    pub entry: u64,
    /// What the owner calls the key.
    #[serde(default)]
    pub name: String,
    /// `rsa`, `ec`, `okp`, `ml-dsa`, `slh-dsa`, `ml-kem`, `dsa`, `dh`, `hmac`, `aes`, `opaque`.
    #[serde(default)]
    pub kind: String,
    /// Algorithms the key is used with, as the source names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alg: Vec<String>,
    /// Size in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// Base64 of the DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spki: Option<String>,
    /// Fingerprints.
    #[serde(default)]
    pub ids: EntryIds,
    /// Systems that hold the key; empty for a key that only verifiers know.
    #[serde(default)]
    pub holdings: Vec<Holding>,
    /// People who know or knew it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custodians: Vec<Custodian>,
    /// Where it may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Verifiers that trust it: JWKS addresses, CA bundles, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_by: Vec<String>,
    /// `strong` or `unknown`, for symmetric keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<String>,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Fingerprints of an entry; lower hex unless said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EntryIds {
    /// SHA-256 of the normalised DER SubjectPublicKeyInfo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spki_sha256: Option<String>,
    /// OpenSSH fingerprint, `SHA256:` and unpadded base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_sha256: Option<String>,
    /// JWK thumbprint (RFC 7638), base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwk_sha256: Option<String>,
    /// libgcrypt keygrip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keygrip: Option<String>,
    /// X.509 subject key identifier, method 1 (RFC 5280 section 4.2.1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ski: Option<String>,
    /// SHA-256 of what `openssl rsa -noout -modulus` prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modulus_sha256: Option<String>,
    /// SHA-256 of whole certificates.
    #[serde(default, rename = "x5t-s256", skip_serializing_if = "Vec::is_empty")]
    pub x5t_s256: Vec<String>,
    /// OpenPGP fingerprints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pgp_fpr: Vec<String>,
    /// badkeys hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bk256: Option<String>,
    /// MD5 of the SSH blob, or the last 20 digits of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_md5: Option<String>,
    /// MD5 of the normalised SubjectPublicKeyInfo, of RSA: EC2 shows it of imported pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spki_md5: Option<String>,
    /// SHA-1 of what `openssl rsa -noout -modulus` prints, or the last 20 digits of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modulus_sha1: Option<String>,
    /// SHA-1 of the RSA private key in PKCS#8: EC2 shows it of pairs that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkcs8_sha1: Option<String>,
    /// Challenge answers of a symmetric key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chal_hmac_sha224: Option<String>,
    /// See [`EntryIds::chal_hmac_sha224`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chal_hmac_sha256: Option<String>,
    /// See [`EntryIds::chal_hmac_sha224`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chal_hmac_sha384: Option<String>,
    /// See [`EntryIds::chal_hmac_sha224`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chal_hmac_sha512: Option<String>,
    /// AES-CMAC over the challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chal_aes_cmac: Option<String>,
    /// SHA-256 of the raw key (KMIP `Digest`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_raw: Option<String>,
    /// Key check values: a hint, never proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kcv: Vec<Value>,
    /// Assigned key ids: a hint, never proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kid: Vec<String>,
    /// Ids of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One system that holds the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// `system:name`, such as `vault:transit/pass-signer` or a key ARN.
    #[serde(default)]
    pub source: String,
    /// Version in that system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// State there (see [`Holding::is_retired`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `prod`, `stage`, `dev` or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// `kms-generated`, `imported`, `external` or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Whether the system gives the private half out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extractable: Option<bool>,
    /// Team or person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// RFC 3339 time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// RFC 3339 time of the last rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<String>,
    /// RFC 3339 time by which it must be rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate_by: Option<String>,
    /// RFC 3339 time of expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Holding {
    /// Whether the system no longer lets the key sign (NIST SP 800-57 part 1
    /// section 7). An unknown state counts as live: better a false alarm.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        matches!(
            self.state.as_deref(),
            Some(
                "disabled"
                    | "expired"
                    | "revoked"
                    | "compromised"
                    | "pending-deletion"
                    | "destroyed"
            )
        )
    }
}

/// Somebody who knows or knew the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Custodian {
    /// Id of the person in the organisation.
    #[serde(default)]
    pub id: String,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What an entry's holdings and verifiers make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Live in production.
    ManagedProd,
    /// Live elsewhere.
    Managed,
    /// Trusted by verifiers, held by no system.
    Shadow,
    /// Retired everywhere, and a verifier still trusts it.
    RetiredTrusted,
    /// Retired everywhere.
    Retired,
}

impl Entry {
    /// Whether a scan can find it: by a fingerprint, or by an answer to the challenge. A key id
    /// alone proves nothing.
    #[must_use]
    pub fn can_be_found(&self) -> bool {
        let mut can = self.spki.is_some();
        self.ids
            .for_each(|kind, _| can |= kind.class() != IdClass::Hint);
        can
    }

    /// Returns where the entry stands, over all its holdings.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let mut live = self.holdings.iter().filter(|h| !h.is_retired()).peekable();
        if live.peek().is_some() {
            return match live.any(|h| h.env.as_deref() == Some("prod")) {
                true => Standing::ManagedProd,
                false => Standing::Managed,
            };
        }
        match (self.holdings.is_empty(), self.trusted_by.is_empty()) {
            (true, false) => Standing::Shadow,
            (true, true) => Standing::Managed,
            (false, false) => Standing::RetiredTrusted,
            (false, true) => Standing::Retired,
        }
    }

    /// Returns the holding that a report names: live before retired,
    /// production before the rest, in list order.
    #[must_use]
    pub fn leading_holding(&self) -> Option<&Holding> {
        self.holdings
            .iter()
            .min_by_key(|h| (h.is_retired(), h.env.as_deref() != Some("prod")))
    }
}

/// A sighting found in the inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// Number of the entry.
    pub entry: u64,
    /// Its name.
    pub name: String,
    /// Which fingerprint matched: `spki-sha256`, `chal-hmac-sha256`, …
    pub by: String,
    /// The leading holding's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Its environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Assigned key ids of the entry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kid: Vec<String>,
    /// Verifiers that trust it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_by: Vec<String>,
    /// Where the key may be.
    #[serde(skip)]
    pub allowed: Vec<String>,
    /// Where the entry stands.
    #[serde(skip)]
    pub standing: Standing,
}

impl Match {
    /// Describes how `entry` was matched.
    #[must_use]
    pub fn new(entry: &Entry, by: &str) -> Self {
        let holding = entry.leading_holding();
        let field = |f: fn(&Holding) -> Option<&String>| holding.and_then(f).cloned();
        Self {
            entry: entry.entry,
            name: entry.name.clone(),
            by: by.to_owned(),
            source: holding.map(|h| h.source.clone()),
            version: field(|h| h.version.as_ref()),
            state: field(|h| h.state.as_ref()),
            env: field(|h| h.env.as_ref()),
            owner: field(|h| h.owner.as_ref()),
            kid: entry.ids.kid.clone(),
            trusted_by: entry.trusted_by.clone(),
            allowed: entry.allowed.clone(),
            standing: entry.standing(),
        }
    }
}
