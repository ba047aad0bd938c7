//! Live stores: keys that lie in no file, and what running programs were started with.
//!
//! Of agents only the public halves are asked for, by the requests that `ssh-add -l` and `gpg -K` make;
//! no agent is asked to sign, to export or to decrypt. Tokens behind PKCS#11 modules, where somebody
//! names modules, and the system's own keychains are listed by programs that are started for it; nobody
//! logs in. The environment of a process is read like a file. A store that does not answer in time is
//! told as unread.

mod ask;
#[cfg(unix)]
mod environ;
#[cfg(unix)]
mod gpg_agent;
mod keychain;
#[cfg(unix)]
mod module;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod ssh_agent;
#[cfg(feature = "pkcs11")]
pub mod token;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use super::Interrupt;

pub use ask::look;
pub use keychain::Keychain;
#[cfg(unix)]
pub use module::configured;

/// Most agents that are asked: a machine has a few; `/tmp` may hold any number of sockets.
#[cfg(unix)]
const MAX_AGENTS: usize = 64;

/// First line of the listing of a token.
#[cfg(any(unix, feature = "pkcs11"))]
const HEAD: &str = "straykey-token 1";

/// Most PKCS#11 modules that are loaded.
#[cfg(unix)]
const MAX_MODULES: usize = 32;

/// Which live stores are looked into.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Sockets of ssh-agent.
    pub ssh: Vec<PathBuf>,
    /// Sockets of gpg-agent.
    pub gpg: Vec<PathBuf>,
    /// Where processes are listed: `/proc`.
    pub processes: Option<PathBuf>,
    /// PKCS#11 modules, by absolute paths.
    pub modules: Vec<PathBuf>,
    /// What loads one of them; nothing where this build cannot.
    pub lister: Option<Lister>,
    /// Programs that list what the system itself holds.
    pub keychains: Vec<Keychain>,
    /// What starts programs; without it none is asked.
    pub start: Option<Start>,
}

/// A program that is to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The program, by an absolute path.
    pub program: &'a Path,
    /// What it is given.
    pub arguments: &'a [&'a OsStr],
    /// How long it may take.
    pub patience: Duration,
    /// Ends it as well.
    pub interrupt: &'a Interrupt,
}

/// Starts programs, which the library itself never does: returns what one printed, if it ended well, in
/// time, and without printing more than a listing has.
#[derive(Clone)]
pub struct Start(Arc<dyn Fn(&Program<'_>) -> io::Result<Vec<u8>> + Send + Sync>);

impl Start {
    /// Returns what starts programs so.
    pub fn new(
        start: impl Fn(&Program<'_>) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(start))
    }

    fn ask(&self, request: &Program<'_>) -> io::Result<Vec<u8>> {
        (self.0)(request)
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Start")
    }
}

/// A program that loads one PKCS#11 module, and prints what is behind it as `token::list` does.
#[derive(Clone, Debug)]
pub struct Lister {
    /// The program: this one.
    pub program: PathBuf,
    /// What it is given before the path of the module.
    pub arguments: Vec<&'static str>,
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

impl Options {
    /// Whether a place is a module or a keychain that is asked.
    #[must_use]
    pub fn asks(&self, place: &Path) -> bool {
        let is_place = |known: &PathBuf| known == place;
        let mut keychains = self.keychains.iter().flat_map(Keychain::stores);
        self.modules.iter().any(is_place) || keychains.any(|store| store == place)
    }
}

/// Returns what in a folder has a name that begins so; nothing of a folder that is a link.
fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    if !folder.symlink_metadata().is_ok_and(|m| m.is_dir()) {
        return Vec::new();
    }
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
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
