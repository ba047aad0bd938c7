//! Drives a scan: plan, sources with scanners, one collector.
//!
//! Sources return sightings in any order. The collector joins the sightings of
//! one key, matches it against the inventory, names the rule and sorts, so that
//! the same bytes come out for any number of workers.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::blob::Origin;
use crate::finding::{Finding, Notice, Place, Proof, Sighting, Subject};
use crate::format;
use crate::inventory::{Inventory, Match};
use crate::key::ChallengeMac;
use crate::policy::{self, FailOn, Overrides};
use crate::report::{ListInfo, Report, Stats, escape};
use crate::scanner::{ScanPlan, Scanner};
use crate::source::{Harvest, Interrupt, Progress, commits, history, stdin, tree};

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// How trees are walked.
    pub tree: tree::Options,
    /// What becomes of git histories.
    pub history: History,
    /// Look at every object of a history whole: the oracle of the fast way.
    pub naive: bool,
    /// From which findings on the scan fails.
    pub fail_on: FailOn,
    /// Levels set by the configuration.
    pub overrides: Overrides,
    /// Whether a decoder that gave up makes the scan incomplete.
    pub strict: bool,
}

/// What becomes of git histories below the paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// Trees and histories.
    #[default]
    Auto,
    /// Trees only.
    Skip,
}

/// Why a scan could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that is not there.
    #[error("{}: {source}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A tree that cannot be walked.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// The inventory failed while it was searched.
    #[error("inventory: {0}")]
    Inventory(#[from] crate::inventory::Error),
    /// The tables could not be built.
    #[error("search tables: {0}")]
    Tables(#[from] aho_corasick::BuildError),
    /// Standard input failed.
    #[error("standard input: {0}")]
    Stdin(std::io::Error),
    /// A part of a repository that cannot be scanned.
    #[error(transparent)]
    Commits(#[from] commits::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// Scans files and folders.
pub fn scan(
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let started = Instant::now();
    for path in &options.paths {
        std::fs::symlink_metadata(path).map_err(|source| Error::Path {
            path: path.clone(),
            source,
        })?;
    }
    let scanner = Scanner::new(plan(inventory))?;
    let mut harvest = tree::walk(&options.paths, &options.tree, &scanner, progress, interrupt)?;
    if interrupt.is_set() {
        return Err(Error::Interrupted);
    }
    if options.history == History::Auto {
        let mut repositories = std::mem::take(&mut harvest.repositories);
        repositories.sort();
        let how = history::Options {
            threads: options.tree.threads,
            naive: options.naive,
        };
        harvest.merge(history::sweep(
            &repositories,
            how,
            &scanner,
            progress,
            interrupt,
        ));
        if interrupt.is_set() {
            return Err(Error::Interrupted);
        }
    }
    let mut report = collect(harvest, options, inventory)?;
    report.stats.duration = started.elapsed();
    Ok(report)
}

/// Scans one stream that cannot be read again.
pub fn scan_stream(
    input: &mut dyn Read,
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
) -> Result<Report, Error> {
    let started = Instant::now();
    let scanner = Scanner::new(plan(inventory))?;
    let limit = options.tree.max_file_size;
    let harvest = stdin::read(input, limit, &scanner, progress).map_err(Error::Stdin)?;
    let mut report = collect(harvest, options, inventory)?;
    report.stats.duration = started.elapsed();
    Ok(report)
}

/// Scans a part of a repository: what is staged, a range of commits, a push. Returns remarks for
/// the person who asked beside the report; [`Options::paths`] are not walked.
pub fn scan_commits(
    request: &commits::Request,
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<(Report, Vec<String>), Error> {
    let started = Instant::now();
    let scanner = Scanner::new(plan(inventory))?;
    let gathered = commits::gather(request, &options.tree, &scanner, progress, interrupt)?;
    if interrupt.is_set() {
        return Err(Error::Interrupted);
    }
    let mut report = collect(gathered.harvest, options, inventory)?;
    report.stats.duration = started.elapsed();
    Ok((report, gathered.remarks))
}

/// Says what the inventory wants searched.
#[must_use]
pub fn plan(inventory: Option<&Inventory>) -> ScanPlan {
    let wanted: Vec<&str> = inventory
        .into_iter()
        .flat_map(Inventory::challenge_macs)
        .collect();
    let is_wanted = |mac: &ChallengeMac| wanted.contains(&mac.id_name());
    ScanPlan {
        challenges: ChallengeMac::ALL.into_iter().filter(is_wanted).collect(),
    }
}

/// Joins sightings into findings and makes the report.
fn collect(
    harvest: Harvest,
    options: &Options,
    inventory: Option<&Inventory>,
) -> Result<Report, Error> {
    let mut report = Report {
        skipped: harvest.skipped,
        stats: Stats {
            files: harvest.files,
            bytes: harvest.bytes,
            blobs: harvest.blobs,
            repositories: harvest.swept,
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
        ..Report::default()
    };
    let mut notices = harvest.notices;
    notices.sort();
    notices.dedup();
    report.notices = notices
        .into_iter()
        .filter(|Notice { reason, .. }| report.counts_against(*reason))
        .collect();
    let histories = harvest.histories;
    let roots = match histories.is_empty() {
        true => Roots::new(&options.paths),
        // Paths of a repository are relative to its root already.
        false => Roots::new(&[]),
    };
    let mut groups: BTreeMap<Group, Vec<(Subject, Place)>> = BTreeMap::new();
    for sighting in harvest.sightings {
        let group = Group::of(&sighting);
        let (subject, mut place) = (sighting.subject.clone(), roots.place(sighting));
        let origin = Origin {
            members: Vec::new(),
            ..place.origin.clone()
        };
        place.history = histories.get(&origin).cloned();
        groups.entry(group).or_default().push((subject, place));
    }
    for (_, mut members) in groups {
        members.sort_by(|a, b| a.1.cmp(&b.1));
        members.dedup_by(|a, b| a.1 == b.1);
        report
            .findings
            .push(finding(members, inventory, &options.overrides)?);
    }
    Ok(report)
}

/// What makes sightings one finding.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// One key, secret or container, wherever it is.
    Subject(Subject),
    /// Nothing to know it by: its place.
    Place(Origin, u64),
}

impl Group {
    fn of(sighting: &Sighting) -> Self {
        let nameless = match &sighting.subject {
            Subject::Malformed { .. } => true,
            Subject::Secret(secret) => secret.id.is_none() && secret.answers.is_empty(),
            Subject::Key(_) | Subject::Opaque { .. } => false,
        };
        if nameless {
            Self::Place(sighting.origin.clone(), sighting.region.offset)
        } else {
            Self::Subject(sighting.subject.clone())
        }
    }
}

/// Makes a finding of the sightings of one key.
fn finding(
    members: Vec<(Subject, Place)>,
    inventory: Option<&Inventory>,
    overrides: &Overrides,
) -> Result<Finding, Error> {
    let strongest = members.iter().min_by_key(|(_, place)| place.manner.proof);
    let (subject, manner) = match strongest {
        Some((subject, place)) => (subject.clone(), place.manner.clone()),
        // Groups are made of their members.
        None => unreachable!("a group without members"),
    };
    let mut proof = manner.proof;
    let mut matched = match inventory {
        Some(inventory) => matched(&subject, inventory)?,
        None => None,
    };
    let mut places: Vec<Place> = members.into_iter().map(|(_, place)| place).collect();
    if let (Subject::Secret(_), Some(_)) = (&subject, &matched) {
        proof = Proof::Challenge;
        for place in &mut places {
            place.manner.proof = Proof::Challenge;
        }
    }
    if matched.is_none()
        && matches!(subject, Subject::Opaque { .. })
        && let Some(inventory) = inventory
    {
        matched = hint(&places, inventory)?;
    }
    let can_sign = match &subject {
        Subject::Key(identity) => identity.can_sign,
        _ => true,
    };
    let rule = policy::classify(&subject, proof, can_sign, matched.as_ref());
    let mut told = manner;
    told.proof = proof;
    let name = format::by_id(told.format).map_or(told.format, |f| f.spec().name);
    let message = policy::message(rule, &subject, &told, matched.as_ref(), name);
    let subject = without_answers(subject);
    Ok(Finding {
        level: overrides.level(rule),
        rule,
        subject,
        matched,
        message,
        places,
    })
}

/// Returns the entry that a key or secret is.
pub fn matched(subject: &Subject, inventory: &Inventory) -> Result<Option<Match>, Error> {
    Ok(match subject {
        Subject::Key(identity) => inventory.find(identity)?,
        Subject::Secret(secret) => inventory.find_secret(&secret.answers)?,
        Subject::Opaque { .. } | Subject::Malformed { .. } => None,
    })
}

/// Returns the entry that a key id beside an opaque container points at.
fn hint(places: &[Place], inventory: &Inventory) -> Result<Option<Match>, Error> {
    for kid in places.iter().filter_map(|p| p.manner.kid.as_deref()) {
        if let Some(found) = inventory.find_kid(kid)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Challenge answers have served their purpose.
fn without_answers(subject: Subject) -> Subject {
    match subject {
        Subject::Secret(mut secret) => {
            secret.answers.clear();
            Subject::Secret(secret)
        }
        other => other,
    }
}

fn list_info(inventory: &Inventory) -> ListInfo {
    let info = inventory.info();
    let header = &info.header;
    ListInfo {
        list_id: header.list_id.clone(),
        org: header.org.clone(),
        version: header.version,
        issued_at: header.issued_at.clone(),
        expires_at: header.expires_at.clone(),
        expired: info.expired(jiff::Timestamp::now()),
        entries: info.entries,
        ..ListInfo::default()
    }
}

/// Makes paths relative to the PATH argument they were found below.
struct Roots<'a> {
    paths: &'a [PathBuf],
}

impl<'a> Roots<'a> {
    fn new(paths: &'a [PathBuf]) -> Self {
        Self { paths }
    }

    fn place(&self, sighting: Sighting) -> Place {
        let full = &sighting.origin.path;
        let below = self
            .paths
            .iter()
            .filter_map(|root| full.strip_prefix(root).ok());
        let relative = match below.min_by_key(|rest| rest.as_os_str().len()) {
            // The PATH is the file itself.
            Some(rest) if rest.as_os_str().is_empty() => {
                full.file_name().map(Path::new).unwrap_or(full)
            }
            Some(rest) => rest,
            None => full,
        };
        let slashed = slashed(relative);
        let text = String::from_utf8_lossy(&slashed).into_owned();
        let path = sighting
            .origin
            .members
            .iter()
            .fold(text, |path, member| path + "!" + member);
        let shown = full.to_string_lossy().into_owned();
        let shown = sighting
            .origin
            .members
            .iter()
            .fold(shown, |path, member| path + "!" + member);
        Place {
            path,
            uri: escape::uri(&slashed),
            shown,
            origin: sighting.origin,
            region: sighting.region,
            manner: sighting.manner,
            history: None,
        }
    }
}

/// Returns a relative path with `/` between its parts, whatever the platform.
fn slashed(path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    for part in path.components() {
        if !out.is_empty() && out.last() != Some(&b'/') {
            out.push(b'/');
        }
        match part {
            std::path::Component::RootDir => out.push(b'/'),
            part => out.extend_from_slice(part.as_os_str().as_encoded_bytes()),
        }
    }
    out
}
