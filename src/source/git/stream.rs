//! Objects too big to be held: looked at in pieces that overlap.
//!
//! A large plain entry, or a large loose object, is inflated through a small buffer. If it has a
//! trigger and is not beyond the limit, it is then held whole after all, alone. Beyond the limit it
//! is shown in large parts that overlap by more than any key is long.

use super::id::ObjectId;
use super::inflate::Stream;
use super::object::ObjectKind;
use super::odb::MAX_OBJECT_BYTES;
use super::positioned::PositionedFile;
use super::skip::SkipReason;
use super::walk::Worker;
use super::{Triggers, Visitor};

/// Bytes looked at together.
const PIECE_BYTES: usize = 1024 * 1024;

/// Size of the parts in which an object beyond the limit is shown, in bytes.
const PART_BYTES: usize = 16 * 1024 * 1024;

/// How much of a part the next one shows again: a key store of this size is whole in one of them.
const PART_OVERLAP_BYTES: usize = 1024 * 1024;

/// Where an object's bytes come from.
pub(super) struct Source<'a> {
    /// The file.
    pub(super) file: &'a PositionedFile,
    /// Where the stream begins.
    pub(super) at: u64,
    /// Bytes at the start of the stream that are not content: the header of a loose object.
    pub(super) lead: &'a [u8],
    /// Size of the content.
    pub(super) size: u64,
}

impl Source<'_> {
    /// Shows the content in runs of `step` bytes, each with the last `overlap` bytes of the one
    /// before in front of it, until `look` says stop. `look` gets the place of the run.
    fn runs(
        &self,
        step: usize,
        overlap: usize,
        mut look: impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), SkipReason> {
        let mut stream = Stream::new(self.file, self.at);
        let mut lead = vec![0; self.lead.len()];
        if stream.read(&mut lead)? != lead.len() || lead != self.lead {
            return Err(SkipReason::BadStream);
        }
        let mut bytes = vec![0; overlap + step];
        let (mut kept, mut place) = (0, 0_u64);
        loop {
            let left = usize::try_from(self.size - place)
                .unwrap_or(usize::MAX)
                .min(step);
            let room = bytes.get_mut(kept..kept + left).unwrap_or_default();
            if stream.read(room)? != left {
                return Err(SkipReason::BadStream);
            }
            let filled = kept + left;
            if !look(place - kept as u64, bytes.get(..filled).unwrap_or_default()) {
                return Ok(());
            }
            place += left as u64;
            if place == self.size {
                return if stream.finished()? {
                    Ok(())
                } else {
                    Err(SkipReason::BadStream)
                };
            }
            kept = filled.min(overlap);
            bytes.copy_within(filled - kept..filled, 0);
        }
    }

    /// Whether the content has a trigger.
    fn sees<T: Triggers>(&self, triggers: &mut T, kind: ObjectKind) -> Result<bool, SkipReason> {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let (head_len, tail_len) = (triggers.head_len(), triggers.tail_len());
        let overlap = triggers.window().saturating_sub(1).max(tail_len);
        let mut found = false;
        self.runs(PIECE_BYTES.max(head_len), overlap, |place, bytes| {
            if place == 0 {
                head = bytes.get(..head_len).unwrap_or(bytes).to_vec();
            }
            if place + bytes.len() as u64 == self.size {
                tail = bytes
                    .len()
                    .checked_sub(tail_len)
                    .and_then(|at| bytes.get(at..))
                    .unwrap_or(bytes)
                    .to_vec();
            }
            found = triggers.seen_in(bytes);
            !found
        })?;
        Ok(found || kind == ObjectKind::Blob && triggers.by_ends(&head, &tail, self.size))
    }
}

impl<V: Visitor> Worker<'_, V> {
    /// Looks at an object in pieces. `hold` makes it whole and shows it, if it has a trigger.
    pub(super) fn streamed(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        source: &Source<'_>,
        wanted: bool,
        hold: impl FnOnce(&mut Self) -> Result<(), SkipReason>,
    ) -> Result<(), SkipReason> {
        let triggered = source.sees(&mut self.visitor, kind)?;
        self.counts.object(kind, wanted);
        self.counts.whole += u64::from(wanted);
        self.counts.inflated_bytes += source.size;
        self.counts.scanned_bytes += source.size;
        if !triggered || !wanted {
            return Ok(());
        }
        if source.size <= MAX_OBJECT_BYTES {
            return hold(self);
        }
        if !self.shared.first_time(id) {
            return Ok(());
        }
        let mut shown = false;
        let visitor = &mut self.visitor;
        source.runs(PART_BYTES, PART_OVERLAP_BYTES, |place, bytes| {
            if visitor.seen_in(bytes) {
                shown = true;
                visitor.triggered_part(id, kind, place, bytes);
            }
            true
        })?;
        self.counts.triggered += 1;
        // An archive or key store by its magic cannot be opened from parts: that is said.
        if shown {
            Ok(())
        } else {
            Err(SkipReason::TooLarge)
        }
    }
}
