//! Scans a part of a repository: the next commit, a range of commits, a push.
//!
//! `git` says which objects these are and where they stand; here they are read and scanned, a few
//! one by one, many by a sweep that passes over all others. A blob is scanned once and reported at
//! every place where it is new.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::overrides::Override;

use super::git::{
    self, GitEnvironment, Located, ObjectId, ObjectKind, Odb, SelectError, Selection, SkipReason,
    SweepOptions, Triggers, Visitor,
};
use super::{Archives, Belonging, Harvest, Interrupt, Progress, Unfinished, archive, tree};
use crate::blob::{Base, Blob, LiteralAt, Origin};
use crate::finding::{History, NoticeReason, Reach, Sighting};
use crate::scanner::{Neighbours, Scanner};

/// Objects above this size are not held whole but swept, in bytes; so a large staged file does not
/// decide how much memory a hook takes.
const HOLD_BYTES: u64 = 8 << 20;

/// From how many blobs on a sweep is quicker than reading them one by one: a sweep first reads the
/// headers of whole packs, but then applies no delta twice.
const SWEEP_BLOBS: usize = 2048;

/// Blobs for which a further thread is worth starting.
const BLOBS_PER_THREAD: usize = 32;

/// Where objects stand that have no path, such as messages.
const GIT_DIR: &str = ".git";

/// Which part of which repository.
#[derive(Clone, Debug)]
pub struct Request {
    /// A folder of the repository; without it what git names, or the current one.
    pub folder: Option<PathBuf>,
    /// What git tells its hooks.
    pub environment: GitEnvironment,
    /// Which part.
    pub part: Part,
}

/// A part of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the index would commit.
    Staged,
    /// `BASE..HEAD`.
    Range(String),
    /// Commits since a time, in seconds since 1970.
    Since(i64),
    /// A push.
    Push {
        /// What git wrote to the hook's standard input.
        input: Vec<u8>,
        /// Name of the remote, as pre-push is told it.
        remote: Option<String>,
    },
}

/// What was seen, and what the person who asked should know besides.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Sightings and counts.
    pub harvest: Harvest,
    /// Sentences such as "nothing is staged".
    pub remarks: Vec<String>,
    /// What paths are relative to: the work tree, or a bare repository.
    pub root: PathBuf,
}

/// Why a part could not be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It could not be found out what belongs to it.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// An exclude glob that is no glob.
    #[error(transparent)]
    Exclude(#[from] tree::Error),
}

/// A part of a repository: which blobs belong to it. Found without the scanner, which may be made
/// meanwhile.
#[derive(Debug)]
pub struct Chosen {
    place: Located,
    odb: Odb,
    selection: Selection,
    excludes: Override,
    /// Where all blobs stand, when that is known beforehand.
    reach: Option<Reach>,
}

/// Finds out what belongs to a part of a repository.
///
/// # Errors
/// When that cannot be told, or a glob is none.
pub fn choose(request: &Request, options: &tree::Options) -> Result<Chosen, Error> {
    let excludes = tree::excludes(Path::new(""), &options.exclude)?;
    let place = Located::find(request.folder.as_deref(), &request.environment)
        .map_err(SelectError::from)?;
    let odb = place.odb();
    let selection = match &request.part {
        Part::Staged => git::staged(&place, &odb)?.0,
        Part::Range(text) => git::range(&place, &odb, text)?,
        Part::Since(time) => git::since(&place, &odb, *time)?,
        Part::Push { input, remote } => git::push(&place, &odb, input, remote.as_deref())?,
    };
    let reach = matches!(request.part, Part::Staged).then_some(Reach::Index);
    Ok(Chosen {
        place,
        odb,
        selection,
        excludes,
        reach,
    })
}

/// Scans what was chosen.
#[must_use]
pub fn gather(
    chosen: Chosen,
    options: &tree::Options,
    scanner: &Scanner,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Gathered {
    let Chosen {
        place,
        odb,
        mut selection,
        excludes,
        reach,
    } = chosen;
    let mut picking = Picking {
        odb: &odb,
        options,
        scanner,
        interrupt,
        progress,
        harvest: Harvest {
            swept: 1,
            ..Harvest::default()
        },
        root: place.repo.work_tree.as_ref().unwrap_or(&place.repo.git_dir),
        reach,
    };
    for missing in &selection.missing {
        picking
            .harvest
            .skip(NoticeReason::HistoryUnread, picking.root, missing.as_str());
    }
    for skip in odb.skips() {
        picking
            .harvest
            .skip(NoticeReason::HistoryUnread, &skip.file, skip.to_string());
    }
    let all = selection.blobs.len();
    picking.exclude(&mut selection, &excludes);
    if all > 0 && selection.blobs.is_empty() {
        selection
            .remarks
            .push("every path is excluded: no blob was scanned".to_owned());
    }
    picking.leave_large(&mut selection);
    picking.run(&selection);
    Gathered {
        root: picking.root.to_owned(),
        harvest: picking.harvest,
        remarks: selection.remarks,
    }
}

/// A scan on the way.
struct Picking<'a> {
    odb: &'a Odb,
    options: &'a tree::Options,
    scanner: &'a Scanner,
    interrupt: &'a Interrupt,
    progress: &'a Progress,
    harvest: Harvest,
    root: &'a Path,
    /// Where all blobs stand, when that is known beforehand.
    reach: Option<Reach>,
}

impl Picking<'_> {
    /// Takes places out that the person who asked excluded.
    fn exclude(&mut self, selection: &mut Selection, globs: &Override) {
        if self.options.exclude.is_empty() {
            return;
        }
        let mut excluded = 0;
        selection.blobs.retain(|_, standings| {
            let before = standings.len();
            standings.retain(|standing| !tree::is_excluded(&place_path(&standing.path), globs));
            excluded += before - standings.len();
            !standings.is_empty()
        });
        for _ in 0..excluded {
            self.harvest.skip(NoticeReason::Excluded, self.root, "");
        }
    }

    /// Takes out and counts what is larger than the person who asked wants.
    fn leave_large(&mut self, selection: &mut Selection) {
        let limit = self.options.max_file_size;
        if limit == u64::MAX {
            return;
        }
        let mut reader = self.odb.reader_up_to(HOLD_BYTES);
        // Whose size is not to be had cannot be read either, and is told then.
        let is_large = |id: &ObjectId| reader.size(id).is_some_and(|size| size > limit);
        let large: Vec<ObjectId> = selection.blobs.keys().copied().filter(is_large).collect();
        for id in large {
            let detail = format!("object {id}: larger than {limit} bytes (--max-file-size)");
            let path = first_path(selection, id);
            self.harvest.skip(NoticeReason::TooLarge, &path, detail);
            selection.blobs.remove(&id);
        }
    }

    /// Scans everything that was selected.
    fn run(&mut self, selection: &Selection) {
        let blobs: Vec<ObjectId> = selection.blobs.keys().copied().collect();
        let mut workers = Vec::new();
        let mut large = BTreeSet::new();
        if blobs.len() < SWEEP_BLOBS {
            let (read, left) = self.read(&blobs, selection);
            workers.extend(read);
            large.extend(left);
        } else {
            large.extend(blobs.iter().copied());
        }
        if !large.is_empty() {
            workers.extend(self.sweep(&|id| large.contains(id), false, paths(selection)));
        }
        let mut seen: BTreeMap<ObjectId, Vec<Sighting>> = BTreeMap::new();
        for picker in workers {
            self.harvest.archives.add(&picker.archives);
            for (id, what) in picker.unfinished {
                let path = first_path(selection, id);
                self.harvest.unfinished(&path, Some(id), what);
            }
            for (id, sightings) in picker.sightings {
                seen.entry(id).or_default().extend(sightings);
            }
        }
        for (id, sightings) in seen {
            let belonging = self.belonging(selection, id);
            self.report(id, sightings, belonging);
        }
        self.messages(selection);
        if selection.quarantine {
            self.quarantine(selection);
        }
        let kind = self.odb.hash_kind();
        // All of it is of one repository, and messages hold tokens as well.
        for sighting in self.scanner.prove(&Neighbours::new(&[]), &|_| false) {
            let object = sighting.origin.object.as_deref();
            if let Some(id) = object.and_then(|hex| ObjectId::from_hex(kind, hex.as_bytes())) {
                let key = (PathBuf::from(GIT_DIR), id.to_string());
                let known = self.harvest.belongings.get(&key).cloned();
                let belonging = known.unwrap_or_else(|| self.belonging(selection, id));
                self.report(id, vec![sighting], belonging);
            }
        }
    }

    /// Returns where an object belongs: the places of a blob, or the commit of a message.
    fn belonging(&self, selection: &Selection, id: ObjectId) -> Belonging {
        let Some(standings) = selection.blobs.get(&id) else {
            let commit = selection.commits.contains_key(&id).then_some(id);
            return without_path(selection, id, commit);
        };
        let paths = standings.iter().map(|standing| {
            let at_tip = || selection.is_at_tip(self.odb, &standing.path, id);
            let reach = self
                .reach
                .unwrap_or_else(|| if at_tip() { Reach::Tip } else { Reach::History });
            let history = history(selection, id, standing.commit, reach);
            (place_path(&standing.path), history)
        });
        Belonging {
            paths: paths.collect(),
            pathless: None,
        }
    }

    /// Reports what an object holds.
    fn report(&mut self, id: ObjectId, sightings: Vec<Sighting>, belonging: Belonging) {
        let key = (PathBuf::from(GIT_DIR), id.to_string());
        let object = Some(id.to_string());
        let sightings = sightings.into_iter().map(|mut sighting| {
            sighting.origin.path = PathBuf::from(GIT_DIR);
            sighting.origin.object.clone_from(&object);
            sighting
        });
        self.harvest.sightings.extend(sightings);
        self.harvest.belongings.insert(key, belonging);
    }

    /// Reads blobs one by one; returns those that are too large for that.
    fn read(&mut self, blobs: &[ObjectId], selection: &Selection) -> (Vec<Picker>, Vec<ObjectId>) {
        let threads = (blobs.len() / BLOBS_PER_THREAD).clamp(1, self.options.threads.max(1));
        let next = AtomicUsize::new(0);
        let work = || {
            let mut one = One::new(self.scanner);
            let mut reader = self.odb.reader_up_to(HOLD_BYTES);
            while let Some(&id) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.interrupt.is_set() {
                    break;
                }
                match reader.read(&id) {
                    Ok(object) => {
                        let len = object.bytes().len() as u64;
                        one.blobs += 1;
                        one.bytes += len;
                        let path = first_path(selection, id);
                        one.picker.look((id, path), object.kind, object.bytes());
                    }
                    Err(SkipReason::TooLarge) => one.large.push(id),
                    Err(reason) => one.failed.push((id, reason)),
                }
            }
            one
        };
        let done: Vec<One> = match threads {
            1 => vec![work()],
            _ => std::thread::scope(|scope| {
                let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                // A worker that panicked would have left blobs unread: pass that on.
                let joined = running.into_iter().map(|worker| worker.join());
                joined
                    .map(|one| one.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            }),
        };
        let (mut pickers, mut large) = (Vec::new(), Vec::new());
        for one in done {
            self.harvest.blobs += one.blobs;
            self.harvest.bytes += one.bytes;
            self.progress.add(0, one.bytes);
            for (id, reason) in one.failed {
                let detail = SelectError::Object(id, reason).to_string();
                self.harvest
                    .skip(NoticeReason::HistoryUnread, self.root, detail);
            }
            large.extend(one.large);
            pickers.push(one.picker);
        }
        (pickers, large)
    }

    /// Sweeps the database for some objects.
    fn sweep(
        &mut self,
        wanted: &(dyn Fn(&ObjectId) -> bool + Sync),
        own_only: bool,
        paths: BTreeMap<ObjectId, PathBuf>,
    ) -> Vec<Picker> {
        let skip = |id: &ObjectId| !wanted(id);
        let options = SweepOptions {
            threads: self.options.threads,
            own_only,
            skip: Some(&skip),
            interrupt: Some(self.interrupt.flag()),
            ..SweepOptions::default()
        };
        let picker = Picker {
            paths: Arc::new(paths),
            ..Picker::new(self.scanner)
        };
        let (outcome, pickers) = git::sweep(self.odb, &picker, &options);
        self.harvest.blobs += outcome.counts.blobs;
        self.harvest.triggered += outcome.counts.triggered;
        let bytes = outcome.counts.inflated_bytes + outcome.counts.materialised_bytes;
        self.harvest.bytes += bytes;
        self.progress.add(0, bytes);
        for skip in &outcome.skips {
            let is_told = self.odb.skips().contains(skip);
            if !is_told && skip.id.is_none_or(|id| wanted(&id)) {
                self.harvest
                    .skip(NoticeReason::HistoryUnread, &skip.file, skip.to_string());
            }
        }
        pickers
    }

    /// Scans the messages of commits and tags.
    fn messages(&mut self, selection: &Selection) {
        let mut reader = self.odb.reader_up_to(HOLD_BYTES);
        let commits = selection.commits.keys();
        for &id in commits.chain(&selection.tags) {
            if self.interrupt.is_set() {
                return;
            }
            match reader.read(&id) {
                Ok(object) => self.message(selection, id, object.kind, object.bytes()),
                Err(reason) => {
                    let detail = SelectError::Object(id, reason).to_string();
                    self.harvest
                        .skip(NoticeReason::HistoryUnread, self.root, detail);
                }
            }
        }
    }

    /// Scans one message.
    fn message(&mut self, selection: &Selection, id: ObjectId, kind: ObjectKind, bytes: &[u8]) {
        let mut picker = Picker::new(self.scanner);
        picker.look((id, PathBuf::new()), kind, kind.text(bytes));
        self.harvest.bytes += bytes.len() as u64;
        let commit = (kind == ObjectKind::Commit).then_some(id);
        for (id, what) in picker.unfinished {
            self.harvest.unfinished(self.root, Some(id), what);
        }
        for (id, sightings) in picker.sightings {
            self.report(id, sightings, without_path(selection, id, commit));
        }
    }

    /// Looks through a quarantine for what no commit of the push leads to.
    fn quarantine(&mut self, selection: &Selection) {
        let new = |id: &ObjectId| {
            !selection.blobs.contains_key(id)
                && !selection.commits.contains_key(id)
                && !selection.tags.contains(id)
        };
        for picker in self.sweep(&new, true, BTreeMap::new()) {
            self.harvest.archives.add(&picker.archives);
            for (id, what) in picker.unfinished {
                self.harvest.unfinished(self.root, Some(id), what);
            }
            for (id, sightings) in picker.sightings {
                let is_commit = picker.kinds.get(&id) == Some(&ObjectKind::Commit);
                let commit = is_commit.then_some(id);
                self.report(id, sightings, without_path(selection, id, commit));
            }
        }
    }
}

/// What one thread did.
struct One {
    picker: Picker,
    blobs: u64,
    bytes: u64,
    large: Vec<ObjectId>,
    failed: Vec<(ObjectId, SkipReason)>,
}

impl One {
    fn new(scanner: &Scanner) -> Self {
        Self {
            picker: Picker::new(scanner),
            blobs: 0,
            bytes: 0,
            large: Vec::new(),
            failed: Vec::new(),
        }
    }
}

/// A scanner that keeps what it saw by object.
#[derive(Clone)]
struct Picker {
    scanner: Scanner,
    /// Where the objects of a sweep stand first.
    paths: Arc<BTreeMap<ObjectId, PathBuf>>,
    sightings: Vec<(ObjectId, Vec<Sighting>)>,
    kinds: BTreeMap<ObjectId, ObjectKind>,
    /// Objects that were not looked into to the end.
    unfinished: BTreeMap<ObjectId, Unfinished>,
    archives: Archives,
}

impl Picker {
    fn new(scanner: &Scanner) -> Self {
        Self {
            scanner: scanner.clone(),
            paths: Arc::default(),
            sightings: Vec::new(),
            kinds: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            archives: Archives::default(),
        }
    }

    /// Returns an object of a sweep with the path that it stands at first.
    fn placed(&self, id: &ObjectId) -> (ObjectId, PathBuf) {
        (*id, self.paths.get(id).cloned().unwrap_or_default())
    }

    /// Scans an object that was read whole, if it has a trigger.
    fn look(&mut self, place: (ObjectId, PathBuf), kind: ObjectKind, bytes: &[u8]) {
        let may_open = kind == ObjectKind::Blob;
        if self.scanner.seen_in(bytes)
            || self.scanner.by_format(bytes, bytes.len() as u64)
            || may_open && archive::of_bytes(&self.scanner, bytes).is_some()
        {
            self.scan(place, may_open, Base::default(), bytes);
        }
    }

    fn scan(&mut self, (id, path): (ObjectId, PathBuf), may_open: bool, base: Base, bytes: &[u8]) {
        let origin = Origin {
            object: Some(id.to_string()),
            ..Origin::default()
        };
        let blob = Blob {
            bytes,
            origin: &origin,
            base,
        };
        let scanned = self.scanner.scan_as(&blob, path);
        // An object may come in parts.
        let unfinished = self.unfinished.entry(id).or_default();
        unfinished.undecoded |= scanned.undecoded;
        unfinished.untried |= scanned.untried;
        let mut sightings = scanned.sightings;
        if let Some(container) = archive::of_bytes(&self.scanner, bytes).filter(|_| may_open) {
            let opened = archive::open_bytes(container, bytes, &origin, &self.scanner);
            let opened = opened.and(sightings);
            unfinished.untried |= opened.untried;
            unfinished.details = opened.gave_up();
            self.archives.add(&opened.counts);
            sightings = opened.sightings;
        }
        if !sightings.is_empty() {
            self.sightings.push((id, sightings));
        }
    }
}

impl Triggers for Picker {
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

impl Visitor for Picker {
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        _: Option<&[LiteralAt]>,
    ) {
        self.kinds.insert(*id, kind);
        // Messages are text.
        let may_open = kind == ObjectKind::Blob;
        self.scan(self.placed(id), may_open, Base::default(), bytes);
    }

    fn triggered_part(&mut self, id: &ObjectId, kind: ObjectKind, at: u64, bytes: &[u8]) {
        self.kinds.insert(*id, kind);
        // Lines before the part are not counted: the object was not held.
        let base = Base {
            offset: at,
            lines: 0,
        };
        self.scan(self.placed(id), false, base, bytes);
    }
}

/// The first path of each selected blob.
fn paths(selection: &Selection) -> BTreeMap<ObjectId, PathBuf> {
    let blobs = selection.blobs.keys();
    blobs.map(|&id| (id, first_path(selection, id))).collect()
}

/// The first path that a selected blob has.
fn first_path(selection: &Selection, id: ObjectId) -> PathBuf {
    let first = selection.blobs.get(&id).and_then(|all| all.first());
    first.map_or_else(PathBuf::new, |standing| place_path(&standing.path))
}

/// A path as git has it.
#[cfg(unix)]
fn place_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path as git has it.
#[cfg(not(unix))]
fn place_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// What is known of an object that has no path: a message, or one that a push left without use.
fn without_path(selection: &Selection, id: ObjectId, commit: Option<ObjectId>) -> Belonging {
    let is_used = match commit {
        Some(commit) => selection.commits.contains_key(&commit),
        None => selection.tags.contains(&id),
    };
    let reach = if is_used {
        Reach::History
    } else {
        Reach::Unreachable
    };
    Belonging {
        paths: Vec::new(),
        pathless: Some(history(selection, id, commit, reach)),
    }
}

/// What git tells about an object.
fn history(selection: &Selection, id: ObjectId, commit: Option<ObjectId>, reach: Reach) -> History {
    let time = commit.and_then(|commit| selection.commits.get(&commit));
    History {
        commit: commit.map(|commit| commit.to_string()),
        first_seen: time.and_then(|&time| moment(time)),
        reach,
        blob: id.to_string(),
    }
}

/// A time as reports have it.
fn moment(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.to_string())
}
