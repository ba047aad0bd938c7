//! The walk over one family: base first, then every delta on it, depth first.
//!
//! Of each object it is kept where its triggers stand. What the delta brings is looked at (see
//! `delta`), and those of the base go where it copies them; so an object with a trigger is made, and
//! shown, without being searched. It is searched whole where too many triggers stand in its base.
//! What nobody is based on and has no trigger is never made.
//!
//! The bases on the way down are held. The plan puts leaves before inner nodes, so that most bases
//! can be let go before the walk goes deeper; in a family that branches at every step the bases
//! nearest the root are let go when there are too many, and made again when they are needed.

use super::delta::{Delta, Look};
use super::id::ObjectId;
use super::inflate::Buffer;
use super::object::ObjectKind;
use super::odb::{MAX_OBJECT_BYTES, Odb};
use super::pack::{Hands, Pack};
use super::plan::{NONE, Node, Plan};
use super::skip::{Skip, SkipReason, Skips};
use super::sweep::{Counts, Scope, Shared};
use super::{Triggers, Visitor, entry::Entry, entry::Form, stream};
use crate::blob::LiteralAt;

/// Bytes of bases, and of places in them, a worker holds on the way down before it lets go of the upper ones. Bounds the
/// memory of families that branch often; git/git never comes near it.
const HELD_BYTES: usize = 48 * 1024 * 1024;

/// An object larger than this is admitted alone: while one worker holds one, no other may begin one.
const HUGE_BYTES: usize = 32 * 1024 * 1024;

/// Buffers kept for reuse are no larger than this, so that one big family leaves nothing behind.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// How many of them are kept.
const KEPT_BUFFERS: usize = 8;

/// A plain entry above this size that nothing is based on is looked at in pieces.
pub(super) const STREAM_BYTES: u64 = 8 * 1024 * 1024;

/// One step of the way from the root to where the walk is.
struct Frame {
    /// Which node.
    node: u32,
    /// Its content, unless it was let go.
    content: Option<Buffer>,
    /// Its triggers.
    known: Known,
    /// The child to be visited next.
    next: u32,
}

/// What is known of an object's triggers.
enum Known {
    /// Where they stand, in order; it has no others.
    Places(Vec<LiteralAt>),
    /// It has some, or may have.
    Some,
}

/// Everything one thread has in its hands.
pub(super) struct Worker<'a, V> {
    /// What all threads share.
    pub(super) shared: &'a Shared<'a>,
    /// The database.
    pub(super) odb: &'a Odb,
    /// Who is shown what has a trigger.
    pub(super) visitor: V,
    /// Window and decoder.
    pub(super) hands: Hands,
    /// What was done.
    pub(super) counts: Counts,
    /// What was not done.
    pub(super) skips: Skips,
    /// The delta being looked at.
    code: Buffer,
    /// What is new in it.
    look: Look,
    /// A leaf that had to be made.
    leaf: Buffer,
    /// Where triggers stand in islands.
    places: Vec<LiteralAt>,
    /// Buffers for reuse.
    pool: Vec<Buffer>,
    /// The way from the root.
    frames: Vec<Frame>,
    /// Bytes held on it.
    held: usize,
    /// Whether this worker was admitted with a huge object.
    alone: bool,
}

/// A pack with its plan, and the kind of the family being walked.
#[derive(Clone, Copy)]
struct Family<'a> {
    /// The pack.
    pack: &'a Pack,
    /// Its plan.
    plan: &'a Plan,
    /// The root.
    root: u32,
    /// What all of the family are.
    kind: ObjectKind,
}

impl<'a, V: Visitor> Worker<'a, V> {
    /// A worker with empty hands.
    pub(super) fn new(shared: &'a Shared<'a>, odb: &'a Odb, visitor: V) -> Self {
        let look = Look::new(visitor.head_len(), visitor.tail_len());
        Self {
            shared,
            odb,
            visitor,
            hands: Hands::new(),
            counts: Counts::default(),
            skips: Skips::default(),
            code: Buffer::default(),
            look,
            leaf: Buffer::default(),
            places: Vec::new(),
            pool: Vec::new(),
            frames: Vec::new(),
            held: 0,
            alone: false,
        }
    }

    /// Walks one family.
    pub(super) fn family(&mut self, pack: &Pack, plan: &Plan, root: u32) {
        let Some(&node) = plan.nodes.get(root as usize) else {
            return;
        };
        let family = Family {
            pack,
            plan,
            root,
            kind: ObjectKind::Blob,
        };
        match self.begin(family, &node) {
            Ok(None) => {}
            Ok(Some(kind)) => {
                let family = Family { kind, ..family };
                while let Some(at) = self.frames.len().checked_sub(1) {
                    if self.shared.interrupted() {
                        break;
                    }
                    self.step(family, at);
                }
            }
            Err(reason) => self.lose(family, root, reason),
        }
        self.end_family();
    }

    /// Lets go of what the family needed.
    fn end_family(&mut self) {
        self.frames.clear();
        self.held = 0;
        for buffer in [&mut self.code, &mut self.leaf] {
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Buffer::default();
            }
        }
        self.release();
    }

    /// Reads the root. Returns the kind of the family if there is more of it to walk.
    fn begin(&mut self, family: Family<'_>, node: &Node) -> Result<Option<ObjectKind>, SkipReason> {
        let entry = family.pack.entry(&mut self.hands.window, node.offset)?;
        let leaf = node.first_child == NONE;
        let (kind, content, next) = match entry.form {
            Form::OffsetDelta(_) => return Err(SkipReason::BadHeader),
            Form::Plain(kind) => {
                if leaf && !self.shared.naive && entry.size > STREAM_BYTES
                    || entry.size > MAX_OBJECT_BYTES
                {
                    self.stream(family, node, &entry, kind)?;
                    // What is based on an entry that can only be streamed cannot be made.
                    self.lose_children(family, node, SkipReason::TooLarge);
                    return Ok(None);
                }
                let mut content = self.inflate_plain(family, node, &entry)?;
                let known = self.whole(family, node, kind, content.as_slice());
                if leaf {
                    self.put_back(&mut content);
                    return Ok(None);
                }
                (kind, content, Some(known))
            }
            Form::ReferenceDelta(_) => {
                let base = family
                    .plan
                    .outside
                    .get(&family.root)
                    .ok_or(SkipReason::MissingBase)?;
                let object = match self.odb.read(base) {
                    Err(SkipReason::MissingObject) => return Err(SkipReason::MissingBase),
                    other => other?,
                };
                if !self.shared.scope.reads(object.kind) {
                    return Ok(None);
                }
                (object.kind, object.content, None)
            }
        };
        // A base from elsewhere is not this pack's to show: its own pack does that. The root itself
        // is then the first delta on it.
        let (node, known, next) = match next {
            Some(known) => (family.root, known, node.first_child),
            None => {
                let (known, _) = self.known(kind, content.as_slice());
                (NONE, known, family.root)
            }
        };
        self.held = content.capacity() + known.bytes();
        self.frames.push(Frame {
            node,
            content: Some(content),
            known,
            next,
        });
        Ok(Some(kind))
    }

    /// Visits the next child of the last frame, or leaves the frame.
    fn step(&mut self, family: Family<'_>, at: usize) {
        let Some(frame) = self.frames.get_mut(at) else {
            return;
        };
        let child = frame.next;
        let Some(&node) = family.plan.nodes.get(child as usize) else {
            if let Some(frame) = self.frames.pop() {
                self.held = self.held.saturating_sub(frame.known.bytes());
                if let Some(mut content) = frame.content {
                    self.held = self.held.saturating_sub(content.capacity());
                    self.put_back(&mut content);
                }
            }
            return;
        };
        // The root of a thin family is not a child: what is next to it is not its sibling.
        frame.next = if frame.node == NONE {
            NONE
        } else {
            node.next_sibling
        };
        if let Err(reason) = self.child(family, at, child, &node) {
            self.lose(family, child, reason);
        }
    }

    /// Looks at one delta.
    fn child(
        &mut self,
        family: Family<'_>,
        at: usize,
        child: u32,
        node: &Node,
    ) -> Result<(), SkipReason> {
        let mut base = match self
            .frames
            .get_mut(at)
            .and_then(|frame| frame.content.take())
        {
            Some(base) => base,
            None => {
                let base = self.make_again(family, at)?;
                self.held += base.capacity();
                base
            }
        };
        let frame = self.frames.get_mut(at);
        let last = frame.as_ref().is_none_or(|frame| frame.next == NONE);
        let known = frame.map(|frame| std::mem::replace(&mut frame.known, Known::Some));
        let known = known.unwrap_or(Known::Some);
        let result = self.delta(family, node, base.as_slice(), &known);
        if let Some(frame) = self.frames.get_mut(at) {
            frame.known = known;
        }
        if last {
            self.held = self.held.saturating_sub(base.capacity());
            self.put_back(&mut base);
        } else if let Some(frame) = self.frames.get_mut(at) {
            frame.content = Some(base);
        }
        let Some((content, known)) = result? else {
            return Ok(());
        };
        self.held += content.capacity() + known.bytes();
        self.frames.push(Frame {
            node: child,
            content: Some(content),
            known,
            next: node.first_child,
        });
        self.let_go();
        Ok(())
    }

    /// Looks at what a delta makes of its base. Returns the result if something is based on it.
    fn delta(
        &mut self,
        family: Family<'_>,
        node: &Node,
        base: &[u8],
        known: &Known,
    ) -> Result<Option<(Buffer, Known)>, SkipReason> {
        let entry = family.pack.entry(&mut self.hands.window, node.offset)?;
        let mut code = std::mem::take(&mut self.code);
        let result = self
            .inflate(family, node, &entry, &mut code)
            .and_then(|()| {
                let delta = Delta::parse(code.as_slice())?;
                self.evaluate(family, node, &delta, base, known)
            });
        self.code = code;
        result
    }

    /// The heart of it: windows first, the whole only where it must be.
    fn evaluate(
        &mut self,
        family: Family<'_>,
        node: &Node,
        delta: &Delta<'_>,
        base: &[u8],
        known: &Known,
    ) -> Result<Option<(Buffer, Known)>, SkipReason> {
        let len = delta.result_len(base, MAX_OBJECT_BYTES)?;
        let leaf = node.first_child == NONE;
        let mut ends = false;
        let known = match known {
            Known::Some => Known::Some,
            Known::Places(of_base) => {
                delta.look(base, self.visitor.window(), &mut self.look)?;
                self.counts.scanned_bytes += self.look.islands.len() as u64;
                ends = family.kind == ObjectKind::Blob
                    && self
                        .visitor
                        .by_ends(&self.look.head, &self.look.tail, len as u64);
                self.moved(of_base)
            }
        };
        let suspicious = ends || known.is_triggered();
        if leaf && !suspicious {
            self.counts.object(family.kind, node.wanted);
            self.counts.by_windows += u64::from(node.wanted);
            return Ok(None);
        }
        self.admit(len);
        let mut content = if leaf {
            std::mem::take(&mut self.leaf)
        } else {
            self.take(len)
        };
        let applied = delta.apply(base, content.prepare(len));
        let known = applied.map(|()| {
            self.counts.materialised_bytes += len as u64;
            self.counts.remade += u64::from(node.wanted && suspicious);
            match known {
                Known::Some => self.whole(family, node, family.kind, content.as_slice()),
                Known::Places(places) => {
                    self.counts.object(family.kind, node.wanted);
                    self.counts.by_windows += u64::from(node.wanted);
                    if suspicious {
                        let (kind, bytes) = (family.kind, content.as_slice());
                        self.wanted(family, node, (kind, bytes), Some(&places));
                    }
                    Known::Places(places)
                }
            }
        });
        if leaf {
            self.leaf = content;
            return known.map(|_| None);
        }
        Ok(Some((content, known?)))
    }

    /// Returns the triggers of a delta's result, of which the islands are known.
    fn moved(&mut self, of_base: &[LiteralAt]) -> Known {
        let seen = self.visitor.seen_in(&self.look.islands);
        if !seen && of_base.is_empty() {
            return Known::Places(Vec::new());
        }
        self.places.clear();
        if seen && !self.visitor.places(&self.look.islands, &mut self.places) {
            return Known::Some;
        }
        let mut places = Vec::new();
        let window = self.visitor.window();
        let all = self.look.places(of_base, &self.places, window, &mut places);
        match all {
            true => Known::Places(places),
            false => Known::Some,
        }
    }

    /// Returns what is known of an object's triggers, and whether it is to be shown.
    fn known(&mut self, kind: ObjectKind, bytes: &[u8]) -> (Known, bool) {
        // The naive mode is the proof of the other one: there everything counts as triggered.
        if self.shared.naive {
            let sees = sees(&mut self.visitor, kind, bytes);
            return (Known::Some, sees);
        }
        // What is shown of other objects is only a part of them.
        let mut places = Vec::new();
        if kind == ObjectKind::Blob && self.visitor.places(bytes, &mut places) {
            let sees = !places.is_empty() || by_ends(&mut self.visitor, bytes);
            return (Known::Places(places), sees);
        }
        match sees(&mut self.visitor, kind, bytes) {
            true => (Known::Some, true),
            false => (Known::Places(Vec::new()), false),
        }
    }

    /// Looks at a whole object, and shows it if it has a trigger. Returns what is known of its
    /// triggers.
    fn whole(&mut self, family: Family<'_>, node: &Node, kind: ObjectKind, bytes: &[u8]) -> Known {
        self.counts.object(kind, node.wanted);
        self.counts.whole += u64::from(node.wanted);
        self.counts.scanned_bytes += bytes.len() as u64;
        let (known, sees) = self.known(kind, bytes);
        if sees {
            let places = match &known {
                Known::Places(places) => Some(places.as_slice()),
                Known::Some => None,
            };
            self.wanted(family, node, (kind, bytes), places);
        }
        known
    }

    /// Shows an object, if it is one of those that are wanted.
    fn wanted(
        &mut self,
        family: Family<'_>,
        node: &Node,
        (kind, bytes): (ObjectKind, &[u8]),
        places: Option<&[LiteralAt]>,
    ) {
        if node.wanted {
            match family.pack.index.id_at(node.position as usize) {
                Some(id) => self.show(&id, kind, bytes, places),
                None => self.note(family, node, SkipReason::BadIndex),
            }
        }
    }

    /// Shows an object with a trigger to the visitor, once.
    pub(super) fn show(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        places: Option<&[LiteralAt]>,
    ) {
        let text = if self.shared.scope == Scope::Text {
            kind.text(bytes)
        } else {
            bytes
        };
        let really = text.len() == bytes.len() || self.visitor.seen_in(text);
        if really && self.shared.first_time(id) {
            self.counts.triggered += 1;
            let places = places.filter(|_| text.len() == bytes.len());
            self.visitor.triggered(id, kind, text, places);
        }
    }

    /// Looks at a plain entry in pieces.
    fn stream(
        &mut self,
        family: Family<'_>,
        node: &Node,
        entry: &Entry,
        kind: ObjectKind,
    ) -> Result<(), SkipReason> {
        super::inflate::plausible(node.end.saturating_sub(entry.data_at), entry.size)?;
        let id = family
            .pack
            .index
            .id_at(node.position as usize)
            .ok_or(SkipReason::BadIndex)?;
        let source = stream::Source {
            file: &family.pack.file,
            at: entry.data_at,
            lead: &[],
            size: entry.size,
        };
        self.streamed(&id, kind, &source, node.wanted, |worker| {
            let mut content = worker.inflate_plain(family, node, entry)?;
            worker.show(&id, kind, content.as_slice(), None);
            worker.put_back(&mut content);
            Ok(())
        })
    }

    /// Inflates a whole plain entry into a buffer of the pool.
    fn inflate_plain(
        &mut self,
        family: Family<'_>,
        node: &Node,
        entry: &Entry,
    ) -> Result<Buffer, SkipReason> {
        let mut content = self.take(usize::try_from(entry.size).unwrap_or(usize::MAX));
        match self.inflate(family, node, entry, &mut content) {
            Ok(()) => Ok(content),
            Err(reason) => {
                self.put_back(&mut content);
                Err(reason)
            }
        }
    }

    /// Inflates an entry.
    fn inflate(
        &mut self,
        family: Family<'_>,
        node: &Node,
        entry: &Entry,
        out: &mut Buffer,
    ) -> Result<(), SkipReason> {
        if entry.size > MAX_OBJECT_BYTES {
            return Err(SkipReason::TooLarge);
        }
        self.admit(usize::try_from(entry.size).unwrap_or(usize::MAX));
        family
            .pack
            .inflate(&mut self.hands, entry, Some(node.end), out)?;
        self.counts.inflated_bytes += entry.size;
        Ok(())
    }

    /// Makes the content of a frame again that was let go, from the nearest one that was not.
    fn make_again(&mut self, family: Family<'_>, at: usize) -> Result<Buffer, SkipReason> {
        let mut from = at;
        while from > 0
            && self
                .frames
                .get(from)
                .is_some_and(|frame| frame.content.is_none())
        {
            from -= 1;
        }
        let node_at = |worker: &Self, at: usize| {
            let number = worker.frames.get(at).map_or(NONE, |frame| frame.node);
            family.plan.nodes.get(number as usize).copied()
        };
        let mut content = Buffer::default();
        match self
            .frames
            .get(from)
            .and_then(|frame| frame.content.as_ref())
        {
            Some(held) => content.prepare(held.len()).copy_from_slice(held.as_slice()),
            None => match node_at(self, from) {
                Some(node) => {
                    let entry = family.pack.entry(&mut self.hands.window, node.offset)?;
                    self.inflate(family, &node, &entry, &mut content)?;
                }
                // The base of a thin family.
                None => {
                    let base = family
                        .plan
                        .outside
                        .get(&family.root)
                        .ok_or(SkipReason::MissingBase)?;
                    content = self.odb.read(base)?.content;
                }
            },
        }
        let (mut code, mut result) = (Buffer::default(), Buffer::default());
        for step in from + 1..=at {
            let node = node_at(self, step).ok_or(SkipReason::MissingBase)?;
            let entry = family.pack.entry(&mut self.hands.window, node.offset)?;
            self.inflate(family, &node, &entry, &mut code)?;
            let delta = Delta::parse(code.as_slice())?;
            let len = delta.result_len(content.as_slice(), MAX_OBJECT_BYTES)?;
            delta.apply(content.as_slice(), result.prepare(len))?;
            std::mem::swap(&mut content, &mut result);
        }
        Ok(content)
    }

    /// Lets go of contents near the root while too much is held; the last one is needed next.
    fn let_go(&mut self) {
        if self.held <= HELD_BYTES {
            return;
        }
        // Down to half of it, so that not every step goes through all frames.
        let last = self.frames.len().saturating_sub(1);
        for frame in self.frames.iter_mut().take(last) {
            if let Some(content) = frame.content.take() {
                self.held = self.held.saturating_sub(content.capacity());
            }
            // What is based on it is then searched whole.
            let known = std::mem::replace(&mut frame.known, Known::Some);
            self.held = self.held.saturating_sub(known.bytes());
            if self.held <= HELD_BYTES / 2 {
                break;
            }
        }
    }

    /// Waits until no other worker has a huge object, if this is one.
    pub(super) fn admit(&mut self, len: usize) {
        if len > HUGE_BYTES && !self.alone {
            self.shared.huge.enter();
            self.alone = true;
        }
    }

    /// Lets the next huge object in.
    pub(super) fn release(&mut self) {
        if std::mem::take(&mut self.alone) {
            self.shared.huge.leave();
        }
    }

    /// A buffer for `len` bytes: the smallest that has them, or the largest there is.
    fn take(&mut self, len: usize) -> Buffer {
        let fits = |buffer: &Buffer| buffer.capacity() >= len;
        let mut best: Option<(usize, usize)> = None;
        for (at, buffer) in self.pool.iter().enumerate() {
            let capacity = buffer.capacity();
            let better = best.is_none_or(|(_, other)| match (fits(buffer), other >= len) {
                (true, true) => capacity < other,
                (fits, _) => fits || capacity > other && other < len,
            });
            if better {
                best = Some((at, capacity));
            }
        }
        best.map_or_else(Buffer::default, |(at, _)| self.pool.swap_remove(at))
    }

    /// Keeps a buffer for reuse, unless it is big or there are enough.
    fn put_back(&mut self, buffer: &mut Buffer) {
        let buffer = std::mem::take(buffer);
        if buffer.capacity() <= KEPT_BYTES && self.pool.len() < KEPT_BUFFERS {
            self.pool.push(buffer);
        }
    }

    /// Notes an object as not looked at, and everything that is based on it.
    fn lose(&mut self, family: Family<'_>, root: u32, reason: SkipReason) {
        let Some(node) = family.plan.nodes.get(root as usize) else {
            return;
        };
        self.note(family, node, reason);
        let below = if reason == SkipReason::TooLarge {
            reason
        } else {
            SkipReason::MissingBase
        };
        self.lose_children(family, node, below);
    }

    /// Notes everything that is based on an object as not looked at.
    fn lose_children(&mut self, family: Family<'_>, node: &Node, reason: SkipReason) {
        let mut stack = vec![node.first_child];
        while let Some(at) = stack.pop() {
            let Some(node) = family.plan.nodes.get(at as usize) else {
                continue;
            };
            self.note(family, node, reason);
            stack.extend([node.next_sibling, node.first_child]);
        }
    }

    /// Notes one object as not looked at.
    fn note(&mut self, family: Family<'_>, node: &Node, reason: SkipReason) {
        if node.wanted {
            let id = family.pack.index.id_at(node.position as usize);
            self.skips.push(Skip {
                id,
                file: family.pack.path.clone(),
                offset: Some(node.offset),
                reason,
            });
        }
    }
}

impl Known {
    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        match self {
            Self::Places(places) => places.capacity() * size_of::<LiteralAt>(),
            Self::Some => 0,
        }
    }

    fn is_triggered(&self) -> bool {
        match self {
            Self::Places(places) => !places.is_empty(),
            Self::Some => true,
        }
    }
}

/// Whether an object's bytes have a trigger. Commits and tags are text: no magic at their ends.
pub(super) fn sees<T: Triggers>(triggers: &mut T, kind: ObjectKind, bytes: &[u8]) -> bool {
    triggers.seen_in(bytes) || kind == ObjectKind::Blob && by_ends(triggers, bytes)
}

/// Whether the ends of an object have a trigger.
fn by_ends<T: Triggers>(triggers: &mut T, bytes: &[u8]) -> bool {
    let head = bytes.get(..triggers.head_len()).unwrap_or(bytes);
    let tail = bytes.len().checked_sub(triggers.tail_len());
    let tail = tail.and_then(|from| bytes.get(from..)).unwrap_or(bytes);
    triggers.by_ends(head, tail, bytes.len() as u64)
}
