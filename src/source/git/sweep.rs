//! The sweep: every object of a database once, on a fixed number of threads.
//!
//! It needs neither refs nor a walk over history, so it sees what no branch reaches any more, and
//! works in repositories that are too damaged to be walked. Work is handed out in batches of
//! families (see `plan`), then loose objects; what could not be read is tried once more from
//! another copy, and reported if there is none.

use super::id::ObjectId;
use super::inflate::Stream;
use super::loose;
use super::object::ObjectKind;
use super::odb::{MAX_OBJECT_BYTES, Odb};
use super::pack::Pack;
use super::plan::{Batch, Plan};
use super::positioned::PositionedFile;
use super::skip::{Skip, SkipReason, Skips};
use super::stream::Source;
use super::walk::{STREAM_BYTES, Worker};
use super::{Visitor, known};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Loose objects handed to a worker at a time.
const LOOSE_BATCH: usize = 64;

/// How a sweep is done.
#[derive(Clone, Copy)]
pub struct SweepOptions<'a> {
    /// Threads that work; 0 is taken as 1.
    pub threads: usize,
    /// Make and look at every object, as a proof of the other way.
    pub naive: bool,
    /// Only the repository's own object directory, not its alternates: what a push brought.
    pub own_only: bool,
    /// Objects that need not be looked at again.
    pub skip: Option<&'a (dyn Fn(&ObjectId) -> bool + Sync)>,
    /// Checksums of packs that need not be looked at again.
    pub passed: &'a [ObjectId],
    /// Set by somebody else to stop.
    pub interrupt: Option<&'a AtomicBool>,
}

impl Default for SweepOptions<'_> {
    fn default() -> Self {
        Self {
            threads: 1,
            naive: false,
            own_only: false,
            skip: None,
            passed: &[],
            interrupt: None,
        }
    }
}

/// What a sweep did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Blobs looked at.
    pub blobs: u64,
    /// Commits whose messages were looked at.
    pub commits: u64,
    /// Tags whose messages were looked at.
    pub tags: u64,
    /// Of all these: deltas of which only the new bytes were looked at.
    pub by_windows: u64,
    /// Of all these: looked at from end to end.
    pub whole: u64,
    /// Of those: deltas that were made because they, or what they are based on, have a trigger.
    pub remade: u64,
    /// Shown to the visitor.
    pub triggered: u64,
    /// Bytes that triggers were looked for in.
    pub scanned_bytes: u64,
    /// Bytes that came out of the decoder.
    pub inflated_bytes: u64,
    /// Bytes made by applying deltas.
    pub materialised_bytes: u64,
}

impl Counts {
    /// Counts an object.
    pub(super) const fn object(&mut self, kind: ObjectKind, wanted: bool) {
        let counter = match kind {
            ObjectKind::Blob => &mut self.blobs,
            ObjectKind::Commit => &mut self.commits,
            ObjectKind::Tag => &mut self.tags,
            ObjectKind::Tree => return,
        };
        *counter += wanted as u64;
    }

    /// Adds what another worker did.
    fn add(&mut self, other: &Self) {
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.tags += other.tags;
        self.by_windows += other.by_windows;
        self.whole += other.whole;
        self.remade += other.remade;
        self.triggered += other.triggered;
        self.scanned_bytes += other.scanned_bytes;
        self.inflated_bytes += other.inflated_bytes;
        self.materialised_bytes += other.materialised_bytes;
    }
}

/// Which objects a pass over the database reads, and how it shows them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// Commits and tags as they are, for the shape of the history.
    Commits,
    /// What people wrote: blobs, and the messages of commits and tags.
    Text,
    /// Directory listings as they are, for the paths of blobs.
    Trees,
}

impl Scope {
    /// Whether objects of a kind are read.
    pub(super) const fn reads(self, kind: ObjectKind) -> bool {
        match self {
            Self::Commits => matches!(kind, ObjectKind::Commit | ObjectKind::Tag),
            Self::Text => !matches!(kind, ObjectKind::Tree),
            Self::Trees => matches!(kind, ObjectKind::Tree),
        }
    }
}

/// What came of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was done.
    pub counts: Counts,
    /// What could not be looked at, sorted; the first ten thousand.
    pub skips: Vec<Skip>,
    /// How much more could not be looked at.
    pub unlisted_skips: u64,
    /// Whether objects may be missing by design (partial clone).
    pub promisor: bool,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// What the threads share.
pub(super) struct Shared<'a> {
    /// What is read.
    pub(super) scope: Scope,
    /// Make everything.
    pub(super) naive: bool,
    /// Held by whoever has a huge object.
    pub(super) huge: Gate,
    /// Objects that were shown.
    shown: Mutex<HashSet<ObjectId>>,
    /// Set to stop.
    interrupt: Option<&'a AtomicBool>,
}

/// Lets one worker through at a time.
#[derive(Default)]
pub(super) struct Gate {
    /// Whether somebody is inside.
    busy: Mutex<bool>,
    /// Told when nobody is any more.
    free: Condvar,
}

impl Gate {
    /// Waits until nobody is inside, and goes in.
    pub(super) fn enter(&self) {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let mut busy = self
            .free
            .wait_while(busy, |busy| *busy)
            .unwrap_or_else(PoisonError::into_inner);
        *busy = true;
    }

    /// Goes out.
    pub(super) fn leave(&self) {
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.free.notify_one();
    }
}

impl Shared<'_> {
    /// Whether somebody wants the sweep to stop.
    pub(super) fn interrupted(&self) -> bool {
        self.interrupt
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Whether this object was not shown yet. Packs that hold it twice exist.
    pub(super) fn first_time(&self, id: &ObjectId) -> bool {
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(*id)
    }
}

/// Looks at every blob, and the message of every commit and tag, of a database.
///
/// `visitor` is cloned for each thread; the clones come back with the outcome, in no order that
/// means anything. Each object with a trigger is shown to one of them, once.
pub fn sweep<V: Visitor>(odb: &Odb, visitor: &V, options: &SweepOptions<'_>) -> (Outcome, Vec<V>) {
    Work::plan(odb, Scope::Text, options).run(odb, visitor, options)
}

/// What there is to read in one scope: planned once, run as often as wanted.
pub(super) struct Work<'a> {
    /// What is read.
    scope: Scope,
    /// The packs with their plans.
    plans: Vec<(&'a Pack, Plan)>,
    /// Loose objects that are in no pack.
    loose: Vec<(ObjectId, PathBuf)>,
    /// What could not be planned.
    skips: Vec<Skip>,
    /// How much more could not.
    unlisted_skips: u64,
}

impl<'a> Work<'a> {
    /// Reads all headers and lists all loose objects.
    pub(super) fn plan(odb: &'a Odb, scope: Scope, options: &SweepOptions<'_>) -> Self {
        let mut skips = Skips::default();
        skips.extend(odb.skips().iter().cloned());
        let packs = odb.packs().iter().enumerate();
        let is_passed = |pack: &Pack| {
            let checksum = pack.index.pack_checksum();
            checksum.is_some_and(|checksum| options.passed.contains(&checksum))
        };
        let packs = packs
            .filter(|&(at, _)| !options.own_only || odb.home(at) == 0)
            .map(|(_, pack)| pack)
            .filter(|pack| !is_passed(pack));
        let chosen: Vec<&Pack> = packs.collect();
        let known = known::known(&chosen, options.skip);
        let mut plans: Vec<(&Pack, Plan)> = Vec::new();
        for (place, &pack) in chosen.iter().enumerate() {
            if options
                .interrupt
                .is_some_and(|flag| flag.load(Ordering::Relaxed))
            {
                break;
            }
            if !known.any_wanted(place) {
                continue;
            }
            let plan = Plan::of(pack, scope, options.threads, &|position| {
                known.wanted(place, position)
            });
            let lost = plan.skips.iter().filter(|skip| known.wanted(place, skip.0));
            skips.extend(lost.map(|&(position, offset, reason)| {
                let id = pack.index.id_at(position as usize);
                Skip {
                    id,
                    file: pack.path.clone(),
                    offset: Some(offset),
                    reason,
                }
            }));
            plans.push((pack, plan));
        }
        let loose = loose_objects(odb, &mut skips, options);
        Self {
            scope,
            plans,
            loose,
            skips: skips.list,
            unlisted_skips: skips.unlisted,
        }
    }

    /// Does it.
    pub(super) fn run<V: Visitor>(
        &self,
        odb: &Odb,
        visitor: &V,
        options: &SweepOptions<'_>,
    ) -> (Outcome, Vec<V>) {
        let shared = Shared {
            scope: self.scope,
            naive: options.naive,
            huge: Gate::default(),
            shown: Mutex::default(),
            interrupt: options.interrupt,
        };
        let mut workers: Vec<Worker<'_, V>> = (0..options.threads.max(1))
            .map(|_| Worker::new(&shared, odb, visitor.clone()))
            .collect();
        let families = self.plans.iter();
        let families: Vec<(&Pack, &Plan, Batch)> = families
            .flat_map(|(pack, plan)| plan.batches.iter().map(move |&batch| (*pack, plan, batch)))
            .collect();
        share(&mut workers, &families, |worker, &(pack, plan, batch)| {
            for &root in plan.roots.get(batch.first..batch.end).unwrap_or_default() {
                worker.family(pack, plan, root);
            }
        });
        let loose: Vec<_> = self.loose.chunks(LOOSE_BATCH).collect();
        share(&mut workers, &loose, |worker, batch| {
            for (id, path) in *batch {
                if let Err(reason) = worker.loose(*id, path) {
                    worker.skips.push(Skip {
                        id: Some(*id),
                        file: path.clone(),
                        offset: None,
                        reason,
                    });
                }
            }
        });
        let mut skips = Skips {
            list: self.skips.clone(),
            unlisted: self.unlisted_skips,
        };
        for worker in &mut workers {
            skips.append(std::mem::take(&mut worker.skips));
        }
        skips.list.sort_unstable();
        skips.list.dedup();
        if let Some(first) = workers.first_mut() {
            first.second_try(&mut skips.list);
        }
        let mut outcome = Outcome {
            promisor: odb.is_promisor(),
            interrupted: shared.interrupted(),
            skips: skips.list,
            unlisted_skips: skips.unlisted,
            ..Outcome::default()
        };
        let mut visitors = Vec::with_capacity(workers.len());
        for worker in workers {
            outcome.counts.add(&worker.counts);
            visitors.push(worker.visitor);
        }
        (outcome, visitors)
    }
}

/// Lets all workers take from a list of jobs until it is empty.
fn share<'a, V: Visitor, J: Sync>(
    workers: &mut [Worker<'a, V>],
    jobs: &[J],
    work: impl Fn(&mut Worker<'a, V>, &J) + Sync,
) {
    let next = AtomicUsize::new(0);
    let run = |worker: &mut Worker<'a, V>| {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if worker.shared.interrupted() {
                break;
            }
            work(worker, job);
        }
    };
    let wanted = jobs.len().min(workers.len());
    if let (0 | 1, Some(only)) = (wanted, workers.first_mut()) {
        return run(only);
    }
    std::thread::scope(|scope| {
        for worker in workers.iter_mut().take(wanted) {
            scope.spawn(|| run(worker));
        }
    });
}

/// The loose objects that are in no pack and were not seen before.
fn loose_objects(
    odb: &Odb,
    skips: &mut Skips,
    options: &SweepOptions<'_>,
) -> Vec<(ObjectId, PathBuf)> {
    let mut seen = HashSet::new();
    let mut objects = Vec::new();
    let directories = if options.own_only {
        odb.directories().get(..1)
    } else {
        Some(odb.directories())
    };
    for directory in directories.unwrap_or_default() {
        let (ids, unread) = loose::list(directory, odb.hash_kind());
        let said = |file| Skip {
            id: None,
            file,
            offset: None,
            reason: SkipReason::Unreadable,
        };
        skips.extend(unread.into_iter().map(said));
        for id in ids {
            let packed = || {
                odb.packs()
                    .iter()
                    .any(|pack| pack.index.find(&id).is_some())
            };
            let skipped = || options.skip.is_some_and(|skip| skip(&id));
            if seen.insert(id) && !skipped() && !packed() {
                objects.push((id, loose::path(directory, &id)));
            }
        }
    }
    objects
}

impl<V: Visitor> Worker<'_, V> {
    /// Looks at one loose object.
    fn loose(&mut self, id: ObjectId, path: &std::path::Path) -> Result<(), SkipReason> {
        let file = PositionedFile::open(path).map_err(|_| SkipReason::Unreadable)?;
        let mut stream = Stream::new(&file, 0);
        let header = loose::header(&mut stream)?;
        if !self.shared.scope.reads(header.kind) {
            return Ok(());
        }
        if header.size > MAX_OBJECT_BYTES || header.size > STREAM_BYTES && !self.shared.naive {
            super::inflate::plausible(file.len(), header.size)?;
            let lead = format!("{} {}\0", header.kind.name(), header.size);
            let source = Source {
                file: &file,
                at: 0,
                lead: lead.as_bytes(),
                size: header.size,
            };
            return self.streamed(&id, header.kind, &source, true, |worker| {
                worker.admit(usize::try_from(header.size).unwrap_or(usize::MAX));
                let object = loose::read(path, id, MAX_OBJECT_BYTES)?;
                worker.show(&id, object.kind, object.bytes(), None);
                worker.release();
                Ok(())
            });
        }
        let object = loose::rest(&file, &mut stream, &header, id, MAX_OBJECT_BYTES)?;
        self.counts.inflated_bytes += header.size;
        self.object(&id, object.kind, object.bytes());
        Ok(())
    }

    /// Looks at an object that was read by name.
    fn object(&mut self, id: &ObjectId, kind: ObjectKind, bytes: &[u8]) {
        self.counts.object(kind, true);
        self.counts.whole += 1;
        self.counts.scanned_bytes += bytes.len() as u64;
        if super::walk::sees(&mut self.visitor, kind, bytes) {
            self.show(id, kind, bytes, None);
        }
    }

    /// Tries what could not be read once more where another pack or directory has a copy; takes off
    /// the list what could be read there.
    fn second_try(&mut self, skips: &mut Vec<Skip>) {
        let mut reader = self.odb.reader();
        skips.retain(|skip| {
            let Some(id) = skip.id.filter(|id| self.odb.copies(id) > 1) else {
                return true;
            };
            let Ok(object) = reader.read(&id) else {
                return true;
            };
            if self.shared.scope.reads(object.kind) {
                self.object(&id, object.kind, object.bytes());
            }
            false
        });
    }
}
