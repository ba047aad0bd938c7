//! Reads spools and reports, and joins what they say of each key and machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use super::super::record::{Found, Gone, Heartbeat, Record};
use super::super::spool;
use super::scanned;
use super::{Fleet, Key, MAX_PLACES, Machine, rank};

/// Files that are read at a time: enough for every worker, few enough to be held.
const AT_ONCE: usize = 64;

/// Most problems that are told one by one.
const MAX_UNREAD: usize = 1_000;

/// How spools are merged.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The time that is now.
    pub at: Timestamp,
    /// Days after which a machine is silent.
    pub silent_after_days: u64,
}

/// Reads files, and folders of files, and merges them.
///
/// # Errors
/// When a path that was asked for cannot be read. What is wrong inside of files is in
/// [`Fleet::unread`].
pub fn read(paths: &[PathBuf], options: &Options) -> std::io::Result<Fleet> {
    let mut merging = Merging::default();
    merging.unread = each(paths, |record| merging.add(record))?;
    Ok(merging.done(options))
}

/// Gives the records of files, and of folders of files, in the order of their names; returns what
/// could not be read.
///
/// # Errors
/// As [`read`].
pub fn each(paths: &[PathBuf], mut take: impl FnMut(Record)) -> std::io::Result<Vec<String>> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        let before = (files.len(), problems.len());
        gather(path, true, &mut files, &mut problems)?;
        if before == (files.len(), problems.len()) {
            problems.push(format!(
                "{}: no spool and no report is in it (*.jsonl, *.json)",
                path.display()
            ));
        }
    }
    files.sort();
    files.dedup();
    for some in files.chunks(AT_ONCE) {
        let read: Vec<_> = some.par_iter().map(|path| (path, one(path))).collect();
        for (path, read) in read {
            match read {
                Ok((records, unread)) => {
                    problems.extend(unread);
                    records.into_iter().for_each(&mut take);
                }
                Err(error) => problems.push(format!("{}: {error}", path.display())),
            }
        }
    }
    Ok(problems)
}

/// Returns the files of a folder whose names end as those of spools and reports do.
fn gather(
    path: &Path,
    is_asked: bool,
    files: &mut Vec<PathBuf>,
    others: &mut Vec<String>,
) -> std::io::Result<()> {
    let named = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    let metadata = match is_asked {
        true => std::fs::metadata(path),
        false => std::fs::symlink_metadata(path),
    };
    let metadata = metadata.map_err(named)?;
    if metadata.is_dir() {
        for item in std::fs::read_dir(path).map_err(named)? {
            gather(&item?.path(), false, files, others)?;
        }
    } else if !metadata.is_file() {
        // A pipe can be read once only, and may have nobody at its other end.
        if is_asked || has_name(path) {
            others.push(format!(
                "{}: not read: no file (a link, a pipe or a device)",
                path.display()
            ));
        }
    } else if is_asked || has_name(path) {
        files.push(path.to_path_buf());
    } else if is_packed_spool(path) {
        others.push(format!(
            "{}: not read: unpack what was compressed on the way",
            path.display()
        ));
    }
    Ok(())
}

/// Whether a file is a spool that was compressed.
fn is_packed_spool(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = [".jsonl.gz", ".jsonl.zst", ".jsonl.xz", ".jsonl.bz2"];
    ends.iter().any(|end| name.ends_with(end))
}

fn has_name(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let end = path.extension().and_then(|end| end.to_str());
    !hidden && matches!(end, Some("jsonl" | "json"))
}

type Read = (Vec<Record>, Vec<String>);

fn one(path: &Path) -> std::io::Result<Read> {
    if let Some(records) = scanned::read(path)? {
        return Ok((records, Vec::new()));
    }
    let (records, unread) = spool::read(path)?;
    let told = |unread: spool::Unread| {
        format!(
            "{}: line {}: {}",
            unread.path.display(),
            unread.line,
            unread.why
        )
    };
    let mut unread: Vec<String> = unread.into_iter().map(told).collect();
    if records.is_empty() && unread.is_empty() {
        unread.push(format!("{}: no record is in it", path.display()));
    }
    Ok((records, unread))
}

/// What is known of one key of one user of one machine.
#[derive(Debug, Default)]
struct Here {
    newest: Option<Box<Found>>,
    gone: Option<Gone>,
    first_seen: String,
}

#[derive(Debug, Default)]
struct Merging {
    /// By key, machine, user.
    here: BTreeMap<(String, String, String), Here>,
    machines: BTreeMap<String, Heartbeat>,
    /// Findings by machine and run.
    findings: BTreeMap<(String, String), u64>,
    unread: Vec<String>,
}

impl Merging {
    fn add(&mut self, record: Record) {
        match record {
            Record::Finding(found) => {
                let run = (found.device.id.clone(), found.run.clone());
                *self.findings.entry(run).or_default() += 1;
                let first = found.places.first();
                let place = first.map(|at| format!("{}:{}", at.path, at.line));
                let place = place.unwrap_or_default();
                let nameless = || format!("{} at {}:{place}", found.rule, found.device.name);
                let key = found.key.clone().unwrap_or_else(nameless);
                let name = (key, found.device.id.clone(), found.user.clone());
                let here = self.here.entry(name).or_default();
                earlier(&mut here.first_seen, &found.first_seen);
                if here
                    .newest
                    .as_ref()
                    .is_none_or(|known| known.time <= found.time)
                {
                    here.newest = Some(found);
                }
            }
            Record::Gone(gone) => {
                let name = (gone.key.clone(), gone.device.id.clone(), gone.user.clone());
                let here = self.here.entry(name).or_default();
                earlier(&mut here.first_seen, &gone.first_seen);
                if here
                    .gone
                    .as_ref()
                    .is_none_or(|known| known.time <= gone.time)
                {
                    here.gone = Some(*gone);
                }
            }
            Record::Heartbeat(beat) => {
                let id = beat.device.id.clone();
                let known = self.machines.get(&id);
                if known.is_none_or(|known| known.time <= beat.time) {
                    self.machines.insert(id, *beat);
                }
            }
        }
    }

    fn done(self, options: &Options) -> Fleet {
        let mut machines: BTreeMap<String, Machine> = BTreeMap::new();
        // No record says that what has no id is gone: it is there if the last run saw it.
        let (mut here, beats) = (self.here, self.machines);
        let mut unread = self.unread;
        unread.extend(missing(&beats, &self.findings));
        here.retain(|(_, device, _), here| {
            let found = here.newest.as_ref().filter(|found| found.key.is_none());
            let last = beats.get(device);
            found.is_none_or(|found| last.is_none_or(|last| last.run == found.run))
        });
        for (id, beat) in beats {
            let is_repository = id.starts_with(scanned::REPOSITORY);
            let silent = silent_since(&beat.time, options);
            machines.insert(
                id,
                Machine {
                    device: beat.device,
                    kind: if is_repository {
                        "repository"
                    } else {
                        "machine"
                    },
                    last: beat.time,
                    verdict: beat.verdict,
                    why: beat.why,
                    engine: beat.engine,
                    coverage: beat.coverage,
                    keys: 0,
                    // A repository is scanned when somebody pushes.
                    is_silent: silent && !is_repository,
                },
            );
        }
        let mut keys: BTreeMap<String, Key> = BTreeMap::new();
        for ((id, device, user), here) in here {
            let key = keys.entry(id.clone()).or_default();
            key.id = id;
            if join(key, &device, &user, here)
                && let Some(machine) = machines.get_mut(&device)
            {
                machine.keys += 1;
            }
        }
        let mut keys: Vec<Key> = keys.into_values().collect();
        keys.sort_by(|a, b| a.urgency().cmp(&b.urgency()));
        let more = unread.len().saturating_sub(MAX_UNREAD);
        unread.truncate(MAX_UNREAD);
        if more > 0 {
            unread.push(format!("and {more} more"));
        }
        Fleet {
            keys,
            machines: machines.into_values().collect(),
            at: options.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            silent_after_days: options.silent_after_days,
            unread,
        }
    }
}

/// Says where records are missing: a run says how many findings it told, and each ends with an
/// account.
fn missing(
    beats: &BTreeMap<String, Heartbeat>,
    findings: &BTreeMap<(String, String), u64>,
) -> Vec<String> {
    let mut missing = Vec::new();
    for (id, beat) in beats {
        let told = findings.get(&(id.clone(), beat.run.clone()));
        let told = told.copied().unwrap_or(0);
        if told < beat.findings && !id.starts_with(scanned::REPOSITORY) {
            missing.push(format!(
                "{}: its last run told {} findings, of which {told} are here",
                beat.device.name, beat.findings
            ));
        }
    }
    let mut machines: Vec<&String> = findings.keys().map(|(id, _)| id).collect();
    machines.dedup();
    let nameless = machines.into_iter().filter(|id| !beats.contains_key(*id));
    missing.extend(nameless.map(|id| format!("machine {id}: findings, and no account of any run")));
    missing
}

/// Adds what one user of one machine has to a key; returns whether it is still there.
fn join(key: &mut Key, device: &str, user: &str, here: Here) -> bool {
    earlier(&mut key.first_seen, &here.first_seen);
    let gone_since = here.gone.as_ref().map(|gone| gone.time.clone());
    if let Some(gone) = here.gone {
        later(&mut key.last_seen, &gone.last_seen);
        if key.rule.is_empty() {
            key.rule = gone.rule;
        }
    }
    let Some(found) = here.newest else {
        key.gone.insert(device.to_owned());
        return false;
    };
    let found = *found;
    later(&mut key.last_seen, &found.last_seen);
    if is_worse(&found.rule, &key.rule) || key.message.is_empty() {
        key.rule = found.rule;
        key.severity = found.severity;
        key.message = found.message;
        key.matched = found.matched;
    }
    key.algorithm = key.algorithm.take().or(found.algorithm);
    if key.ids.len() < found.ids.len() {
        key.ids = found.ids;
    }
    if gone_since.is_some_and(|gone| gone > found.time) {
        key.gone.insert(device.to_owned());
        return false;
    }
    key.proofs.insert(found.proof);
    let is_repository = device.starts_with(scanned::REPOSITORY);
    let is_new = key.machines.insert(device.to_owned());
    if !user.is_empty() {
        key.users.insert(user.to_owned());
    }
    if is_repository {
        key.repositories.insert(found.device.name);
    }
    key.places_total += found.places_total;
    for at in found.places {
        key.repositories.extend(at.repository.clone());
        key.commits.extend(at.commit.clone());
        key.places.insert((device.to_owned(), user.to_owned(), at));
        if key.places.len() > MAX_PLACES {
            key.places.pop_last();
        }
    }
    is_new
}

/// Whether a rule is worse than another, or there is no other.
fn is_worse(rule: &str, than: &str) -> bool {
    than.is_empty() || (rank(rule), rule) < (rank(than), than)
}

fn earlier(known: &mut String, time: &str) {
    if !time.is_empty() && (known.is_empty() || time < known.as_str()) {
        time.clone_into(known);
    }
}

fn later(known: &mut String, time: &str) {
    if time > known.as_str() {
        time.clone_into(known);
    }
}

/// Whether a machine that was heard of then is silent now; one that tells no time is.
fn silent_since(time: &str, options: &Options) -> bool {
    let days = i64::try_from(options.silent_after_days).unwrap_or(i64::MAX / 86_400);
    let Ok(time) = time.parse::<Timestamp>() else {
        return true;
    };
    options.at.duration_since(time) > SignedDuration::from_secs(days.saturating_mul(86_400))
}
