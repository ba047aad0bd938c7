//! The sentence that a finding is told in.
//!
//! Made of the rule, the inventory's names and the format's title; of scanned
//! data it holds nothing. Names in a list may still be hostile, so each report
//! escapes the sentence for its medium, and long ones are clipped here.

use crate::finding::{Issued, Manner, Proof, RuleId, Subject};
use crate::inventory::Match;

/// Characters of one name that a message shows. Names of real systems are
/// shorter (a key ARN has about 80); this bounds a report, and keeps a message
/// below the 1,024 characters that code scanning shows.
const MAX_NAME_CHARS: usize = 120;

/// Returns one sentence about a finding: what it is, where it is written down
/// and how it was proven.
///
/// `format` is the format's title, such as `PKCS#8`.
#[must_use]
pub fn message(
    rule: RuleId,
    subject: &Subject,
    manner: &Manner,
    matched: Option<&Match>,
    format: &str,
) -> String {
    if rule == RuleId::CustomSecret {
        // The rule is one of the operator's; `format` is its id.
        let layers = layers(manner);
        return format!(
            "Secret by the rule `{}`{layers}; taken for one by its looks.",
            clip(format)
        );
    }
    let what = match (rule, matched) {
        (RuleId::HintedKey, Some(found)) => format!("Hint at the key of {}", entry(found)),
        (RuleId::SignedToken, Some(found)) => {
            format!("Token signed by the key of {}", entry(found))
        }
        (_, Some(found)) => format!("{} of {}", kind(subject, manner), entry(found)),
        (RuleId::PublishedKey, None) => format!("Publicly known {}", lower(&kind(subject, manner))),
        (RuleId::WeakSigningSecret, None) => "Signing secret that can be guessed".to_owned(),
        (_, None) => kind(subject, manner),
    };
    let mut text = format!(
        "{what} found in {format}{}; {}",
        layers(manner),
        proven(subject, manner)
    );
    if let Some(token) = &manner.token {
        text.push_str(&said(token));
    }
    let is_opaque = matches!(subject, Subject::Opaque { .. });
    if matched.is_none() && manner.proof < Proof::Hint && rule != RuleId::PublishedKey {
        text.push_str(match is_opaque {
            true => ", so it cannot be compared with a list",
            false => ", in no list",
        });
    }
    if let Some(usage) = manner.usage {
        text.push_str(&format!("; its use: {usage}"));
    }
    text.push('.');
    text
}

/// Returns the sentence about a key that everybody may know.
#[must_use]
pub fn published(found: &Match) -> String {
    let source = found.source.as_deref().map(clip);
    let list = source.map(|source| format!(" ({source})"));
    format!(
        "It is publicly known: {}{}.",
        clip(&found.name),
        list.unwrap_or_default()
    )
}

/// Returns what kind of thing it is, capitalised.
fn kind(subject: &Subject, manner: &Manner) -> String {
    match subject {
        Subject::Key(identity) if manner.proof == Proof::Sealed => {
            format!("Encrypted private {} key", identity.algorithm)
        }
        Subject::Key(identity) => format!("Private {} key", identity.algorithm),
        Subject::Secret(_) => "Signing secret".to_owned(),
        Subject::Opaque { .. } => "Encrypted private key".to_owned(),
        Subject::Malformed { .. } => "Something like a private key".to_owned(),
    }
}

/// Lowers the first letter.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Returns name, source, version, environment and state of an entry.
fn entry(found: &Match) -> String {
    let mut facts = Vec::new();
    match (&found.source, &found.version) {
        (Some(source), Some(version)) => {
            facts.push(format!("{} version {}", clip(source), clip(version)));
        }
        (Some(source), None) => facts.push(clip(source)),
        // A list without names tells nothing of holdings either.
        (None, _) if found.name.is_empty() => facts.push("the list tells no names".to_owned()),
        (None, _) => facts.push("held by no KMS".to_owned()),
    }
    facts.extend(found.env.as_deref().filter(|e| *e != "unknown").map(clip));
    facts.extend(found.state.as_deref().filter(|s| *s != "unknown").map(clip));
    let name = match found.name.is_empty() {
        true => format!("entry {}", found.entry),
        false => format!("`{}`", clip(&found.name)),
    };
    format!("{name} ({})", facts.join(", "))
}

/// Returns the decodings that were undone, or nothing.
fn layers(manner: &Manner) -> String {
    match manner.layers.is_empty() {
        true => String::new(),
        false => format!(" inside {}", manner.layers.join(", ")),
    }
}

/// Returns how it was proven.
fn proven(subject: &Subject, manner: &Manner) -> String {
    let reason = match (manner.proof, subject) {
        (Proof::Shape, Subject::Malformed { reason }) => {
            return format!("it does not parse: {}", clip(reason));
        }
        (Proof::Private, _) => "proven by its private half",
        (Proof::Live, _) => "held by a live store",
        (Proof::Challenge, _) => "proven by the inventory's challenge",
        (Proof::Token, Subject::Key(_)) => "its signature verifies",
        (Proof::Token, _) => "proven by a token found in the same scan",
        (Proof::Sealed, _) => "identified by its public half, the private half is encrypted",
        (Proof::Context, _) => "taken for one by where it stands",
        (Proof::Opaque, _) => "nothing of it is readable",
        (Proof::Hint, _) => "named, not proven",
        (Proof::Shape, Subject::Key(_)) => {
            "its numbers do not belong together, the public half is what it claims"
        }
        (Proof::Shape, _) => "it does not parse",
    };
    match manner.opened_with {
        Some(word) => format!("{reason} (its container opens with {word})"),
        None => reason.to_owned(),
    }
}

/// Returns whether a token still holds, and what it is about.
fn said(token: &Issued) -> String {
    let mut text = match (&token.expires, token.expired) {
        (Some(when), true) => format!("; it ended {when}"),
        (Some(when), false) => format!("; it is valid until {when}"),
        (None, _) => "; it never ends".to_owned(),
    };
    if !token.claims.is_empty() {
        let names: Vec<String> = token.claims.iter().map(|name| clip(name)).collect();
        text.push_str(&format!("; its claims: {}", names.join(", ")));
    }
    text
}

/// Cuts a name to what a message shows.
fn clip(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME_CHARS) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SecretId;
    use crate::inventory::{Entry, Holding};

    fn manner(proof: Proof) -> Manner {
        Manner {
            format: "dotenv",
            proof,
            encrypted: false,
            layers: Vec::new(),
            kid: None,
            usage: None,
            opened_with: None,
            token: None,
        }
    }

    fn secret() -> Subject {
        Subject::Secret(SecretId {
            id: Some("00".repeat(16)),
            bits: 256,
            notorious: false,
            answers: Vec::new(),
        })
    }

    #[test]
    fn managed_message_names_key_version_and_proof() {
        let entry = Entry {
            name: "auth/pass-signer".into(),
            holdings: vec![Holding {
                source: "vault:transit/pass-signer".into(),
                version: Some("3".into()),
                state: Some("active".into()),
                env: Some("prod".into()),
                ..Holding::default()
            }],
            ..Entry::default()
        };
        let found = Match::new(&entry, "chal-hmac-sha256");
        let text = message(
            RuleId::ManagedKeyProd,
            &secret(),
            &manner(Proof::Challenge),
            Some(&found),
            "an environment file",
        );
        assert_eq!(
            text,
            "Signing secret of `auth/pass-signer` (vault:transit/pass-signer version 3, prod, active) found in an environment file; proven by the inventory's challenge."
        );
    }

    #[test]
    fn layers_and_missing_list_are_said() {
        let manner = Manner {
            layers: vec!["base64", "gzip"],
            ..manner(Proof::Context)
        };
        assert_eq!(
            message(RuleId::SigningSecret, &secret(), &manner, None, "YAML"),
            "Signing secret found in YAML inside base64, gzip; taken for one by where it stands, in no list."
        );
    }

    #[test]
    fn malformed_says_why() {
        let subject = Subject::Malformed {
            reason: "the body is cut off".into(),
        };
        assert_eq!(
            message(
                RuleId::MalformedPrivateKey,
                &subject,
                &manner(Proof::Shape),
                None,
                "PEM"
            ),
            "Something like a private key found in PEM; it does not parse: the body is cut off."
        );
    }

    #[test]
    fn endless_names_are_clipped() {
        let entry = Entry {
            name: "ä".repeat(100_000),
            ..Entry::default()
        };
        let found = Match::new(&entry, "kid");
        let text = message(
            RuleId::HintedKey,
            &secret(),
            &manner(Proof::Hint),
            Some(&found),
            "JWK",
        );
        assert!(text.chars().count() < 300, "{text}");
    }
}
