//! Trees: directory listings in the object database.
//!
//! Layout: for each entry its mode in octal, a blank, its name, a zero byte and the raw id; sorted
//! by name as if names of directories ended in `/`.

use super::id::{HashKind, ObjectId};
use super::index_file::EntryKind;

/// One line of a tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct TreeEntry<'a> {
    /// Kind of file and permissions.
    pub(super) mode: u32,
    /// Name in this directory.
    pub(super) name: &'a [u8],
    /// What it is.
    pub(super) id: ObjectId,
}

impl TreeEntry<'_> {
    /// What its mode says it is.
    pub(super) const fn kind(&self) -> EntryKind {
        EntryKind::of_mode(self.mode)
    }
}

/// Takes a tree apart, strictly: nothing when any entry is damaged.
pub(super) fn entries(mut bytes: &[u8], kind: HashKind) -> Option<Vec<TreeEntry<'_>>> {
    let mut entries = Vec::with_capacity(bytes.len() / 40);
    while !bytes.is_empty() {
        let blank = memchr::memchr(b' ', bytes.get(..8.min(bytes.len()))?)?;
        let (digits, rest) = (bytes.get(..blank)?, bytes.get(blank + 1..)?);
        let mode = digits.iter().try_fold(0_u32, |mode, &digit| {
            matches!(digit, b'0'..=b'7').then(|| mode << 3 | u32::from(digit - b'0'))
        })?;
        let zero = memchr::memchr(0, rest)?;
        let name = rest.get(..zero).filter(|name| !name.is_empty())?;
        let (raw, rest) = rest.get(zero + 1..)?.split_at_checked(kind.len())?;
        let id = ObjectId::from_raw(kind, raw)?;
        entries.push(TreeEntry { mode, name, id });
        bytes = rest;
    }
    Some(entries)
}
