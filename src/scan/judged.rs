//! What the inventory says of the machine and the places that a key was found at.

use std::path::Path;

use super::{Bases, Options};
use crate::finding::{Finding, Suppression, SuppressionKind};
use crate::inventory::location;
use crate::policy::{self, Class};

/// Judges findings of managed keys by where they are: places that the list allows are
/// marked, environments decide about the level and are told.
pub(super) fn judge(findings: &mut [Finding], options: &Options, bases: &Bases, list: &str) {
    for finding in findings {
        let Some(found) = finding.matched.clone() else {
            continue;
        };
        if finding.rule.rule().class != Class::Managed {
            continue;
        }
        if let Some(machine) = options.environment {
            let (level, told) = policy::of_environments(finding.rule, &found, machine);
            if let Some(level) = level.filter(|_| !options.overrides.sets(finding.rule)) {
                finding.level = level;
            }
            if let Some(told) = told {
                finding.message.push(' ');
                finding.message.push_str(&told);
            }
        }
        if found.allowed.is_empty() {
            continue;
        }
        let mut elsewhere = false;
        for place in &mut finding.places {
            // What is in a history, or in a stream, is on every machine that has it.
            let is_file = place.origin.object.is_none();
            let real = bases
                .real(place)
                .filter(|path| is_file && path.is_absolute());
            let path = real.as_deref().map(Path::to_string_lossy);
            let line = path.and_then(|path| {
                location::allowing(&found.allowed, &options.host, &path).map(str::to_owned)
            });
            match line {
                Some(line) if place.suppression.is_none() => {
                    place.suppression = Some(Suppression {
                        kind: SuppressionKind::Allow,
                        source: format!("inventory {list} entry {}", found.entry)
                            .replace("  ", " "),
                        reason: Some(format!("the inventory allows the key here: {line}")),
                        approver: None,
                        expires: None,
                    });
                }
                Some(_) => {}
                None => elsewhere = true,
            }
        }
        // Nobody needs to be told that a key of the KMS belongs there.
        if elsewhere && found.allowed.iter().any(|line| line != "kms") {
            let allowed = found.allowed.join(", ");
            let shown: String = allowed.chars().take(MAX_SHOWN).collect();
            finding
                .message
                .push_str(&format!(" The inventory allows it in: {shown}."));
        }
    }
}

/// Characters of the allowed places that a message shows.
const MAX_SHOWN: usize = 120;
