//! Opens files relative to the folders that a walk began at.
//!
//! Between listing a folder and opening a file of it somebody may put a link in the place of the
//! folder. A walk for root over the homes of others must not be led out of them: so the folder that it
//! began at is held open, the way below it is taken from there, and no part of that way may be a link.
//! What is opened neither waits for a FIFO's writer nor takes a terminal over.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folders that a walk began at, held open. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Anchors(Arc<Vec<Anchor>>);

#[derive(Debug)]
struct Anchor {
    /// As the walk names it.
    path: PathBuf,
    #[cfg(unix)]
    folder: std::os::fd::OwnedFd,
}

impl Anchors {
    /// Holds the folders among these paths; other paths are opened as they are.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Self {
        let mut anchors: Vec<Anchor> = paths.iter().filter_map(|path| Anchor::at(path)).collect();
        // The nearest one goes first.
        anchors.sort_by_key(|anchor| std::cmp::Reverse(anchor.path.components().count()));
        Self(Arc::new(anchors))
    }

    /// Opens a file below one of the folders; nothing if it is below none.
    pub(super) fn open(&self, path: &Path) -> Option<io::Result<File>> {
        self.find(path, Anchor::open)
    }

    /// Asks the nearest folder that a path is below, with the way from there.
    fn find<T>(&self, path: &Path, ask: impl Fn(&Anchor, &Path) -> T) -> Option<T> {
        let mut below = self.0.iter();
        below.find_map(|anchor| {
            let rest = path.strip_prefix(&anchor.path).ok()?;
            (!rest.as_os_str().is_empty()).then(|| ask(anchor, rest))
        })
    }
}

impl Anchors {
    /// Reads a regular file of at most `limit` bytes that lies below one of the folders.
    #[must_use]
    pub fn read(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        let file = self.open(path)?.ok()?;
        let size = regular(&file).ok()??.len();
        let mut bytes = Vec::new();
        // It may grow meanwhile.
        (size <= limit)
            .then(|| file.take(limit).read_to_end(&mut bytes))?
            .ok()?;
        Some(bytes)
    }
}

/// Returns what is known of a file that is open, if it is a regular one.
pub(super) fn regular(file: &File) -> io::Result<Option<Metadata>> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some(metadata))
}

#[cfg(unix)]
impl Anchor {
    fn at(path: &Path) -> Option<Self> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty()).ok()?;
        Some(Self {
            path: path.to_path_buf(),
            folder,
        })
    }

    fn open(&self, rest: &Path) -> io::Result<File> {
        self.open_with(rest, flags())
    }

    #[cfg(target_os = "linux")]
    fn open_with(&self, rest: &Path, flags: rustix::fs::OFlags) -> io::Result<File> {
        use rustix::fs::{Mode, ResolveFlags, openat2};
        use rustix::io::Errno;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.folder, rest, flags, Mode::empty(), resolve) {
            Ok(file) => Ok(file.into()),
            // An old kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => self.step_by_step(rest, flags),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_with(&self, rest: &Path, flags: rustix::fs::OFlags) -> io::Result<File> {
        self.step_by_step(rest, flags)
    }

    /// Takes one part of the way at a time, none of which may be a link.
    fn step_by_step(&self, rest: &Path, flags: rustix::fs::OFlags) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        let name = rest.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let through = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut folder = None;
        for part in rest.parent().into_iter().flat_map(Path::components) {
            let std::path::Component::Normal(part) = part else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            let from = folder.as_ref().unwrap_or(&self.folder);
            folder = Some(openat(from, part, through, Mode::empty())?);
        }
        let from = folder.as_ref().unwrap_or(&self.folder);
        Ok(openat(from, name, flags, Mode::empty())?.into())
    }
}

/// Files of one folder that are opened by the whole way: to hold a folder open costs as much as that
/// saves for as many more.
#[cfg(unix)]
const FEW: u32 = 4;

/// The folder of the file that was opened last, held open when some of it were: the way to each of
/// the others is only its name then.
#[derive(Debug, Default)]
pub(super) struct Nearby {
    #[cfg(unix)]
    folder: PathBuf,
    /// Files of it that were opened.
    #[cfg(unix)]
    opened: u32,
    #[cfg(unix)]
    held: Option<File>,
}

impl Nearby {
    /// Opens a file as [`Anchors::open`] does.
    #[cfg(unix)]
    pub(super) fn open(&mut self, anchors: &Anchors, path: &Path) -> Option<io::Result<File>> {
        use rustix::fs::{Mode, OFlags, openat};
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return anchors.open(path);
        };
        // As bytes: this is asked for each file, and paths are compared part by part.
        if self.folder.as_os_str() != folder.as_os_str() {
            self.folder.as_mut_os_string().clear();
            self.folder.push(folder);
            (self.held, self.opened) = (None, 0);
        }
        self.opened = self.opened.saturating_add(1);
        if self.opened <= FEW {
            return anchors.open(path);
        }
        if self.held.is_none() {
            let through = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let open = |anchor: &Anchor, rest: &Path| anchor.open_with(rest, through).ok();
            self.held = anchors.find(folder, open).flatten();
        }
        match &self.held {
            Some(held) => {
                let file = openat(held, name, flags(), Mode::empty());
                Some(file.map(File::from).map_err(io::Error::from))
            }
            None => anchors.open(path),
        }
    }

    /// Opens a file as [`Anchors::open`] does.
    #[cfg(not(unix))]
    pub(super) fn open(&mut self, anchors: &Anchors, path: &Path) -> Option<io::Result<File>> {
        anchors.open(path)
    }
}

#[cfg(unix)]
fn flags() -> rustix::fs::OFlags {
    use rustix::fs::OFlags;
    OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// Windows has no handles of folders in the standard library.
#[cfg(not(unix))]
impl Anchor {
    fn at(_: &Path) -> Option<Self> {
        None
    }

    fn open(&self, rest: &Path) -> io::Result<File> {
        File::open(self.path.join(rest))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_part_of_the_way_may_be_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("home");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/b/key"), "x").unwrap();
        std::fs::create_dir(folder.path().join("outside")).unwrap();
        std::fs::write(folder.path().join("outside/key"), "secret of root").unwrap();
        symlink("../outside", root.join("link")).unwrap();
        symlink("b/key", root.join("a/file")).unwrap();
        let anchors = Anchors::of(std::slice::from_ref(&root));
        let anchor = anchors.0.first().unwrap();
        assert!(anchors.open(&root.join("a/b/key")).unwrap().is_ok());
        assert!(anchor.step_by_step(Path::new("a/b/key"), flags()).is_ok());
        for way in [
            "link/key",
            "a/file",
            "../outside/key",
            "a/../../outside/key",
        ] {
            assert!(anchors.open(&root.join(way)).unwrap().is_err(), "{way}");
            assert!(
                anchor.step_by_step(Path::new(way), flags()).is_err(),
                "{way}"
            );
        }
        std::fs::write(root.join("one"), "x").unwrap();
        let mut nearby = Nearby::default();
        for (way, is_ok) in [
            ("a/b/key", true),
            ("one", true),
            ("link/key", false),
            ("a/file", false),
        ] {
            for _ in 0..FEW + 3 {
                let opened = nearby.open(&anchors, &root.join(way)).unwrap();
                assert_eq!(opened.is_ok(), is_ok, "{way}");
            }
        }
        assert!(nearby.held.is_some());
        // The folder may even be moved away: the way is taken from where it is held.
        std::fs::rename(&root, folder.path().join("moved")).unwrap();
        symlink("outside", &root).unwrap();
        assert!(anchors.open(&root.join("key")).unwrap().is_err());
        assert!(anchors.open(&root.join("a/b/key")).unwrap().is_ok());
        assert!(anchors.open(Path::new("/etc/passwd")).is_none());
    }
}
