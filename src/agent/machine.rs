//! Whose machine it is: its users with their homes, its name, the places that are looked at.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Numbers of people's accounts begin here (`UID_MIN` of login.defs).
const FIRST_USER: u32 = 1_000;

/// `nobody`, and what systemd makes up, begin here.
const LAST_USER: u32 = 60_000;

/// Homes that are no homes.
const NO_HOME: [&str; 5] = ["/", "/nonexistent", "/dev/null", "/var/empty", "/proc"];

/// What is looked at beside homes when it is there: containers' layers and volumes, mail, jobs, units,
/// and where people leave things.
pub const PLACES: [&str; 14] = [
    "/etc/crontab",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/cron.weekly",
    "/etc/systemd",
    "/tmp",
    "/var/lib/containers",
    "/var/lib/docker/overlay2",
    "/var/lib/docker/volumes",
    "/var/mail",
    "/var/spool/cron",
    "/var/tmp",
    "/srv",
];

/// A local user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct User {
    /// Name of the account.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its home.
    pub home: PathBuf,
}

/// Reads `/etc/passwd`: root and people, those with a home.
#[must_use]
pub fn users(passwd: &str) -> Vec<User> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let home = fields.nth(2)?;
        let is_person = uid == 0 || (FIRST_USER..LAST_USER).contains(&uid);
        (is_person && home.starts_with('/') && !NO_HOME.contains(&home)).then(|| User {
            name,
            uid,
            home: PathBuf::from(home),
        })
    };
    passwd.lines().filter_map(user).collect()
}

/// Takes each folder of `/Users` or `C:\\Users` for a home; where there is no list of users.
#[must_use]
pub fn users_in(folder: &Path) -> Vec<User> {
    let shared = [
        "Shared",
        "Public",
        "Default",
        "Default User",
        "All Users",
        "Guest",
    ];
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let homes = items.filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir()));
    let user = |item: std::fs::DirEntry| User {
        name: item.file_name().to_string_lossy().into_owned(),
        uid: owner(&item.path()).unwrap_or(FIRST_USER),
        home: item.path(),
    };
    let mut users: Vec<User> = homes.map(user).collect();
    users.retain(|user| !shared.contains(&user.name.as_str()) && !user.name.starts_with('.'));
    users.sort_by(|a, b| a.name.cmp(&b.name));
    users
}

/// Returns the user of a path: whose home it is in, else who owns the file.
#[must_use]
pub fn user_of(users: &[User], path: &Path) -> String {
    let homes = users.iter().filter(|user| path.starts_with(&user.home));
    if let Some(user) = homes.max_by_key(|user| user.home.components().count()) {
        return user.name.clone();
    }
    let Some(uid) = owner(path) else {
        return String::new();
    };
    let known = users.iter().find(|user| user.uid == uid);
    known.map_or_else(|| uid.to_string(), |user| user.name.clone())
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let there = path
        .ancestors()
        .find_map(|path| path.symlink_metadata().ok());
    there.map(|metadata| metadata.uid())
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}

/// Whether whoever runs this may read everybody's files.
#[cfg(unix)]
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether whoever runs this may read everybody's files: not known here.
#[cfg(not(unix))]
#[must_use]
pub fn is_root() -> bool {
    false
}

/// Returns the number of whoever runs this.
#[cfg(unix)]
#[must_use]
pub fn own_uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// Returns the number of whoever runs this.
#[cfg(not(unix))]
#[must_use]
pub fn own_uid() -> Option<u32> {
    None
}

/// Returns the name of the machine.
#[cfg(unix)]
#[must_use]
pub fn name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// Returns the name of the machine.
#[cfg(not(unix))]
#[must_use]
pub fn name() -> String {
    String::new()
}

/// Returns an id of the machine that stays and says nothing else: the MAC of our name under the
/// machine's own id, as machine-id(5) asks for; else of its name.
#[must_use]
pub fn id(machine_id: Option<&str>, name: &str) -> String {
    let key = machine_id
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .unwrap_or(name);
    mac(key.as_bytes(), b"straykey/device/v1")
        .chars()
        .take(32)
        .collect()
}

/// Returns a MAC in hex.
pub(super) fn mac(key: &[u8], text: &[u8]) -> String {
    let Ok(mut mac) = <Hmac<Sha256>>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(text);
    let bytes = mac.finalize().into_bytes();
    crate::wire::hex::encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
        ada:x:1000:1000:Ada,,,:/home/ada:/bin/zsh\n\
        ada2:x:1001:1001::/home/ada/nested:/bin/zsh\n\
        broken line\nx:y\n";

    #[test]
    fn people_have_homes() {
        let users = users(PASSWD);
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["root", "ada", "ada2"]);
        assert_eq!(user_of(&users, Path::new("/home/ada/x")), "ada");
        assert_eq!(user_of(&users, Path::new("/home/ada/nested/x")), "ada2");
        assert_eq!(user_of(&users, Path::new("/home/adam/x")), "root");
    }

    #[test]
    fn ids_of_machines_stay_and_differ() {
        let of = |machine| id(Some(machine), "host");
        assert_eq!(of("a\n"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert!(!of("0123456789abcdef").contains("0123"));
        assert_eq!(of(""), id(None, "host"));
    }
}
