//! Objects: what the database holds under an id.

use super::id::ObjectId;
use super::inflate::Buffer;

/// The four kinds of object.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ObjectKind {
    /// The content of a file.
    Blob,
    /// A commit; the sweep shows its message.
    Commit,
    /// An annotated tag; the sweep shows its message.
    Tag,
    /// A directory listing. Holds names and ids only, and is not scanned.
    Tree,
}

impl ObjectKind {
    /// The kind by its name in loose objects and tags.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"blob" => Some(Self::Blob),
            b"commit" => Some(Self::Commit),
            b"tag" => Some(Self::Tag),
            b"tree" => Some(Self::Tree),
            _ => None,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Commit => "commit",
            Self::Tag => "tag",
            Self::Tree => "tree",
        }
    }

    /// The part of an object's bytes that people wrote: all of a blob, the message of a commit or
    /// tag (behind the first empty line).
    pub fn text(self, bytes: &[u8]) -> &[u8] {
        match self {
            Self::Blob | Self::Tree => bytes,
            Self::Commit | Self::Tag => {
                let split = bytes.windows(2).position(|pair| pair == b"\n\n");
                split.and_then(|at| bytes.get(at + 2..)).unwrap_or_default()
            }
        }
    }
}

/// One object, read by name.
#[derive(Debug)]
pub struct Object {
    /// Its name.
    pub id: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// Its content.
    pub(super) content: Buffer,
}

impl Object {
    /// The content.
    pub fn bytes(&self) -> &[u8] {
        self.content.as_slice()
    }
}
