//! What the environments of a key and of the machine that it was found on come to.

use crate::finding::{Level, RuleId};
use crate::inventory::{Match, Standing};

/// The environment of the machine that is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Production.
    Prod,
    /// Before production.
    Stage,
    /// Where people develop.
    Dev,
}

impl Environment {
    /// Returns the word of lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prod => "prod",
            Self::Stage => "stage",
            Self::Dev => "dev",
        }
    }
}

/// What the environments of a key and of the machine that it was found on make of a
/// finding: the level, if it changes, and a sentence.
///
/// A key of production on another machine is as bad as it gets, and said. A key of
/// development on a machine of development is one that people work with: it is told, and
/// is no error.
#[must_use]
pub fn of_environments(
    rule: RuleId,
    found: &Match,
    machine: Environment,
) -> (Option<Level>, Option<String>) {
    let Some(env @ ("prod" | "stage" | "dev")) = found.env.as_deref() else {
        return (None, None);
    };
    let is_live = matches!(found.standing, Standing::ManagedProd | Standing::Managed);
    if env == machine.as_str() {
        let lower = rule == RuleId::ManagedKey && is_live;
        return (lower.then_some(Level::Warning), None);
    }
    let told = format!("A key of {env} on a machine of {}.", machine.as_str());
    (None, Some(told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Entry, Holding};

    #[test]
    fn environments_that_differ_are_told() {
        let of = |env: &str, machine| {
            let entry = Entry {
                holdings: vec![Holding {
                    state: Some("active".into()),
                    env: Some(env.into()),
                    ..Holding::default()
                }],
                ..Entry::default()
            };
            let rule = match env {
                "prod" => RuleId::ManagedKeyProd,
                _ => RuleId::ManagedKey,
            };
            of_environments(rule, &Match::new(&entry, "spki-sha256"), machine)
        };
        assert_eq!(
            of("prod", Environment::Dev).1.as_deref(),
            Some("A key of prod on a machine of dev.")
        );
        assert_eq!(of("prod", Environment::Prod), (None, None));
        assert_eq!(of("dev", Environment::Dev), (Some(Level::Warning), None));
        assert_eq!(of("unknown", Environment::Dev), (None, None));
    }
}
