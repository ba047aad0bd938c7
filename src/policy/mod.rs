//! What a sighting means: which rule it is, how bad that is, and the sentence
//! that says so.
//!
//! Sits between the inventory, which says whose key it is, and the reports,
//! which only show what was decided here. [`classify`] names the rule,
//! [`FailOn`] decides about the exit code, [`allow`] about what counts for
//! nothing, [`Environment`] about machines, [`message`] writes the sentence,
//! and [`rules`] has the text of every rule.

mod advice;
pub mod allow;
mod baseline;
mod environment;
mod message;
pub mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use self::advice::Advice;
pub use self::allow::{Allowance, Allowances, Stale, StaleReason, Target, Terms};
pub use self::baseline::{Baseline, BaselineError};
pub use self::environment::{Environment, of_environments};
pub use self::message::{message, published};
pub use self::rules::{Class, Precision, Rule, explain};
use crate::finding::{Level, Proof, RuleId, Subject};
use crate::inventory::{Match, Standing};

/// Fingerprints that point at an entry without proving that the key is there:
/// short, assigned by hand, or copied along with public material.
const HINTS: [&str; 3] = ["kid", "kcv", "file-name"];

/// Names the rule of a subject, from its strongest proof and its match.
///
/// `can_sign` counts for asymmetric keys only: a symmetric secret is sought
/// because of its use. Managed comes before shadow, retired and everything
/// else; for publicly known keys see [`unless_published`].
#[must_use]
pub fn classify(
    subject: &Subject,
    proof: Proof,
    can_sign: bool,
    matched: Option<&Match>,
) -> RuleId {
    let names_only = matches!(proof, Proof::Hint | Proof::Opaque | Proof::Shape);
    match (matched, subject) {
        (Some(_), Subject::Key(_)) if proof == Proof::Token => RuleId::SignedToken,
        (Some(found), _) if names_only || HINTS.contains(&found.by.as_str()) => RuleId::HintedKey,
        (Some(found), _) => managed(found.standing),
        // What is left of a damaged key that nobody asked for.
        (None, Subject::Key(_)) if proof == Proof::Hint => RuleId::MalformedPrivateKey,
        (None, _) if proof == Proof::Hint => RuleId::HintedKey,
        (None, Subject::Malformed { .. }) => RuleId::MalformedPrivateKey,
        (None, Subject::Opaque { .. }) => RuleId::SealedPrivateKey,
        (None, Subject::Key(_)) => match proof {
            Proof::Token => RuleId::SignedToken,
            Proof::Shape => RuleId::MalformedPrivateKey,
            Proof::Sealed | Proof::Opaque => RuleId::SealedPrivateKey,
            _ if can_sign => RuleId::PrivateKey,
            _ => RuleId::AgreementKey,
        },
        (None, Subject::Secret(secret)) => match proof {
            Proof::Token if secret.notorious => RuleId::WeakSigningSecret,
            Proof::Token => RuleId::SigningSecretProven,
            Proof::Shape => RuleId::MalformedPrivateKey,
            _ if secret.id.is_none() => RuleId::WeakSigningSecret,
            _ => RuleId::SigningSecret,
        },
    }
}

/// The use of a key whose armour has another label than that of a private key.
pub const TESTING: &str = "testing";

/// Returns the rule of a key that is called a test key wherever it was found.
#[must_use]
pub fn if_testing(rule: RuleId) -> RuleId {
    match rule {
        RuleId::PrivateKey | RuleId::AgreementKey | RuleId::SealedPrivateKey => RuleId::TestingKey,
        rule => rule,
    }
}

/// Returns the rule of a secret that only a rule of `--patterns` points at: nothing says
/// that it signs anything.
#[must_use]
pub fn if_foreign(rule: RuleId) -> RuleId {
    match rule {
        RuleId::SigningSecret | RuleId::WeakSigningSecret => RuleId::CustomSecret,
        rule => rule,
    }
}

/// Returns the rule of a key that is proven and in the inventory.
fn managed(standing: Standing) -> RuleId {
    match standing {
        Standing::ManagedProd => RuleId::ManagedKeyProd,
        Standing::Managed => RuleId::ManagedKey,
        Standing::Shadow => RuleId::ShadowKey,
        Standing::RetiredTrusted => RuleId::RetiredKeyTrusted,
        Standing::Retired => RuleId::RetiredKey,
    }
}

/// Returns the rule of a key that is publicly known: `published-key`, unless
/// it is one of the company's own, which being public makes only worse.
#[must_use]
pub fn unless_published(rule: RuleId) -> RuleId {
    match rule.rule().class {
        Class::Managed => rule,
        Class::Private | Class::Other => RuleId::PublishedKey,
    }
}

/// From which findings on a scan fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Keys of the company.
    Managed,
    /// These, and private keys and signing secrets of anybody.
    #[default]
    Private,
    /// Every finding.
    Any,
    /// No finding.
    Never,
}

impl FailOn {
    /// Every threshold, strictest last.
    pub const ALL: [Self; 4] = [Self::Never, Self::Managed, Self::Private, Self::Any];

    /// Whether a finding of this rule fails the scan. A level that was
    /// overridden does not count: the classes are about what was found.
    #[must_use]
    pub fn reached(self, rule: RuleId) -> bool {
        match self {
            Self::Managed => rule.rule().class == Class::Managed,
            Self::Private => rule.rule().class <= Class::Private,
            Self::Any => true,
            Self::Never => false,
        }
    }

    /// Returns the word of `--fail-on`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Private => "private",
            Self::Any => "any",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no threshold of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of `managed`, `private`, `any`, `never`")]
pub struct UnknownThreshold;

impl FromStr for FailOn {
    type Err = UnknownThreshold;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|f| f.as_str() == word)
            .ok_or(UnknownThreshold)
    }
}

/// Levels that the configuration sets otherwise than we do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides(BTreeMap<RuleId, Level>);

impl Overrides {
    /// Whether the configuration says anything about a rule.
    #[must_use]
    pub fn sets(&self, rule: RuleId) -> bool {
        self.0.contains_key(&rule)
    }

    /// Returns the level of a finding of this rule.
    #[must_use]
    pub fn level(&self, rule: RuleId) -> Level {
        self.0
            .get(&rule)
            .map_or_else(|| rule.rule().level, |level| *level)
    }
}

impl FromIterator<(RuleId, Level)> for Overrides {
    fn from_iter<I: IntoIterator<Item = (RuleId, Level)>>(levels: I) -> Self {
        Self(levels.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SecretId;
    use crate::inventory::{Entry, Holding};

    fn entry(state: &str, env: &str, trusted: bool) -> Entry {
        Entry {
            name: "auth/pass-signer".into(),
            holdings: vec![Holding {
                source: "vault:transit/pass-signer".into(),
                state: Some(state.into()),
                env: Some(env.into()),
                ..Holding::default()
            }],
            trusted_by: trusted
                .then(|| "https://id.example/jwks.json".into())
                .into_iter()
                .collect(),
            ..Entry::default()
        }
    }

    fn secret(weak: bool) -> Subject {
        Subject::Secret(SecretId {
            id: (!weak).then(|| "00112233445566778899aabbccddeeff".into()),
            bits: 256,
            notorious: false,
            answers: Vec::new(),
        })
    }

    fn opaque() -> Subject {
        Subject::Opaque {
            sha256: "ab".repeat(32),
        }
    }

    fn malformed() -> Subject {
        Subject::Malformed {
            reason: "cut off".into(),
        }
    }

    #[test]
    fn entry_decides_which_managed_rule() {
        let shadow = Entry {
            holdings: Vec::new(),
            ..entry("active", "prod", true)
        };
        for (entry, rule) in [
            (entry("active", "prod", true), RuleId::ManagedKeyProd),
            (entry("active", "dev", false), RuleId::ManagedKey),
            (entry("something new", "unknown", false), RuleId::ManagedKey),
            (entry("disabled", "prod", true), RuleId::RetiredKeyTrusted),
            (entry("destroyed", "prod", false), RuleId::RetiredKey),
            (shadow, RuleId::ShadowKey),
        ] {
            let found = Match::new(&entry, "chal-hmac-sha256");
            assert_eq!(
                classify(&secret(false), Proof::Challenge, true, Some(&found)),
                rule
            );
        }
    }

    #[test]
    fn names_alone_are_hints() {
        let entry = entry("active", "prod", false);
        let by_kid = Match::new(&entry, "kid");
        let by_spki = Match::new(&entry, "spki-sha256");
        assert_eq!(
            classify(&secret(false), Proof::Context, true, Some(&by_kid)),
            RuleId::HintedKey
        );
        assert_eq!(
            classify(&opaque(), Proof::Opaque, true, Some(&by_spki)),
            RuleId::HintedKey
        );
        assert_eq!(
            classify(&malformed(), Proof::Shape, true, Some(&by_spki)),
            RuleId::HintedKey
        );
        assert_eq!(
            classify(&malformed(), Proof::Hint, true, None),
            RuleId::HintedKey
        );
    }

    #[test]
    fn without_a_match_the_proof_decides() {
        for (subject, proof, rule) in [
            (secret(false), Proof::Token, RuleId::SigningSecretProven),
            (secret(true), Proof::Token, RuleId::SigningSecretProven),
            (secret(true), Proof::Context, RuleId::WeakSigningSecret),
            (secret(false), Proof::Context, RuleId::SigningSecret),
            (opaque(), Proof::Opaque, RuleId::SealedPrivateKey),
            (malformed(), Proof::Shape, RuleId::MalformedPrivateKey),
        ] {
            assert_eq!(
                classify(&subject, proof, false, None),
                rule,
                "{subject:?} {proof:?}"
            );
        }
    }

    #[test]
    fn published_never_hides_a_managed_key() {
        for rule in RuleId::ALL {
            let expected = match rule.rule().class {
                Class::Managed => rule,
                _ => RuleId::PublishedKey,
            };
            assert_eq!(unless_published(rule), expected);
        }
    }

    /// The classes of section 6 of the design, spelled out.
    #[test]
    fn thresholds_reach_their_classes() {
        let managed = [
            "managed-key-prod",
            "managed-key",
            "shadow-key",
            "retired-key-trusted",
            "retired-key",
        ];
        let private = [
            "private-key",
            "sealed-private-key",
            "signing-secret",
            "signing-secret-proven",
            "weak-signing-secret",
            "custom-secret",
        ];
        for rule in RuleId::ALL {
            let is_managed = managed.contains(&rule.as_str());
            let is_private = is_managed || private.contains(&rule.as_str());
            assert_eq!(
                FailOn::Managed.reached(rule),
                is_managed,
                "{}",
                rule.as_str()
            );
            assert_eq!(
                FailOn::Private.reached(rule),
                is_private,
                "{}",
                rule.as_str()
            );
            assert!(FailOn::Any.reached(rule));
            assert!(!FailOn::Never.reached(rule));
        }
        assert_eq!(FailOn::default(), FailOn::Private);
    }

    #[test]
    fn thresholds_are_read_as_they_are_written() {
        for threshold in FailOn::ALL {
            assert_eq!(threshold.to_string().parse(), Ok(threshold));
        }
        assert_eq!("Managed".parse::<FailOn>(), Err(UnknownThreshold));
    }

    #[test]
    fn overrides_replace_the_level_and_nothing_else() {
        let overrides: Overrides = [(RuleId::AgreementKey, Level::Note)].into_iter().collect();
        assert_eq!(overrides.level(RuleId::AgreementKey), Level::Note);
        assert_eq!(overrides.level(RuleId::PrivateKey), Level::Error);
    }
}
