//! Which clone a repository is: its remote, its commit, its branch. For reports; nothing is decided
//! by it, so what cannot be read is left out.

use std::path::Path;

use super::config;
use super::id::HashKind;
use super::names::Names;
use super::odb::read_small;
use super::repo::{Repo, discover};

/// Longest `config` that is read, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Which clone a repository is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Provenance {
    /// Address of the remote `origin`, credentials and all.
    pub remote: Option<String>,
    /// The commit that is checked out.
    pub revision: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
}

/// Finds out which clone the repository at `path` is, as [`discover`] takes it.
#[must_use]
pub fn provenance(path: &Path) -> Option<Provenance> {
    discover(path).map(|repo| of(&repo))
}

fn of(repo: &Repo) -> Provenance {
    let config = read_small(&repo.common_dir.join("config"), MAX_CONFIG_BYTES);
    let remote = config.ok().and_then(|text| config::origin(&text));
    let mut found = Provenance {
        remote: remote.and_then(|address| String::from_utf8(address).ok()),
        ..Provenance::default()
    };
    if let Ok(names) = Names::open(repo, repo.hash.unwrap_or(HashKind::Sha1)) {
        let commit = names.find(b"HEAD").ok().flatten();
        found.revision = commit.map(|id| id.to_string());
        found.branch = names
            .symbolic(b"HEAD")
            .and_then(|name| String::from_utf8(name).ok())
            .and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned));
    }
    found
}
