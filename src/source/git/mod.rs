//! The git source: every object of a repository's database once, and where the found ones belong.
//!
//! Place in the flow: a source. It hands blobs, and the messages of commits and tags, to whoever
//! implements [`Visitor`]; it knows nothing of keys beyond what [`Triggers`] tells it.
//!
//! Histories are read at the level of objects, by our own readers, for three reasons. Inside a pack
//! most blobs are deltas, and it is enough to look at what a delta brings (`delta`, `walk`): a whole
//! history is scanned in less time than git needs to print it. The bytes are hostile, and here
//! every length is checked and every buffer bounded. And the repository's configuration, hooks and
//! filters are never run, because there is no code here that could.
//!
//! ```text
//! repo ── odb ─┬─ pack ── index, entry, window, inflate
//!              ├─ loose                                    reindex: a pack without an index
//!              ├─ sweep ── known ── plan ── walk ── delta, stream ──▶ Visitor
//!              ├─ checkout                                 files that are the same as their blobs
//!              └─ attribute ── refs, commits, holders, sets, index_file    only for what was found
//! ```

mod attribute;
mod cache_tree;
mod checkout;
mod commits;
mod config;
mod delta;
mod entry;
mod graph;
mod holders;
mod id;
mod index;
mod index_file;
mod index_link;
mod inflate;
mod known;
mod locate;
mod loose;
mod names;
mod object;
mod odb;
mod pack;
mod plan;
mod positioned;
mod provenance;
mod push;
mod range;
mod refs;
mod reindex;
mod repo;
mod revision;
mod select;
mod sets;
mod skip;
mod staged;
mod standing;
mod stream;
mod sweep;
mod tree;
mod tree_diff;
mod walk;
mod window;

use crate::blob::LiteralAt;
pub use attribute::{Attribution, Attributions, CommitRef, PathAt, attribute};
pub use checkout::{Checkout, Settings};
pub use id::{HashKind, ObjectId};
pub use index_file::{EntryKind, IndexEntry, IndexError, IndexFile, Stat};
pub use locate::{GitEnvironment, LocateError, Located, alternates};
pub use names::{NameError, Names};
pub use object::{Object, ObjectKind};
pub use odb::{MAX_OBJECT_BYTES, Odb, Reader};
pub use provenance::{Provenance, provenance};
pub use push::push;
pub use range::{range, since};
pub use repo::{Repo, discover};
pub use select::{SelectError, Selection, Standing};
pub use skip::{Skip, SkipReason};
pub use staged::{StagedCounts, staged};
pub use standing::standing;
pub use sweep::{Counts, Outcome, SweepOptions, sweep};

/// What must be seen of an object before it is worth holding whole.
///
/// The sweep shows parts of an object, in any order and with other parts in between, and concludes
/// from "not seen" in all of them that the object has no trigger. So the answer may depend on
/// nothing but a run of at most [`window`](Self::window) bytes, or on the object's two ends and size,
/// and longer bytes around such a run must not hide it.
pub trait Triggers: Clone + Send {
    /// The longest run of bytes that [`seen_in`](Self::seen_in) needs to see together.
    fn window(&self) -> usize;

    /// Whether a trigger is anywhere in these bytes.
    fn seen_in(&mut self, bytes: &[u8]) -> bool;

    /// Writes where the triggers begin in these bytes, in order; each is known by no more than
    /// [`window`](Self::window) bytes from there. Returns false when it cannot say, or not of
    /// so many: then every object is asked about by itself.
    fn places(&mut self, _bytes: &[u8], _places: &mut Vec<LiteralAt>) -> bool {
        false
    }

    /// How many of the first bytes [`by_ends`](Self::by_ends) wants.
    fn head_len(&self) -> usize;

    /// How many of the last bytes [`by_ends`](Self::by_ends) wants.
    fn tail_len(&self) -> usize;

    /// Whether a blob that begins and ends like this and has this size is of interest: archives,
    /// byte-order marks, files that are one DER structure. Both ends are shorter if the blob is.
    fn by_ends(&mut self, head: &[u8], tail: &[u8], size: u64) -> bool;
}

/// Who is shown the objects that have a trigger.
pub trait Visitor: Triggers {
    /// Called once for each object with a trigger: a blob's content, a commit's or tag's message.
    /// `places` are those of its triggers, if they are known.
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        places: Option<&[LiteralAt]>,
    );

    /// Called instead, for objects above [`MAX_OBJECT_BYTES`], for each part that has a trigger.
    /// `at` is where the part begins; neighbouring parts overlap by 1 MiB.
    fn triggered_part(&mut self, id: &ObjectId, kind: ObjectKind, at: u64, bytes: &[u8]);
}
