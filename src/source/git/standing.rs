//! Whether anything has changed that decides where found objects belong.

use super::id::ObjectId;
use super::odb::{Odb, read_small};
use super::refs::{PACKED, Refs};
use super::repo::Repo;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Longest list of cut-off commits that is read, in bytes.
const MAX_SHALLOW_BYTES: u64 = 64 << 20;

/// Returns a digest of all that [`attribute`](super::attribute) reads: references, reflogs,
/// indexes, the cut of a shallow clone, which objects there are, and which were found. As long as
/// it stays the same so does what is found out; nothing if that cannot be told.
#[must_use]
pub fn standing(
    repo: &Repo,
    odb: &Odb,
    loose: &BTreeSet<ObjectId>,
    finds: &BTreeSet<ObjectId>,
) -> Option<[u8; 32]> {
    let refs = Refs::loose(repo, odb.hash_kind());
    if !refs.skips.is_empty() || !odb.skips().is_empty() {
        return None;
    }
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    };
    for (name, id) in &refs.tips {
        part(name.as_bytes());
        part(id.as_raw());
    }
    let mut packs = Vec::new();
    for (_, checksum) in odb.pack_checksums() {
        packs.push(checksum?);
    }
    packs.sort_unstable();
    for (title, ids) in [
        ("stash", refs.stash),
        ("reflog", refs.reflog),
        ("packs", packs),
        ("loose", loose.iter().copied().collect()),
        ("finds", finds.iter().copied().collect()),
    ] {
        part(title.as_bytes());
        ids.iter().for_each(|id| part(id.as_raw()));
    }
    // git writes these under another name and renames them, so that the inode tells even where the
    // clock stands still between two writes of one size.
    let indexes = git_dirs(repo).into_iter().map(|dir| dir.join("index"));
    for file in indexes.chain([repo.common_dir.join(PACKED)]) {
        part(file.as_os_str().as_encoded_bytes());
        part(&about(&file));
    }
    for (path, _) in odb.pack_checksums() {
        // Packs never change. One that does was damaged, or mended.
        part(&about(path));
    }
    let shallow = repo.common_dir.join("shallow");
    if repo.shallow {
        part(&read_small(&shallow, MAX_SHALLOW_BYTES).ok()?);
    }
    Some(digest.finalize().into())
}

/// The directories of all work trees of a repository, each with an index of its own.
pub(super) fn git_dirs(repo: &Repo) -> BTreeSet<PathBuf> {
    let linked = std::fs::read_dir(repo.common_dir.join("worktrees"));
    let linked = linked.into_iter().flatten().flatten().map(|dir| dir.path());
    let own = [repo.git_dir.clone(), repo.common_dir.clone()];
    // A linked work tree's own directory is among those, perhaps by another name.
    own.into_iter()
        .chain(linked)
        .map(|dir| dir.canonicalize().unwrap_or(dir))
        .collect()
}

/// What tells whether a file is the one that it was; nothing if there is none.
fn about(path: &Path) -> Vec<u8> {
    let Ok(metadata) = std::fs::metadata(path) else {
        return Vec::new();
    };
    let (len, inode) = (metadata.len(), inode(&metadata));
    format!("{len} {inode} {:?}", metadata.modified()).into_bytes()
}

/// The number of a file's inode.
#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Elsewhere its time has to do.
#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}
