//! Reports for the tests of this floor.

use super::{ListInfo, Output, Provenance, Report, escape};
use crate::blob::Origin;
use crate::finding::{
    Finding, History, Manner, Notice, NoticeReason, Place, Proof, Reach, Region, RuleId, Subject,
};
use crate::identity::Identity;
use crate::inventory::{Entry, Holding, Match};
use crate::key::{Okp, PublicKey};
use crate::policy;

/// A path that attacks every medium at once.
pub(super) const NASTY: &str = "::error::x\u{1b}[2J\u{9b}31m\r\n\u{202e}|`*<b>&amp;]]>[a](javascript:b){0}\u{2028}%0A@all=1+1\",.pem";

/// A name that an importer took from a hostile KMS.
pub(super) const NAME: &str = "auth/`pass`\u{1b}]0;x\u{7}|<script>{0}[x](y)";

/// Returns an identity of a made-up public key.
pub(super) fn identity(seed: u8) -> Identity {
    Identity::of(&PublicKey::okp(Okp::Ed25519, &[seed; 32]).unwrap())
}

/// Returns a place at line 7.
pub(super) fn place(path: &str) -> Place {
    Place {
        path: path.into(),
        uri: escape::uri(path.as_bytes()),
        shown: format!("~/{path}"),
        origin: Origin::file(path),
        region: Region {
            line: 7,
            column: 3,
            end_column: 30,
            end_line: 12,
            offset: 100,
            length: 300,
        },
        manner: Manner {
            format: "pkcs8",
            proof: Proof::Private,
            encrypted: false,
            layers: vec!["base64"],
            kid: Some(NAME.into()),
            usage: Some("token"),
            opened_with: None,
            token: None,
        },
        history: None,
        comment: None,
        suppression: None,
    }
}

/// Returns a finding of a key, with places in the order of their paths.
pub(super) fn finding(rule: RuleId, seed: u8, paths: &[&str]) -> Finding {
    let subject = Subject::Key(identity(seed));
    let mut places: Vec<Place> = paths.iter().map(|p| place(p)).collect();
    places.sort();
    let matched = (rule.rule().class == policy::Class::Managed).then(|| found(rule));
    let manner = &places[0].manner;
    let message = policy::message(rule, &subject, manner, matched.as_ref(), "PKCS#8");
    Finding {
        rule,
        level: rule.rule().level,
        subject,
        matched,
        message,
        places,
    }
}

/// Returns a match as the rule wants it.
fn found(rule: RuleId) -> Match {
    let entry = Entry {
        entry: 17,
        name: NAME.into(),
        holdings: vec![Holding {
            source: "vault:transit/pass-signer".into(),
            version: Some("3".into()),
            state: Some("active".into()),
            env: (rule == RuleId::ManagedKeyProd).then(|| "prod".into()),
            owner: Some("team-auth <a@example>".into()),
            ..Holding::default()
        }],
        trusted_by: vec!["https://id.example/jwks.json".into()],
        ..Entry::default()
    };
    Match::new(&entry, "spki-sha256")
}

/// Returns a finding without an id.
pub(super) fn malformed(path: &str) -> Finding {
    let subject = Subject::Malformed {
        reason: "the body is cut off".into(),
    };
    let mut place = place(path);
    place.manner.proof = Proof::Shape;
    let rule = RuleId::MalformedPrivateKey;
    let message = policy::message(rule, &subject, &place.manner, None, "PEM");
    Finding {
        rule,
        level: rule.rule().level,
        subject,
        matched: None,
        message,
        places: vec![place],
    }
}

/// Returns a notice.
pub(super) fn notice(reason: NoticeReason, path: &str) -> Notice {
    Notice {
        reason,
        path: path.into(),
        detail: "permission denied".into(),
    }
}

/// Returns a report with a bit of everything.
pub(super) fn report() -> Report {
    let mut old = finding(RuleId::ManagedKey, 2, &["old/key.pem", "b.pem"]);
    old.places[1].history = Some(History {
        commit: Some("12".repeat(20)),
        first_seen: Some("2025-01-02T03:04:05Z".into()),
        reach: Reach::History,
        blob: "34".repeat(20),
    });
    let mut member = finding(RuleId::PrivateKey, 3, &["a b.zip!in/ner.pem"]);
    member.places[0].origin = Origin {
        path: "a b.zip".into(),
        members: vec!["in/ner.pem".into()],
        object: None,
    };
    member.places[0].uri = "a%20b.zip".into();
    let mut second = malformed(NASTY);
    second.places[0].region.line = 70;
    second.places[0].region.end_line = 71;
    let mut report = Report {
        findings: vec![
            finding(RuleId::ManagedKeyProd, 1, &["src/config.py", ".env", NASTY]),
            old,
            member,
            finding(RuleId::PublishedKey, 4, &["tests/a.pem"]),
            malformed(NASTY),
            second,
        ],
        inventory: Some(ListInfo {
            path: "keys.jsonl".into(),
            list_id: "prod\u{1b}[31m".into(),
            version: 4,
            expires_at: Some("2030-01-01T00:00:00Z".into()),
            entries: 1200,
            ..ListInfo::default()
        }),
        roots: vec![".".into()],
        repositories: vec![Provenance {
            root: ".".into(),
            uri: Some("https://me:ghp_token@git.example/o/r.git".into()),
            revision: Some("56".repeat(20)),
            branch: Some("main".into()),
        }],
        ..Report::default()
    };
    report.stats.files = 3456;
    report.stats.bytes = 78_900_000;
    report.notice(notice(NoticeReason::Unreadable, NASTY));
    report.notice(notice(NoticeReason::Link, "x"));
    report
}

/// Returns the bytes of a report in a shape.
pub(super) fn bytes(output: Output, report: &Report) -> Vec<u8> {
    let mut bytes = Vec::new();
    output.write(report, &mut bytes).unwrap();
    bytes
}
