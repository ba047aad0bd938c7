//! What points into a history: branches and tags, reflogs, the stash, operations under way.
//!
//! Layouts: one file a ref with the id in hex, or `ref: NAME`; `packed-refs` with `id SP name`
//! lines; a reflog with `old SP new SP who` lines. Repositories that keep their refs in reftables
//! are said to be unread.

use super::id::{HashKind, ObjectId};
use super::odb::read_small;
use super::repo::Repo;
use super::skip::{Skip, SkipReason};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest file of refs or reflog that is read, in bytes. A packed-refs of a million refs has 80 MB.
const MAX_REFS_BYTES: u64 = 256 * 1024 * 1024;

/// Name of the file of packed references.
pub(super) const PACKED: &str = "packed-refs";

/// How deep directories of refs are followed; a ref name has no more than a few parts.
const MAX_DEPTH: usize = 24;

/// Everything that points into the history of a repository.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Branches, tags, remote branches, notes and HEADs by name, without the stash.
    pub(super) tips: BTreeMap<String, ObjectId>,
    /// The stash and what was stashed before.
    pub(super) stash: Vec<ObjectId>,
    /// What reflogs and operations under way remember.
    pub(super) reflog: Vec<ObjectId>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

impl Refs {
    /// Reads all of them.
    pub(super) fn of(repo: &Repo, kind: HashKind) -> Self {
        let mut refs = Self::default();
        refs.packed(&repo.common_dir.join(PACKED), kind);
        refs.and_loose(repo, kind)
    }

    /// Reads all but those of `packed-refs`, which may be a hundred thousand.
    pub(super) fn loose(repo: &Repo, kind: HashKind) -> Self {
        Self::default().and_loose(repo, kind)
    }

    /// Adds those that are no packed ones.
    fn and_loose(mut self, repo: &Repo, kind: HashKind) -> Self {
        let refs = &mut self;
        let common = &repo.common_dir;
        if common.join("reftable").is_dir() {
            refs.skip(common.join("reftable"), SkipReason::UnknownFormat);
        }
        // Loose refs stand over packed ones of the same name.
        for (path, name) in refs.walk(common, "refs") {
            if let Some(id) = refs.small(&path).and_then(|text| first_id(&text, kind)) {
                refs.tips.insert(name, id);
            }
        }
        let mut directories = vec![common.clone(), repo.git_dir.clone()];
        for (path, _) in refs.walk(common, "worktrees") {
            directories.extend(
                path.parent()
                    .filter(|_| path.ends_with("HEAD"))
                    .map(Path::to_owned),
            );
        }
        directories.sort_unstable();
        directories.dedup();
        for directory in directories {
            if let Some(id) = refs
                .small(&directory.join("HEAD"))
                .and_then(|text| first_id(&text, kind))
            {
                refs.tips
                    .insert(format!("HEAD of {}", directory.display()), id);
            }
            for name in [
                "ORIG_HEAD",
                "FETCH_HEAD",
                "MERGE_HEAD",
                "CHERRY_PICK_HEAD",
                "REVERT_HEAD",
                "REBASE_HEAD",
            ] {
                let text = refs.small(&directory.join(name)).unwrap_or_default();
                refs.reflog.extend(
                    text.split(|&byte| byte == b'\n')
                        .filter_map(|line| first_id(line, kind)),
                );
            }
            for (path, name) in refs.walk(&directory, "logs") {
                let text = refs.small(&path).unwrap_or_default();
                let list = if name == "logs/refs/stash" {
                    &mut refs.stash
                } else {
                    &mut refs.reflog
                };
                for line in text.split(|&byte| byte == b'\n') {
                    list.extend(first_id(line, kind));
                    list.extend(
                        line.get(kind.id_len() * 2 + 1..)
                            .and_then(|line| first_id(line, kind)),
                    );
                }
            }
        }
        refs.stash.extend(refs.tips.remove("refs/stash"));
        for list in [&mut refs.stash, &mut refs.reflog] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }

    /// Reads `packed-refs`.
    fn packed(&mut self, path: &Path, kind: HashKind) {
        let text = self.small(path).unwrap_or_default();
        for line in text.split(|&byte| byte == b'\n') {
            let name = line
                .get(kind.id_len() * 2 + 1..)
                .map(|name| String::from_utf8_lossy(name).into_owned());
            if let (Some(id), Some(name)) = (first_id(line, kind), name) {
                self.tips.insert(name, id);
            }
        }
    }

    /// All files below a directory, with their names relative to `root`. Follows no link.
    fn walk(&mut self, root: &Path, top: &str) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let mut open = vec![(root.join(top), top.to_owned(), 0)];
        while let Some((directory, name, depth)) = open.pop() {
            let entries = match std::fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(_) => {
                    self.skip(directory, SkipReason::Unreadable);
                    continue;
                }
            };
            for entry in entries.flatten() {
                let name = format!("{name}/{}", entry.file_name().to_string_lossy());
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => {
                        open.push((entry.path(), name, depth + 1))
                    }
                    Ok(kind) if kind.is_file() => files.push((entry.path(), name)),
                    _ => {}
                }
            }
        }
        files
    }

    /// A file's bytes; says so when it is there and cannot be read.
    fn small(&mut self, path: &Path) -> Option<Vec<u8>> {
        match read_small(path, MAX_REFS_BYTES) {
            Ok(text) => Some(text),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    self.skip(path.to_owned(), SkipReason::Unreadable);
                }
                None
            }
        }
    }

    /// Notes what could not be read.
    fn skip(&mut self, file: PathBuf, reason: SkipReason) {
        self.skips.push(Skip {
            id: None,
            file,
            offset: None,
            reason,
        });
    }
}

/// The id at the start of a line, unless it is all zeros ("nothing").
fn first_id(line: &[u8], kind: HashKind) -> Option<ObjectId> {
    let id = ObjectId::from_hex(kind, line.get(..kind.id_len() * 2)?)?;
    id.as_raw().iter().any(|&byte| byte != 0).then_some(id)
}
