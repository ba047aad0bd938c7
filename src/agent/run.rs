//! One run: from what is remembered to what is told.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ignore::overrides::Override;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::ledger::{Entry, Ledger};
use super::log::{self, LogError};
use super::machine::{User, mac, user_of};
use super::pace::{self, Manners, Pace};
use super::privacy::Privacy;
use super::record::{
    At, Coverage, Device, Found, Gone, Heartbeat, LeftOut, ListUsed, MAX_PLACES, Matched, Record,
    VERSION,
};
use super::results;
use super::spool::Spool;
use super::verdict::{Grounds, Verdict, verdict};
use crate::disk;
use crate::finding::{Finding, Place, Subject};
use crate::inventory::Inventory;
use crate::report::{ListInfo, Outcome, Report};
use crate::scan;
use crate::source::state::{Discarded, Engine, Files, Store, StoreError};
use crate::source::{Interrupt, Progress, tree};

/// Name of the log in the folder of the state.
pub const LOG: &str = "log.jsonl";

/// Name of the file that says that a run is under way.
const LOCK: &str = "lock";

/// Most unread paths that a heartbeat names; the others are counted.
const MAX_UNREAD: usize = 100;

/// How a run goes about it.
#[derive(Debug)]
pub struct Settings {
    /// How and what to scan; paths that are not there are left out.
    pub scan: scan::Options,
    /// What is not looked at, and why.
    pub left_out: Vec<LeftOut>,
    /// The folder of the state.
    pub state: PathBuf,
    /// Where what is told is written.
    pub spool: Spool,
    /// The pace.
    pub manners: Manners,
    /// Which machine.
    pub device: Device,
    /// Its users.
    pub users: Vec<User>,
    /// What is told of paths and names.
    pub privacy: Privacy,
    /// Oldest list that is fresh, in days.
    pub max_age_days: i64,
    /// What is to be known of how the run was started.
    pub remarks: Vec<String>,
    /// Why the list that was to be used was not: a run tells of that as well.
    pub trouble: Option<String>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    /// The account of it.
    pub heartbeat: Heartbeat,
    /// The file in the spool.
    pub file: PathBuf,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder of the state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another run is under way.
    #[error("{}: another run is under way", .0.display())]
    Running(PathBuf),
    /// Others may look into the folder of the state, which says where keys lie.
    #[error("{}: others may read this folder; it says where keys lie", .0.display())]
    Open(PathBuf),
    /// What was remembered cannot be read.
    #[error("{}: {why}; `straykey agent run` once writes it anew", folder.display())]
    Discarded {
        /// The folder of the state.
        folder: PathBuf,
        /// What is wrong with it.
        why: Discarded,
    },
    /// The scan.
    #[error(transparent)]
    Scan(#[from] scan::Error),
    /// The log.
    #[error("{}: {source}", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        source: LogError,
    },
    /// Something cannot be written.
    #[error(
        "{}: cannot be written: {source}; give --state or --spool a folder of your own",
        folder.display()
    )]
    Io {
        /// Where to.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

fn io(folder: &Path) -> impl FnOnce(std::io::Error) -> RunError {
    let folder = folder.to_path_buf();
    move |source| RunError::Io { folder, source }
}

/// The state of an agent, held against other runs until it is dropped.
#[derive(Debug)]
struct Held {
    store: Store,
    _lock: File,
}

fn hold(folder: &Path) -> Result<Held, RunError> {
    let store = Store::open(folder)?;
    if is_open_to_readers(folder) {
        return Err(RunError::Open(folder.to_path_buf()));
    }
    let lock = disk::lock(&folder.join(LOCK)).map_err(io(folder))?;
    let lock = lock.ok_or_else(|| RunError::Running(folder.to_path_buf()))?;
    store.tidy();
    Ok(Held { store, _lock: lock })
}

#[cfg(unix)]
fn is_open_to_readers(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(folder).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_readers(_: &Path) -> bool {
    false
}

/// Scans the machine once, and tells what was seen.
///
/// # Errors
/// When the state, the spool or the log cannot be used, or the scan cannot begin.
pub fn run(
    settings: &Settings,
    inventory: Option<&Inventory>,
    interrupt: &Arc<Interrupt>,
) -> Result<Done, RunError> {
    let begun = Instant::now();
    let held = hold(&settings.state)?;
    let mut remarks = settings.remarks.clone();
    let mut options = settings.scan.clone();
    let engine = Engine(scan::scanner(&options, inventory)?.engine());
    let files = Files::open(&held.store, engine, conf(inventory)).map_err(io(&settings.state))?;
    if let Some(why) = files.discarded() {
        remarks.push(format!("{why}: all files are read"));
    }
    if files.is_for_another_list() {
        remarks
            .push("the list asks for other symmetric secrets: all files are read again".to_owned());
    }
    let files = Arc::new(files);
    let pace = Pace::keep(&settings.manners, interrupt);
    options.tree.care.files = Some(Arc::clone(&files));
    options.tree.care.rest = pace.rest();
    options.state = Some(held.store.clone());
    options.partial = true;
    let mut report = scan::scan(&options, inventory, &Progress::default(), interrupt)?;
    let is_whole = !interrupt.is_set();
    if let Err(error) = files.keep(is_whole) {
        remarks.push(format!("what was learned could not be kept: {error}"));
    }
    if pace.is_over() {
        remarks.push("the time of the run was over".to_owned());
    }
    if pace.is_too_large() {
        remarks.push("stopped: it had more memory than it may".to_owned());
    }
    if !is_whole && !pace.is_over() && !pace.is_too_large() {
        remarks.push("stopped by a signal".to_owned());
    }
    pace.settle();
    report.stats.duration = begun.elapsed();
    let mut told = tell(settings, &held.store, &report, remarks, is_whole)?;
    told.heartbeat.coverage.waited_seconds = pace.waited().as_secs_f64();
    let done = finish(settings, &held, told)?;
    // What telling took is of the share too.
    pace.settle();
    Ok(done)
}

/// Matches what earlier runs saw with a list; reads no file but the state.
///
/// # Errors
/// As [`run`].
pub fn match_known(settings: &Settings, inventory: Option<&Inventory>) -> Result<Done, RunError> {
    let begun = Instant::now();
    let held = hold(&settings.state)?;
    let engine = Engine(scan::scanner(&settings.scan, inventory)?.engine());
    let noted = Files::sightings(&held.store, engine).map_err(|why| RunError::Discarded {
        folder: settings.state.clone(),
        why,
    })?;
    let count = noted.len();
    let sightings = noted
        .into_iter()
        .flat_map(|noted| noted.sightings)
        .collect();
    let mut report = scan::report_of(sightings, &settings.scan, inventory)?;
    report.stats.duration = begun.elapsed();
    let mut remarks = settings.remarks.clone();
    remarks.push(format!(
        "no file was read: {count} files with keys that earlier runs saw were matched; \
        histories and secrets that only a challenge proves are for the next run"
    ));
    let mut told = tell(settings, &held.store, &report, remarks, false)?;
    let verdict = &mut told.heartbeat;
    verdict.coverage.complete = false;
    verdict.why.push("no file was read".to_owned());
    if verdict.verdict == "clean" {
        verdict.verdict = "not-vouched".to_owned();
        told.verdict.exit_code = Outcome::Incomplete.exit_code();
    }
    // What it saw is less than the last run did, and does not take its place.
    told.results = None;
    finish(settings, &held, told)
}

/// What is to be told of a run.
struct Told {
    records: Vec<Record>,
    heartbeat: Heartbeat,
    verdict: Verdict,
    /// All keys that were ever seen, as they may be told; none after a run that read no file.
    results: Option<Vec<Entry>>,
    /// The same as the state keeps them.
    ledger: Ledger,
}

/// Writes the log and the spool.
fn finish(settings: &Settings, held: &Held, told: Told) -> Result<Done, RunError> {
    let Told {
        mut records,
        mut heartbeat,
        verdict,
        results,
        ledger,
    } = told;
    let all_keys = keys(&records);
    let event = json!({
        "run": heartbeat.run,
        "verdict": heartbeat.verdict,
        "findings": heartbeat.findings,
        "keys": all_keys.iter().take(MAX_LOGGED_KEYS).collect::<Vec<_>>(),
        "more_keys": all_keys.len().saturating_sub(MAX_LOGGED_KEYS),
        "why": heartbeat.why,
        "complete": heartbeat.coverage.complete,
        "files": heartbeat.coverage.files,
        "files_read": heartbeat.coverage.files_read,
        "seconds": heartbeat.coverage.seconds,
        "list": heartbeat.coverage.list.as_ref().map(|list| json!({
            "id": list.id, "version": list.version, "signer": list.signer,
        })),
        "engine": heartbeat.engine,
    });
    let path = held.store.folder().join(LOG);
    let failed = |source| RunError::Log {
        path: path.clone(),
        source,
    };
    let appended = match log::append(&path, &heartbeat.time, event.clone()) {
        // Nothing can be added to it; that it was damaged shows in what heartbeats named of it.
        Err(LogError::Broken { .. }) => {
            let aside = path.with_extension(format!("damaged-{}", heartbeat.run));
            std::fs::rename(&path, &aside).map_err(io(&path))?;
            heartbeat.coverage.remarks.push(format!(
                "the log was damaged and a new one begun; it is kept as {}",
                aside.file_name().unwrap_or_default().to_string_lossy()
            ));
            log::append(&path, &heartbeat.time, event)
        }
        appended => appended,
    };
    heartbeat.log = Some(appended.map_err(failed)?);
    // What the run saw is told also where older files cannot be deleted.
    match settings.spool.rotate() {
        Ok(0) => {}
        Ok(deleted) => {
            let remark = format!("{deleted} spool files were deleted: the limit was reached");
            heartbeat.coverage.remarks.push(remark);
        }
        Err(error) => {
            let remark = format!("older spool files could not be deleted: {error}");
            heartbeat.coverage.remarks.push(remark);
        }
    }
    if let Some(entries) = results {
        let past = log::newest(&path);
        let folder = settings.spool.folder();
        let kept = past.and_then(|past| results::write(folder, &records, &entries, &past));
        if let Err(error) = kept {
            let remark = format!("{} could not be written: {error}", results::RESULTS);
            heartbeat.coverage.remarks.push(remark);
        }
    }
    records.push(Record::Heartbeat(Box::new(heartbeat.clone())));
    let written = settings
        .spool
        .write(&heartbeat.time, &heartbeat.run, &records);
    let file = written.map_err(io(settings.spool.folder()))?;
    // Last: what is gone is told once, and must have been told before it is forgotten.
    ledger.save(&held.store).map_err(io(held.store.folder()))?;
    Ok(Done {
        heartbeat,
        file,
        exit_code: verdict.exit_code,
    })
}

/// Ids of keys in one line of the log; a line must be read back in one piece.
const MAX_LOGGED_KEYS: usize = 1000;

/// Ids of the keys that were told, for the log.
fn keys(records: &[Record]) -> Vec<&str> {
    let keys = records.iter().filter_map(|record| match record {
        Record::Finding(found) => found.key.as_deref(),
        Record::Gone(_) | Record::Heartbeat(_) => None,
    });
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Stands for what a list asks of files that would not be read again: its symmetric keys. Keys that
/// have a public half are known by all their fingerprints, whatever list comes.
fn conf(inventory: Option<&Inventory>) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix("straykey files/1\0");
    if let Some(list) = inventory.filter(|list| list.answers().is_some()) {
        let header = &list.info().header;
        digest.update(format!(
            "{}\0{}\0{:?}",
            header.list_id, header.version, header.issued_at
        ));
        digest.update(list.info().entries.to_be_bytes());
        for mac in list.challenge_macs() {
            digest.update(mac);
        }
    }
    digest.finalize().into()
}

/// Makes the records of a run, and notes in the ledger what was seen; after a `whole` run also what
/// is gone.
fn tell(
    settings: &Settings,
    store: &Store,
    report: &Report,
    remarks: Vec<String>,
    whole: bool,
) -> Result<Told, RunError> {
    let mut remarks = remarks;
    let now = Timestamp::now();
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let run: String = mac(
        settings.device.id.as_bytes(),
        now.as_nanosecond().to_string().as_bytes(),
    )
    .chars()
    .take(16)
    .collect();
    let device = Device {
        id: settings.device.id.clone(),
        name: settings.privacy.name("machine", &settings.device.name),
    };
    let mut ledger = Ledger::open(store).unwrap_or_else(|why| {
        remarks.push(format!(
            "{why}: when keys were seen first is not known any more"
        ));
        Ledger::default()
    });
    let grounds = Grounds {
        max_age_days: settings.max_age_days,
        left_out: settings
            .left_out
            .iter()
            .map(|left| settings.privacy.path(&settings.users, &left.path))
            .collect(),
        trouble: settings.trouble.clone(),
        archives: settings.scan.archives,
    };
    let verdict = verdict(report, &grounds);
    let mut records = Vec::new();
    for finding in report.active() {
        for (user, places) in by_user(settings, finding) {
            let mut found = found(settings, report, finding, &places);
            (found.run, found.time) = (run.clone(), time.clone());
            (found.first_seen, found.last_seen) = (time.clone(), time.clone());
            found.device = device.clone();
            let first = places
                .first()
                .map(|place| place.shown.as_str())
                .unwrap_or_default();
            if let Some(key) = &found.key {
                found.first_seen = ledger.see(&user, key, &found.rule, first, &time);
            }
            found.user = settings.privacy.name("user", &user);
            records.push(Record::Finding(Box::new(found)));
        }
    }
    if whole && report.is_complete() {
        let excludes = excludes(settings)?;
        let looks =
            |path: &str| is_covered(settings, path) && !is_left_out(settings, &excludes, path);
        for entry in ledger.miss(&time, looks) {
            records.push(Record::Gone(Box::new(Gone {
                v: VERSION,
                run: run.clone(),
                time: time.clone(),
                device: device.clone(),
                user: settings.privacy.name("user", &entry.user),
                rule: entry.rule,
                key: entry.key,
                first_seen: entry.first_seen,
                last_seen: entry.last_seen,
                path: settings.privacy.path(&settings.users, &entry.path),
            })));
        }
    }
    let findings = records
        .iter()
        .filter(|record| matches!(record, Record::Finding(_)));
    let heartbeat = Heartbeat {
        v: VERSION,
        run,
        time,
        device,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        verdict: verdict.word.to_owned(),
        why: verdict.why.clone(),
        findings: findings.count() as u64,
        coverage: coverage(settings, report, remarks),
        log: None,
    };
    let told = ledger
        .entries(None)
        .take(results::MAX_ROWS)
        .map(|entry| Entry {
            user: settings.privacy.name("user", &entry.user),
            path: settings.privacy.path(&settings.users, &entry.path),
            ..entry.clone()
        });
    Ok(Told {
        records,
        heartbeat,
        verdict,
        results: Some(told.collect()),
        ledger,
    })
}

/// Whether a run looks at a place: what lies elsewhere is not gone because it was not seen.
fn is_covered(settings: &Settings, path: &str) -> bool {
    let path = Path::new(path);
    let below = |root: &PathBuf| path.starts_with(root);
    let is_root = settings.scan.paths.iter().any(below);
    let live = settings.scan.live.as_ref();
    let is_live = live
        .is_some_and(|live| live.processes.iter().any(below) || live.asks(path) || is_agent(path));
    is_root || is_live
}

/// Whether options of the run keep it from a place.
fn is_left_out(settings: &Settings, excludes: &[(PathBuf, Override)], path: &str) -> bool {
    let is_member = path.contains('!') && !settings.scan.archives;
    let file = Path::new(path.split('!').next().unwrap_or(path));
    let is_excluded = |(root, globs): &(PathBuf, Override)| {
        let below = file.strip_prefix(root);
        below.is_ok_and(|path| tree::is_excluded(path, globs))
    };
    is_member || excludes.iter().any(is_excluded)
}

/// Returns what options leave out below each place.
fn excludes(settings: &Settings) -> Result<Vec<(PathBuf, Override)>, scan::Error> {
    let roots = settings.scan.paths.iter();
    let excludes = roots.map(|root| {
        let globs = tree::excludes(root, &settings.scan.tree.exclude)?;
        Ok((root.clone(), globs))
    });
    excludes.collect()
}

/// Whether a path is where sockets of agents are.
fn is_agent(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.starts_with("/run/user") || name.starts_with("agent.") || name.starts_with("S.gpg-agent")
}

/// Sorts the places of a finding by user.
fn by_user<'f>(settings: &Settings, finding: &'f Finding) -> BTreeMap<String, Vec<&'f Place>> {
    let mut users: BTreeMap<String, Vec<&Place>> = BTreeMap::new();
    let told = finding
        .places
        .iter()
        .filter(|place| place.suppression.is_none());
    for place in told {
        let user = user_of(&settings.users, &place.origin.path);
        users.entry(user).or_default().push(place);
    }
    for places in users.values_mut() {
        places.sort_by_key(|place| (place.manner.proof, *place));
    }
    users
}

/// Makes the record of a finding at the places of one user.
fn found(settings: &Settings, report: &Report, finding: &Finding, places: &[&Place]) -> Found {
    let (algorithm, ids) = match &finding.subject {
        Subject::Key(identity) => {
            let ids = identity
                .ids()
                .map(|(name, id)| (name.to_owned(), id.to_owned()));
            (Some(identity.algorithm.clone()), ids.collect())
        }
        Subject::Secret(secret) => (Some(format!("{} bits", secret.bits)), BTreeMap::new()),
        Subject::Opaque { .. } | Subject::Malformed { .. } => (None, BTreeMap::new()),
    };
    let at = places.iter().take(MAX_PLACES).map(|place| At {
        path: settings.privacy.path(&settings.users, &place.shown),
        line: place.region.line,
        column: place.region.column,
        format: place.manner.format.to_owned(),
        proof: place.manner.proof.as_str().to_owned(),
        layers: place
            .manner
            .layers
            .iter()
            .map(|&layer| layer.to_owned())
            .collect(),
        commit: place
            .history
            .as_ref()
            .and_then(|history| history.commit.clone()),
        commit_time: place
            .history
            .as_ref()
            .and_then(|history| history.first_seen.clone()),
        reach: place
            .history
            .as_ref()
            .map(|history| history.reach.as_str().to_owned()),
        repository: repository(report, place),
    });
    let rule = finding.rule.rule();
    Found {
        v: VERSION,
        rule: finding.rule.as_str().to_owned(),
        level: finding.level.as_str().to_owned(),
        severity: rule.severity.parse().unwrap_or(0.0),
        key: finding.subject_id().map(str::to_owned),
        algorithm,
        proof: finding.proof().as_str().to_owned(),
        message: finding.message.clone(),
        matched: finding.matched.as_ref().map(Matched::from),
        ids,
        places: at.collect(),
        places_total: places.len() as u64,
        ..Found::default()
    }
}

/// Returns where the repository of a place was cloned from.
fn repository(report: &Report, place: &Place) -> Option<String> {
    place.history.as_ref()?;
    let around = report.repositories.iter();
    let around = around.filter(|found| place.origin.path.starts_with(&found.root));
    let nearest = around.max_by_key(|found| found.root.len())?;
    crate::report::address(nearest.uri.as_deref()?)
}

fn coverage(settings: &Settings, report: &Report, remarks: Vec<String>) -> Coverage {
    let path = |path: &str| settings.privacy.path(&settings.users, path);
    let stats = &report.stats;
    let left_out = |left: &LeftOut| LeftOut {
        path: path(&left.path),
        why: left.why.clone(),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    Coverage {
        complete: report.is_complete(),
        roots: report.roots.iter().map(|root| path(root)).collect(),
        left_out: settings.left_out.iter().map(left_out).collect(),
        users: settings
            .users
            .iter()
            .map(|user| settings.privacy.name("user", &user.name))
            .collect(),
        files: stats.files + stats.unchanged,
        files_read: stats.files,
        files_unchanged: stats.unchanged,
        bytes: stats.bytes,
        blobs: stats.blobs,
        repositories: stats.repositories,
        archives: stats.archives,
        members: stats.members,
        live_stores: stats.live,
        environments: stats.environments,
        environments_closed: stats.closed_environments,
        skipped: report
            .skipped
            .iter()
            .map(|(reason, count)| (reason.as_str().to_owned(), *count))
            .collect(),
        unread: report
            .notices
            .iter()
            .take(MAX_UNREAD)
            .map(|notice| LeftOut {
                path: path(&notice.path),
                why: match settings.privacy.tells_details() {
                    true => format!("{}: {}", notice.reason.as_str(), notice.detail),
                    false => notice.reason.as_str().to_owned(),
                },
            })
            .collect(),
        list: report.inventory.as_ref().map(list_used),
        remarks,
        seconds: stats.duration.as_secs_f64(),
        cpu_seconds: pace::cpu_time().as_secs_f64(),
        waited_seconds: 0.0,
        peak_memory: pace::peak_memory(&status),
    }
}

fn list_used(list: &ListInfo) -> ListUsed {
    ListUsed {
        id: list.list_id.clone(),
        version: list.version,
        issued_at: list.issued_at.clone(),
        age_days: list.age_days,
        expires_at: list.expires_at.clone(),
        signer: list.signer.clone(),
        entries: list.entries,
    }
}
