//! Importers: what key management systems and verifiers print becomes a list.
//!
//! ```text
//! files ─read─▶ Document ─Importer─▶ Draft of facts ─join─▶ one entry a key version ─merge─▶ List
//! ```
//!
//! Operators save what their own command lines print; no credential of a cloud
//! ever comes near straykey. A file is a [`Document`] (of JSON, one for each value
//! and each element of an array), which the first [`Importer`] that recognises it
//! reads. What is known of one key is usually spread over several files (the
//! public key, its state, its aliases, its tags), so importers state [`Fact`]s
//! with the names that the system knows the key by, and `join` puts them together.
//!
//! Nothing is dropped in silence: a file that nobody recognises is listed, a
//! record that cannot be used is an error with file, record and field, and secrets
//! that have no business in an export are violations. They are never stored.

mod answer;
mod aws;
mod azure;
mod cbom;
mod certificate;
mod cloudhsm;
mod debian;
mod dkim;
mod document;
mod fields;
mod gcp;
mod gpg;
mod join;
mod jwks;
mod kmip;
mod openpgp;
mod payment;
mod pem;
mod pkcs11;
mod plain;
mod private;
mod public;
mod published;
mod read;
mod signing_certificate;
mod ssh;
#[cfg(feature = "pkcs11")]
pub mod token;
mod update;
mod vault;
mod vault_kv;
mod vault_pki;
mod xml;

pub use document::Document;
pub use join::Fact;
#[cfg(unix)]
pub(crate) use pkcs11::public_half as token_point;
pub use read::import;

use super::{List, Violation};

/// Reads the exports of one system.
pub trait Importer: Sync {
    /// Name, as `--from` takes it.
    fn id(&self) -> &'static str;

    /// What it reads, for people.
    fn about(&self) -> &'static str;

    /// Whether what it reads says what a verifier trusts, so that `--trusted-by`
    /// applies to it.
    fn is_trust(&self) -> bool {
        false
    }

    /// Whether the document is of this system.
    fn recognises(&self, document: &Document<'_>) -> bool;

    /// States what the document tells.
    fn import(&self, document: &Document<'_>, draft: &mut Draft);
}

/// The importers; the first that recognises a document reads it.
pub static IMPORTERS: &[&dyn Importer] = &[
    &answer::Answer,
    &payment::Payment,
    &cloudhsm::CloudHsm,
    &aws::Aws,
    &aws::Ec2,
    &gcp::Gcp,
    &azure::Azure,
    &vault_pki::VaultPki,
    &vault_kv::VaultKv,
    &vault::Vault,
    &kmip::Kmip,
    &cbom::Cbom,
    &jwks::Jwks,
    &update::Tuf,
    &openpgp::OpenPgp,
    &pem::Pem,
    &pem::Der,
    &published::Badkeys,
    &published::Boulder,
    &debian::Debian,
    &xml::Xml,
    &pkcs11::Pkcs11,
    &update::Minisign,
    &gpg::Gpg,
    &dkim::Dkim,
    &signing_certificate::SigningCertificate,
    &ssh::Ssh,
    &plain::Plain,
];

/// Returns the importer with this id.
#[must_use]
pub fn importer(id: &str) -> Option<&'static dyn Importer> {
    IMPORTERS
        .iter()
        .copied()
        .find(|importer| importer.id() == id)
}

/// What is asked of an import.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// The importer that reads every file; `None`: whichever recognises it.
    pub from: Option<&'static dyn Importer>,
    /// The verifier that trusts what is read: such keys are listed as trusted by
    /// it, not as held by the file they came from.
    pub trusted_by: Option<&'a str>,
    /// The time at which keys count as expired; `None`: none do.
    pub now: Option<jiff::Timestamp>,
}

/// What came of an import.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The entries, numbered; the header says nothing but the challenge.
    pub list: List,
    /// Number of files that were read.
    pub files: usize,
    /// Files that no importer recognises.
    pub not_understood: Vec<NotUnderstood>,
    /// Records that could not be used.
    pub errors: Vec<Problem>,
    /// Secrets where none should be.
    pub violations: Vec<Problem>,
}

/// A file that no importer recognises.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct NotUnderstood {
    /// The file.
    pub path: String,
    /// What stands in the way.
    pub why: String,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// Which of its records, in its own words: `keys[2]`, `line 7`; may be empty.
    pub record: String,
    /// Which field of that; may be empty.
    pub field: String,
    /// What is wrong.
    pub why: String,
}

impl Problem {
    /// Returns it as the header of a list keeps it.
    #[must_use]
    pub fn to_violation(&self) -> Violation {
        Violation {
            path: self.path.clone(),
            record: self.record.clone(),
            field: self.field.clone(),
            why: self.why.clone(),
            ..Violation::default()
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        for part in [&self.record, &self.field]
            .into_iter()
            .filter(|part| !part.is_empty())
        {
            write!(f, ": {part}")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// What an importer found in a document.
#[derive(Debug, Default)]
pub struct Draft {
    path: String,
    record: String,
    is_trust: bool,
    tells_nothing: bool,
    facts: Vec<Fact>,
    answers: Vec<vault::Answer>,
    not_understood: Vec<NotUnderstood>,
    errors: Vec<Problem>,
    violations: Vec<Problem>,
}

impl Draft {
    /// States a fact. What a list cannot have of it is told, and left out.
    fn fact(&mut self, mut fact: Fact) {
        for (kind, why) in fact.entry.ids.take_faulty() {
            self.error(&fact.entry.name, kind.name(), why);
        }
        self.facts.push(Fact {
            is_trust: self.is_trust,
            ..fact
        });
    }

    /// Says that the document was understood, and that nothing is in it.
    fn tells_nothing(&mut self) {
        self.tells_nothing = true;
    }

    /// Says that a record cannot be used.
    fn error(&mut self, record: &str, field: &str, why: impl Into<String>) {
        let problem = self.problem(record, field, why.into());
        self.errors.push(problem);
    }

    /// Says that a secret was met.
    fn violation(&mut self, record: &str, field: &str, why: impl Into<String>) {
        let problem = self.problem(record, field, why.into());
        self.violations.push(problem);
    }

    /// Says that the document holds nothing that could be used.
    fn not_understood(&mut self, why: impl Into<String>) {
        self.not_understood.push(NotUnderstood {
            path: self.path.clone(),
            why: why.into(),
        });
    }

    fn problem(&self, record: &str, field: &str, why: String) -> Problem {
        let record = match (self.record.as_str(), record) {
            ("", record) => record.to_owned(),
            (outer, "") => outer.to_owned(),
            (outer, record) => format!("{outer}, {record}"),
        };
        Problem {
            path: self.path.clone(),
            record,
            field: field.to_owned(),
            why,
        }
    }
}

#[cfg(test)]
mod malformed;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
