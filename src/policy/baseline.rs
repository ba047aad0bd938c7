//! Baselines: what a scan found once, so that the next tells only what is new.
//!
//! A file of JSON with an entry a line, sorted, so that a change of it can be
//! read. An entry is a key at a path: the same key at another path is new, and
//! so is another key at the same line.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::allow::{AllowError, Allowance, Target, numbers};
use crate::finding::{Finding, Place, RuleId};

/// Version of the file's fields.
const VERSION: u32 = 1;

/// A baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<Known>,
}

/// What is known at a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    path: String,
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "straykey-baseline")]
    version: u32,
    entries: Vec<Known>,
}

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// No JSON of ours.
    #[error("line {0}, column {1}: not a baseline")]
    Syntax(usize, usize),
    /// Written by a later version.
    #[error("version {0} of the file; this straykey reads version {VERSION}: update it")]
    Version(u32),
    /// An entry that is none.
    #[error("entry {0}: {1}")]
    Entry(usize, String),
}

impl Baseline {
    /// Takes what was found and is not allowed otherwise. `path` names a place
    /// from the folder of the configuration.
    #[must_use]
    pub fn of(findings: &[Finding], path: impl Fn(&Place) -> String) -> Self {
        let numbers = numbers(findings, &path);
        let mut entries = BTreeSet::new();
        for (at, finding) in findings.iter().enumerate() {
            let id = finding.allow_id();
            for (nth, place) in finding.places.iter().enumerate() {
                if place.suppression.is_none() {
                    entries.insert(Known {
                        path: path(place),
                        rule: finding.rule.as_str().to_owned(),
                        id: id.map(str::to_owned),
                        number: numbers.get(&(at, nth)).copied(),
                    });
                }
            }
        }
        Self { entries }
    }

    /// Keeps what both have.
    #[must_use]
    pub fn pruned(&self, now: &Self) -> Self {
        // The rule of a key changes with the inventory; the key does not.
        let key = |known: &Known| {
            let rule = known.id.is_none().then(|| known.rule.clone());
            (known.path.clone(), rule, known.id.clone(), known.number)
        };
        let there: BTreeSet<_> = now.entries.iter().map(key).collect();
        let kept = self
            .entries
            .iter()
            .filter(|known| there.contains(&key(known)));
        Self {
            entries: kept.cloned().collect(),
        }
    }

    /// Returns how many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns its text.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .entries
            .iter()
            .filter_map(|known| serde_json::to_string(known).ok())
            .collect();
        let body = match lines.is_empty() {
            true => String::new(),
            false => format!("\n{}\n", lines.join(",\n")),
        };
        format!("{{\"straykey-baseline\":{VERSION},\"entries\":[{body}]}}\n")
    }

    /// Reads its text.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_str(text)
            .map_err(|error| BaselineError::Syntax(error.line(), error.column()))?;
        if file.version != VERSION {
            return Err(BaselineError::Version(file.version));
        }
        Ok(Self {
            entries: file.entries.into_iter().collect(),
        })
    }

    /// Returns its entries as allowances of the file at `source`.
    pub fn allowances(&self, source: &str) -> Result<Vec<Allowance>, BaselineError> {
        let entries = self.entries.iter().zip(1..);
        entries
            .map(|(known, number)| {
                let wrong = |why: String| BaselineError::Entry(number, why);
                let target = target(known).map_err(wrong)?;
                Allowance::known(target, &known.path, source).map_err(|e| wrong(e.to_string()))
            })
            .collect()
    }
}

fn target(known: &Known) -> Result<Target, String> {
    match (&known.id, known.number) {
        (Some(id), None) => Target::id(id).map_err(|error: AllowError| error.to_string()),
        (None, Some(number)) => {
            let rule = RuleId::from_name(&known.rule);
            Ok(Target::Numbered {
                rule: rule.ok_or_else(|| format!("unknown rule `{}`", known.rule))?,
                path: known.path.clone(),
                number,
            })
        }
        _ => Err("one of `id` and `number` is expected".to_owned()),
    }
}
