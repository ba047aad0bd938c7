//! Drives a scan: plan, sources with scanners, one collector.
//!
//! Sources return sightings in any order. The collector joins the sightings of
//! one key, matches it against the inventory, names the rule and sorts, so that
//! the same bytes come out for any number of workers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

mod beside;
mod engine;
mod join;
mod judged;
mod nested;
mod places;

pub use engine::{plan, scanner};
use join::Join;
pub use nested::Nested;
pub use places::Bases;
use places::Roots;

use crate::blob::Origin;
use crate::finding::{
    Finding, History, Notice, NoticeReason, Place, Proof, Region, Sighting, Subject,
};
use crate::format;
use crate::inventory::{Inventory, Match, published};
use crate::key::password::Words;
use crate::pattern;
use crate::policy::{self, Allowances, Environment, FailOn, Overrides};
use crate::report::{ListInfo, Provenance, Report, Stats, escape};
use crate::scanner::Neighbours;
use crate::source::anchor::Anchors;
use crate::source::git::Settings;
use crate::source::state::Store;
use crate::source::{
    Belonging, Harvest, Interrupt, Progress, commits, git, history, live, stdin, tree,
};

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// How trees are walked.
    pub tree: tree::Options,
    /// What becomes of git histories.
    pub history: Histories,
    /// Look at every object of a history whole, and read every file: the oracle of the fast way.
    pub naive: bool,
    /// What the git configuration of the person who scans says about all repositories.
    pub git: Settings,
    /// Where it is kept what was looked at.
    pub state: Option<Store>,
    /// From which findings on the scan fails.
    pub fail_on: FailOn,
    /// Levels set by the configuration.
    pub overrides: Overrides,
    /// Whether a decoder that gave up makes the scan incomplete.
    pub strict: bool,
    /// Which passwords are tried.
    pub passwords: Passwords,
    /// Whether archives are looked into.
    pub archives: bool,
    /// Whether it is told which keys of the inventory signed the tokens that are found.
    pub signed_tokens: bool,
    /// Lists of publicly known keys.
    pub known_bad: Arc<Vec<Inventory>>,
    /// Whether the keys of public test suites count as publicly known.
    pub published: bool,
    /// Name of the machine.
    pub host: String,
    /// Environment of the machine.
    pub environment: Option<Environment>,
    /// What counts for nothing.
    pub allowances: Allowances,
    /// Reads what repositories at or below the paths allow in themselves; `None` if that is
    /// not heeded.
    pub nested: Option<Nested>,
    /// Rules for signing secrets; the embedded ones if none are given.
    pub patterns: Option<pattern::Patterns>,
    /// Families of formats that are left out, of [`format::FAMILIES`].
    pub skipped_families: Vec<&'static str>,
    /// Live stores that are looked into as well.
    pub live: Option<live::Options>,
    /// Whether a scan that is stopped tells what it saw until then.
    pub partial: bool,
}

/// Which passwords are tried on encrypted keys and stores.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Whether any are.
    pub trials: bool,
    /// Words besides the notorious ones.
    pub words: Words,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            trials: true,
            words: Words::default(),
        }
    }
}

/// What becomes of git histories below the paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Histories {
    /// Trees and histories.
    #[default]
    Auto,
    /// Histories only: no file is read.
    Only,
    /// Trees only.
    Skip,
}

/// Why a scan could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that is not there.
    #[error("{}", path.display())]
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
    Tables(#[from] pattern::Error),
    /// Standard input failed.
    #[error("standard input: {0}")]
    Stdin(std::io::Error),
    /// A part of a repository that cannot be scanned.
    #[error(transparent)]
    Commits(#[from] commits::Error),
    /// Nothing that tokens could be tried on.
    #[error("tokens can be tried only on the public keys (`spki`) of a text list")]
    Verifiers,
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
    let (started, begun) = (Instant::now(), SystemTime::now());
    for path in &options.paths {
        std::fs::symlink_metadata(path).map_err(|source| Error::Path {
            path: path.clone(),
            source,
        })?;
    }
    let scanner = scanner(options, inventory)?;
    let roots = outermost(&options.paths);
    let mut tree_options = tree::Options {
        reading: reading(options),
        ..options.tree.clone()
    };
    tree_options.care.anchors = Anchors::of(&roots);
    let follows = join::begin(options, &tree_options, &scanner);
    let mut harvest = tree::walk(&roots, &tree_options, &scanner, progress, interrupt)?;
    if interrupt.is_set() && !options.partial {
        return Err(Error::Interrupted);
    }
    if let Some(live) = &options.live {
        harvest.merge(live::look(live, &scanner, interrupt));
    }
    let mut repositories = std::mem::take(&mut harvest.repositories);
    repositories.sort();
    let mut swept = Vec::new();
    if options.history != Histories::Skip {
        let left = std::mem::take(&mut harvest.left);
        if options.history == Histories::Only && repositories.is_empty() {
            for path in &options.paths {
                harvest.skip(
                    NoticeReason::HistoryUnread,
                    path,
                    "no git repository is here",
                );
            }
        }
        let how = history::Options {
            tree: &tree_options,
            naive: options.naive,
            state: options.state.as_ref(),
        };
        let more;
        (more, swept) = history::sweep(&repositories, left, how, &scanner, progress, interrupt);
        harvest.merge(more);
        if interrupt.is_set() && !options.partial {
            return Err(Error::Interrupted);
        }
    }
    let join = Join {
        options,
        tree: &tree_options,
        scanner: &scanner,
        repositories: &repositories,
        interrupt,
        begun,
        follows,
    };
    let proven = join.prove(&mut harvest, &swept)?;
    for database in swept {
        database.finish(&proven, &mut harvest);
    }
    if interrupt.is_set() && !options.partial {
        return Err(Error::Interrupted);
    }
    harvest.sightings.extend(proven);
    beside::join(&mut harvest.sightings, &tree_options.care.anchors);
    if interrupt.is_set() {
        for root in &roots {
            let detail = "stopped before the end; the next run goes on";
            harvest.skip(NoticeReason::TimeLimit, root, detail);
        }
    }
    let covers = |root: &PathBuf| {
        let root = root.canonicalize().unwrap_or_else(|_| root.clone());
        options.allowances.base.starts_with(root)
    };
    let whole = options.history == Histories::Auto && options.paths.iter().any(covers);
    let mut report = collect(harvest, options, inventory, None, whole)?;
    nested::apply(&mut report, options, &repositories);
    report.repositories = repositories
        .iter()
        .filter_map(|path| provenance(path))
        .collect();
    report.stats.duration = started.elapsed();
    Ok(report)
}

/// Says which files are read.
fn reading(options: &Options) -> tree::Reading {
    match options.history {
        Histories::Only => tree::Reading::Nothing,
        Histories::Auto if !options.naive && options.git.is_plain() => tree::Reading::Changed,
        Histories::Auto | Histories::Skip => tree::Reading::All,
    }
}

/// Leaves out paths below other paths: no file is read twice.
fn outermost(paths: &[PathBuf]) -> Vec<PathBuf> {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let reals: Vec<PathBuf> = paths.iter().map(real).collect();
    let is_covered = |i: usize| {
        let others = reals.iter().enumerate().filter(|(j, _)| *j != i);
        let mut covering =
            others.filter(|(_, other)| reals.get(i).is_some_and(|p| p.starts_with(other)));
        // Of two that are the same the first stays.
        covering.any(|(j, other)| reals.get(i) != Some(other) || j < i)
    };
    let kept = paths.iter().enumerate().filter(|(i, _)| !is_covered(*i));
    kept.map(|(_, path)| path.clone()).collect()
}

/// Scans one stream that cannot be read again.
pub fn scan_stream(
    input: &mut dyn Read,
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
) -> Result<Report, Error> {
    let started = Instant::now();
    let scanner = scanner(options, inventory)?;
    let limit = options.tree.max_file_size;
    let mut harvest = stdin::read(input, limit, &scanner, progress).map_err(Error::Stdin)?;
    let neighbours = Neighbours::new(&[]);
    harvest
        .sightings
        .extend(scanner.prove(&neighbours, &|_| false));
    let mut report = collect(harvest, options, inventory, None, false)?;
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
    let mut options = options.clone();
    let (scanner, chosen) = std::thread::scope(|scope| {
        let scanner = scope.spawn(|| scanner(&options, inventory));
        let chosen = commits::choose(request, &options.tree);
        let scanner = scanner.join();
        (
            scanner.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            chosen,
        )
    });
    let (scanner, chosen) = (scanner?, chosen?);
    let gathered = commits::gather(chosen, &options.tree, &scanner, progress, interrupt);
    if interrupt.is_set() {
        return Err(Error::Interrupted);
    }
    // Paths of a repository are relative to its root already.
    let roots = std::mem::take(&mut options.paths);
    let root = Some(gathered.root.as_path());
    let mut report = collect(gathered.harvest, &options, inventory, root, false)?;
    report.repositories.extend(provenance(&gathered.root));
    report.roots = roots
        .iter()
        .map(|root| root.to_string_lossy().into_owned())
        .collect();
    report.stats.duration = started.elapsed();
    Ok((report, gathered.remarks))
}

/// Makes a report of what an earlier scan saw in files; nothing is read.
pub fn report_of(
    sightings: Vec<Sighting>,
    options: &Options,
    inventory: Option<&Inventory>,
) -> Result<Report, Error> {
    let harvest = Harvest {
        sightings,
        ..Harvest::default()
    };
    collect(harvest, options, inventory, None, false)
}

/// Joins sightings into findings and makes the report. Paths of a part of a
/// repository begin at its `root`; only a scan of the `whole` can say that an
/// allow entry is not used.
fn collect(
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
        let members = groups.entry(group).or_default();
        for (sighting, history) in located(sighting, &harvest.belongings) {
            if is_shown_only(&sighting) {
                continue;
            }
            let subject = sighting.subject.clone();
            let place = Place {
                history,
                ..roots.place(sighting)
            };
            if let Some(place) = by_own_path(place, options) {
                members.push((subject, place));
            }
        }
    }
    for (_, mut members) in groups {
        members.sort_by(|a, b| a.1.cmp(&b.1));
        report
            .findings
            .extend(finding(members, inventory, options)?);
    }
    let bases = Bases::new(&options.paths, root, &options.allowances.base);
    for place in report.findings.iter().flat_map(|finding| &finding.places) {
        // The tip of another branch is not checked out either.
        let is_old = place.history.as_ref().is_some_and(|h| h.reach != "index");
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
fn today() -> jiff::civil::Date {
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
    let format = sighting.manner.format;
    // Rules of others say themselves where they do not look.
    let by_rule = format::by_id(format).is_none() && pattern::foreign_id(format).is_none();
    match sighting.manner.proof {
        Proof::Context if by_rule && secret.id.is_some() => is(pattern::is_document),
        Proof::Context if by_rule => is(pattern::is_shown),
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

/// Joins places that are the same to a person: a file, and the versions of it
/// in history that have the key at the same lines.
fn joined(places: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut by_place: BTreeMap<(PathBuf, Vec<String>, Region), Place> = BTreeMap::new();
    for place in places {
        let origin = &place.origin;
        let object = origin.object.clone();
        let nameless = object.filter(|id| place.path.contains(&format!("!{id}")));
        let members = origin.members.iter().cloned().chain(nameless).collect();
        match by_place.entry((origin.path.clone(), members, place.region)) {
            Entry::Vacant(vacant) => {
                vacant.insert(place);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                let time = |p: &Place| p.history.as_ref().and_then(|h| h.first_seen.clone());
                let earlier = match (&known.history, time(known), time(&place)) {
                    (None, ..) => true,
                    (Some(_), Some(a), Some(b)) => b < a,
                    (Some(_), None, Some(_)) => true,
                    _ => false,
                };
                if earlier && place.history.is_some() {
                    known.history.clone_from(&place.history);
                }
                // The file of the work tree stands for all versions.
                if place.origin.object.is_none() {
                    let history = known.history.take();
                    *known = Place { history, ..place };
                }
            }
        }
    }
    let mut places: Vec<Place> = by_place.into_values().collect();
    places.sort();
    places
}

/// What makes sightings one finding.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// One key, secret or container, wherever it is.
    Subject(Subject),
    /// What one key signed: the key itself is not there.
    SignedBy(Subject),
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
        if matches!(sighting.subject, Subject::Key(_)) && sighting.manner.proof == Proof::Token {
            Self::SignedBy(sighting.subject.clone())
        } else if nameless {
            Self::Place(sighting.origin.clone(), sighting.region.offset)
        } else {
            Self::Subject(sighting.subject.clone())
        }
    }
}

/// Makes a finding of the sightings of one key; of none there is none.
fn finding(
    members: Vec<(Subject, Place)>,
    inventory: Option<&Inventory>,
    options: &Options,
) -> Result<Option<Finding>, Error> {
    let strongest = members.iter().min_by_key(|(_, place)| place.manner.proof);
    let Some((subject, place)) = strongest else {
        return Ok(None);
    };
    let (mut subject, manner) = (subject.clone(), place.manner.clone());
    if let Subject::Key(identity) = &mut subject {
        for (other, _) in &members {
            if let Subject::Key(other) = other {
                identity.absorb(other);
            }
        }
    }
    let mut proof = manner.proof;
    let mut matched = match inventory {
        Some(inventory) => matched(&subject, inventory)?,
        None => None,
    };
    let mut places = joined(members.into_iter().map(|(_, place)| place));
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
    let mut rule = policy::classify(&subject, proof, can_sign, matched.as_ref());
    let mut published = match &subject {
        Subject::Key(identity) if options.published => published::find(identity),
        _ => None,
    };
    for list in options.known_bad.iter() {
        if published.is_none() {
            published = self::matched(&subject, list)?;
        }
    }
    if published.is_some() {
        rule = policy::unless_published(rule);
    }
    let is_test = |place: &Place| place.manner.usage == Some(policy::TESTING);
    if places.iter().all(is_test) {
        rule = policy::if_testing(rule);
    }
    let is_foreign = |place: &Place| pattern::foreign_id(place.manner.format).is_some();
    if places.iter().all(is_foreign) {
        rule = policy::if_foreign(rule);
    }
    let mut told = manner;
    told.proof = proof;
    let name = format::by_id(told.format);
    let name = name.map_or_else(
        || pattern::foreign_id(told.format).unwrap_or_else(|| pattern::title(told.format)),
        |f| f.spec().name,
    );
    let mut message = policy::message(rule, &subject, &told, matched.as_ref(), name);
    if let Some(published) = &published {
        message.push(' ');
        message.push_str(&policy::published(published));
    }
    let subject = without_answers(subject);
    Ok(Some(Finding {
        level: options.overrides.level(rule),
        rule,
        subject,
        matched,
        message,
        places,
    }))
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
fn provenance(path: &Path) -> Option<Provenance> {
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
