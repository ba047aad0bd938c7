//! The text of every rule: the one source for `straykey explain`, the
//! documentation and SARIF's `tool.driver.rules`.
//!
//! Levels, severities and wordings are part of what we promise to keep: a
//! rule's id and severity never change, its text may be made clearer. Advice
//! that several rules share is in [`super::advice`].
//!
//! GitHub shows `short` and `full` up to 1,024 characters and wants none of
//! the texts empty; a test holds the table to both.

use super::advice::Advice;
use crate::finding::{Level, RuleId};

/// Which `--fail-on` thresholds a rule reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The company's own key: managed, shadow or retired.
    Managed,
    /// A private key or signing secret in no list.
    Private,
    /// Reached by `--fail-on any` alone.
    Other,
}

impl Class {
    /// Returns the word of `--fail-on` that reaches it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Private => "private",
            Self::Other => "any",
        }
    }
}

/// How often the rule is right, in the words of code scanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Cryptographic proof.
    VeryHigh,
    /// A whole key was parsed, its use is presumed.
    High,
    /// Presumed from where it stands.
    Medium,
    /// Presumed from its looks.
    Low,
}

impl Precision {
    /// Returns the word of SARIF's `precision` property.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VeryHigh => "very-high",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What there is to say about a rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// How bad, unless the configuration says otherwise.
    pub level: Level,
    /// SARIF's `security-severity`: 9.0 and more is shown as critical.
    pub severity: &'static str,
    /// Which thresholds it reaches.
    pub class: Class,
    /// How often it is right.
    pub precision: Precision,
    /// Words to filter by; `security` is first in every rule.
    pub tags: &'static [&'static str],
    /// Weaknesses (Common Weakness Enumeration) it is an instance of.
    pub cwe: &'static [u16],
    /// Title, without full stop.
    pub short: &'static str,
    /// One or two sentences.
    pub full: &'static str,
    /// What it means for the person who reads it.
    pub means: &'static str,
    /// What to do now, in one line.
    pub now: &'static str,
    /// How the key is made worthless.
    pub advice: Advice,
    /// What not to do.
    pub never: &'static str,
}

/// A private key stands in a file in the clear.
const IN_CLEAR: &[u16] = &[321, 798, 312];
/// A credential stands in a file, not readable as it is.
const CREDENTIAL: &[u16] = &[798];

/// Every rule, in the order of [`RuleId::ALL`].
pub static RULES: [Rule; 17] = [
    Rule {
        id: RuleId::ManagedKeyProd,
        level: Level::Error,
        severity: "9.8",
        class: Class::Managed,
        precision: Precision::VeryHigh,
        tags: &["security", "kms", "signing-key", "production"],
        cwe: IN_CLEAR,
        short: "Production signing key of the KMS found outside it",
        full: "The public half derived from this key is that of a key version that is live in production. Whoever can read this file can sign as that system.",
        means: "The inventory lists this very key as live in production. It was not guessed from a name: its public half was computed and compared. A copy outside the KMS signs without the KMS noticing, so no audit log shows its use.",
        now: "Rotate the key in the KMS and make every verifier drop the old public key today; remove the copy after that.",
        advice: Advice::Rotate,
        never: "Do not delete the file first and call it done: whoever copied it still holds the key. Do not merely disable the version in the KMS: the copy goes on signing until no verifier trusts it.",
    },
    Rule {
        id: RuleId::ShadowKey,
        level: Level::Error,
        severity: "9.6",
        class: Class::Managed,
        precision: Precision::VeryHigh,
        tags: &["security", "kms", "signing-key", "shadow"],
        cwe: IN_CLEAR,
        short: "Key that verifiers trust and no KMS knows",
        full: "A verifier (JWKS, CA bundle, authorized_keys, update root) trusts this key, and no KMS of the inventory holds it. Its private half lives in files only.",
        means: "Something in the company accepts what this key signs, yet the key was made outside the KMS or exported from a system that is not in the inventory. Nobody rotates it, because nobody knows it.",
        now: "Make a new key in the KMS, let the signer use it, then take this key out of every verifier that trusts it.",
        advice: Advice::Replace,
        never: "Do not import this key into the KMS to make the finding go away: the copies outside remain, and they are as good as the import.",
    },
    Rule {
        id: RuleId::RetiredKeyTrusted,
        level: Level::Error,
        severity: "9.5",
        class: Class::Managed,
        precision: Precision::VeryHigh,
        tags: &["security", "kms", "signing-key", "retired"],
        cwe: IN_CLEAR,
        short: "Retired key that a verifier still trusts",
        full: "The KMS no longer lets this key sign, but a verifier still accepts it. The copy found here can sign what the KMS refuses to.",
        means: "The key was disabled, expired, revoked or destroyed in the KMS, and the verifiers were forgotten. For whoever holds this file the retirement never happened.",
        now: "Take the key out of every verifier that trusts it, then invalidate what it has signed since it was retired.",
        advice: Advice::Distrust,
        never: "Do not rely on the state in the KMS: it binds the KMS, not a copy of the key.",
    },
    Rule {
        id: RuleId::ManagedKey,
        level: Level::Error,
        severity: "9.1",
        class: Class::Managed,
        precision: Precision::VeryHigh,
        tags: &["security", "kms", "signing-key"],
        cwe: IN_CLEAR,
        short: "Signing key of the KMS found outside it",
        full: "The public half derived from this key is that of a key version that is live in the KMS, outside production as far as the inventory says.",
        means: "The inventory lists this very key as live. Its environment is not production, or not known: check that no production verifier trusts it, which is how a development key forges production tokens.",
        now: "Check which verifiers trust it, rotate the key in the KMS, and remove the copy after that.",
        advice: Advice::Rotate,
        never: "Do not wave it through as a test key before you know that production does not trust it.",
    },
    Rule {
        id: RuleId::SigningSecretProven,
        level: Level::Error,
        severity: "8.5",
        class: Class::Private,
        precision: Precision::VeryHigh,
        tags: &["security", "signing-secret"],
        cwe: IN_CLEAR,
        short: "Symmetric signing secret, proven by a token it verifies",
        full: "This secret verifies a token that the same scan found, so it is a working signing secret. With a symmetric secret, whoever can verify can also forge.",
        means: "The secret and a token signed with it were both found. Anyone who reads the secret can make tokens of their own.",
        now: "Replace the secret where tokens are signed and verified, in one step or with a short overlap, and let old tokens expire.",
        advice: Advice::Secret,
        never: "Do not keep the old secret as a second accepted one for longer than the life of its tokens.",
    },
    Rule {
        id: RuleId::WeakSigningSecret,
        level: Level::Error,
        severity: "8.2",
        class: Class::Private,
        precision: Precision::High,
        tags: &["security", "signing-secret", "weak"],
        cwe: IN_CLEAR,
        short: "Signing secret that can be guessed",
        full: "The secret is a word, a documented default or too short. One token signed with it is enough to find it out without ever seeing this file.",
        means: "Guessing tools try such secrets first. Removing it from the file changes nothing: everybody already has it. No id of it is reported, because that would help to guess it.",
        now: "Replace it with 32 random bytes made by the KMS, or by `openssl rand -base64 32`, or with an asymmetric key.",
        advice: Advice::Secret,
        never: "Do not replace it with a longer sentence or a UUID: use random bytes.",
    },
    Rule {
        id: RuleId::PrivateKey,
        level: Level::Error,
        severity: "8.0",
        class: Class::Private,
        precision: Precision::VeryHigh,
        tags: &["security", "signing-key"],
        cwe: IN_CLEAR,
        short: "Private signing key in a file",
        full: "A private key that can sign stands here in the clear; its parts fit together. It is in no inventory that this scan was given.",
        means: "The key is real: its private half was checked against its public half. No list says whose it is, so find out what trusts it: a certificate, an authorized_keys file, a JWKS, a code host's user settings.",
        now: "Find out what trusts it; replace it there by a key that stays in the KMS, an agent or a hardware token; then remove the file.",
        advice: Advice::Replace,
        never: "Do not encrypt the file and leave the key in use: every earlier copy is still in the clear.",
    },
    Rule {
        id: RuleId::RetiredKey,
        level: Level::Warning,
        severity: "6.5",
        class: Class::Managed,
        precision: Precision::VeryHigh,
        tags: &["security", "kms", "signing-key", "retired"],
        cwe: IN_CLEAR,
        short: "Retired key of the KMS found outside it",
        full: "The KMS no longer lets this key sign, and no verifier of the inventory trusts it. The copy shows that the key was outside while it was live.",
        means: "Nothing known accepts this key today. It did once, so what it signed then may have been signed by somebody else.",
        now: "Confirm that no verifier trusts it, look into what it signed while it was live, then remove the copy.",
        advice: Advice::Distrust,
        never: "Do not bring the version back into use, not even for a while.",
    },
    Rule {
        id: RuleId::SigningSecret,
        level: Level::Warning,
        severity: "6.0",
        class: Class::Private,
        precision: Precision::Medium,
        tags: &["security", "signing-secret"],
        cwe: IN_CLEAR,
        short: "Symmetric signing secret, by where it stands",
        full: "A value stands where a signing secret is configured. It was not proven by a token or by the inventory's challenge.",
        means: "The name beside it says that tokens, cookies or webhooks are signed with this value. If it is a real one, whoever reads it can forge them.",
        now: "Check whether a running system uses the value; if one does, replace it and load the new one from the KMS or a secret store.",
        advice: Advice::Secret,
        never: "Do not move it to another file of the same repository.",
    },
    Rule {
        id: RuleId::CustomSecret,
        level: Level::Warning,
        severity: "6.0",
        class: Class::Private,
        precision: Precision::Low,
        tags: &["security", "secret", "custom"],
        cwe: CREDENTIAL,
        short: "Secret by a rule of your own",
        full: "A rule of a file that was given with `--patterns` describes what stands here. It was recognised by its looks alone; nothing was proven.",
        means: "The rule's id stands in the message and, behind `patterns:`, as the format. Whoever keeps that file knows what the rule is for and whom to ask.",
        now: "Check whether a running system accepts the value; if one does, replace it there and load the new one from a secret store.",
        advice: Advice::Custom,
        never: "Do not loosen the rule for one value: allow that value.",
    },
    Rule {
        id: RuleId::HintedKey,
        level: Level::Warning,
        severity: "6.0",
        class: Class::Other,
        precision: Precision::Low,
        tags: &["security", "kms", "hint"],
        cwe: CREDENTIAL,
        short: "Something here is named like a key of the KMS",
        full: "A key id, a file name or a key check value points at an entry of the inventory. Nothing proves that the key itself is here.",
        means: "Key ids and check values are short and can be copied without the key. It is a lead, most of all beside an encrypted file that could not be opened.",
        now: "Look at the file: if it holds the key, treat it as the managed key it is named after.",
        advice: Advice::Look,
        never: "Do not rotate on this alone, and do not dismiss it unseen.",
    },
    Rule {
        id: RuleId::SealedPrivateKey,
        level: Level::Warning,
        severity: "5.5",
        class: Class::Private,
        precision: Precision::High,
        tags: &["security", "signing-key", "encrypted"],
        cwe: CREDENTIAL,
        short: "Encrypted private key in a file",
        full: "A well-formed private key that is encrypted with a passphrase and in no inventory. It is as safe as the passphrase, which can be tried offline without limit.",
        means: "Where the format leaves the public half readable it was compared with the inventory without a match; where it does not, nothing can be compared before it is opened.",
        now: "If it is a person's own key in their own home, leave it; in a repository, an image or a shared folder, replace it and remove it.",
        advice: Advice::Replace,
        never: "Do not put the passphrase beside it, in a script or in CI variables of the same repository.",
    },
    Rule {
        id: RuleId::AgreementKey,
        level: Level::Warning,
        severity: "5.0",
        class: Class::Other,
        precision: Precision::VeryHigh,
        tags: &["security", "key-agreement"],
        cwe: IN_CLEAR,
        short: "Private key that encrypts but cannot sign",
        full: "A private key for key agreement or decryption (X25519, age, WireGuard, Diffie-Hellman) stands here in the clear. It forges no signatures; it opens what was encrypted to it.",
        means: "Its holder can read, or join, what was meant for somebody else.",
        now: "Make a new pair, hand out the new public key, encrypt again what must stay secret, then remove the file.",
        advice: Advice::Replace,
        never: "Do not assume that old messages are safe once the key is replaced.",
    },
    Rule {
        id: RuleId::MalformedPrivateKey,
        level: Level::Note,
        severity: "3.5",
        class: Class::Other,
        precision: Precision::Low,
        tags: &["security", "malformed"],
        cwe: CREDENTIAL,
        short: "Looks like a private key and does not parse",
        full: "The frame of a private key is here, but its content is cut off, damaged, redacted or does not fit together. It is reported so that nothing is passed over in silence.",
        means: "Often an example or a redacted key. Sometimes a real key in a wrapping that straykey does not know, or of which a part was lost.",
        now: "Look at it once: if it is a real key, treat it as found and report the format to straykey.",
        advice: Advice::Look,
        never: "Do not paste it anywhere to have it checked.",
    },
    Rule {
        id: RuleId::SignedToken,
        level: Level::Note,
        severity: "3.0",
        class: Class::Other,
        precision: Precision::VeryHigh,
        tags: &["security", "token"],
        cwe: &[312],
        short: "Token signed by a key of the KMS",
        full: "A token stands here whose signature verifies under a key of the inventory. The key is not here; the token may still be valid.",
        means: "Whoever reads the file can use the token until it expires.",
        now: "Revoke the token or wait until it has expired; the signing key needs no rotation.",
        advice: Advice::Look,
        never: "Do not rotate the signing key because of one token.",
    },
    Rule {
        id: RuleId::TestingKey,
        level: Level::Note,
        severity: "2.5",
        class: Class::Other,
        precision: Precision::High,
        tags: &["security", "signing-key", "test"],
        cwe: IN_CLEAR,
        short: "Private key under another label",
        full: "A private key that works stands in armour whose label is not that of a private key, such as `TESTING KEY`. Test suites write their keys so to keep scanners quiet.",
        means: "The label says that the key is for tests; nothing proves it. If it were in the inventory it would be reported as the managed key it is.",
        now: "Check that nothing but tests trusts the key.",
        advice: Advice::Look,
        never: "Do not put a key in use under such a label.",
    },
    Rule {
        id: RuleId::PublishedKey,
        level: Level::Note,
        severity: "2.0",
        class: Class::Other,
        precision: Precision::VeryHigh,
        tags: &["security", "published"],
        cwe: &[321],
        short: "Key that is publicly known",
        full: "The key is on a list of publicly known keys: a test vector, a vendor's default or a key published by mistake. It is in no list of the company.",
        means: "In a test it is harmless. Used for anything real it protects nothing, because everybody has it.",
        now: "Make sure that only tests use it.",
        advice: Advice::Look,
        never: "Do not copy it into a configuration as a stand-in.",
    },
];

impl RuleId {
    /// Returns what there is to say about the rule.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }
}

impl Rule {
    /// Returns the severity as a number.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.severity.parse().unwrap_or_default()
    }

    /// Returns the help text in Markdown.
    #[must_use]
    pub fn help(&self) -> String {
        format!(
            "## What it means\n\n{}\n\n## Do now\n\n{}\n\n{}\n\n## Do not\n\n{}\n\n## Allow it\n\n{}\n",
            self.means,
            self.now,
            self.advice.steps(),
            self.never,
            self.allow(),
        )
    }

    /// Returns how this finding is allowed where it is meant to be.
    #[must_use]
    pub fn allow(&self) -> &'static str {
        match self.id {
            RuleId::ManagedKeyProd
            | RuleId::ShadowKey
            | RuleId::RetiredKeyTrusted
            | RuleId::ManagedKey
            | RuleId::RetiredKey => super::advice::ALLOW_MANAGED,
            RuleId::WeakSigningSecret | RuleId::MalformedPrivateKey => super::advice::ALLOW_PLACE,
            RuleId::CustomSecret => super::advice::ALLOW_CUSTOM,
            _ => super::advice::ALLOW_ID,
        }
    }
}

/// Returns what `straykey explain` prints: the rule as a Markdown page.
#[must_use]
pub fn explain(id: RuleId) -> String {
    let rule = id.rule();
    let cwe: Vec<String> = rule.cwe.iter().map(|n| format!("CWE-{n}")).collect();
    format!(
        "# {}\n\n{}.\n\n{}\n\n- level: {}\n- security severity: {}\n- fails with: `--fail-on {}`{}\n- precision: {}\n- weaknesses: {}\n\n{}",
        rule.id.as_str(),
        rule.short,
        rule.full,
        rule.level.as_str(),
        rule.severity,
        rule.class.as_str(),
        match rule.class {
            Class::Managed => ", `private` (the default), `any`",
            Class::Private => " (the default), `any`",
            Class::Other => "",
        },
        rule.precision.as_str(),
        cwe.join(", "),
        rule.help(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_the_ids() {
        for (rule, id) in RULES.iter().zip(RuleId::ALL) {
            assert_eq!(rule.id, id);
            assert_eq!(id.rule().id, id);
        }
    }

    #[test]
    fn texts_meet_what_code_scanning_asks() {
        for rule in &RULES {
            let name = rule.id.as_str();
            for text in [rule.short, rule.full] {
                assert!(
                    (10..=1024).contains(&text.chars().count()),
                    "{name}: {text}"
                );
            }
            assert!(!rule.short.ends_with('.'), "{name}");
            for text in [rule.full, rule.means, rule.now, rule.never] {
                assert!(text.ends_with('.'), "{name}: {text}");
            }
            assert_eq!(rule.tags.first(), Some(&"security"), "{name}");
            assert!(rule.tags.len() <= 10, "{name}");
            assert!(
                rule.help().contains("straykey allow") || rule.help().contains("baseline"),
                "{name}"
            );
        }
    }

    /// The table of section 3 of the design, level against severity.
    #[test]
    fn severities_go_with_levels_and_order() {
        let scores: Vec<f64> = RULES.iter().map(Rule::score).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        for rule in &RULES {
            let expected = match rule.score() {
                s if s >= 8.0 => Level::Error,
                s if s >= 5.0 => Level::Warning,
                _ => Level::Note,
            };
            assert_eq!(rule.level, expected, "{}", rule.id.as_str());
        }
    }

    #[test]
    fn explain_says_what_to_do_first() {
        let page = explain(RuleId::ManagedKeyProd);
        let rotate = page.find("Rotate").unwrap();
        let remove = page.find("Remove").unwrap();
        let rewrite = page.find("ewrite the history").unwrap();
        assert!(rotate < remove && remove < rewrite, "{page}");
        for word in [
            "aws kms",
            "gcloud kms",
            "az keyvault",
            "transit",
            "9.8",
            "error",
        ] {
            assert!(page.contains(word), "{word}");
        }
    }
}
