//! References by name: where HEAD or a branch leads, looked up one by one and strictly. `refs`
//! reads everything that points into a history, reflogs too, which takes longer than a hook has.
//!
//! A loose reference is a file below the common directory with an id in hex, or `ref: ` and the
//! name of another one; HEAD and a few more belong to each work tree. `packed-refs` has a line `id
//! name` for each that has no file, and `^id` lines that do not concern us. Repositories that keep
//! them in a reftable are recognised and refused: saying "no HEAD" there would be wrong.

use super::id::{HashKind, ObjectId};
use super::odb::read_small;
use super::repo::{Repo, path_from_bytes};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Longest loose reference read, in bytes: an id or a name.
const MAX_REF_BYTES: u64 = 64 << 10;

/// Longest `packed-refs` read, in bytes: two million references.
const MAX_PACKED_BYTES: u64 = 256 << 20;

/// How many references may name each other in a row; git stops at 5.
const MAX_SYMBOLIC: usize = 5;

/// How deep directories of references are searched.
const MAX_DEPTH: usize = 64;

/// Why references cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NameError {
    /// They are kept in a reftable.
    Reftable,
    /// A file that holds neither an id nor a name.
    Damaged(String),
    /// A file that the operating system refuses to read.
    Unreadable(String),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reftable => f.write_str(
                "its references are in a reftable, which this version cannot read \
                (git refs migrate --ref-format=files changes that)",
            ),
            Self::Damaged(name) => write!(f, "the reference {name} is damaged"),
            Self::Unreadable(name) => write!(f, "the reference {name} cannot be read"),
        }
    }
}

impl std::error::Error for NameError {}

/// All references of a repository.
#[derive(Debug)]
pub struct Names<'a> {
    /// Where loose ones are.
    repo: &'a Repo,
    /// Which ids they hold.
    kind: HashKind,
    /// The text of `packed-refs`. There may be tens of thousands, of which one or two are asked
    /// for.
    packed: Vec<u8>,
}

/// What a loose reference holds.
enum Value {
    /// An object.
    Id(ObjectId),
    /// Another reference.
    Name(Vec<u8>),
}

impl<'a> Names<'a> {
    /// Reads the packed references.
    ///
    /// # Errors
    /// When they are kept in a way that we cannot read.
    pub fn open(repo: &'a Repo, kind: HashKind) -> Result<Self, NameError> {
        if repo
            .common_dir
            .join("reftable")
            .join("tables.list")
            .exists()
        {
            return Err(NameError::Reftable);
        }
        let packed = match read_small(&repo.common_dir.join("packed-refs"), MAX_PACKED_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(_) => return Err(NameError::Unreadable("packed-refs".to_owned())),
        };
        Ok(Self { repo, kind, packed })
    }

    /// Returns the packed references in the order of their lines; none for a line that is damaged.
    fn packed(&self) -> impl Iterator<Item = Option<(&[u8], ObjectId)>> {
        let lines = self.packed.split(|&byte| byte == b'\n');
        let lines = lines.filter(|line| !matches!(line, [] | [b'#' | b'^', ..]));
        lines.map(|line| {
            let (hex, name) = line.split_at_checked(self.kind.id_len() * 2)?;
            let name = name.strip_prefix(b" ")?.trim_ascii_end();
            Some((name, ObjectId::from_hex(self.kind, hex)?))
        })
    }

    /// Returns where a packed reference leads. Of two lines for one name the last counts.
    fn packed_at(&self, name: &[u8]) -> Result<Option<ObjectId>, NameError> {
        let wanted = [b" ", name].concat();
        for at in memchr::memmem::rfind_iter(&self.packed, &wanted) {
            let behind = self.packed.get(at + wanted.len());
            if !behind.is_none_or(u8::is_ascii_whitespace) {
                continue;
            }
            let start = at.checked_sub(self.kind.id_len() * 2);
            let start = start.filter(|&at| at == 0 || self.packed.get(at - 1) == Some(&b'\n'));
            let hex = start.and_then(|start| self.packed.get(start..at));
            let id = hex.and_then(|hex| ObjectId::from_hex(self.kind, hex));
            return id.map(Some).ok_or_else(|| NameError::Damaged(shown(name)));
        }
        Ok(None)
    }

    /// The object that a reference of exactly this name leads to; nothing when there is none, as
    /// before the first commit of a branch.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn find(&self, name: &[u8]) -> Result<Option<ObjectId>, NameError> {
        let mut name = name.to_vec();
        for _ in 0..=MAX_SYMBOLIC {
            match self.value(&name)? {
                None => return Ok(None),
                Some(Value::Id(id)) => return Ok(Some(id)),
                Some(Value::Name(next)) => name = next,
            }
        }
        Err(NameError::Damaged(shown(&name)))
    }

    /// The name that HEAD, or another symbolic reference, holds.
    pub fn symbolic(&self, name: &[u8]) -> Option<Vec<u8>> {
        match self.value(name) {
            Ok(Some(Value::Name(next))) => Some(next),
            _ => None,
        }
    }

    /// All references whose names begin with `prefix`, which ends in `/`, with where they lead.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn below(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, ObjectId>, NameError> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        let start = prefix.strip_suffix(b"/").unwrap_or(prefix);
        let mut open = vec![(start.to_vec(), 0)];
        while let Some((name, depth)) = open.pop() {
            let directory = self.repo.common_dir.join(path_from_bytes(&name));
            let entries = match std::fs::read_dir(directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(_) => return Err(NameError::Unreadable(shown(&name))),
            };
            for entry in entries {
                let entry = entry.map_err(|_| NameError::Unreadable(shown(&name)))?;
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                let file_name = entry.file_name();
                let child = [&name, b"/".as_slice(), file_name.as_encoded_bytes()].concat();
                if kind.is_dir() && depth < MAX_DEPTH {
                    open.push((child, depth + 1));
                } else if kind.is_file() && !child.ends_with(b".lock") {
                    names.push(child);
                }
            }
        }
        let mut found = BTreeMap::new();
        for line in self.packed() {
            let (name, id) = line.ok_or_else(|| NameError::Damaged("packed-refs".to_owned()))?;
            if name.starts_with(prefix) && is_safe(name) {
                found.insert(name.to_vec(), id);
            }
        }
        // Those with a file of their own lead where that says.
        for name in names {
            match self.find(&name)? {
                Some(id) => found.insert(name, id),
                None => found.remove(&name),
            };
        }
        Ok(found)
    }

    /// What a reference holds, loose or packed.
    fn value(&self, name: &[u8]) -> Result<Option<Value>, NameError> {
        if !is_safe(name) {
            return Ok(None);
        }
        let file = self.home(name).join(path_from_bytes(name));
        // A directory of that name, or a file where a directory would have to be, is no reference.
        if std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
            let text =
                read_small(&file, MAX_REF_BYTES).map_err(|_| NameError::Unreadable(shown(name)))?;
            let text = text.trim_ascii_end();
            if let Some(next) = text.strip_prefix(b"ref:") {
                return Ok(Some(Value::Name(next.trim_ascii().to_vec())));
            }
            let hex = text.get(..self.kind.id_len() * 2).unwrap_or_default();
            let id = ObjectId::from_hex(self.kind, hex);
            return id
                .map(|id| Some(Value::Id(id)))
                .ok_or_else(|| NameError::Damaged(shown(name)));
        }
        // HEAD of old repositories is a link, here to a branch that has no commit yet or is packed.
        if name == b"HEAD"
            && let Ok(target) = std::fs::read_link(&file)
        {
            return Ok(Some(Value::Name(
                target.as_os_str().as_encoded_bytes().to_vec(),
            )));
        }
        Ok(self.packed_at(name)?.map(Value::Id))
    }

    /// The directory that a reference of this name belongs to.
    fn home(&self, name: &[u8]) -> &Path {
        let of_work_tree: [&[u8]; 3] = [b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/"];
        let shared = name.starts_with(b"refs/")
            && !of_work_tree.iter().any(|prefix| name.starts_with(prefix));
        match shared {
            true => &self.repo.common_dir,
            false => &self.repo.git_dir,
        }
    }
}

/// Whether a name stays below the directory that it is looked up in, and may be a reference at all.
fn is_safe(name: &[u8]) -> bool {
    let plain = |part: &[u8]| {
        !part.is_empty()
            && !part.starts_with(b".")
            && !part
                .iter()
                .any(|byte| matches!(byte, 0..=31 | b'\\' | b':' | 127))
    };
    let top = |name: &[u8]| {
        name.iter()
            .all(|&byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    name.split(|&byte| byte == b'/').all(plain) && (name.starts_with(b"refs/") || top(name))
}

/// A name as messages have it.
fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn names_stay_inside() {
        for good in ["HEAD", "MERGE_HEAD", "refs/heads/a/b", "refs/heads/\u{e4}"] {
            assert!(is_safe(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "config",
            "refs/../config",
            "/etc/passwd",
            "refs//x",
            "refs/heads/.x",
            "refs\\x",
            "refs/heads/",
            "C:/x",
        ] {
            assert!(!is_safe(bad.as_bytes()), "{bad}");
        }
    }
}
