//! One view of many machines and repositories, by key.
//!
//! Spools are read in any order and number; what is known of a key on a machine is its newest record,
//! since when is its oldest. Repositories come in as reports of `straykey scan --format json`. The view
//! is the same whatever the order of the files was.

mod csv;
mod html;
mod json;
mod merge;
mod named;
mod scanned;

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Proof, RuleId};

use super::record::{At, Coverage, Device, Matched};

pub use csv::write as write_csv;
pub use html::write as write_html;
pub use json::write as write_json;
pub use merge::{Options, each, read};

/// Most places of one key that are kept, the first by their order; the others are counted.
pub const MAX_PLACES: usize = 200;

/// All that is known of a fleet.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Keys, in the order in which they are to be rotated.
    pub keys: Vec<Key>,
    /// Machines and repositories, by name.
    pub machines: Vec<Machine>,
    /// RFC 3339 time that "silent" is counted from.
    pub at: String,
    /// Days after which a machine is silent.
    pub silent_after_days: u64,
    /// What could not be read.
    pub unread: Vec<String>,
}

/// A key, secret or container, wherever it is.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// Its id; of what has none, its place.
    pub id: String,
    /// The worst rule that it was told by.
    pub rule: String,
    /// How bad that is, from 0 to 10.
    pub severity: f64,
    /// Algorithm and size.
    pub algorithm: Option<String>,
    /// How it was proven, by name.
    pub proofs: BTreeSet<String>,
    /// One sentence.
    pub message: String,
    /// Which inventory entry it is.
    pub matched: Option<Matched>,
    /// Every fingerprint.
    pub ids: BTreeMap<String, String>,
    /// Machines that have it, by id.
    pub machines: BTreeSet<String>,
    /// Machines that had it.
    pub gone: BTreeSet<String>,
    /// Users that have it.
    pub users: BTreeSet<String>,
    /// Repositories that have it.
    pub repositories: BTreeSet<String>,
    /// Commits that brought it.
    pub commits: BTreeSet<String>,
    /// When anybody saw it first.
    pub first_seen: String,
    /// When anybody saw it last.
    pub last_seen: String,
    /// Where it is: machine, user, place.
    pub places: BTreeSet<(String, String, At)>,
    /// How many places there are.
    pub places_total: u64,
}

/// Returns which place a rule has among all, the worst first; rules of other versions come last.
#[must_use]
pub fn rank(rule: &str) -> usize {
    let rule = RuleId::from_name(rule);
    let rank = rule.and_then(|rule| RuleId::ALL.iter().position(|known| *known == rule));
    rank.unwrap_or(RuleId::ALL.len())
}

impl Key {
    /// Whether some machine or repository still has it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.machines.is_empty()
    }

    /// What to do about it, in a sentence.
    #[must_use]
    pub fn now(&self) -> &'static str {
        RuleId::from_name(&self.rule).map_or(
            "It was found by another version of straykey; ask that one: `straykey explain`.",
            |rule| rule.rule().now,
        )
    }

    /// What decides in which order keys are rotated: what is live in production, what no password
    /// keeps, what most people have, what has been out longest.
    fn urgency(
        &self,
    ) -> (
        bool,
        usize,
        bool,
        bool,
        std::cmp::Reverse<usize>,
        &str,
        &str,
    ) {
        let env = self.matched.as_ref().and_then(|found| found.env.as_deref());
        (
            !self.is_there(),
            rank(&self.rule),
            env != Some("prod"),
            self.proofs
                .iter()
                .all(|proof| proof == Proof::Sealed.as_str()),
            std::cmp::Reverse(self.machines.len()),
            &self.first_seen,
            &self.id,
        )
    }
}

/// A machine, or a repository that was scanned elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Which.
    pub device: Device,
    /// `machine` or `repository`.
    pub kind: &'static str,
    /// When it was heard of last.
    pub last: String,
    /// What its last run came to.
    pub verdict: String,
    /// Why that is not clean.
    pub why: Vec<String>,
    /// Version of its agent.
    pub engine: String,
    /// What its last run saw.
    pub coverage: Coverage,
    /// How many keys it has.
    pub keys: u64,
    /// Whether nothing was heard of it for too long.
    pub is_silent: bool,
}

/// The numbers of a fleet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Machines.
    pub machines: u64,
    /// Repositories.
    pub repositories: u64,
    /// Those whose last run was clean.
    pub clean: u64,
    /// Those with findings.
    pub with_findings: u64,
    /// Those that could not be vouched for.
    pub not_vouched: u64,
    /// Machines that are silent.
    pub silent: u64,
    /// Keys that are somewhere.
    pub keys: u64,
    /// Those of the company.
    pub managed: u64,
    /// Keys that were somewhere.
    pub gone: u64,
}

impl Fleet {
    /// Returns the numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for machine in &self.machines {
            match machine.kind {
                "repository" => counts.repositories += 1,
                _ => counts.machines += 1,
            }
            match machine.verdict.as_str() {
                "clean" => counts.clean += 1,
                "findings" => counts.with_findings += 1,
                _ => counts.not_vouched += 1,
            }
            counts.silent += u64::from(machine.is_silent);
        }
        for key in &self.keys {
            match key.is_there() {
                true => counts.keys += 1,
                false => counts.gone += 1,
            }
            counts.managed += u64::from(key.is_there() && key.matched.is_some());
        }
        counts
    }

    /// Returns the name of a machine.
    fn name<'f>(&'f self, id: &'f str) -> &'f str {
        let found = self
            .machines
            .binary_search_by(|m| m.device.id.as_str().cmp(id));
        let machine = found.ok().and_then(|at| self.machines.get(at));
        machine.map_or(id, |machine| match machine.device.name.is_empty() {
            true => id,
            false => &machine.device.name,
        })
    }
}
