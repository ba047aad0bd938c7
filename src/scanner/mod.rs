//! The engine of one worker: a blob in, sightings out.
//!
//! A [`Scanner`] is cheap to clone and goes to every worker of every source.
//! Sources ask it first whether bytes are worth holding whole
//! ([`Scanner::seen_in`], [`Scanner::by_ends`]) and hand over whole blobs only
//! then. Inside a blob, each literal that was seen wakes its owner: a format
//! reads there, or a decoder makes a view in which all of this begins again.

mod bitmap;
mod comment;
mod expand;
mod frequency;
mod head;
mod hints;
mod hoard;
mod jws;
mod likely;
mod link;
mod locate;
mod plan;
mod proof;
mod reading;
mod runs;
mod sampled;
mod search;
mod secrets;
mod seen;
mod sought;
mod trial;
mod triggers;

use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::blob::{Armor, Blob, Candidate, LiteralAt, Span, View};
use crate::decode::{
    Budget, Extent, Extents, MAX_DEPTH, armor, base64, entity, escape, hex, margin, numbers, utf16,
    utf32,
};
use crate::finding::{Proof, Sighting};
use crate::format::{Context, FORMATS};
use crate::key::Reject;
use crate::key::password::{ScanBudget, TrialBudget};
use crate::pattern::{self, Patterns};
use crate::policy::TESTING;
use crate::unpack::{self, Container};
use head::{HEAD_BYTES, SMALL_BYTES, begins, is_der_key};
use hoard::Hoard;
pub use hoard::{Brings, Neighbours};
use link::Link;
pub use plan::ScanPlan;
use secrets::Held;
pub use seen::is_by_rule;
use seen::{Known, Seen};
use sha2::{Digest as _, Sha256};
use sought::Sought;
use triggers::{Automaton, Hit, Owner};

/// The engine of one worker.
#[derive(Clone, Debug)]
pub struct Scanner {
    tables: Arc<Tables>,
    /// Whether it only gathers candidates for the secrets of tokens.
    gathers: bool,
}

#[derive(Debug)]
struct Tables {
    raw: Automaton,
    /// Built when something was decoded: in most runs nothing is.
    decoded: OnceLock<Option<Automaton>>,
    patterns: Patterns,
    sought: Option<Sought>,
    hoard: Mutex<Hoard>,
    proofs: proof::Proofs,
    plan: ScanPlan,
    trials: ScanBudget,
    memory: Mutex<()>,
}

impl Tables {
    /// Returns what is held back until all was seen. A worker that panicked
    /// leaves it as usable as it was.
    fn hoard(&self) -> MutexGuard<'_, Hoard> {
        self.hoard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the password trials of one blob.
    fn trials(&self) -> TrialBudget {
        match self.plan.trials {
            true => TrialBudget::for_blob(&self.plan.words, &self.trials),
            false => TrialBudget::none(),
        }
    }
}

/// What a blob held.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Keys and secrets, in the order of their places.
    pub sightings: Vec<Sighting>,
    /// Whether a decoder gave up for lack of budget.
    pub undecoded: bool,
    /// Whether a password was not tried because that would have been too dear.
    pub untried: bool,
    /// What it brings to token proof, at the end.
    pub brings: Brings,
}

/// Label of keys wrapped by a TPM, which open on that machine alone.
const HARDWARE: &str = "TSS2";

/// Labels of armours whose every form is read here: other bytes in them are no
/// key of a kind that is not known yet.
const CHECKED: [&str; 7] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "RSA-PSS PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
];

/// Places of triggers that are kept of one blob; where there are more they are searched for again.
const MAX_PLACES: usize = 512;

/// Times that the decoder of numbers may look around in vain in one view: each
/// time it may read 256 KiB, and only crafted text brings it there often.
const MAX_FAILED_NUMBERS: usize = 256;

impl Tables {
    /// Returns the automaton of decoded bytes.
    fn decoded(&self) -> &Automaton {
        let build = || Automaton::decoded(self.plan.archives, self.patterns.triggers()).ok();
        // The other one has longer literals for the same.
        self.decoded
            .get_or_init(build)
            .as_ref()
            .unwrap_or(&self.raw)
    }
}

impl Scanner {
    /// Builds the tables of a scanner.
    pub fn new(mut plan: ScanPlan) -> Result<Self, pattern::Error> {
        // Both take a few milliseconds, which a small scan would notice.
        let (patterns, mut anchors, numbers) = std::thread::scope(|scope| {
            let numbers = scope.spawn(triggers::numbers);
            let patterns = plan.patterns.take().map_or_else(Patterns::embedded, Ok);
            let anchors = triggers::of_formats(plan.archives);
            (patterns, anchors, numbers.join())
        });
        let patterns = patterns?;
        anchors.extend(numbers.unwrap_or_else(|_| triggers::numbers()));
        Ok(Self {
            tables: Arc::new(Tables {
                raw: Automaton::raw(anchors, patterns.triggers())?,
                decoded: OnceLock::new(),
                patterns,
                sought: plan.answers.take().map(Sought::new),
                hoard: Mutex::default(),
                proofs: proof::Proofs::default(),
                plan,
                trials: ScanBudget::default(),
                memory: Mutex::new(()),
            }),
            gathers: false,
        })
    }

    /// Returns a digest of what decides where triggers are and what is seen behind them, but for the
    /// challenges: this version and its sources, the formats with their literals, the plan.
    #[must_use]
    pub fn engine(&self) -> [u8; 32] {
        let plan = ScanPlan {
            challenges: Vec::new(),
            ..self.tables.plan.clone()
        };
        let mut digest = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
        digest.update(env!("STRAYKEY_SOURCES"));
        for format in FORMATS {
            digest.update(format!("{:?}\n", format.spec()));
        }
        for trigger in self.tables.patterns.triggers() {
            digest.update(format!("{trigger:?}\n"));
        }
        digest.update(self.tables.patterns.added());
        // Words are shown by their number only.
        digest.update(format!("{plan:?}"));
        digest.finalize().into()
    }

    /// Returns the names of the challenges that are asked.
    #[must_use]
    pub fn challenges(&self) -> Vec<&'static str> {
        let challenges = self.tables.plan.challenges.iter();
        challenges.map(|mac| mac.id_name()).collect()
    }

    /// Returns the length of the longest literal: windows over a blob overlap
    /// by one byte less.
    #[must_use]
    pub fn window(&self) -> usize {
        self.tables.raw.longest()
    }

    /// Whether these bytes have a trigger: a literal stands in them. When secrets
    /// of the list are sought, every blob is looked at whole: nothing marks them; so is it
    /// for a foreign rule without a keyword.
    #[must_use]
    pub fn seen_in(&self, bytes: &[u8]) -> bool {
        let tables = &*self.tables;
        if self.gathers {
            // Binary data has no settings.
            let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
            return !head.contains(&0) && !tables.hoard().is_full();
        }
        tables.sought.is_some() || tables.patterns.is_everywhere() || tables.raw.seen_in(bytes)
    }

    /// Writes where triggers stand in these bytes, in order. Returns false if that is not all
    /// there is to know: there are too many, or not triggers alone decide
    /// ([`Scanner::seen_in`]).
    #[must_use]
    pub fn places(&self, bytes: &[u8], places: &mut Vec<LiteralAt>) -> bool {
        places.clear();
        self.more_places(bytes, 0, places)
    }

    /// As [`Scanner::places`], where those in the bytes before `from` are known.
    #[must_use]
    pub fn more_places(&self, bytes: &[u8], from: usize, places: &mut Vec<LiteralAt>) -> bool {
        let tables = &*self.tables;
        let by_triggers =
            !self.gathers && tables.sought.is_none() && !tables.patterns.is_everywhere();
        by_triggers && tables.raw.places(bytes, from, MAX_PLACES, places)
    }

    /// Returns how many of the first bytes of a blob [`Scanner::by_ends`] looks at.
    #[must_use]
    pub fn head_bytes(&self) -> usize {
        match self.tables.plan.archives {
            true => unpack::HEAD_BYTES.max(SMALL_BYTES),
            false => SMALL_BYTES,
        }
    }

    /// Returns how many of the last bytes of a blob [`Scanner::by_ends`] looks at.
    #[must_use]
    pub fn tail_bytes(&self) -> usize {
        match self.tables.plan.archives {
            true => unpack::TAIL_BYTES,
            false => 0,
        }
    }

    /// Returns the container that a blob is that begins and ends so, if it is to
    /// be looked into.
    #[must_use]
    pub fn container(&self, head: &[u8], tail: &[u8]) -> Option<Container> {
        match self.tables.plan.archives && !self.gathers {
            true => Container::of_ends(head, tail),
            false => None,
        }
    }

    /// Returns what whoever takes much memory must hold: one at a time may.
    #[must_use]
    pub fn memory(&self) -> &Mutex<()> {
        &self.tables.memory
    }

    /// Whether a blob of `size` bytes that begins with `head` and ends with `tail`
    /// is worth holding whole whatever it contains: a container, UTF-16 or UTF-32
    /// text, a single DER structure, or the head of a format.
    #[must_use]
    pub fn by_ends(&self, head: &[u8], tail: &[u8], size: u64) -> bool {
        self.by_format(head, size) || self.container(head, tail).is_some()
    }

    /// As [`Scanner::by_ends`], but not for containers.
    #[must_use]
    pub fn by_format(&self, head: &[u8], size: u64) -> bool {
        if self.gathers {
            return false;
        }
        let known = || FORMATS.iter().any(|&format| begins(format, head, size));
        let head = head.get(..HEAD_BYTES).unwrap_or(head);
        let is_wide = utf16::mark(head).is_some() || utf32::order(head).is_some();
        is_wide || is_der_key(head, size) || known()
    }

    /// Returns what a blob holds.
    #[must_use]
    pub fn scan(&self, blob: &Blob<'_>) -> Scanned {
        self.scan_at(blob, None)
    }

    /// Returns what a blob holds whose triggers stand at these places, if they are known.
    #[must_use]
    pub fn scan_at(&self, blob: &Blob<'_>, places: Option<&[LiteralAt]>) -> Scanned {
        self.run(blob, places, blob.origin.innermost())
    }

    /// Returns what an object of a repository holds that is a file at this path: what makes a
    /// signing secret depends on it.
    #[must_use]
    pub fn scan_as(&self, blob: &Blob<'_>, path: PathBuf) -> Scanned {
        self.run(blob, None, path)
    }

    /// Returns what [`Self::scan_as`] does of an object that was scanned before: nothing is held
    /// a second time for token proof.
    #[must_use]
    pub fn scan_again(&self, blob: &Blob<'_>, path: PathBuf) -> Vec<Sighting> {
        let mut run = self.begin(blob, path);
        run.root(blob.bytes, None);
        seen::sightings(run.seen, blob)
    }

    fn begin(&self, blob: &Blob<'_>, path: PathBuf) -> Run<'_> {
        Run {
            tables: &self.tables,
            budget: Budget::for_blob(blob.bytes.len()),
            context: Context::new(blob.bytes.len(), self.tables.trials()),
            seen: Vec::new(),
            known: Known::default(),
            held: Held::default(),
            path,
        }
    }

    fn run(&self, blob: &Blob<'_>, places: Option<&[LiteralAt]>, path: PathBuf) -> Scanned {
        let mut run = self.begin(blob, path);
        if self.gathers {
            run.held.gathers = true;
            run.gather(blob.bytes);
            run.hand_over(blob);
            return Scanned::default();
        }
        run.root(blob.bytes, places);
        let brings = run.hand_over(blob);
        let undecoded = run.budget.is_exhausted() || run.context.was_short();
        Scanned {
            sightings: seen::sightings(run.seen, blob),
            undecoded,
            untried: run.context.trials.was_short(),
            brings,
        }
    }
}

/// The work on one blob.
struct Run<'t> {
    tables: &'t Tables,
    budget: Budget,
    context: Context,
    seen: Vec<Seen>,
    /// Identities of the keys that were seen: those of copies take their room once.
    known: Known,
    /// What token proof takes from the blob.
    held: Held,
    /// Where the blob is, as far as that is known.
    path: PathBuf,
}

/// Spans of one view that need no second look.
#[derive(Default)]
struct Done {
    /// End of what a format or the armour decoder has read.
    claimed: usize,
    /// Runs that each decoder has decoded.
    runs: Vec<(Discriminant<Owner>, Extents)>,
    /// String literals, as far as they were looked for.
    literals: escape::Literals,
    /// Times that what looked like numbers was none.
    failed: usize,
}

impl Done {
    /// Whether the decoder of this kind has decoded the run here, so aligned.
    fn decoded(&self, owner: Owner, at: usize) -> bool {
        let kind = discriminant(&owner);
        let runs = self.runs.iter().find(|(k, _)| *k == kind);
        runs.is_some_and(|(_, runs)| runs.cover(at, owner.phase()))
    }

    /// Notes a run that the decoder of this kind has decoded.
    fn keep(&mut self, owner: Owner, run: Extent) {
        let kind = discriminant(&owner);
        if let Some((_, runs)) = self.runs.iter_mut().find(|(k, _)| *k == kind) {
            return runs.add(run);
        }
        let mut runs = Extents::default();
        runs.add(run);
        self.runs.push((kind, runs));
    }
}

impl<'t> Run<'t> {
    fn root(&mut self, bytes: &[u8], places: Option<&[LiteralAt]>) {
        if let Some(view) = utf16::decode_marked(bytes) {
            // Two bytes before other text must not hide it: the rest is looked at as it stands, too.
            self.view(&view, None);
        }
        if let Some(view) = utf32::decode(bytes) {
            // Without a mark it may be anything else as well.
            self.view(&view, None);
        }
        let claimed = self.headed(bytes, None);
        if claimed == 0
            && is_der_key(bytes.get(..HEAD_BYTES).unwrap_or(bytes), bytes.len() as u64)
            && self.offer(&Candidate::whole(bytes), None)
        {
            return;
        }
        let raw = &self.tables.raw;
        let woken = match places {
            Some(places) => {
                let hits = raw.of(places.iter().copied());
                self.wake_all(bytes, claimed, hits, None)
            }
            None => self.wake_all(bytes, claimed, raw.hits(bytes), None),
        };
        self.secrets(bytes, &woken, None);
    }

    /// Looks at decoded bytes.
    fn view(&mut self, view: &View, up: Option<&Link<'_>>) {
        self.linked(view, None, up);
    }

    /// Looks at decoded or decrypted bytes.
    fn linked(
        &mut self,
        view: &View,
        opened: Option<(&'static str, Option<&'static str>)>,
        up: Option<&Link<'_>>,
    ) {
        let link = Link {
            span: &view.span,
            map: &view.map,
            layer: view.layer,
            opened,
            up,
        };
        if link.depth() > MAX_DEPTH || !self.budget.take(view.bytes.len()) {
            return;
        }
        if let Some(armor) = &view.armor {
            self.armored(&view.bytes, armor, &link);
            return;
        }
        let claimed = self.headed(&view.bytes, Some(&link));
        let head = view.bytes.get(..HEAD_BYTES).unwrap_or(&view.bytes);
        if claimed == 0
            && is_der_key(head, view.bytes.len() as u64)
            && self.offer(&Candidate::whole(&view.bytes), Some(&link))
        {
            return;
        }
        if claimed == 0
            && self.tables.plan.archives
            && let Some(container) = Container::of_head(&view.bytes)
        {
            self.expand(container, &view.bytes, &link);
        }
        let hits = self.tables.decoded().hits(&view.bytes);
        let woken = self.wake_all(&view.bytes, claimed, hits, Some(&link));
        self.secrets(&view.bytes, &woken, Some(&link));
    }

    /// Offers bytes to the formats whose head they begin with; returns the end
    /// of what was read, unless that does not begin there.
    fn headed(&mut self, bytes: &[u8], link: Option<&Link<'_>>) -> usize {
        let candidate = Candidate::whole(bytes);
        let formats = FORMATS.iter().enumerate();
        let mut begun = formats.filter(|&(_, &f)| begins(f, bytes, bytes.len() as u64));
        begun
            .find_map(|(i, _)| {
                let read = self.read(i, &candidate, link)?;
                (read.start == 0).then_some(read.end)
            })
            .unwrap_or(0)
    }

    /// Wakes the owners of every literal seen behind what is claimed. Returns the
    /// places of those of the rules for secrets.
    fn wake_all<'h>(
        &mut self,
        bytes: &[u8],
        claimed: usize,
        hits: impl Iterator<Item = Hit<'h>>,
        link: Option<&Link<'_>>,
    ) -> Vec<usize> {
        let mut done = Done {
            claimed,
            ..Done::default()
        };
        let mut woken = Vec::new();
        let above = self.context.enter();
        for hit in hits {
            if hit.owners.contains(&Owner::Rules) {
                woken.push(hit.at);
            }
            if hit.at < done.claimed {
                continue;
            }
            for &owner in hit.owners {
                if hit.at < done.claimed || done.decoded(owner, hit.at) {
                    continue;
                }
                self.wake(owner, bytes, hit.at, link, &mut done);
            }
        }
        self.context.leave(above);
        woken
    }

    fn wake(
        &mut self,
        owner: Owner,
        bytes: &[u8],
        at: usize,
        link: Option<&Link<'_>>,
        done: &mut Done,
    ) {
        let decoded = match owner {
            Owner::Format(i) => {
                if let Some(read) = self.read(i, &Candidate::at(bytes, at), link)
                    && FORMATS.get(i).is_some_and(|format| format.claims())
                {
                    done.claimed = done.claimed.max(read.end);
                }
                return;
            }
            Owner::Armor => {
                if let Some(view) = armor::decode(bytes, at) {
                    let before = self.seen.len();
                    self.view(&view, link);
                    // An opening line without its closing one may stand in a sentence:
                    // what follows it is claimed only if a key was read there.
                    let read = self.seen.get(before..).unwrap_or_default();
                    let proven = read.iter().any(|seen| seen.manner.proof < Proof::Hint);
                    let whole = bytes.get(view.span.clone()).unwrap_or_default();
                    if proven || whole.ends_with(b"-") {
                        done.claimed = done.claimed.max(view.span.end);
                    }
                }
                return;
            }
            Owner::Base64 { phase } => base64::decode(bytes, at, phase),
            Owner::Hex { phase } => hex::decode(bytes, at, phase),
            Owner::Escape => escape::decode(bytes, at, &mut done.literals),
            Owner::Margin => margin::decode(bytes, at),
            Owner::Entity => entity::decode(bytes, at),
            Owner::Numbers if done.failed >= MAX_FAILED_NUMBERS => {
                // More than is left: the blob is told as not wholly decoded.
                self.budget.take(usize::MAX);
                None
            }
            Owner::Numbers => numbers::decode(bytes, at).or_else(|| {
                done.failed += 1;
                None
            }),
            Owner::Utf16 => utf16::decode(bytes, at),
            Owner::Rules => return,
        };
        if let Some(decoded) = decoded {
            done.keep(owner, decoded.extent);
            let before = self.seen.len();
            self.view(&decoded.view, link);
            let body = decoded.view.span.start;
            let read = self.seen.get_mut(before..).unwrap_or_default();
            if !read.is_empty()
                && let Some(start) = armor::relabelled(bytes, body)
            {
                for seen in read {
                    seen.manner.usage = Some(TESTING);
                    if link.is_none() {
                        seen.span.start = start;
                    }
                }
            }
        }
    }

    /// Offers the body of an armour to the formats.
    fn armored(&mut self, bytes: &[u8], armor: &Armor, link: &Link<'_>) {
        if armor.label.starts_with(HARDWARE) {
            return;
        }
        let candidate = Candidate {
            bytes,
            at: None,
            armor: Some(armor),
        };
        if self.offer(&candidate, Some(link)) {
            return;
        }
        let before = self.seen.len();
        let hits = self.tables.decoded().hits(bytes);
        self.wake_all(bytes, 0, hits, Some(link));
        // The label says that it is a private key, the bytes begin as one, or
        // nothing but data stands where such a key should.
        let begins = matches!(bytes, [0x30, 0x20..0x85, ..]) || bytes.starts_with(b"openssh-key");
        let damaged = armor.intact && CHECKED.contains(&armor.label.as_str());
        if self.seen.len() == before && (begins || damaged) {
            self.malformed("pem", 0..bytes.len(), Reject::NotThisFormat, Some(link));
        }
    }

    /// Offers a whole candidate to every format in turn.
    fn offer(&mut self, candidate: &Candidate<'_>, link: Option<&Link<'_>>) -> bool {
        (0..FORMATS.len()).any(|i| self.read(i, candidate, link).is_some())
    }

    /// Lets a format read; returns what it read.
    fn read(
        &mut self,
        format: usize,
        candidate: &Candidate<'_>,
        link: Option<&Link<'_>>,
    ) -> Option<Span> {
        let format = FORMATS.get(format)?;
        if format
            .family()
            .is_some_and(|family| self.tables.plan.skipped.contains(&family))
        {
            return None;
        }
        let mut found = Vec::new();
        let outcome = format.parse(candidate, &mut self.context, &mut found);
        if found.is_empty() {
            // Parsed far enough to be a key, and then the numbers were wrong.
            if let Err(reject) = outcome
                && reject.is_inconsistent()
                && candidate.armor.is_some()
            {
                self.malformed(format.spec().id, 0..candidate.bytes.len(), reject, link);
                return Some(0..candidate.bytes.len());
            }
            return None;
        }
        let start = found.iter().map(|f| f.span.start).min()?;
        let end = found.iter().map(|f| f.span.end).max()?;
        for item in found {
            self.take(format.spec().id, item, link);
        }
        Some(start..end)
    }
}
