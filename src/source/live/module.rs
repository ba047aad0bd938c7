//! Tokens behind PKCS#11 modules. A module is somebody's library: it is loaded by a child process of
//! its own, which may take its time and its memory, crash, or print what it likes.
//!
//! ```text
//! straykey-token 1                        what the child prints, a line for each object
//! rsa CKA_MODULUS CKA_PUBLIC_EXPONENT     base64
//! ec CKA_EC_PARAMS CKA_EC_POINT
//! x509 CKA_VALUE
//! end OBJECTS PASSED                      PASSED: tokens in hardware, where keys do not stray
//! ```
//!
//! What is loaded into a process that may be root is nobody's who could not be root anyway:
//! [`trusted`].

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{HEAD, Lister, Program, Start};
use crate::disk;
use crate::identity::x509;
use crate::inventory::import::token_point;
use crate::key::PublicKey;
use crate::source::Interrupt;

/// How long a module may take: software answers at once, a reader of cards in some seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// Lists the public halves behind a module.
pub(super) fn list(
    module: &Path,
    lister: &Lister,
    start: &Start,
    interrupt: &Interrupt,
) -> io::Result<Vec<PublicKey>> {
    let module = trusted(module)?;
    let mut arguments: Vec<&OsStr> = lister.arguments.iter().map(AsRef::as_ref).collect();
    arguments.push(module.as_os_str());
    let text = start.ask(&Program {
        program: &lister.program,
        arguments: &arguments,
        patience: PATIENCE,
        interrupt,
    })?;
    read(&text).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "what it prints is no listing of a token",
        )
    })
}

/// Returns the real path of a module that only root or whoever runs this could have put there.
fn trusted(module: &Path) -> io::Result<PathBuf> {
    disk::only_ours(module).map_err(|why| io::Error::other(format!("not loaded: {why}")))
}

/// Reads what the child printed; nothing if it is anything else. Keys of kinds that are not known here
/// are passed over.
fn read(text: &[u8]) -> Option<Vec<PublicKey>> {
    let mut lines = std::str::from_utf8(text)
        .ok()?
        .strip_suffix('\n')?
        .split('\n');
    if lines.next()? != HEAD {
        return None;
    }
    let mut keys = Vec::new();
    let mut objects = 0_u64;
    loop {
        let mut words = lines.next()?.split(' ');
        let kind = words.next()?;
        if kind == "end" {
            let told: u64 = words.next()?.parse().ok()?;
            let _passed: u64 = words.next()?.parse().ok()?;
            return (told == objects && words.next().is_none() && lines.next().is_none())
                .then_some(keys);
        }
        let mut value = || STANDARD.decode(words.next()?).ok();
        keys.extend(match kind {
            "rsa" => PublicKey::rsa(&value()?, &value()?).ok(),
            "ec" => {
                let (parameters, point) = (value()?, value()?);
                token_point(&point, &parameters).ok()
            }
            "x509" => x509::parse(&value()?).ok().map(|found| found.public),
            _ => return None,
        });
        if words.next().is_some() {
            return None;
        }
        objects += 1;
    }
}

/// Returns the modules that p11-kit is configured to load (pkcs11.conf(5)): of the system, not of
/// users.
#[must_use]
pub fn configured(folders: &[&Path], libraries: &[&Path]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = items.map(|item| item.path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "module"));
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            found.extend(module_of(&text, libraries));
        }
    }
    found.dedup();
    found
}

/// Returns the module of a file of p11-kit's, unless it is for certain programs or holds what is
/// trusted, which is nobody's key.
fn module_of(text: &str, libraries: &[&Path]) -> Option<PathBuf> {
    let value = |name: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.find_map(|line| {
            Some(
                line.strip_prefix(name)?
                    .trim_start()
                    .strip_prefix(':')?
                    .trim(),
            )
        })
    };
    if value("enable-in").is_some() || value("trust-policy") == Some("yes") {
        return None;
    }
    let module = Path::new(value("module").filter(|name| !name.is_empty())?);
    if module.is_absolute() {
        return Some(module.to_path_buf());
    }
    let mut places = libraries.iter().map(|folder| folder.join(module));
    places.find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_whole_or_not_at_all() {
        let point = STANDARD.encode([&[4, 32][..], &[7; 32]].concat());
        let parameters = STANDARD.encode(b"\x13\x0cedwards25519");
        let good = format!("{HEAD}\nec {parameters} {point}\nrsa AQ== AQ==\nend 2 1\n");
        assert_eq!(read(good.as_bytes()).map(|keys| keys.len()), Some(1));
        for len in 0..good.len() {
            assert!(read(&good.as_bytes()[..len]).is_none(), "{len} bytes");
        }
        for bad in [
            good.replace("end 2", "end 3"),
            good.replace("ec ", "sk "),
            good.replace("AQ== AQ==", "AQ=="),
            good.replace("AQ== AQ==", "AQ== AQ== AQ=="),
            good.replace("AQ== AQ==", "AQ== %%"),
            format!("debug\n{good}"),
            format!("{good}debug\n"),
        ] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(read(b"\xff\n").is_none());
    }

    #[test]
    fn what_others_may_write_is_not_loaded() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let module = folder.path().join("m.so");
        std::fs::write(&module, "").unwrap();
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&module, 0o755);
        assert!(trusted(&module).is_ok());
        mode(&module, 0o775);
        assert!(trusted(&module).is_err());
        mode(&module, 0o644);
        mode(folder.path(), 0o777);
        assert!(trusted(&module).is_err());
        mode(folder.path(), 0o700);
        assert!(trusted(folder.path()).is_err());
        assert!(trusted(Path::new("m.so")).is_err());
        // A link leads to what is looked at.
        let link = folder.path().join("l.so");
        std::os::unix::fs::symlink(&module, &link).unwrap();
        assert_eq!(trusted(&link).unwrap(), module.canonicalize().unwrap());
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&module, Some(1), None).unwrap();
            assert!(trusted(&module).is_err());
        }
    }

    #[test]
    fn modules_of_p11_kit_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        file(
            "a.module",
            "# softhsm\n\nmodule: /usr/lib/softhsm/libsofthsm2.so\n",
        );
        file("b.module", "module:b.so\npriority: 1\n");
        file("c.module", "module: p11-kit-trust.so\ntrust-policy: yes\n");
        file("d.module", "module: /d.so\nenable-in: ssh\n");
        file("e.module", "module: nowhere.so\n");
        file("f.txt", "module: /f.so\n");
        file("b.so", "");
        let folders = [folder.path(), Path::new("/nowhere")];
        let found = configured(&folders, &[folder.path()]);
        let expected = [
            PathBuf::from("/usr/lib/softhsm/libsofthsm2.so"),
            folder.path().join("b.so"),
        ];
        assert_eq!(found, expected);
    }
}
