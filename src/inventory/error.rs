//! Why an inventory cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use super::signature::SignatureError;

/// Why an inventory cannot be used. A scan that gets one cannot vouch for
/// anything: a damaged list is never taken for a shorter one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A compiled table stands where a text list should.
    #[error("a compiled table; this needs the text list that it was compiled from")]
    Compiled,
    /// A page or header of a compiled table is not what was compiled.
    #[error("damaged compiled inventory: {0}")]
    Damaged(&'static str),
    /// What should have the versions of lists that were seen has something else.
    #[error(
        "not a file of list versions; remove it to begin anew (then an older list is not noticed)"
    )]
    Pins,
    /// The error of an inventory with a path.
    #[error("{}: {error}", path.display())]
    InFile {
        /// The inventory.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// The list is older than one that was seen.
    #[error(
        "rolled back: version {version} of list `{}`, but version {seen} was seen here",
        list_id.escape_debug()
    )]
    Rollback {
        /// Name of the list.
        list_id: String,
        /// Its version.
        version: u64,
        /// The highest version that was seen.
        seen: u64,
    },
    /// The list is not signed, or not by a key that counts.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A text list is malformed.
    #[error("line {line}, column {column}: {reason}")]
    Malformed {
        /// Line, from 1.
        line: u64,
        /// Column in bytes, from 1.
        column: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A compiled table would be larger than its format allows.
    #[error("too large to compile: {0}")]
    TooLarge(&'static str),
}

impl Error {
    /// Says which file the error is about.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::InFile { .. } => self,
            error => Self::InFile {
                path: path.to_owned(),
                error: Box::new(error),
            },
        }
    }
}
