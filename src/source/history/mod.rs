//! Sweeps the git histories below the paths of a scan.
//!
//! In two steps: what objects have ([`sweep`]), and, when token proof has told of
//! more of them, where they belong ([`Swept::finish`]).
//!
//! A work tree, its linked work trees and its submodules may share one object
//! database: it is swept once. Findings carry the id of their blob; where the
//! blob belongs is looked up only for those, in one walk (`git::attribute`).
//!
//! Files of work trees that look the same as a blob were left by the walk: what
//! the sweep saw no trigger in need not be read at all. Objects that an earlier
//! scan looked at need not be looked at again (`state`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::git::{
    self, Attribution, CommitRef, ObjectId, ObjectKind, Odb, Skip, SkipReason, SweepOptions,
    Triggers, Visitor,
};
use super::state::{Remembered, Seen, Store};
use super::{Archives, Belonging, Harvest, Interrupt, Progress, Rest, Unfinished, archive, tree};
use crate::blob::{Base, Blob, LiteralAt, Origin};
use crate::finding::{History, NoticeReason, Sighting};
use crate::scanner::{Brings, Scanner};

mod judge;
mod past;
mod places;

use past::Past;

/// How histories are swept.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How files are read, those that cannot be left to the sweep after all.
    pub tree: &'a tree::Options,
    /// Look at every object whole: the oracle of the fast way.
    pub naive: bool,
    /// Where it is kept what was looked at.
    pub state: Option<&'a Store>,
}

/// Sweeps the repositories whose git directories (or `.git` files) these are, and settles which
/// of the files that a walk `left` to it have to be read.
pub fn sweep<'a>(
    git_dirs: &[PathBuf],
    left: Vec<tree::Left>,
    options: Options<'a>,
    scanner: &'a Scanner,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
) -> (Harvest, Vec<Swept<'a>>) {
    let mut harvest = Harvest::default();
    let mut databases = Vec::new();
    for (objects, group) in by_database(git_dirs, &mut harvest) {
        if interrupt.is_set() {
            break;
        }
        if let Some((git_dir, repo)) = group.into_iter().next() {
            let one = One {
                git_dir,
                repo,
                objects,
                options,
                scanner,
                progress,
                interrupt,
            };
            databases.push(one.sweep(&mut harvest));
        }
    }
    let unsure = settle(left, &databases, &mut harvest);
    harvest.merge(tree::read(
        &unsure,
        options.tree,
        scanner,
        progress,
        interrupt,
    ));
    (harvest, databases)
}

/// A repository with the path that it was met at.
type Met = (PathBuf, git::Repo);

/// Puts repositories that share an object database together, a main work tree before linked ones.
fn by_database(git_dirs: &[PathBuf], harvest: &mut Harvest) -> Vec<(PathBuf, Vec<Met>)> {
    let mut groups: BTreeMap<PathBuf, Vec<Met>> = BTreeMap::new();
    for git_dir in git_dirs {
        let problem = match git::discover(work_place(git_dir)) {
            None => "not a git repository that can be read",
            Some(repo) if repo.hash.is_none() => "its objects are named by an unknown hash",
            Some(repo) => {
                let real = repo.objects.canonicalize();
                let objects = real.unwrap_or_else(|_| repo.objects.clone());
                groups
                    .entry(objects)
                    .or_default()
                    .push((git_dir.clone(), repo));
                continue;
            }
        };
        harvest.skip(NoticeReason::HistoryUnread, git_dir, problem);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    for (_, group) in &mut groups {
        group.sort_by_key(|(git_dir, repo)| (repo.git_dir != repo.common_dir, git_dir.clone()));
    }
    groups.sort_by_key(|(_, group)| group.first().map(|(git_dir, _)| git_dir.clone()));
    groups
}

/// An object database after its sweep.
#[derive(Debug)]
pub struct Swept<'a> {
    one: One<'a>,
    odb: Odb,
    past: Option<Past<'a>>,
    /// What there is to keep, if all was looked at.
    record: Option<Remembered>,
    /// What objects with a trigger have.
    seen: BTreeMap<ObjectId, Seen>,
    /// Which of them were looked at by this sweep.
    read: BTreeSet<ObjectId>,
    /// What was not looked at.
    lost: BTreeSet<ObjectId>,
    /// Whether what is not lost was looked at.
    is_complete: bool,
}

/// Returns the files that have to be read after all: those of which it is not certain that they
/// are the same as a blob that was looked at and has no trigger. Counts the others.
fn settle(left: Vec<tree::Left>, databases: &[Swept<'_>], harvest: &mut Harvest) -> Vec<PathBuf> {
    let mut groups: BTreeMap<PathBuf, Vec<tree::Left>> = BTreeMap::new();
    for file in left {
        let root = file.checkout.root().to_path_buf();
        groups.entry(root).or_default().push(file);
    }
    let mut unsure = Vec::new();
    for (root, files) in groups {
        let Some(checkout) = files.first().map(|file| file.checkout.clone()) else {
            continue;
        };
        let objects = checkout.repo().objects.canonicalize();
        let known = databases
            .iter()
            .find(|database| Some(&database.one.objects) == objects.as_ref().ok());
        let Some(database) = known.filter(|database| database.is_complete) else {
            unsure.extend(files.into_iter().map(|file| file.path));
            continue;
        };
        let mut reader = database.odb.reader();
        let folders = files
            .iter()
            .filter_map(|file| file.path.strip_prefix(&root).ok()?.parent());
        let is_plain = checkout.is_plain(folders, &mut reader);
        for file in files {
            let is_clean = is_plain
                && !database.seen.contains_key(&file.blob)
                && !database.lost.contains(&file.blob)
                && reader.size(&file.blob) == Some(file.size);
            if is_clean {
                harvest.files += 1;
            } else {
                unsure.push(file.path);
            }
        }
    }
    unsure.sort_unstable();
    unsure
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

/// One object database to be swept.
#[derive(Debug)]
struct One<'a> {
    git_dir: PathBuf,
    repo: git::Repo,
    objects: PathBuf,
    options: Options<'a>,
    scanner: &'a Scanner,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl<'a> One<'a> {
    fn options(&self) -> SweepOptions<'_> {
        SweepOptions {
            threads: self.options.tree.threads,
            naive: self.options.naive,
            interrupt: Some(self.interrupt.flag()),
            ..SweepOptions::default()
        }
    }

    fn visitor(&self) -> Sweeper {
        Sweeper {
            git_dir: self.git_dir.clone(),
            scanner: self.scanner.clone(),
            rest: self.options.tree.care.rest.clone(),
            seen: BTreeMap::new(),
            archives: Archives::default(),
        }
    }

    fn sweep(self, harvest: &mut Harvest) -> Swept<'a> {
        let odb = self.repo.odb();
        let git_dir = &self.git_dir;
        // The oracle trusts nothing.
        let store = self.options.state.filter(|_| !self.options.naive);
        let mut past =
            store.map(|store| Past::recall(store, &self.objects, &odb, self.scanner, harvest));
        let knows = |id: &ObjectId| past.as_ref().is_some_and(|past| past.knows(id));
        let sweep = SweepOptions {
            skip: past.as_ref().map(|_| &knows as _),
            passed: past.as_ref().map_or(&[], Past::passed),
            ..self.options()
        };
        let (outcome, visitors) = git::sweep(&odb, &self.visitor(), &sweep);
        let mut seen: BTreeMap<ObjectId, Seen> = BTreeMap::new();
        for worker in visitors {
            seen.extend(worker.seen);
            harvest.archives.add(&worker.archives);
        }
        let read = seen.keys().copied().collect();
        let record = past
            .as_mut()
            .map(|past| past.join(&odb, &outcome, &mut seen))
            .filter(|_| !outcome.interrupted && outcome.unlisted_skips == 0);
        for (id, seen) in &seen {
            let unfinished = Unfinished {
                undecoded: seen.undecoded,
                untried: seen.untried,
                details: seen.gave_up.clone(),
            };
            harvest.unfinished(git_dir, Some(*id), unfinished);
            // Most triggers are nothing.
            if seen.sightings.is_empty() {
                continue;
            }
            let object = Some(id.to_string());
            harvest
                .sightings
                .extend(seen.sightings.iter().map(|sighting| {
                    let mut sighting = sighting.clone();
                    sighting.origin.path.clone_from(git_dir);
                    sighting.origin.object.clone_from(&object);
                    sighting
                }));
        }
        harvest.blobs += outcome.counts.blobs;
        harvest.triggered += outcome.counts.triggered;
        harvest.bytes += outcome.counts.inflated_bytes + outcome.counts.materialised_bytes;
        harvest.swept += 1;
        self.progress.add(0, outcome.counts.inflated_bytes);
        for skip in &outcome.skips {
            skipped(harvest, skip, outcome.promisor);
        }
        if outcome.promisor {
            let detail = "a partial clone: objects that were not fetched are not scanned";
            harvest.skip(NoticeReason::HistoryUnread, git_dir, detail);
        }
        if self.repo.shallow {
            let detail = "a shallow clone: history before its cut is not here; \
                git fetch --unshallow brings it";
            harvest.skip(NoticeReason::HistoryUnread, git_dir, detail);
        }
        let nameless = |skip: &Skip| skip.id.is_none() && skip.offset.is_some();
        Swept {
            lost: outcome.skips.iter().filter_map(|skip| skip.id).collect(),
            is_complete: !outcome.interrupted
                && outcome.unlisted_skips == 0
                && !outcome.skips.iter().any(nameless),
            one: self,
            odb,
            past,
            record,
            seen,
            read,
        }
    }
}

impl Swept<'_> {
    /// Returns the git directory that its objects are told to be in.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.one.git_dir
    }

    /// Returns the objects that bring something to token proof.
    pub fn parts(&self) -> impl Iterator<Item = (&ObjectId, Brings)> {
        let parts = self.seen.iter().map(|(id, seen)| (id, seen.brings));
        parts.filter(|(_, brings)| brings.is_something())
    }

    /// Looks again at the objects that bring something to token proof and were
    /// not looked at by this sweep; returns whether all could be.
    pub fn read_parts(&self, harvest: &mut Harvest) -> bool {
        let parts = self.parts().map(|(id, _)| *id);
        let again: BTreeSet<ObjectId> = parts.filter(|id| !self.read.contains(id)).collect();
        if again.is_empty() {
            return true;
        }
        // What they have is known; what they bring is with the scanner now.
        let (outcome, _) = self.sweep_some(&self.one.visitor(), &again);
        harvest.blobs += outcome.counts.blobs;
        harvest.again += outcome.counts.blobs;
        harvest.bytes += outcome.counts.inflated_bytes + outcome.counts.materialised_bytes;
        for skip in &outcome.skips {
            skipped(harvest, skip, outcome.promisor);
        }
        outcome.skips.is_empty() && outcome.unlisted_skips == 0 && !outcome.interrupted
    }

    /// Sweeps for some objects again.
    fn sweep_some<V: Triggers + Visitor + Clone + Send>(
        &self,
        visitor: &V,
        wanted: &BTreeSet<ObjectId>,
    ) -> (git::Outcome, Vec<V>) {
        let with: BTreeSet<ObjectId> = wanted
            .iter()
            .flat_map(|id| self.odb.packs_with(id))
            .collect();
        let packs = self.odb.pack_checksums().filter_map(|(_, pack)| pack);
        let passed: Vec<ObjectId> = packs.filter(|pack| !with.contains(pack)).collect();
        let knows = |id: &ObjectId| !wanted.contains(id);
        let sweep = SweepOptions {
            skip: Some(&knows),
            passed: &passed,
            ..self.one.options()
        };
        git::sweep(&self.odb, visitor, &sweep)
    }

    /// Tells where the objects belong in which something was seen, or `proven` by a token, and
    /// keeps it all.
    pub fn finish(self, proven: &[Sighting], harvest: &mut Harvest) {
        let seen = self
            .seen
            .iter()
            .filter(|(_, seen)| !seen.sightings.is_empty());
        let mut finds: BTreeSet<ObjectId> = seen.map(|(id, _)| *id).collect();
        let proven = proven.iter().map(|sighting| &sighting.origin);
        let proven = proven.filter(|origin| origin.path == self.one.git_dir);
        let proven = proven.filter_map(|origin| origin.object.as_deref());
        let kind = self.odb.hash_kind();
        finds.extend(proven.filter_map(|id| ObjectId::from_hex(kind, id.as_bytes())));
        let (of, places) = self.attribute(&finds, harvest);
        self.judge(&of, harvest);
        belong(harvest, &self.one.git_dir, &self.one.repo, of);
        if let (Some(past), Some(record)) = (&self.past, self.record) {
            past.keep(&self.odb, record, &self.seen, places, harvest);
        }
    }

    /// Looks up, in one walk, where the objects with sightings belong, unless that is known from an
    /// earlier scan. Returns it as well in the form that is kept, if it can be.
    fn attribute(
        &self,
        finds: &BTreeSet<ObjectId>,
        harvest: &mut Harvest,
    ) -> (Places, Option<([u8; 32], Vec<u8>)>) {
        if finds.is_empty() {
            return (Places::new(), None);
        }
        let (odb, repo) = (&self.odb, &self.one.repo);
        let past = self.past.as_ref();
        let standing = past.and_then(|past| git::standing(repo, odb, past.loose(), finds));
        if let (Some(past), Some(standing)) = (past, standing)
            && let Some(text) = past.places(&standing)
            && let Some(places) = places::from_text(text, odb.hash_kind())
        {
            return (places, Some((standing, text.to_vec())));
        }
        let options = self.one.options();
        let finds: Vec<ObjectId> = finds.iter().copied().collect();
        let found = git::attribute(repo, odb, &finds, &options);
        for skip in &found.skips {
            harvest.skip(NoticeReason::HistoryUnread, &skip.file, skip.to_string());
        }
        if found.cut {
            let detail = "too many paths: not every place of a finding is named";
            harvest.skip(NoticeReason::HistoryUnread, &self.one.git_dir, detail);
        }
        let standing = standing.filter(|_| found.skips.is_empty() && !found.cut);
        let text = standing.map(|standing| (standing, places::to_text(&found.of)));
        (found.of, text)
    }
}

/// Where objects belong.
type Places = BTreeMap<ObjectId, Attribution>;

/// Tells where objects belong.
fn belong(harvest: &mut Harvest, git_dir: &Path, repo: &git::Repo, of: Places) {
    let root = repo
        .work_tree
        .clone()
        .unwrap_or_else(|| git_dir.to_path_buf());
    for (id, attribution) in of {
        let history = |first: Option<&CommitRef>| History {
            commit: first.map(|commit| commit.id.to_string()),
            first_seen: first
                .and_then(|c| jiff::Timestamp::from_second(c.time).ok())
                .map(|t| t.to_string()),
            reach: attribution.reach,
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
    /// Where what objects have is told to be, until it is known where they belong.
    git_dir: PathBuf,
    scanner: Scanner,
    rest: Rest,
    /// What objects with a trigger had.
    seen: BTreeMap<ObjectId, Seen>,
    archives: Archives,
}

impl Triggers for Sweeper {
    fn window(&self) -> usize {
        self.scanner.window()
    }

    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        self.rest.take();
        self.scanner.seen_in(bytes)
    }

    fn places(&mut self, bytes: &[u8], places: &mut Vec<LiteralAt>) -> bool {
        self.rest.take();
        self.scanner.places(bytes, places)
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
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        places: Option<&[LiteralAt]>,
    ) {
        // Messages are text.
        self.scan(
            id,
            kind == ObjectKind::Blob,
            (Base::default(), bytes),
            places,
        );
    }

    fn triggered_part(&mut self, id: &ObjectId, _: ObjectKind, at: u64, bytes: &[u8]) {
        // Lines before the part are not counted: the object was not held.
        let base = Base {
            offset: at,
            lines: 0,
        };
        self.scan(id, false, (base, bytes), None);
    }
}

impl Sweeper {
    /// Scans bytes of an object, and looks into them if they may be an archive.
    fn scan(
        &mut self,
        id: &ObjectId,
        may_open: bool,
        (base, bytes): (Base, &[u8]),
        places: Option<&[LiteralAt]>,
    ) {
        let origin = Origin {
            path: self.git_dir.clone(),
            object: Some(id.to_string()),
            ..Origin::default()
        };
        let blob = Blob {
            bytes,
            origin: &origin,
            base,
        };
        let scanned = self.scanner.scan_at(&blob, places);
        let seen = self.seen.entry(*id).or_default();
        match archive::of_bytes(&self.scanner, bytes).filter(|_| may_open) {
            Some(container) => {
                let opened = archive::open_bytes(container, bytes, &origin, &self.scanner);
                let opened = opened.and(scanned.sightings);
                seen.gave_up = opened.gave_up();
                seen.untried |= opened.untried;
                seen.brings.add(opened.brings);
                seen.sightings.extend(opened.sightings);
                self.archives.add(&opened.counts);
            }
            None => seen.sightings.extend(scanned.sightings),
        }
        seen.undecoded |= scanned.undecoded;
        seen.untried |= scanned.untried;
        seen.brings.add(scanned.brings);
    }
}
