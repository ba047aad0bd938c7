//! Which repository a command is about: the one around a folder, or the one that git itself names
//! in the environment of a hook.
//!
//! git tells its hooks by `GIT_DIR`, `GIT_INDEX_FILE` and their like where the commit or the push
//! stands that they are asked about, and a hook that looked elsewhere would look at the wrong one:
//! `git commit -a` and `git commit -- PATH` make a temporary index, a push waits in a quarantine
//! directory. The values are read by the program and come down as [`GitEnvironment`].

use super::odb::Odb;
use super::repo::{self, Repo};
use super::{HashKind, config};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// What git tells its hooks; relative paths are as the program sees them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GitEnvironment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, taken apart by [`alternates`].
    pub alternates: Vec<PathBuf>,
    /// `GIT_QUARANTINE_PATH`: the objects of a push that may still be refused.
    pub quarantine: Option<PathBuf>,
    /// `GIT_SHALLOW_FILE`: where the history of a push is cut off.
    pub shallow_file: Option<PathBuf>,
}

/// Why no repository was found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LocateError {
    /// Neither the folder nor any above it is one.
    None(PathBuf),
    /// `GIT_DIR` is not one.
    NotGitDir(PathBuf),
    /// `GIT_DIR` names another one than the folder.
    TwoRepositories(PathBuf, PathBuf),
    /// Its objects are named by a hash that we do not know.
    UnknownHash(PathBuf),
}

impl fmt::Display for LocateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(path) => write!(
                f,
                "{}: not in a git repository that can be read",
                path.display()
            ),
            Self::NotGitDir(path) => {
                write!(f, "GIT_DIR={}: not a git repository", path.display())
            }
            Self::TwoRepositories(path, git_dir) => write!(
                f,
                "{} is in another repository than GIT_DIR={} names; unset one of them",
                path.display(),
                git_dir.display()
            ),
            Self::UnknownHash(path) => write!(
                f,
                "{}: its objects are named by an unknown hash",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LocateError {}

/// A repository that was found, with what the environment said about it.
#[derive(Clone, Debug)]
pub struct Located {
    /// The repository.
    pub repo: Repo,
    /// Which hash names its objects.
    pub kind: HashKind,
    /// The index of the next commit.
    pub index: PathBuf,
    /// The list of commits whose parents were cut off.
    pub shallow: PathBuf,
    /// Further object directories.
    pub alternates: Vec<PathBuf>,
    /// Whether objects wait in a quarantine directory.
    pub quarantined: bool,
}

impl Located {
    /// Finds the repository around `path`, or around the current folder; one that git names wins,
    /// as it does for git's own commands.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find(path: Option<&Path>, environment: &GitEnvironment) -> Result<Self, LocateError> {
        let around = path.or_else(|| environment.git_dir.is_none().then_some(Path::new(".")));
        let found = match around {
            Some(path) => Some(above(path).ok_or_else(|| LocateError::None(path.to_owned()))?),
            None => None,
        };
        let mut repo = match (&environment.git_dir, found) {
            (Some(git_dir), found) => {
                let named = repo::discover(git_dir)
                    .ok_or_else(|| LocateError::NotGitDir(git_dir.clone()))?;
                if let (Some(found), Some(path)) = (found, path)
                    && !is_same(&found.git_dir, &named.git_dir)
                {
                    return Err(LocateError::TwoRepositories(
                        path.to_owned(),
                        git_dir.clone(),
                    ));
                }
                named
            }
            (None, Some(found)) => found,
            (None, None) => return Err(LocateError::None(PathBuf::from("."))),
        };
        if let Some(work_tree) = &environment.work_tree {
            repo.work_tree = Some(work_tree.clone());
        }
        if let Some(common_dir) = &environment.common_dir {
            repo.common_dir.clone_from(common_dir);
            repo.objects = common_dir.join("objects");
        }
        if let Some(objects) = &environment.object_directory {
            repo.objects.clone_from(objects);
        }
        let kind = repo
            .hash
            .ok_or_else(|| LocateError::UnknownHash(repo.git_dir.clone()))?;
        let index = environment.index_file.clone();
        let shallow = environment.shallow_file.clone();
        Ok(Self {
            kind,
            index: index.unwrap_or_else(|| repo.git_dir.join("index")),
            shallow: shallow.unwrap_or_else(|| repo.common_dir.join("shallow")),
            alternates: environment.alternates.clone(),
            quarantined: environment.quarantine.is_some(),
            repo,
        })
    }

    /// Opens its objects.
    pub fn odb(&self) -> Odb {
        Odb::open(&self.repo.objects, &self.alternates, self.kind)
    }
}

/// The repository at a folder or the nearest above it.
fn above(path: &Path) -> Option<Repo> {
    if let Some(repo) = repo::discover(path) {
        return Some(repo);
    }
    let real = path.canonicalize().ok()?;
    real.ancestors().skip(1).find_map(repo::discover)
}

/// Whether two paths lead to the same folder.
fn is_same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// Takes `GIT_ALTERNATE_OBJECT_DIRECTORIES` apart: colons between directories (semicolons on
/// Windows), and quotes as in C around those that have one in their name.
#[must_use]
pub fn alternates(value: &OsStr) -> Vec<PathBuf> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut rest = value.as_encoded_bytes();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix(b"\"").and_then(closing_quote);
        let end = match quoted {
            Some(inner) => inner + 2,
            None => memchr::memchr(separator, rest).unwrap_or(rest.len()),
        };
        let (one, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
        let one = config::unquote_c(one).unwrap_or_else(|| one.to_vec());
        if !one.is_empty() {
            found.push(repo::path_from_bytes(&one));
        }
        rest = behind.strip_prefix(&[separator]).unwrap_or(behind);
        if quoted.is_some() && rest.len() == behind.len() {
            break;
        }
    }
    found
}

/// Where the quote ends that `text` stands behind the beginning of.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn alternates_with_quotes() {
        let all = alternates(OsStr::new("/a/b:\"/c\\:d:\\\"e\":../f:"));
        let all: Vec<_> = all.iter().map(|path| path.to_str().unwrap()).collect();
        // Only what git itself would escape is an escape.
        assert_eq!(all, ["/a/b", "\"/c\\:d:\\\"e\"", "../f"]);
        let all = alternates(OsStr::new("\"/c:d\\\"e\":/f"));
        assert_eq!(all, [Path::new("/c:d\"e"), Path::new("/f")]);
    }
}
