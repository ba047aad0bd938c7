//! Sweeps the git histories below the paths of a scan.
//!
//! A work tree, its linked work trees and its submodules may share one object
//! database: it is swept once. Findings carry the id of their blob; where the
//! blob belongs is looked up only for those, in one walk (`git::attribute`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git::{
    self, AttributeOptions, CommitRef, HashKind, ObjectId, ObjectKind, Reach, Skip, SkipReason,
    SweepOptions, Triggers, Visitor,
};
use super::{Belonging, Harvest, Interrupt, Progress, archive};
use crate::blob::{Base, Blob, Origin};
use crate::finding::{History, NoticeReason};
use crate::scanner::Scanner;

/// How histories are swept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Workers.
    pub threads: usize,
    /// Look at every object whole: the oracle of the fast way.
    pub naive: bool,
}

/// Sweeps the repositories whose git directories (or `.git` files) these are.
pub fn sweep(
    git_dirs: &[PathBuf],
    options: Options,
    scanner: &Scanner,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Harvest {
    let mut harvest = Harvest::default();
    let mut swept = BTreeSet::new();
    for git_dir in git_dirs {
        if interrupt.is_set() {
            break;
        }
        let place = work_place(git_dir);
        let Some(repo) = git::discover(place) else {
            harvest.skip(
                NoticeReason::HistoryUnread,
                git_dir,
                "not a git repository that can be read",
            );
            continue;
        };
        if repo.hash.is_none() {
            harvest.skip(
                NoticeReason::HistoryUnread,
                git_dir,
                "its objects are named by an unknown hash",
            );
            continue;
        }
        let objects = repo
            .objects
            .canonicalize()
            .unwrap_or_else(|_| repo.objects.clone());
        if swept.insert(objects) {
            harvest.merge(one(git_dir, &repo, options, scanner, progress, interrupt));
        }
    }
    harvest
}

/// Returns what `git::discover` wants to be shown.
fn work_place(git_dir: &Path) -> &Path {
    match git_dir.file_name() {
        Some(name) if name == ".git" => match git_dir.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => git_dir,
        },
        _ => git_dir,
    }
}

fn one(
    git_dir: &Path,
    repo: &git::Repo,
    options: Options,
    scanner: &Scanner,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Harvest {
    let visitor = Sweeper {
        scanner: scanner.clone(),
        git_dir: git_dir.to_path_buf(),
        harvest: Harvest::default(),
    };
    let odb = repo.odb();
    let sweep = SweepOptions {
        threads: options.threads,
        naive: options.naive,
        interrupt: Some(interrupt.flag()),
        ..SweepOptions::default()
    };
    let (outcome, visitors) = git::sweep(&odb, &visitor, &sweep);
    let mut harvest = Harvest::default();
    for worker in visitors {
        harvest.merge(worker.harvest);
    }
    attribute(&mut harvest, git_dir, repo, &odb, &sweep);
    harvest.blobs += outcome.counts.blobs;
    harvest.bytes += outcome.counts.inflated_bytes + outcome.counts.materialised_bytes;
    harvest.swept += 1;
    progress.add(0, outcome.counts.inflated_bytes);
    for skip in &outcome.skips {
        skipped(&mut harvest, skip, outcome.promisor);
    }
    if outcome.promisor {
        let detail = "a partial clone: objects that were not fetched are not scanned";
        harvest.skip(NoticeReason::HistoryUnread, git_dir, detail);
    }
    if repo.shallow {
        let detail =
            "a shallow clone: history before its cut is not here; git fetch --unshallow brings it";
        harvest.skip(NoticeReason::HistoryUnread, git_dir, detail);
    }
    harvest
}

/// Looks up, in one walk, where the objects with sightings belong.
fn attribute(
    harvest: &mut Harvest,
    git_dir: &Path,
    repo: &git::Repo,
    odb: &git::Odb,
    sweep: &SweepOptions<'_>,
) {
    let kind = repo.hash.unwrap_or(HashKind::Sha1);
    let objects = harvest
        .sightings
        .iter()
        .filter_map(|s| s.origin.object.as_deref());
    let mut finds: Vec<ObjectId> = objects
        .filter_map(|hex| ObjectId::from_hex(kind, hex.as_bytes()))
        .collect();
    finds.sort_unstable();
    finds.dedup();
    let options = AttributeOptions {
        sweep: *sweep,
        authors: false,
    };
    let found = git::attribute(repo, odb, &finds, &options);
    for skip in &found.skips {
        harvest.skip(NoticeReason::HistoryUnread, &skip.file, skip.to_string());
    }
    let root = repo
        .work_tree
        .clone()
        .unwrap_or_else(|| git_dir.to_path_buf());
    for (id, attribution) in found.of {
        let history = |first: Option<&CommitRef>| History {
            commit: first.map(|commit| commit.id.to_string()),
            first_seen: first
                .and_then(|c| jiff::Timestamp::from_second(c.time).ok())
                .map(|t| t.to_string()),
            reach: reach(attribution.reach),
            blob: id.to_string(),
        };
        let below = |path: &[u8]| root.join(relative(path));
        let belonging = Belonging {
            paths: attribution
                .paths
                .iter()
                .map(|p| (below(&p.path), history(p.first.as_ref())))
                .collect(),
            pathless: Some(history(attribution.first.as_ref())),
        };
        harvest
            .belongings
            .insert((git_dir.to_path_buf(), id.to_string()), belonging);
    }
}

/// Returns a path of a tree object as a path of this platform.
#[cfg(unix)]
fn relative(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(path).into()
}

/// Returns a path of a tree object as a path of this platform.
#[cfg(not(unix))]
fn relative(path: &[u8]) -> PathBuf {
    String::from_utf8_lossy(path).into_owned().into()
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Tip => "tip",
        Reach::Index => "index",
        Reach::History => "history",
        Reach::Stash => "stash",
        Reach::Reflog => "reflog",
        Reach::Unreachable => "unreachable",
    }
}

fn skipped(harvest: &mut Harvest, skip: &Skip, promisor: bool) {
    let missing = matches!(
        skip.reason,
        SkipReason::MissingBase | SkipReason::MissingObject
    );
    if !(promisor && missing) {
        harvest.skip(NoticeReason::HistoryUnread, &skip.file, skip.to_string());
    }
}

/// A scanner that the sweep shows objects to.
#[derive(Clone)]
struct Sweeper {
    scanner: Scanner,
    git_dir: PathBuf,
    harvest: Harvest,
}

impl Triggers for Sweeper {
    fn window(&self) -> usize {
        self.scanner.window()
    }

    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        self.scanner.seen_in(bytes)
    }

    fn head_len(&self) -> usize {
        self.scanner.head_bytes()
    }

    fn tail_len(&self) -> usize {
        self.scanner.tail_bytes()
    }

    fn by_ends(&mut self, head: &[u8], tail: &[u8], size: u64) -> bool {
        self.scanner.by_ends(head, tail, size)
    }
}

impl Visitor for Sweeper {
    fn triggered(&mut self, id: &ObjectId, kind: ObjectKind, bytes: &[u8]) {
        // Messages are text.
        let is_archive = kind == ObjectKind::Blob;
        self.scan(id, is_archive, Base::default(), bytes);
    }

    fn triggered_part(&mut self, id: &ObjectId, _kind: ObjectKind, at: u64, bytes: &[u8]) {
        // Lines before the part are not counted: the object was not held.
        self.scan(
            id,
            false,
            Base {
                offset: at,
                lines: 0,
            },
            bytes,
        );
    }
}

impl Sweeper {
    /// Scans bytes of an object, and looks into them if they may be an archive.
    fn scan(&mut self, id: &ObjectId, may_open: bool, base: Base, bytes: &[u8]) {
        let origin = Origin {
            path: self.git_dir.clone(),
            members: Vec::new(),
            object: Some(id.to_string()),
        };
        let blob = Blob {
            bytes,
            origin: &origin,
            base,
        };
        let scanned = self.scanner.scan(&blob);
        match archive::of_bytes(&self.scanner, bytes).filter(|_| may_open) {
            Some(container) => {
                let opened = archive::open_bytes(container, bytes, &origin, &self.scanner);
                let opened = opened.and(scanned.sightings);
                for detail in opened.gave_up() {
                    let detail = format!("object {id}: {detail}");
                    let reason = NoticeReason::Undecoded;
                    self.harvest.skip(reason, &self.git_dir, detail);
                }
                self.harvest.archives.add(&opened.counts);
                self.harvest.sightings.extend(opened.sightings);
            }
            None => self.harvest.sightings.extend(scanned.sightings),
        }
        if scanned.undecoded {
            self.harvest.skip(
                NoticeReason::Undecoded,
                &self.git_dir,
                format!("object {id}: too much encoded data"),
            );
        }
    }
}
