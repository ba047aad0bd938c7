//! Live stores: keys that lie in no file, and what running programs were started with.
//!
//! Of agents only the public halves are asked for, by the requests that `ssh-add -l` and `gpg -K` make;
//! no agent is asked to sign, to export or to decrypt. The environment of a process is read like a
//! file. A store that does not answer in time is told as unread.

#[cfg(unix)]
mod ask;
#[cfg(unix)]
mod environ;
#[cfg(unix)]
mod gpg_agent;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod ssh_agent;

use std::path::{Path, PathBuf};

#[cfg(unix)]
pub use ask::look;

#[cfg(not(unix))]
use super::{Harvest, Interrupt};
#[cfg(not(unix))]
use crate::scanner::Scanner;

/// Most agents that are asked: a machine has a few; `/tmp` may hold any number of sockets.
#[cfg(unix)]
const MAX_AGENTS: usize = 64;

/// Which live stores are looked into.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Sockets of ssh-agent.
    pub ssh: Vec<PathBuf>,
    /// Sockets of gpg-agent.
    pub gpg: Vec<PathBuf>,
    /// Where processes are listed: `/proc`.
    pub processes: Option<PathBuf>,
}

/// Where sockets of agents are looked for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Homes of users.
    pub homes: &'a [PathBuf],
    /// The folder that ssh-agent makes its sockets below: `/tmp`.
    pub temporary: &'a Path,
    /// The folder with one for each user: `/run/user`.
    pub runtime: &'a Path,
    /// What `SSH_AUTH_SOCK` names.
    pub own: Option<&'a Path>,
}

impl Options {
    /// Finds the sockets of agents. A link is none, wherever it leads.
    #[must_use]
    pub fn find(search: &Search<'_>) -> Self {
        let mut found = Self::default();
        found.ssh.extend(search.own.map(Path::to_path_buf));
        for folder in named(search.temporary, "ssh-") {
            found.ssh.extend(named(&folder, "agent."));
        }
        for folder in named(search.runtime, "") {
            found.ssh.push(folder.join("keyring/ssh"));
            found.ssh.push(folder.join("gcr/ssh"));
            found.ssh.push(folder.join("ssh-agent.socket"));
            found.ssh.push(folder.join("gnupg/S.gpg-agent.ssh"));
            found.gpg.push(folder.join("gnupg/S.gpg-agent"));
        }
        for home in search.homes {
            found.ssh.extend(named(&home.join(".ssh/agent"), ""));
            found.gpg.push(home.join(".gnupg/S.gpg-agent"));
        }
        for sockets in [&mut found.ssh, &mut found.gpg] {
            sockets.sort();
            sockets.dedup();
            sockets.retain(|path| is_socket(path));
        }
        found
    }
}

/// Returns what in a folder has a name that begins so; nothing of a folder that is a link.
fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    if !folder.symlink_metadata().is_ok_and(|m| m.is_dir()) {
        return Vec::new();
    }
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let begins = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    let items = items.filter(|item| begins(&item.file_name()));
    items.map(|item| item.path()).collect()
}

#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    path.symlink_metadata()
        .is_ok_and(|m| m.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_: &Path) -> bool {
    false
}

/// Nothing is asked here.
#[cfg(not(unix))]
#[must_use]
pub fn look(_: &Options, _: &Scanner, _: &Interrupt) -> Harvest {
    Harvest::default()
}
