//! Directory listings and the headers of commits and tags: the shape of a history.
//!
//! Layouts (git's own documentation): a tree is a run of entries `mode SP name NUL id`, the id raw.
//! A commit begins with `tree`, any number of `parent`, `author` and `committer` lines, each id in
//! hex; a tag with `object` and `type`.

use super::id::{HashKind, ObjectId};
use super::index_file::EntryKind;

/// One entry of a directory listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct TreeEntry<'a> {
    /// What it is, and permissions.
    pub(super) mode: u32,
    /// The file's or directory's own name.
    pub(super) name: &'a [u8],
    /// The blob or tree.
    pub(super) id: ObjectId,
}

impl TreeEntry<'_> {
    /// What its mode says it is.
    pub(super) const fn kind(&self) -> EntryKind {
        EntryKind::of_mode(self.mode)
    }
}

/// The entries of a tree, up to the first that is damaged.
pub(super) fn entries(bytes: &[u8], kind: HashKind) -> impl Iterator<Item = TreeEntry<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (entry, behind) = first(rest, kind)?;
        rest = behind;
        Some(entry)
    })
}

/// All entries of a tree; nothing when one is damaged.
pub(super) fn whole(bytes: &[u8], kind: HashKind) -> Option<Vec<TreeEntry<'_>>> {
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(bytes.len() / 40);
    while !rest.is_empty() {
        let (entry, behind) = first(rest, kind)?;
        entries.push(entry);
        rest = behind;
    }
    Some(entries)
}

/// The first entry, and what stands behind it.
fn first(bytes: &[u8], kind: HashKind) -> Option<(TreeEntry<'_>, &[u8])> {
    let space = bytes.iter().take(8).position(|&byte| byte == b' ')?;
    let mut digits = bytes.get(..space)?.iter();
    let mode = digits.try_fold(0_u32, |mode, &digit| {
        matches!(digit, b'0'..=b'7').then(|| mode << 3 | u32::from(digit - b'0'))
    })?;
    let after = bytes.get(space + 1..)?;
    let end = memchr::memchr(0, after)?;
    let name = after.get(..end)?;
    let (raw, rest) = after.get(end + 1..)?.split_at_checked(kind.id_len())?;
    let id = ObjectId::from_raw(kind, raw)?;
    Some((TreeEntry { mode, name, id }, rest))
}

/// What a commit says of its place in history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct CommitHeader {
    /// The listing of its root directory.
    pub(super) tree: ObjectId,
    /// The commits it builds on.
    pub(super) parents: Vec<ObjectId>,
    /// When it was made, in seconds since 1970.
    pub(super) time: i64,
}

/// More parents than this are not followed; git's own record is 66.
const MAX_PARENTS: usize = 1024;

/// Reads the headers of a commit.
pub(super) fn commit(bytes: &[u8], kind: HashKind) -> Option<CommitHeader> {
    let mut lines = bytes
        .split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty());
    let tree = ObjectId::from_hex(kind, lines.next()?.strip_prefix(b"tree ")?)?;
    let mut header = CommitHeader {
        tree,
        parents: Vec::new(),
        time: 0,
    };
    for line in lines {
        if let Some(hex) = line.strip_prefix(b"parent ") {
            if header.parents.len() < MAX_PARENTS {
                header.parents.extend(ObjectId::from_hex(kind, hex));
            }
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            header.time = time_of(who).unwrap_or(0);
            break;
        }
    }
    Some(header)
}

/// The seconds behind `<address>` in an author or committer line.
fn time_of(line: &[u8]) -> Option<i64> {
    let end = line.iter().rposition(|&byte| byte == b'>')?;
    let text = line.get(end + 1..)?.trim_ascii_start();
    let digits = text.split(|&byte| byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What a tag points to.
pub(super) fn tagged(bytes: &[u8], kind: HashKind) -> Option<ObjectId> {
    let line = bytes.split(|&byte| byte == b'\n').next()?;
    ObjectId::from_hex(kind, line.strip_prefix(b"object ")?)
}

#[cfg(test)]
mod tests {
    use super::{HashKind, commit, entries, tagged};
    use proptest::prelude::*;

    #[test]
    fn a_commit_as_git_writes_it() {
        let bytes = b"tree e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n\
            parent 0000000000000000000000000000000000000001\n\
            parent 0000000000000000000000000000000000000002\n\
            author A <x> U. Thor <a@b> 1 +0000\ncommitter C <c@d> 1700000000 -0130\n\nparent x\n";
        let header = commit(bytes, HashKind::Sha1).unwrap();
        assert_eq!((header.parents.len(), header.time), (2, 1_700_000_000));
        assert_eq!(commit(b"blob", HashKind::Sha1), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), tail in ".{0,80}") {
            for kind in [HashKind::Sha1, HashKind::Sha256] {
                let _ = entries(&bytes, kind).count();
                let text = [b"tree e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\ncommitter ", tail.as_bytes()].concat();
                let _ = (commit(&bytes, kind), commit(&text, kind), tagged(&bytes, kind));
            }
        }

        #[test]
        fn entries_come_back(names in prop::collection::vec("[a-z]{1,9}", 0..9)) {
            let mut bytes = Vec::new();
            for name in &names {
                bytes.extend(format!("100644 {name}\0").bytes());
                bytes.extend([7; 20]);
            }
            let found: Vec<_> = entries(&bytes, HashKind::Sha1).map(|entry| entry.name).collect();
            prop_assert_eq!(found, names.iter().map(String::as_bytes).collect::<Vec<_>>());
        }
    }
}
