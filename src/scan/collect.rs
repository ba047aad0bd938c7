//! The collector: what the sources returned becomes a report.
//!
//! Sightings come in any order. They are put at their paths, those of one key are joined
//! into a finding ([`super::group`]), what is allowed is marked, and all is sorted, so that
//! the same bytes come out for any number of workers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::group::{self, Group};
use super::places::{Bases, Roots};
use super::{Error, Options, judged};
use crate::blob::Origin;
use crate::finding::{History, Notice, Place, Proof, Reach, Region, Sighting, Subject};
use crate::inventory::Inventory;
use crate::pattern;
use crate::report::{ListInfo, Provenance, Report, Stats, escape};
use crate::scanner::is_by_rule;
use crate::source::{Belonging, Harvest, git};

/// Joins sightings into findings and makes the report. Paths of a part of a
/// repository begin at its `root`; only a scan of the `whole` can say that an
/// allow entry is not used.
pub(super) fn collect(
    mut harvest: Harvest,
    options: &Options,
    inventory: Option<&Inventory>,
    root: Option<&Path>,
    whole: bool,
) -> Result<Report, Error> {
    let mut report = Report {
        skipped: std::mem::take(&mut harvest.skipped),
        stats: Stats {
            files: harvest.files,
            unchanged: harvest.unchanged,
            live: harvest.live,
            environments: harvest.environments,
            closed_environments: harvest.closed_environments,
            bytes: harvest.bytes,
            blobs: harvest.blobs,
            again: harvest.again,
            triggered: harvest.triggered,
            repositories: harvest.swept,
            archives: harvest.archives.archives,
            members: harvest.archives.members,
            member_bytes: harvest.archives.bytes,
            ..Stats::default()
        },
        inventory: inventory.map(list_info),
        roots: options
            .paths
            .iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect(),
        fail_on: options.fail_on,
        strict: options.strict,
        trials: options.passwords.trials,
        ..Report::default()
    };
    let mut notices = std::mem::take(&mut harvest.notices);
    notices.sort();
    notices.dedup();
    (report.notices, report.passed_over) = notices
        .into_iter()
        .partition(|Notice { reason, .. }| report.counts_against(*reason));
    let roots = Roots::new(&options.paths, root.is_some());
    join_readings(&mut harvest.sightings);
    let mut groups: BTreeMap<Group, Vec<(Subject, Place)>> = BTreeMap::new();
    for sighting in harvest.sightings {
        let group = Group::of(&sighting);
        for (sighting, history) in located(sighting, &harvest.belongings) {
            if is_shown_only(&sighting) {
                continue;
            }
            let subject = sighting.subject.clone();
            let group = group.located(&sighting);
            let place = Place {
                history,
                ..roots.place(sighting)
            };
            if let Some(place) = by_own_path(place, options) {
                let members = groups.entry(group).or_default();
                members.push((subject, place));
            }
        }
    }
    for (_, mut members) in groups {
        members.sort_by(|a, b| a.1.cmp(&b.1));
        report
            .findings
            .extend(group::finding(members, inventory, options)?);
    }
    let bases = Bases::new(&options.paths, root, &options.allowances.base);
    for place in report.findings.iter().flat_map(|finding| &finding.places) {
        // The tip of another branch is not checked out either.
        let is_old = place
            .history
            .as_ref()
            .is_some_and(|h| h.reach != Reach::Index);
        if is_old && !bases.is_there(place) {
            report.gone.insert(place.uri.clone());
        }
    }
    report.anchor = root
        .or(options.paths.first().map(PathBuf::as_path))
        .and_then(anchor)
        .map(|file| roots.below_first(&file));
    let everything = whole && report.is_complete();
    report.stale = options.allowances.apply(
        &mut report.findings,
        |place| Some(bases.path(place)),
        today(),
        everything,
    );
    let list = inventory.map(|list| list.info().header.list_id.as_str());
    judged::judge(
        &mut report.findings,
        options,
        &bases,
        list.unwrap_or_default(),
    );
    Ok(report)
}

/// Returns the day by which entries expire.
pub(super) fn today() -> jiff::civil::Date {
    let now = jiff::Timestamp::now();
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Joins what a token proved in one reading, such as base64, with sightings of the
/// same text as it stands: they are one secret.
fn join_readings(sightings: &mut Vec<Sighting>) {
    let at = |s: &Sighting| (s.origin.clone(), s.region);
    let proven = sightings.iter().filter(|s| s.manner.proof == Proof::Token);
    let proven: BTreeMap<(Origin, Region), (Subject, bool)> = proven
        .map(|s| (at(s), (s.subject.clone(), is_shown_only(s))))
        .collect();
    if proven.is_empty() {
        return;
    }
    // What another tool's rule takes for a secret is the token itself then, no reading of what
    // signed it; it is told where that is not.
    let is_foreign = |s: &Sighting| pattern::foreign_id(s.manner.format).is_some();
    sightings.retain(|s| !is_foreign(s) || proven.get(&at(s)).is_none_or(|(_, shown)| *shown));
    let id = |s: &Sighting| match &s.subject {
        Subject::Secret(secret) if s.manner.proof == Proof::Context && !is_foreign(s) => {
            secret.id.clone()
        }
        _ => None,
    };
    let same = sightings
        .iter()
        .filter_map(|s| Some((id(s)?, proven.get(&at(s))?.0.clone())));
    let same: BTreeMap<String, Subject> = same.collect();
    for sighting in sightings {
        if let Some(subject) = id(sighting).and_then(|id| same.get(&id)) {
            sighting.subject = subject.clone();
            sighting.manner.proof = Proof::Token;
        }
    }
}

/// Whether a sighting is of a secret that a test, an example or a document shows:
/// one that can be guessed, or that only its context makes one in a text for
/// people. What a list proves is told wherever it stands.
fn is_shown_only(sighting: &Sighting) -> bool {
    let Subject::Secret(secret) = &sighting.subject else {
        return false;
    };
    // A container may stand among documents, and documents in a container.
    let member = sighting.origin.members.last().map(Path::new);
    let is = |kind: fn(&Path) -> bool| kind(&sighting.origin.path) || member.is_some_and(kind);
    match sighting.manner.proof {
        Proof::Context if is_by_rule(sighting) => match secret.id {
            Some(_) => is(pattern::is_document),
            None => is(pattern::is_shown),
        },
        Proof::Token => secret.id.is_none() && is(pattern::is_shown),
        _ => false,
    }
}

/// Leaves out what a rule of `--patterns` found at a path that the rule excuses.
fn by_own_path(mut place: Place, options: &Options) -> Option<Place> {
    let manner = &mut place.manner;
    if manner.proof != Proof::Context || pattern::foreign_id(manner.format).is_none() {
        return Some(place);
    }
    let outcome = manner.usage.take();
    let mut patterns = options.patterns.iter();
    let told = patterns.all(|patterns| patterns.tells(manner.format, outcome, &place.path));
    told.then_some(place)
}

/// Puts a sighting in an object at every path that the object had.
fn located(
    sighting: Sighting,
    belongings: &BTreeMap<(PathBuf, String), Belonging>,
) -> Vec<(Sighting, Option<History>)> {
    let origin = &sighting.origin;
    let key = origin
        .object
        .as_ref()
        .map(|object| (origin.path.clone(), object.clone()));
    let Some(belonging) = key.and_then(|key| belongings.get(&key)) else {
        return vec![(sighting, None)];
    };
    if belonging.paths.is_empty() {
        return vec![(sighting, belonging.pathless.clone())];
    }
    let at = |(path, history): &(PathBuf, History)| {
        let mut sighting = sighting.clone();
        sighting.origin.path.clone_from(path);
        (sighting, Some(history.clone()))
    };
    belonging.paths.iter().map(at).collect()
}

fn list_info(inventory: &Inventory) -> ListInfo {
    let info = inventory.info();
    let header = &info.header;
    let now = jiff::Timestamp::now();
    ListInfo {
        list_id: header.list_id.clone(),
        org: header.org.clone(),
        version: header.version,
        issued_at: header.issued_at.clone(),
        expires_at: header.expires_at.clone(),
        expired: info.expired(now),
        age_days: info.age_days(now),
        signer: info.signer.clone(),
        entries: info.entries,
        ..ListInfo::default()
    }
}

/// Returns the URI of a file at the root of a repository that stands for those
/// that are gone: one that is rarely renamed, or else the first by name.
fn anchor(root: &Path) -> Option<String> {
    let usual = ["README.md", ".gitignore", "LICENSE"];
    let found = usual.iter().find(|name| root.join(name).is_file());
    if let Some(name) = found {
        return Some((*name).to_owned());
    }
    let files = std::fs::read_dir(root).ok()?.filter_map(Result::ok);
    let mut names: Vec<_> = files
        .filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|item| item.file_name())
        .collect();
    names.sort();
    let name = names.into_iter().find(|name| name != ".git")?;
    Some(escape::uri(name.as_encoded_bytes()))
}

/// Returns which clone the repository is whose git directory, or work tree,
/// this is.
pub(super) fn provenance(path: &Path) -> Option<Provenance> {
    let root = match path.file_name() {
        Some(name) if name == ".git" => path.parent().filter(|p| !p.as_os_str().is_empty()),
        _ => Some(path),
    };
    let root = root.unwrap_or(Path::new("."));
    let found = git::provenance(root)?;
    Some(Provenance {
        root: root.to_string_lossy().into_owned(),
        uri: found.remote,
        revision: found.revision,
        branch: found.branch,
    })
}
