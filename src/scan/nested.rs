//! What repositories at or below the paths allow in themselves.
//!
//! The configuration of the folder that a scan is started in speaks for all that is
//! scanned. A repository that lies below it, a submodule or one of many in a folder, has
//! allow entries of its own; they are about its own files and history alone, not about
//! those around it, nor about those of repositories that lie in it. Nobody who starts a
//! scan has read them, so that they cannot stop it: a file that cannot be read is told
//! among the entries to look at.

use std::path::{Path, PathBuf};

use super::places::Bases;
use super::{Histories, Options};
use crate::finding::Place;
use crate::policy::{Allowance, Allowances, Stale, StaleReason};
use crate::report::Report;

/// Reads the allow entries of the folder, of at most as many; the name says how their
/// source begins.
pub type Nested = fn(folder: &Path, name: &str, most: usize) -> Result<Vec<Allowance>, String>;

/// Entries that are read of all nested repositories together: each may be a glob.
const MAX_ENTRIES: usize = 10_000;

/// Marks what nested repositories allow. `repositories` are the git directories met.
pub(super) fn apply(report: &mut Report, options: &Options, repositories: &[PathBuf]) {
    let Some(read) = options.nested else { return };
    // The deepest first: a place is of the repository next above it.
    let mut roots: Vec<(PathBuf, &Path)> = repositories
        .iter()
        .filter(|git_dir| git_dir.file_name().is_some_and(|name| name == ".git"))
        .filter_map(|git_dir| git_dir.parent())
        .filter_map(|root| {
            let root = match root.as_os_str().is_empty() {
                true => Path::new("."),
                false => root,
            };
            Some((root.canonicalize().ok()?, root))
        })
        .collect();
    roots.sort_by(|(a, _), (b, _)| {
        let depth = |path: &Path| path.components().count();
        depth(b).cmp(&depth(a)).then_with(|| a.cmp(b))
    });
    roots.dedup_by(|(a, _), (b, _)| a == b);
    let today = super::collect::today();
    let everything = options.history == Histories::Auto && report.is_complete();
    let mut left = MAX_ENTRIES;
    for (root, shown) in &roots {
        // What the folder of the configuration lies in has been asked.
        if options.allowances.base.starts_with(root) {
            continue;
        }
        let name = shown.to_string_lossy();
        let entries = match read(root, &name, left) {
            Ok(entries) if entries.is_empty() => continue,
            Ok(entries) => entries,
            Err(why) => {
                report.stale.push(Stale {
                    why: StaleReason::Unreadable,
                    about: why,
                    source: name.into_owned(),
                });
                continue;
            }
        };
        left = left.saturating_sub(entries.len());
        let allowances = Allowances {
            entries,
            comments: false,
            base: root.clone(),
        };
        let bases = Bases::new(&options.paths, None, root);
        let path = |place: &Place| {
            let real = bases.real(place)?;
            let owner = roots.iter().find(|(root, _)| real.starts_with(root))?;
            (owner.0 == *root).then(|| bases.path(place))
        };
        let stale = allowances.apply(&mut report.findings, path, today, everything);
        report.stale.extend(stale);
    }
    report.stale.sort();
    report.stale.dedup();
}
