//! What is wrong with the keys of a list, without looking at any file.
//!
//! Each check is a row of [`CHECKS`]: what it asks of an entry, and the clauses of
//! standards that want it so. Clauses are named after summaries, not checked against
//! the texts: ISMS-P certification criteria 2.7.2 (cryptographic key management,
//! with its typical defects), PCI DSS 4.0.1, NIST SP 800-57 part 1 revision 5,
//! ISO/IEC 27001:2022 annex A.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::{Entry, Holding, List, Standing, location};

/// What is asked beside the list.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The time as of which the list is judged.
    pub now: Timestamp,
    /// Days after which a key must have been changed. NIST SP 800-57 section
    /// 5.3.6 gives private signature keys one to three years, KISA two.
    pub crypto_period: i64,
}

/// Days of [`Terms::crypto_period`] if nobody says otherwise.
pub const CRYPTO_PERIOD: i64 = 730;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Id of the check.
    pub check: &'static str,
    /// Number of the entry; none for what is about the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Name of the entry, or the record that an import refused.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// One thing to check.
pub struct Check {
    /// Stable id.
    pub id: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// Clauses that want it otherwise.
    pub clauses: &'static [&'static str],
    judge: fn(&Entry, Terms) -> Vec<String>,
}

const LEDGER: &str = "ISMS-P 2.7.2";
const ISO: &str = "ISO 27001 A.8.24";

/// The checks, worst first.
pub static CHECKS: &[Check] = &[
    Check {
        id: "shadow-key",
        about: "Verifiers trust the key, and no key management system holds it.",
        clauses: &[LEDGER, "PCI DSS 3.6.1.4", "NIST SP 800-57 part 1, 9.1", ISO],
        judge: |entry, _| match entry.standing() {
            Standing::Shadow => vec![format!("trusted by {}", entry.trusted_by.join(", "))],
            _ => Vec::new(),
        },
    },
    Check {
        id: "retired-but-trusted",
        about: "Every system has retired the key, and verifiers still trust it.",
        clauses: &[LEDGER, "PCI DSS 3.7.5", "NIST SP 800-57 part 1, 7", ISO],
        judge: |entry, _| match entry.standing() {
            Standing::RetiredTrusted => vec![format!("trusted by {}", entry.trusted_by.join(", "))],
            _ => Vec::new(),
        },
    },
    Check {
        id: "compromised-but-live",
        about: "One system calls the key compromised or revoked, another lets it sign.",
        clauses: &[LEDGER, "PCI DSS 3.7.5", "NIST SP 800-57 part 1, 5.5", ISO],
        judge: |entry, _| {
            let state =
                |h: &&Holding| matches!(h.state.as_deref(), Some("compromised" | "revoked"));
            let bad = entry.holdings.iter().find(state);
            bad.into_iter()
                .flat_map(|bad| {
                    live(entry).map(|h| {
                        format!(
                            "{} in {}, live in {}",
                            word(&bad.state),
                            bad.source,
                            h.source
                        )
                    })
                })
                .collect()
        },
    },
    Check {
        id: "dev-and-prod",
        about: "The same key signs in production and elsewhere.",
        clauses: &[
            LEDGER,
            "PCI DSS 3.6.1.4",
            "PCI DSS 6.5.3",
            "NIST SP 800-57 part 1, 5.2",
            "ISO 27001 A.8.24, A.8.31",
        ],
        judge: |entry, _| {
            let of = |envs: &'static [&str]| {
                live(entry).find(move |h| h.env.as_deref().is_some_and(|env| envs.contains(&env)))
            };
            match (of(&["prod"]), of(&["dev", "stage"])) {
                (Some(prod), Some(other)) => vec![format!(
                    "prod in {}, {} in {}",
                    prod.source,
                    word(&other.env),
                    other.source
                )],
                _ => Vec::new(),
            }
        },
    },
    Check {
        id: "leaver-knows",
        about: "Somebody knew the key, has left, and the key was not changed since.",
        clauses: &[
            LEDGER,
            "PCI DSS 3.7.5",
            "NIST SP 800-57 part 1, 5.5",
            "ISO 27001 A.8.24, A.6.5",
        ],
        judge: leaver_knows,
    },
    Check {
        id: "past-crypto-period",
        about: "The key is in use longer than it should be.",
        clauses: &[LEDGER, "PCI DSS 3.7.4", "NIST SP 800-57 part 1, 5.3", ISO],
        judge: past_crypto_period,
    },
    Check {
        id: "weak-key",
        about: "The key is shorter than 112 bits of security, or of an algorithm that is no longer approved.",
        clauses: &[LEDGER, "PCI DSS 3.7.1", "NIST SP 800-57 part 1, 5.6", ISO],
        judge: |entry, _| {
            let short = match (entry.kind.as_str(), entry.bits) {
                ("rsa", Some(bits)) if bits < 2048 => format!("RSA of {bits} bits"),
                ("ec", Some(bits)) if bits < 224 => format!("a curve of {bits} bits"),
                ("hmac", Some(bits)) if bits < 112 => format!("a secret of {bits} bits"),
                ("dsa", _) => "DSA, which FIPS 186-5 no longer approves for signing".to_owned(),
                _ => return Vec::new(),
            };
            if is_live(entry) {
                vec![short]
            } else {
                Vec::new()
            }
        },
    },
    Check {
        id: "cannot-be-found",
        about: "Of a live key the list has neither public key nor fingerprint nor answer to the challenge: no scan can find it.",
        clauses: &[LEDGER, "PCI DSS 3.6.1.1", "NIST SP 800-57 part 1, 9.1", ISO],
        judge: |entry, _| match entry.can_be_found() || !is_live(entry) {
            true => Vec::new(),
            false => vec!["nothing to compare with".to_owned()],
        },
    },
    Check {
        id: "extractable",
        about: "A system gives the private half of a production key out.",
        clauses: &[
            LEDGER,
            "PCI DSS 3.6.1.2",
            "PCI DSS 3.6.1.4",
            "NIST SP 800-57 part 1, 6.2",
            ISO,
        ],
        judge: |entry, _| {
            let out =
                |h: &&Holding| h.extractable == Some(true) && h.env.as_deref() == Some("prod");
            live(entry)
                .filter(out)
                .map(|h| format!("extractable from {}", h.source))
                .collect()
        },
    },
    Check {
        id: "kept-nowhere-known",
        about: "`allowed` names a place in words that no scan understands, so that it allows nothing.",
        clauses: &[LEDGER, "PCI DSS 3.6.1.4", "NIST SP 800-57 part 1, 9.1", ISO],
        judge: |entry, _| {
            let unknown = entry
                .allowed
                .iter()
                .filter(|line| !location::is_known(line));
            unknown.map(|line| format!("`{line}`")).collect()
        },
    },
    Check {
        id: "no-owner",
        about: "Nobody is named who answers for the key.",
        clauses: &[
            LEDGER,
            "PCI DSS 3.7.8",
            "NIST SP 800-57 part 1, 9.1",
            "ISO 27001 A.8.24, A.5.9",
        ],
        judge: |entry, _| {
            let unowned = live(entry).filter(|h| h.owner.as_deref().is_none_or(str::is_empty));
            match entry.custodians.is_empty() {
                true => unowned
                    .map(|h| format!("no owner in {}", h.source))
                    .collect(),
                false => Vec::new(),
            }
        },
    },
    Check {
        id: "unknown-entropy",
        about: "Nobody can tell that the secret is random: it was imported, or its origin is unknown.",
        clauses: &[LEDGER, "PCI DSS 3.7.1", "NIST SP 800-57 part 1, 8.1.5", ISO],
        judge: |entry, _| {
            let unknown = entry.kind == "hmac" && entry.entropy.as_deref() != Some("strong");
            if unknown && is_live(entry) {
                vec!["entropy unknown".to_owned()]
            } else {
                Vec::new()
            }
        },
    },
];

/// Id of what an import refused: it is in the header, not an entry.
const REFUSED: &str = "refused-at-import";

/// Id, meaning and clauses of faults that an import left in the header.
pub static REFUSED_AT_IMPORT: Check = Check {
    id: REFUSED,
    about: "An import met a private key or secret where none should be, or refused one that people chose.",
    clauses: &[
        LEDGER,
        "PCI DSS 3.6.1.2",
        "PCI DSS 3.7.1",
        "NIST SP 800-57 part 1, 8.1.5",
        ISO,
    ],
    judge: |_, _| Vec::new(),
};

/// Returns the check with an id.
#[must_use]
pub fn check(id: &str) -> Option<&'static Check> {
    std::iter::once(&REFUSED_AT_IMPORT)
        .chain(CHECKS)
        .find(|check| check.id == id)
}

/// Audits a list: what was refused when it was made, then check by check, in the
/// order of the entries.
#[must_use]
pub fn audit(list: &List, terms: Terms) -> Vec<Fault> {
    let refused = list.header.violations.iter().map(|violation| Fault {
        check: REFUSED,
        entry: None,
        name: violation.record(),
        why: violation.why.clone(),
    });
    let mut faults: Vec<Fault> = refused.collect();
    for check in CHECKS {
        for entry in &list.entries {
            faults.extend((check.judge)(entry, terms).into_iter().map(|why| Fault {
                check: check.id,
                entry: Some(entry.entry),
                name: entry.name.clone(),
                why,
            }));
        }
    }
    faults
}

/// Holdings that still sign.
fn live(entry: &Entry) -> impl Iterator<Item = &Holding> {
    entry
        .holdings
        .iter()
        .filter(|holding| !holding.is_retired())
}

/// Whether anything signs with it, or trusts it.
fn is_live(entry: &Entry) -> bool {
    live(entry).next().is_some() || !entry.trusted_by.is_empty()
}

fn word(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or("unknown")
}

/// Reads a time, or a day: its end, since on a last day one is still there.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let day: jiff::civil::Date = text.parse().ok()?;
        let next = day.checked_add(1.day()).ok()?;
        let zoned = next.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    })
}

/// Returns when the key of a holding came to be. A rotation makes a new version,
/// and an entry is one version, so `rotated` is not asked.
pub(super) fn made(holding: &Holding) -> Option<Timestamp> {
    moment(holding.created.as_deref()?)
}

fn leaver_knows(entry: &Entry, terms: Terms) -> Vec<String> {
    let left = entry.custodians.iter().filter_map(|custodian| {
        let to = moment(custodian.to.as_deref()?)?;
        (to <= terms.now).then_some((custodian, to))
    });
    let mut faults = Vec::new();
    for (custodian, to) in left {
        // A key that was made after somebody left is not known to them; one of
        // unknown age may be.
        let known = |h: &&Holding| made(h).is_none_or(|made| made < to);
        faults.extend(live(entry).filter(known).map(|h| {
            let to = custodian.to.as_deref().unwrap_or_default();
            format!("{} left on {to}, still live in {}", custodian.id, h.source)
        }));
    }
    faults
}

fn past_crypto_period(entry: &Entry, terms: Terms) -> Vec<String> {
    let mut faults = Vec::new();
    for holding in live(entry) {
        let due = [
            ("rotation", &holding.rotate_by),
            ("expiry", &holding.expires),
        ];
        let due = due.into_iter().find_map(|(what, time)| {
            let text = time.as_deref()?;
            (moment(text)? <= terms.now)
                .then(|| format!("{what} was due {text} in {}", holding.source))
        });
        let aged = || {
            let days = terms.now.duration_since(made(holding)?).as_hours() / 24;
            // A term that the system sets itself counts before the general one.
            let is_general = holding.rotate_by.is_none();
            (is_general && days > terms.crypto_period)
                .then(|| format!("{days} days old in {}", holding.source))
        };
        faults.extend(due.or_else(aged));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(record: serde_json::Value) -> Vec<&'static str> {
        let entry: Entry = serde_json::from_value(record).unwrap();
        let list = List {
            entries: vec![entry],
            ..List::default()
        };
        let terms = Terms {
            now: "2026-11-22T00:00:00Z".parse().unwrap(),
            crypto_period: CRYPTO_PERIOD,
        };
        audit(&list, terms)
            .iter()
            .map(|fault| fault.check)
            .collect()
    }

    /// An entry with nothing wrong, to which one thing is done.
    fn with(change: impl FnOnce(&mut serde_json::Value)) -> Vec<&'static str> {
        let mut record = serde_json::json!({
            "entry": 1, "name": "signer", "kind": "rsa", "bits": 2048,
            "holdings": [{"source": "aws:1", "state": "active", "env": "prod", "owner": "auth",
                          "created": "2026-01-01T00:00:00Z", "extractable": false}],
            "custodians": [{"id": "ada", "from": "2026-01-01"}],
            "trusted_by": ["gate"],
            "ids": {"spki-sha256": "ab".repeat(32)},
        });
        change(&mut record);
        faults(record)
    }

    #[test]
    fn each_check_sees_its_fault_and_no_other() {
        assert_eq!(with(|_| ()), [""; 0]);
        assert_eq!(
            with(|e| e["holdings"] = serde_json::json!([])),
            ["shadow-key"]
        );
        let h = "holdings";
        assert_eq!(
            with(|e| e[h][0]["state"] = "destroyed".into()),
            ["retired-but-trusted"]
        );
        assert_eq!(with(|e| e["bits"] = 1024.into()), ["weak-key"]);
        assert_eq!(
            with(|e| e["ids"] = serde_json::json!({"kid": ["1"]})),
            ["cannot-be-found"]
        );
        assert_eq!(
            with(|e| e[h][0]["extractable"] = true.into()),
            ["extractable"]
        );
        assert_eq!(
            with(|e| {
                e[h][0]["owner"] = "".into();
                e["custodians"] = serde_json::json!([]);
            }),
            ["no-owner"]
        );
        let second = |state: &'static str, env: &'static str| {
            move |e: &mut serde_json::Value| {
                let mut other = e[h][0].clone();
                other["source"] = "vault:2".into();
                other["state"] = state.into();
                other["env"] = env.into();
                e[h].as_array_mut().unwrap().push(other);
            }
        };
        assert_eq!(with(second("active", "dev")), ["dev-and-prod"]);
        assert_eq!(with(second("disabled", "dev")), [""; 0]);
        assert_eq!(
            with(second("compromised", "prod")),
            ["compromised-but-live"]
        );
        assert_eq!(
            with(|e| {
                e["kind"] = "hmac".into();
                e["entropy"] = "unknown".into();
            }),
            ["unknown-entropy"]
        );
    }

    #[test]
    fn times_decide() {
        let h = "holdings";
        for (field, time, late) in [
            ("rotate_by", "2026-11-21T00:00:00Z", true),
            ("rotate_by", "2026-11-22T00:00:01Z", false),
            ("expires", "2026-11-01T00:00:00Z", true),
            ("created", "2024-11-22T00:00:00Z", false),
            ("created", "2024-11-20T00:00:00Z", true),
        ] {
            let expected: &[&str] = if late { &["past-crypto-period"] } else { &[] };
            assert_eq!(
                with(|e| e[h][0][field] = time.into()),
                expected,
                "{field} {time}"
            );
        }
        for (last, left) in [
            ("2026-11-20", true),
            // The last day is not over.
            ("2026-11-22", false),
            ("2027-01-01", false),
            // The key was made after that.
            ("2025-12-31T00:00:00Z", false),
        ] {
            let expected: &[&str] = if left { &["leaver-knows"] } else { &[] };
            assert_eq!(
                with(|e| e["custodians"][0]["to"] = last.into()),
                expected,
                "{last}"
            );
        }
    }

    #[test]
    fn every_check_names_its_clauses() {
        for check in std::iter::once(&REFUSED_AT_IMPORT).chain(CHECKS) {
            for standard in [
                "ISMS-P 2.7.2",
                "PCI DSS 3.",
                "NIST SP 800-57",
                "ISO 27001 A.8.24",
            ] {
                let named = check
                    .clauses
                    .iter()
                    .any(|clause| clause.starts_with(standard));
                assert!(named, "{}: {standard}", check.id);
            }
        }
    }
}
