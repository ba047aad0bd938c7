//! Files that are there whole or not at all, folders for their owner alone, locks.
//!
//! Place in the flow: below everything that keeps something between two runs. A file is written under
//! another name in its folder, so that the rename cannot cross a file system, and its content is on
//! the disk before that: else a power cut leaves an empty file under the right name. Rights are set
//! before the rename as well, so that nobody sees the file with others.

use std::fs::{DirBuilder, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;

/// How the names of files begin that are still being written.
const UNFINISHED: &str = ".straykey-unfinished-";

/// Mode of a file that only its owner reads.
pub const PRIVATE: u32 = 0o600;

/// Replaces a file, whole or not at all. The mode is of no use on Windows, where the folder decides.
///
/// # Errors
/// When it cannot be written; the old one is then still there.
pub fn replace(
    path: &Path,
    mode: u32,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)?;
    // Says to `tidy` that somebody writes it. Where locks are not to be had, nothing is tidied.
    let _ = file.as_file().try_lock();
    let mut out = BufWriter::new(file);
    body(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    permit(file.as_file(), mode)?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Sets the mode of a file that was made with [`PRIVATE`].
#[cfg(unix)]
fn permit(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match mode {
        PRIVATE => Ok(()),
        mode => file.set_permissions(std::fs::Permissions::from_mode(mode)),
    }
}

/// Rights are inherited.
#[cfg(not(unix))]
fn permit(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// Removes what runs that were killed while they wrote left behind in a folder.
pub fn tidy(folder: &Path) {
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = item.file_name();
        let is_ours = name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes());
        let is_file = || item.file_type().is_ok_and(|kind| kind.is_file());
        let is_left = || File::open(item.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_ours && is_file() && is_left() {
            // Left where it is, it costs room and nothing else.
            let _ = std::fs::remove_file(item.path());
        }
    }
}

/// Makes a folder that is its owner's alone, if there is none, and so those above it: one of them may
/// be private as well, and not be made yet. On Windows it has the rights of the one above it.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let created = builder.recursive(true).create(folder);
    created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => io::Error::new(
            error.kind(),
            "a folder is needed here, and a file is in its place",
        ),
        _ => error,
    })
}

/// Returns the real path of a file that only root or whoever runs this could have put there: for
/// root, only root. The same is asked of every folder on the way; in one that all may write to,
/// names are their owners' where it is sticky.
///
/// # Errors
/// When it is not so, or cannot be told.
#[cfg(unix)]
pub fn only_ours(file: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let refuse = |path: &Path, why: &str| {
        let text = format!("{} {why}", path.display());
        io::Error::other(text)
    };
    if !file.is_absolute() {
        return Err(refuse(file, "is no absolute path"));
    }
    let real = file.canonicalize()?;
    let own = rustix::process::geteuid().as_raw();
    for path in real.ancestors() {
        let metadata = path.symlink_metadata()?;
        if metadata.uid() != 0 && metadata.uid() != own {
            return Err(refuse(path, "is somebody else's"));
        }
        let is_sticky = metadata.is_dir() && metadata.mode() & 0o1000 != 0;
        if metadata.mode() & 0o022 != 0 && !is_sticky {
            return Err(refuse(path, "may be written by others"));
        }
        if path == real && !metadata.is_file() {
            return Err(refuse(path, "is no file"));
        }
    }
    Ok(real)
}

/// Takes a lock that is held until the file is dropped, or the process ends; nothing if another has
/// it.
///
/// # Errors
/// When the file cannot be opened or locked.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE);
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names(folder: &Path) -> BTreeSet<std::ffi::OsString> {
        let items = std::fs::read_dir(folder).unwrap();
        items.map(|item| item.unwrap().file_name()).collect()
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace(&path, PRIVATE, |out| out.write_all(b"old")).unwrap();
        let failed = replace(&path, PRIVATE, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::Other.into())
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["x".into()].into());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_have_the_mode_that_was_asked_for() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        private_folder(&folder).unwrap();
        private_folder(&folder).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for wanted in [PRIVATE, 0o755, 0o644] {
            let path = folder.join("x");
            replace(&path, wanted, |out| out.write_all(b"x")).unwrap();
            assert_eq!(mode(&path), wanted);
        }
    }

    /// What a killed run left goes; what another process writes, and what is not ours, stays.
    #[test]
    fn only_what_nobody_writes_is_tidied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let left = folder.path().join(format!("{UNFINISHED}dead"));
        std::fs::write(&left, "half").unwrap();
        replace(&path, PRIVATE, |out| {
            tidy(folder.path());
            out.write_all(b"whole")
        })
        .unwrap();
        std::fs::write(folder.path().join(".other"), "x").unwrap();
        tidy(folder.path());
        assert_eq!(names(folder.path()), [".other".into(), "x".into()].into());
    }

    #[test]
    fn a_lock_is_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap();
        assert!(held.is_some() && lock(&path).unwrap().is_none());
        drop(held);
        assert!(lock(&path).unwrap().is_some());
    }
}
