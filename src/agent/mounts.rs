//! Which mounted file systems are walked.
//!
//! A laptop mounts file servers, clouds and other machines. Walking those would read the same file
//! from every machine, fetch what is in the cloud, or hang when the other side is gone. So they are
//! not entered unless that is asked for; what is not entered is told.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which file systems are entered besides the one that a root is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mounts {
    /// Those on disks of this machine.
    #[default]
    Local,
    /// All but windows into the kernel.
    All,
}

/// File systems that are windows into the kernel, or that another one shows.
const KERNEL: [&str; 22] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// File systems whose files are elsewhere.
const REMOTE: [&str; 13] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "glusterfs",
    "lustre",
    "nfs",
    "nfs4",
    "orangefs",
    "smb3",
    "smbfs",
    "virtiofs",
    "vboxsf",
];

/// Returns the mount points that are not entered, and why, from `/proc/self/mountinfo`.
#[must_use]
pub fn closed(mountinfo: &str, policy: Mounts) -> BTreeMap<PathBuf, String> {
    let mut closed = BTreeMap::new();
    for line in mountinfo.lines() {
        let mut fields = line.split(' ');
        let (Some(point), Some(kind)) =
            (fields.nth(4), fields.skip_while(|word| *word != "-").nth(1))
        else {
            continue;
        };
        let is_fuse = kind == "fuse" || kind.starts_with("fuse.");
        let is_remote = REMOTE.contains(&kind) || is_fuse;
        let why = if KERNEL.contains(&kind) {
            "a window into the kernel"
        } else if is_remote && policy == Mounts::Local {
            "files of another machine or program; `--mounts all` enters them"
        } else {
            continue;
        };
        closed.insert(unescaped(point), format!("{kind}: {why}"));
    }
    closed
}

/// Undoes `\040` and its like.
fn unescaped(text: &str) -> PathBuf {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let digits = rest.first_chunk::<3>().filter(|_| byte == b'\\');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(value) => {
                out.push(value);
                rest = rest.get(3..).unwrap_or_default();
            }
            None => out.push(byte),
        }
    }
    PathBuf::from(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const INFO: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
        23 22 0:5 / /proc rw - proc proc rw\n\
        30 22 0:50 / /home/ada/My\\040Drive rw - fuse.rclone x rw\n\
        31 22 0:51 / /mnt/files rw master:3 - nfs4 server:/x rw\n\
        32 22 8:2 / /data rw - xfs /dev/sdb1 rw\nbroken\n";

    #[test]
    fn files_elsewhere_are_left_there() {
        let local = closed(INFO, Mounts::Local);
        assert!(local.contains_key(Path::new("/home/ada/My Drive")));
        assert!(local.contains_key(Path::new("/mnt/files")));
        assert!(local.contains_key(Path::new("/proc")));
        assert_eq!(local.len(), 3);
        let all = closed(INFO, Mounts::All);
        assert_eq!(all.len(), 1);
    }
}
