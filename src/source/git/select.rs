//! Which objects of a repository are to be scanned, and where they belong.
//!
//! Made by `staged`, `range` and `push`; read by whoever scans. Unlike the sweep, a selection
//! knows the paths of its blobs beforehand, because that is how they were found.

use super::id::ObjectId;
use super::index_file::IndexError;
use super::locate::LocateError;
use super::names::NameError;
use super::odb::Odb;
use super::skip::SkipReason;
use super::tree_diff::TreeReader;
use crate::wire::shell;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::PathBuf;

/// Objects that are to be scanned.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Blobs, each with every place that is new.
    pub blobs: BTreeMap<ObjectId, Vec<Standing>>,
    /// Commits whose messages are to be scanned, with their time in seconds since 1970.
    pub commits: BTreeMap<ObjectId, i64>,
    /// Tags whose messages are to be scanned.
    pub tags: Vec<ObjectId>,
    /// Scan whatever else the repository's own object directory holds: a quarantine.
    pub quarantine: bool,
    /// The trees at the newest ends of what was asked for.
    pub tips: Vec<ObjectId>,
    /// What the person who asked should know.
    pub remarks: Vec<String>,
    /// What could not be found out, so that something may have been missed.
    pub missing: Vec<String>,
    /// Places of blobs that have many: an empty file may stand at every path of a tree.
    pub(super) many: HashSet<(ObjectId, Vec<u8>)>,
}

/// Places of one blob that are looked through one by one.
const FEW_PLACES: usize = 16;

/// Where a blob stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Path from the root of the work tree.
    pub path: Vec<u8>,
    /// The commit that brought it there; none when it is about to be committed.
    pub commit: Option<ObjectId>,
}

impl Selection {
    /// Adds a place of a blob, unless it is known by an earlier commit.
    pub(super) fn add(&mut self, id: ObjectId, standing: Standing) {
        let standings = self.blobs.entry(id).or_default();
        if standings.len() == FEW_PLACES {
            let known = standings.iter().map(|known| (id, known.path.clone()));
            self.many.extend(known);
        }
        let is_new = match standings.len() < FEW_PLACES {
            true => standings.iter().all(|known| known.path != standing.path),
            false => self.many.insert((id, standing.path.clone())),
        };
        if is_new {
            standings.push(standing);
        }
    }

    /// Whether nothing at all is to be scanned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty() && self.commits.is_empty() && self.tags.is_empty()
    }

    /// Whether one of the newest trees has a blob at a path; for hits only.
    #[must_use]
    pub fn is_at_tip(&self, odb: &Odb, path: &[u8], id: ObjectId) -> bool {
        let mut reader = TreeReader::new(odb);
        let mut tips = self.tips.iter();
        tips.any(|&tip| reader.find(tip, path) == Some(id))
    }
}

/// Why nothing could be selected.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SelectError {
    /// No repository.
    Locate(LocateError),
    /// References cannot be read.
    Names(NameError),
    /// The index cannot be read.
    Index(PathBuf, IndexError),
    /// A bare repository, which has none.
    NoIndex(PathBuf),
    /// An object cannot be read.
    Object(ObjectId, SkipReason),
    /// An object that should be a commit and is none, or is damaged.
    BadCommit(ObjectId),
    /// An object that should be a tree and is none, or is damaged.
    BadTree(ObjectId),
    /// A tree that holds itself over and over, or paths without measure.
    TreeTooWide(ObjectId),
    /// Words that name no commit.
    Revision(String),
    /// A range that cannot be walked.
    Range(String),
    /// A line that git does not write to a hook, by its number.
    PushInput(usize),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locate(error) => error.fmt(f),
            Self::Names(error) => error.fmt(f),
            Self::Index(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NoIndex(path) => write!(
                f,
                "{}: a bare repository has no index, so nothing can be staged",
                path.display()
            ),
            Self::Object(id, SkipReason::MissingObject) => {
                write!(
                    f,
                    "object {id} is not in the repository (a partial clone? clone it without \
                    --filter)"
                )
            }
            Self::Object(id, reason) => write!(f, "object {id}: {reason}"),
            Self::BadCommit(id) => write!(f, "object {id} is not a commit that can be read"),
            Self::BadTree(id) => write!(f, "object {id} is not a tree that can be read"),
            Self::TreeTooWide(id) => write!(f, "tree {id} holds more paths than are followed"),
            Self::Revision(text) => {
                let name = text.split(['~', '^']).next().unwrap_or_default();
                write!(f, "`{text}` names no commit of this repository: ")?;
                if name == "HEAD" && name != text {
                    return f.write_str(
                        "HEAD has fewer commits behind it here; a shallow clone has them after \
                        `git fetch --unshallow`",
                    );
                }
                let branch = name.strip_prefix("origin/").unwrap_or("main");
                write!(
                    f,
                    "expected the name of a branch or tag, a full id or HEAD, with ~N and ^N; a clone of one \
                    branch, or a shallow one, has it after `git fetch origin {0}:refs/remotes/origin/{0}`",
                    shell::quoted(branch)
                )
            }
            Self::Range(text) => f.write_str(text),
            Self::PushInput(line) => write!(
                f,
                "standard input, line {line}: expected what git gives to pre-push \
                (`<local ref> <local id> <remote ref> <remote id>`) or pre-receive \
                (`<old id> <new id> <ref>`)"
            ),
        }
    }
}

impl std::error::Error for SelectError {}

impl From<LocateError> for SelectError {
    fn from(error: LocateError) -> Self {
        Self::Locate(error)
    }
}

impl From<NameError> for SelectError {
    fn from(error: NameError) -> Self {
        Self::Names(error)
    }
}
