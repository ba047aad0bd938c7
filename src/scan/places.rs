//! How places are named: below the PATH arguments for people, below the root of the
//! repository for code hosts, below the folder of the configuration for allow entries.

use std::path::{Path, PathBuf};

use crate::finding::{Place, Sighting};
use crate::report::escape;

/// Makes paths relative to the PATH argument they were found below.
pub(super) struct Roots<'a> {
    paths: &'a [PathBuf],
    /// Of each the way to it from the root of the work tree that it lies in, if it does.
    ways: Vec<Vec<u8>>,
    /// Whether places are named from the root of a repository already.
    part: bool,
}

impl<'a> Roots<'a> {
    pub(super) fn new(paths: &'a [PathBuf], part: bool) -> Self {
        let ways = match part {
            true => vec![Vec::new(); paths.len()],
            false => paths.iter().map(|path| way_to(path)).collect(),
        };
        Self { paths, ways, part }
    }

    /// Returns the URI of a file of the first PATH, from the root of its repository.
    pub(super) fn below_first(&self, file: &str) -> String {
        match self.ways.first().filter(|way| !way.is_empty()) {
            Some(way) => format!("{}/{file}", escape::uri(way)),
            None => file.to_owned(),
        }
    }

    pub(super) fn place(&self, sighting: Sighting) -> Place {
        let full = &sighting.origin.path;
        let below = self
            .paths
            .iter()
            .zip(&self.ways)
            .filter_map(|(root, way)| Some((full.strip_prefix(root).ok()?, way)));
        let nearest = below.min_by_key(|(rest, _)| rest.as_os_str().len());
        let relative = match nearest {
            // The PATH is the file itself.
            Some((rest, _)) if rest.as_os_str().is_empty() => {
                full.file_name().map(Path::new).unwrap_or(full)
            }
            Some((rest, _)) => rest,
            None => full,
        };
        let slashed = slashed(relative);
        let uri = match nearest {
            _ if self.part => escape::uri(&self::slashed(full)),
            Some((_, way)) if !way.is_empty() => {
                escape::uri(&[way.as_slice(), b"/", &slashed].concat())
            }
            _ => escape::uri(&slashed),
        };
        // An object whose path nobody knows is a member of its database.
        let object = sighting.origin.object.as_ref().filter(|_| is_git_dir(full));
        let members = object.into_iter().chain(&sighting.origin.members);
        let inside: String = members.map(|member| format!("!{member}")).collect();
        let path = String::from_utf8_lossy(&slashed).into_owned() + &inside;
        let shown = full.to_string_lossy().into_owned() + &inside;
        Place {
            path,
            uri,
            shown,
            origin: sighting.origin,
            region: sighting.region,
            manner: sighting.manner,
            history: None,
            comment: sighting.comment,
            suppression: None,
        }
    }
}

/// Names places from the folder of the configuration, whatever PATH led there:
/// an allow entry must mean the same file in a hook and in a full scan.
#[derive(Clone, Debug)]
pub struct Bases {
    /// PATH arguments as given, and as they are.
    roots: Vec<(PathBuf, PathBuf)>,
    /// Root of the repository that paths begin at.
    part: Option<PathBuf>,
    base: PathBuf,
}

impl Bases {
    /// Prepares for a scan of `paths`, or of a part of the repository at `root`.
    #[must_use]
    pub fn new(paths: &[PathBuf], root: Option<&Path>, base: &Path) -> Self {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Self {
            roots: paths
                .iter()
                .map(|path| (path.clone(), real(path)))
                .collect(),
            part: root.map(real),
            base: base.to_owned(),
        }
    }

    /// Whether the file that a place is in is there now.
    pub(super) fn is_there(&self, place: &Place) -> bool {
        let path = self.real(place);
        let is_object = is_git_dir(&place.origin.path);
        !is_object && path.is_some_and(|path| path.symlink_metadata().is_ok())
    }

    /// Returns the path of a place; of one outside of the folder, the path that
    /// reports show.
    #[must_use]
    pub fn path(&self, place: &Place) -> String {
        let real = self.real(place);
        let below = real
            .as_ref()
            .and_then(|real| real.strip_prefix(&self.base).ok());
        match below {
            Some(below) if !below.as_os_str().is_empty() => {
                let members: String = place
                    .origin
                    .members
                    .iter()
                    .map(|m| format!("!{m}"))
                    .collect();
                String::from_utf8_lossy(&slashed(below)).into_owned() + &members
            }
            _ => place.path.clone(),
        }
    }

    /// Returns where a place is on disk, if it is below a PATH.
    pub(super) fn real(&self, place: &Place) -> Option<PathBuf> {
        let full = &place.origin.path;
        if let Some(root) = &self.part {
            return Some(root.join(full));
        }
        let below = self
            .roots
            .iter()
            .filter_map(|(root, real)| Some((full.strip_prefix(root).ok()?, real)));
        let nearest = below.min_by_key(|(rest, _)| rest.as_os_str().len());
        nearest.map(|(rest, real)| match rest.as_os_str().is_empty() {
            true => real.clone(),
            false => real.join(rest),
        })
    }
}

/// Returns the way from the root of a work tree to a PATH in it, or to the folder of a
/// file; nothing if it is that root, or in none.
fn way_to(path: &Path) -> Vec<u8> {
    let way = work_tree(path).map(|(_, way)| slashed(&way));
    way.unwrap_or_default()
}

/// Returns the root of the work tree that a PATH is in, or the folder of a file, and the way
/// from there.
pub(super) fn work_tree(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let real = path.canonicalize().ok()?;
    let folder = match real.is_dir() {
        true => real.as_path(),
        false => real.parent()?,
    };
    let is_root = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    let root = folder.ancestors().find(is_root)?;
    let way = folder.strip_prefix(root).ok()?;
    // What is in the git directory is in no work tree.
    (!way.starts_with(".git")).then(|| (root.to_owned(), way.to_owned()))
}

/// Whether a path is that of a git directory, as the walk names them.
fn is_git_dir(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".git") || path.join("HEAD").exists()
}

/// Returns a relative path with `/` between its parts, whatever the platform.
fn slashed(path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    for part in path.components() {
        if !out.is_empty() && out.last() != Some(&b'/') {
            out.push(b'/');
        }
        match part {
            std::path::Component::RootDir => out.push(b'/'),
            part => out.extend_from_slice(part.as_os_str().as_encoded_bytes()),
        }
    }
    out
}
