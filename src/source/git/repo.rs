//! Finding repositories: what at a path is one, and where its objects are.
//!
//! A work tree has a `.git` directory, or a `.git` file that says where its directory is (linked
//! work trees, submodules). A linked work tree's directory holds only its own HEAD and index and
//! says in `commondir` where the rest is. A bare repository is such a directory itself.

use super::config::Config;
use super::id::HashKind;
use super::odb::{Odb, read_small};
use std::path::{Path, PathBuf};

/// Longest of the small files of a repository that we read, in bytes.
const MAX_SMALL_FILE_BYTES: u64 = 1024 * 1024;

/// A repository, found but not opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repo {
    /// The checked-out files, unless it is bare.
    pub work_tree: Option<PathBuf>,
    /// The directory with this work tree's HEAD and index.
    pub git_dir: PathBuf,
    /// The directory with refs, objects and config, shared by all work trees.
    pub common_dir: PathBuf,
    /// The object directory.
    pub objects: PathBuf,
    /// Which hash names its objects; nothing when the config asks for one we do not know.
    pub hash: Option<HashKind>,
    /// Whether history was cut off (`git clone --depth`).
    pub shallow: bool,
    /// Whether it is a partial clone, where objects are missing by design.
    pub promisor: bool,
}

impl Repo {
    /// Opens its objects.
    pub fn odb(&self) -> Odb {
        Odb::open(&self.objects, &[], self.hash.unwrap_or(HashKind::Sha1))
    }
}

/// Looks for a repository whose work tree, or whose own directory if it is bare, is `path`.
///
/// Reads at most four small files and runs nothing. A `.git` that is not a repository, or points
/// to none, is none.
pub fn discover(path: &Path) -> Option<Repo> {
    let dot = path.join(".git");
    let (git_dir, work_tree) = match std::fs::metadata(&dot) {
        Ok(metadata) if metadata.is_dir() => (dot, Some(path.to_owned())),
        Ok(metadata) if metadata.is_file() => {
            (pointed(&dot, b"gitdir:", path)?, Some(path.to_owned()))
        }
        _ => (path.to_owned(), None),
    };
    let common_dir =
        pointed(&git_dir.join("commondir"), b"", &git_dir).unwrap_or_else(|| git_dir.clone());
    let objects = common_dir.join("objects");
    // HEAD may be a link to a branch that does not exist yet; refs is a directory, or the stand-in
    // that a repository with another ref store keeps.
    let is_one = std::fs::symlink_metadata(git_dir.join("HEAD")).is_ok()
        && objects.is_dir()
        && std::fs::symlink_metadata(common_dir.join("refs")).is_ok();
    if !is_one {
        return None;
    }
    let text = read_small(&common_dir.join("config"), MAX_SMALL_FILE_BYTES).unwrap_or_default();
    let config = Config::parse(&text);
    Some(Repo {
        work_tree,
        shallow: std::fs::metadata(common_dir.join("shallow"))
            .is_ok_and(|metadata| metadata.len() > 0),
        git_dir,
        common_dir,
        objects,
        hash: config.hash,
        promisor: config.promisor,
    })
}

/// The path that a small file holds behind `prefix`, relative to `from`.
fn pointed(file: &Path, prefix: &[u8], from: &Path) -> Option<PathBuf> {
    let text = read_small(file, MAX_SMALL_FILE_BYTES).ok()?;
    let target = text.strip_prefix(prefix)?.trim_ascii();
    (!target.is_empty()).then(|| from.join(path_from_bytes(target)))
}

/// A path as git writes it: bytes on Unix, UTF-8 elsewhere.
#[cfg(unix)]
pub(super) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path as git writes it: bytes on Unix, UTF-8 elsewhere.
#[cfg(not(unix))]
pub(super) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
