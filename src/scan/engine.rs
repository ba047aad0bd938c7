//! The engine of a scan: what the options and the inventory want searched, made into a scanner.

use std::sync::Arc;

use super::{Error, Options, Passwords};
use crate::inventory::Inventory;
use crate::key::ChallengeMac;
use crate::scanner::{ScanPlan, Scanner};

/// Builds the engine of a scan.
pub fn scanner(options: &Options, inventory: Option<&Inventory>) -> Result<Scanner, Error> {
    let mut plan = plan(inventory, &options.passwords);
    plan.patterns.clone_from(&options.patterns);
    plan.skipped.clone_from(&options.skipped_families);
    plan.archives = options.archives;
    if options.signed_tokens {
        let verifiers = inventory.and_then(Inventory::verifiers);
        let verifiers = verifiers.filter(|v| !v.is_empty());
        plan.verifiers = Some(Arc::new(verifiers.ok_or(Error::Verifiers)?));
    }
    Ok(Scanner::new(plan)?)
}

/// Says what the inventory wants searched.
#[must_use]
pub fn plan(inventory: Option<&Inventory>, passwords: &Passwords) -> ScanPlan {
    let wanted: Vec<&str> = inventory
        .into_iter()
        .flat_map(Inventory::challenge_macs)
        .collect();
    let is_wanted = |mac: &ChallengeMac| wanted.contains(&mac.id_name());
    ScanPlan {
        challenges: ChallengeMac::ALL.into_iter().filter(is_wanted).collect(),
        answers: inventory.and_then(Inventory::answers),
        verifiers: None,
        patterns: None,
        trials: passwords.trials,
        words: passwords.words.clone(),
        skipped: Vec::new(),
        archives: true,
        message: None,
    }
}
