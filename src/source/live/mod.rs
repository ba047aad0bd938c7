//! Live stores: keys that lie in no file, and what running programs were started with.
//!
//! Of agents only the public halves are asked for, by the requests that `ssh-add -l` and `gpg -K` make;
//! no agent is asked to sign, to export or to decrypt. The environment of a process is read like a
//! file. A store that does not answer in time is told as unread.

#[cfg(unix)]
mod environ;
#[cfg(unix)]
mod gpg_agent;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod ssh_agent;

use std::path::{Path, PathBuf};

use super::{Harvest, Interrupt};
use crate::blob::Origin;
use crate::finding::{Manner, NoticeReason, Proof, Region, Sighting, Subject};
use crate::identity::Identity;
use crate::key::PublicKey;
use crate::scanner::Scanner;

/// Most agents that are asked: a machine has a few; `/tmp` may hold any number of sockets.
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

/// Looks into live stores.
#[cfg(unix)]
#[must_use]
pub fn look(options: &Options, scanner: &Scanner, interrupt: &Interrupt) -> Harvest {
    let mut harvest = Harvest::default();
    type Ask = fn(&Path) -> std::io::Result<Vec<PublicKey>>;
    let agents = [
        (&options.ssh, "ssh-agent", ssh_agent::list as Ask),
        (&options.gpg, "gpg-agent", gpg_agent::list as Ask),
    ];
    for (sockets, format, ask) in agents {
        for (number, socket) in sockets.iter().enumerate() {
            if number >= MAX_AGENTS {
                let detail = format!("more than {MAX_AGENTS} agents: this one was not asked");
                harvest.skip(NoticeReason::Unreadable, socket, detail);
                continue;
            }
            if interrupt.is_set() {
                return harvest;
            }
            match ask(socket) {
                Ok(keys) => {
                    harvest.live += 1;
                    let seen = keys.iter().map(|key| held(key, socket, format));
                    harvest.sightings.extend(seen);
                }
                Err(error) => harvest.skip(unasked(&error), socket, error.to_string()),
            }
        }
    }
    if let Some(folder) = &options.processes {
        environ::read(folder, scanner, interrupt, &mut harvest);
    }
    harvest
}

/// Nothing is asked here.
#[cfg(not(unix))]
#[must_use]
pub fn look(_: &Options, _: &Scanner, _: &Interrupt) -> Harvest {
    Harvest::default()
}

/// A socket that nobody listens at any more, or that is somebody else's, is no store of ours.
#[cfg(unix)]
fn unasked(error: &std::io::Error) -> NoticeReason {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            NoticeReason::Special
        }
        _ => NoticeReason::Unreadable,
    }
}

/// Returns the sighting of a key that an agent holds.
#[cfg(unix)]
fn held(key: &PublicKey, socket: &Path, format: &'static str) -> Sighting {
    Sighting {
        subject: Subject::Key(Identity::of(key)),
        origin: Origin::file(socket),
        region: Region {
            line: 1,
            column: 1,
            end_column: 1,
            end_line: 1,
            ..Region::default()
        },
        manner: Manner {
            format,
            proof: Proof::Live,
            encrypted: false,
            layers: Vec::new(),
            kid: None,
            usage: None,
            opened_with: None,
        },
        comment: None,
    }
}
