//! What the sweep could not read, and why: counted and reported, never passed over in silence.

use super::id::ObjectId;
use super::odb::MAX_OBJECT_BYTES;
use std::fmt;
use std::path::PathBuf;

/// Why an object, or all that a file holds, was not looked at.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SkipReason {
    /// A delta whose steps do not fit its base or its own sizes.
    BadDelta,
    /// An entry header of an unknown kind, or one that points outside the pack.
    BadHeader,
    /// An index that is truncated, of an unknown version, or not of its pack.
    BadIndex,
    /// Compressed bytes that do not inflate, or not to the size that was announced.
    BadStream,
    /// A base that is not in the object database.
    MissingBase,
    /// An object that is not in the object database.
    MissingObject,
    /// Deltas that are based on each other in a circle.
    Cycle,
    /// More alternate object directories, or deeper ones, than we follow.
    TooManyAlternates,
    /// Larger than the limit, and not a plain entry that could be streamed.
    TooLarge,
    /// A file of a layout that we do not read.
    UnknownFormat,
    /// The operating system refused to read it.
    Unreadable,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadDelta => "damaged delta",
            Self::BadHeader => "damaged entry header",
            Self::BadIndex => "damaged pack index",
            Self::BadStream => "damaged compressed data",
            Self::Cycle => "deltas based on each other",
            Self::MissingBase => "base object is missing",
            Self::MissingObject => "object is missing",
            Self::TooLarge => {
                return write!(f, "object is larger than {} MiB", MAX_OBJECT_BYTES >> 20);
            }
            Self::TooManyAlternates => "too many alternate object directories",
            Self::UnknownFormat => {
                "references of this format are not read: what leads to a finding is not told"
            }
            Self::Unreadable => "cannot be read",
        })
    }
}

impl std::error::Error for SkipReason {}

/// One thing that was not looked at.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Skip {
    /// The object, where its name is known.
    pub id: Option<ObjectId>,
    /// The pack, index, loose object or directory it stands in.
    pub file: PathBuf,
    /// Where in the pack.
    pub offset: Option<u64>,
    /// Why.
    pub reason: SkipReason,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(offset) = self.offset {
            write!(f, " at {offset}")?;
        }
        if let Some(id) = self.id {
            write!(f, " ({id})")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// How many skips are listed. A destroyed pack has millions of objects, and nobody reads them all:
/// the rest is counted. Bounds the memory to a few megabytes.
const MAX_LISTED: usize = 10_000;

/// Skips, the first ones listed and the rest counted.
#[derive(Debug, Default)]
pub(super) struct Skips {
    /// Listed.
    pub(super) list: Vec<Skip>,
    /// Counted only.
    pub(super) unlisted: u64,
}

impl Skips {
    /// Adds one.
    pub(super) fn push(&mut self, skip: Skip) {
        if self.list.len() < MAX_LISTED {
            self.list.push(skip);
        } else {
            self.unlisted += 1;
        }
    }

    /// Adds many.
    pub(super) fn extend(&mut self, skips: impl IntoIterator<Item = Skip>) {
        for skip in skips {
            self.push(skip);
        }
    }

    /// Adds those of another.
    pub(super) fn append(&mut self, other: Self) {
        self.unlisted += other.unlisted;
        self.extend(other.list);
    }
}
