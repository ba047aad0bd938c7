//! What of this machine is looked at, where the agent keeps things, and which machine it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use straykey::agent::machine::{self, User};
use straykey::agent::mounts::{self, Mounts};
use straykey::agent::privacy::{Paths, Privacy};
use straykey::agent::record::{Device, LeftOut};
use straykey::agent::spool::Spool;
use straykey::source::live;
use zeroize::Zeroizing;

use super::{MountPolicy, PathPolicy, Places, Run, Telling, child};
use crate::args::Switch;
use crate::folders;

/// What is looked at.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) roots: Vec<PathBuf>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) closed: BTreeMap<PathBuf, String>,
    pub(super) live: Option<live::Options>,
}

/// Returns the users of this machine.
pub(super) fn users() -> Vec<User> {
    if cfg!(target_os = "macos") {
        return machine::users_in(Path::new("/Users"));
    }
    if cfg!(windows) {
        let home = std::env::home_dir();
        let around = home.as_deref().and_then(Path::parent);
        return around.map(machine::users_in).unwrap_or_default();
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut users = machine::users(&passwd);
    // Users of a directory service are not in the file.
    if let (Some(home), Some(uid)) = (std::env::home_dir(), machine::own_uid())
        && !users.iter().any(|user| user.uid == uid)
    {
        let name = home
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        users.push(User { name, uid, home });
    }
    users
}

/// Decides what is looked at.
pub(super) fn plan(args: &Run, users: &[User], own: &[&Path]) -> Plan {
    let mut plan = Plan::default();
    let is_ours = |user: &&User| machine::is_root() || machine::own_uid() == Some(user.uid);
    if args.root.is_empty() {
        for user in users.iter().filter(is_ours) {
            // An account without its home has nothing to look at.
            if user.home.is_dir() {
                plan.add(&user.home);
            }
        }
        for user in users.iter().filter(|user| !is_ours(user) && user.uid != 0) {
            plan.left_out.push(LeftOut {
                path: user.home.to_string_lossy().into_owned(),
                why: "the home of another user, who is not root".to_owned(),
            });
        }
        let places = machine::PLACES.iter().map(Path::new);
        for place in places.filter(|place| machine::is_root() && place.exists()) {
            plan.add(place);
        }
    }
    for root in &args.root {
        plan.add(root);
    }
    let policy = match args.mounts {
        MountPolicy::Local => Mounts::Local,
        MountPolicy::All => Mounts::All,
    };
    let mounted = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    plan.closed = mounts::closed(&mounted, policy);
    // A mount that somebody named is meant.
    plan.closed.retain(|point, _| !plan.roots.contains(point));
    for folder in own.iter().filter_map(|folder| folder.canonicalize().ok()) {
        plan.closed.insert(folder, "the agent's own".to_owned());
    }
    if args.live == Switch::On {
        plan.live = Some(live_stores(args, users, is_ours));
    }
    plan
}

impl Plan {
    /// Adds a root by its real name, so that no part of it is a link.
    fn add(&mut self, root: &Path) {
        match root.canonicalize() {
            Ok(root) => self.roots.push(root),
            Err(error) => self.left_out.push(LeftOut {
                path: root.to_string_lossy().into_owned(),
                why: error.to_string(),
            }),
        }
    }
}

/// Finds the live stores of the users that may be asked.
fn live_stores(args: &Run, users: &[User], is_ours: impl Fn(&&User) -> bool) -> live::Options {
    let homes: Vec<PathBuf> = users
        .iter()
        .filter(is_ours)
        .map(|user| user.home.clone())
        .collect();
    let own = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
    let mut found = live::Options::find(&live::Search {
        homes: &homes,
        temporary: Path::new("/tmp"),
        runtime: Path::new("/run/user"),
        own: own.as_deref(),
    });
    // Where GNUPGHOME is set, the agent is there.
    if let Some(home) = std::env::var_os("GNUPGHOME").map(PathBuf::from) {
        found.gpg.push(home.join("S.gpg-agent"));
        found.gpg.retain(|path| path.exists());
    }
    let processes = Path::new("/proc/self/environ").exists();
    found.processes = processes.then(|| PathBuf::from("/proc"));
    found.modules = modules(&args.pkcs11);
    found.lister = lister();
    found.keychains = keychains();
    found.start = Some(live::Start::new(child::ask));
    found
}

/// Where p11-kit is configured for all users, and where modules lie that it names without a folder.
#[cfg(unix)]
const P11_KIT: [&str; 2] = ["/etc/pkcs11/modules", "/usr/share/p11-kit/modules"];
/// See [`P11_KIT`].
#[cfg(unix)]
const LIBRARIES: [&str; 7] = [
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
    "/usr/local/lib/pkcs11",
    "/opt/homebrew/lib/pkcs11",
    "/usr/lib",
];

/// Returns the modules that were asked for. None is loaded unasked: a module may go to a device or over
/// the network.
fn modules(asked: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for module in asked {
        match module.to_str() {
            #[cfg(unix)]
            Some("configured") => {
                let folders = P11_KIT.map(Path::new);
                found.extend(live::configured(&folders, &LIBRARIES.map(Path::new)));
            }
            _ => found.push(module.clone()),
        }
    }
    found.dedup();
    found
}

/// Returns what loads a module: this program, started anew.
fn lister() -> Option<live::Lister> {
    let program = std::env::current_exe().ok();
    program
        .filter(|_| cfg!(feature = "pkcs11"))
        .map(|program| live::Lister {
            program,
            arguments: vec!["agent", "list-token"],
        })
}

/// Returns what lists the keychains of the system.
fn keychains() -> Vec<live::Keychain> {
    if cfg!(target_os = "macos") {
        return vec![live::Keychain::Mac("/usr/bin/security".into())];
    }
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
        let shell = "System32\\WindowsPowerShell\\v1.0\\powershell.exe";
        return vec![live::Keychain::Windows(Path::new(&root).join(shell))];
    }
    Vec::new()
}

/// Returns the folders of the state and of the spool.
pub(super) fn folders(places: &Places) -> anyhow::Result<(PathBuf, PathBuf)> {
    let state = match &places.state {
        Some(folder) => folder.clone(),
        None if machine::is_root() => PathBuf::from("/var/lib/straykey"),
        None => {
            let folder = folders::state().context("no home: give --state")?;
            folder.join("straykey")
        }
    };
    let spool = match &places.spool {
        Some(folder) => folder.clone(),
        None if machine::is_root() && places.state.is_none() => {
            PathBuf::from("/var/spool/straykey")
        }
        None => state.join("spool"),
    };
    Ok((state, spool))
}

/// Opens the spool.
pub(super) fn spool(folder: &Path, places: &Places) -> anyhow::Result<Spool> {
    let opened = Spool::open(folder, places.spool_limit);
    opened.with_context(|| format!("--spool {}", folder.display()))
}

/// Returns which machine this is.
pub(super) fn device() -> Device {
    let name = crate::args::host();
    let machine_id = std::fs::read_to_string("/etc/machine-id").ok();
    Device {
        id: machine::id(machine_id.as_deref(), &name),
        name,
    }
}

/// Returns what is told of paths and names.
pub(super) fn privacy(telling: &Telling) -> anyhow::Result<Privacy> {
    let paths = match telling.paths {
        PathPolicy::Full => Paths::Full,
        PathPolicy::Home => Paths::Home,
        PathPolicy::Hashed => Paths::Hashed,
    };
    let key = match &telling.org_key {
        None => None,
        Some(path) => {
            let key = std::fs::read(path);
            let key = key.with_context(|| format!("--org-key {}", path.display()))?;
            let key = Zeroizing::new(key);
            Some(Zeroizing::new(key.trim_ascii().to_vec()))
        }
    };
    Privacy::new(paths, key).context("--org-key")
}
