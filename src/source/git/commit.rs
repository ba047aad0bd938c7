//! Commits and tags: the headers that say what they belong to.
//!
//! Layout: lines of `name value` up to the first empty line, the message behind it. A commit has
//! `tree`, any number of `parent`, `author` and `committer`, whose line ends in seconds since 1970
//! and a time zone. A tag has `object` and `type`.

use super::id::{HashKind, ObjectId};
use super::object::ObjectKind;

/// Most parents of a commit we follow; the largest merge in the Linux kernel has 66.
const MAX_PARENTS: usize = 1024;

/// What a commit's headers say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Commit {
    /// The root of its files.
    pub(super) tree: ObjectId,
    /// The commits it follows.
    pub(super) parents: Vec<ObjectId>,
    /// When it was made, in seconds since 1970; 0 if that cannot be read.
    pub(super) time: i64,
}

impl Commit {
    /// Takes a commit apart.
    pub(super) fn parse(bytes: &[u8], kind: HashKind) -> Option<Self> {
        let mut lines = headers(bytes);
        let tree = ObjectId::from_hex(kind, lines.next()?.strip_prefix(b"tree ")?)?;
        let mut commit = Self {
            tree,
            parents: Vec::new(),
            time: 0,
        };
        for line in lines {
            if let Some(hex) = line.strip_prefix(b"parent ") {
                if commit.parents.len() == MAX_PARENTS {
                    return None;
                }
                commit.parents.push(ObjectId::from_hex(kind, hex)?);
            } else if let Some(who) = line.strip_prefix(b"committer ") {
                commit.time = time(who).unwrap_or(0);
                break;
            }
        }
        Some(commit)
    }
}

/// What a tag is of.
pub(super) fn tagged(bytes: &[u8], kind: HashKind) -> Option<(ObjectId, ObjectKind)> {
    let mut lines = headers(bytes);
    let id = ObjectId::from_hex(kind, lines.next()?.strip_prefix(b"object ")?)?;
    let of = ObjectKind::from_name(lines.next()?.strip_prefix(b"type ")?)?;
    Some((id, of))
}

/// The header lines.
fn headers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty())
}

/// The seconds at the end of a line of who and when.
fn time(who: &[u8]) -> Option<i64> {
    let mut words = who.rsplitn(3, |&byte| byte == b' ');
    words.next()?;
    std::str::from_utf8(words.next()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Commit, HashKind, ObjectKind, tagged};

    #[test]
    fn headers_of_commits_and_tags() {
        let hex = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let text = format!(
            "tree {hex}\nparent {hex}\nparent {hex}\nauthor A <a@b> 1 +0000\n\
            committer B C <b@c> 1700000000 -0330\nencoding x\n\nparent {hex}\n"
        );
        let commit = Commit::parse(text.as_bytes(), HashKind::Sha1).unwrap();
        assert_eq!((commit.parents.len(), commit.time), (2, 1_700_000_000));
        assert_eq!(Commit::parse(b"tree 12\n", HashKind::Sha1), None);
        let tag = format!("object {hex}\ntype blob\ntag x\n\ntext");
        let (id, kind) = tagged(tag.as_bytes(), HashKind::Sha1).unwrap();
        assert_eq!((id.to_string().as_str(), kind), (hex, ObjectKind::Blob));
    }
}
