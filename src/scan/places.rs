//! How places are named: below the PATH arguments for reports, below the folder of
//! the configuration for allow entries.

use std::path::{Path, PathBuf};

use crate::finding::{Place, Sighting};
use crate::report::escape;

/// Makes paths relative to the PATH argument they were found below.
pub(super) struct Roots<'a> {
    paths: &'a [PathBuf],
}

impl<'a> Roots<'a> {
    pub(super) fn new(paths: &'a [PathBuf]) -> Self {
        Self { paths }
    }

    pub(super) fn place(&self, sighting: Sighting) -> Place {
        let full = &sighting.origin.path;
        let below = self
            .paths
            .iter()
            .filter_map(|root| full.strip_prefix(root).ok());
        let relative = match below.min_by_key(|rest| rest.as_os_str().len()) {
            // The PATH is the file itself.
            Some(rest) if rest.as_os_str().is_empty() => {
                full.file_name().map(Path::new).unwrap_or(full)
            }
            Some(rest) => rest,
            None => full,
        };
        let slashed = slashed(relative);
        // An object whose path nobody knows is a member of its database.
        let object = sighting.origin.object.as_ref().filter(|_| is_git_dir(full));
        let members = object.into_iter().chain(&sighting.origin.members);
        let inside: String = members.map(|member| format!("!{member}")).collect();
        let path = String::from_utf8_lossy(&slashed).into_owned() + &inside;
        let shown = full.to_string_lossy().into_owned() + &inside;
        Place {
            path,
            uri: escape::uri(&slashed),
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
