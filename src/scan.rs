//! Drives a scan: plan, sources with scanners, one collector.
//!
//! Sources return sightings in any order. The collector joins the sightings of
//! one key, matches it against the inventory, names the rule and sorts, so that
//! the same bytes come out for any number of workers.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

mod beside;
mod collect;
mod engine;
mod group;
mod join;
mod judged;
mod nested;
mod places;

use collect::{collect, provenance};
pub use engine::{plan, scanner};
pub use group::matched;
use join::Join;
pub use nested::Nested;
pub use places::Bases;

use crate::finding::{NoticeReason, Sighting};
use crate::inventory::Inventory;
use crate::key::password::Words;
use crate::pattern;
use crate::policy::{Allowances, Environment, FailOn, Overrides};
use crate::report::Report;
use crate::scanner::Neighbours;
use crate::source::anchor::Anchors;
use crate::source::git::Settings;
use crate::source::state::Store;
use crate::source::{Harvest, Interrupt, Progress, commits, history, live, stdin, tree};

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// How trees are walked.
    pub tree: tree::Options,
    /// What becomes of git histories.
    pub history: Histories,
    /// Look at every object of a history whole, and read every file: the oracle of the fast way.
    pub naive: bool,
    /// What the git configuration of the person who scans says about all repositories.
    pub git: Settings,
    /// Where it is kept what was looked at.
    pub state: Option<Store>,
    /// From which findings on the scan fails.
    pub fail_on: FailOn,
    /// Levels set by the configuration.
    pub overrides: Overrides,
    /// Whether a decoder that gave up makes the scan incomplete.
    pub strict: bool,
    /// Which passwords are tried.
    pub passwords: Passwords,
    /// Whether archives are looked into.
    pub archives: bool,
    /// Whether it is told which keys of the inventory signed the tokens that are found.
    pub signed_tokens: bool,
    /// Lists of publicly known keys.
    pub known_bad: Arc<Vec<Inventory>>,
    /// Whether the keys of public test suites count as publicly known.
    pub published: bool,
    /// Name of the machine.
    pub host: String,
    /// Environment of the machine.
    pub environment: Option<Environment>,
    /// What counts for nothing.
    pub allowances: Allowances,
    /// Reads what repositories at or below the paths allow in themselves; `None` if that is
    /// not heeded.
    pub nested: Option<Nested>,
    /// Rules for signing secrets; the embedded ones if none are given.
    pub patterns: Option<pattern::Patterns>,
    /// Families of formats that are left out, of [`crate::format::FAMILIES`].
    pub skipped_families: Vec<&'static str>,
    /// Live stores that are looked into as well.
    pub live: Option<live::Options>,
    /// Whether a scan that is stopped tells what it saw until then.
    pub partial: bool,
}

/// Which passwords are tried on encrypted keys and stores.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Whether any are.
    pub trials: bool,
    /// Words besides the notorious ones.
    pub words: Words,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            trials: true,
            words: Words::default(),
        }
    }
}

/// What becomes of git histories below the paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Histories {
    /// Trees and histories.
    #[default]
    Auto,
    /// Histories only: no file is read.
    Only,
    /// Trees only.
    Skip,
}

/// Why a scan could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that is not there.
    #[error("{}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A tree that cannot be walked.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// The inventory failed while it was searched.
    #[error("inventory: {0}")]
    Inventory(#[from] crate::inventory::Error),
    /// The tables could not be built.
    #[error("search tables: {0}")]
    Tables(#[from] pattern::Error),
    /// Standard input failed.
    #[error("standard input: {0}")]
    Stdin(std::io::Error),
    /// A part of a repository that cannot be scanned.
    #[error(transparent)]
    Commits(#[from] commits::Error),
    /// Nothing that tokens could be tried on.
    #[error("tokens can be tried only on the public keys (`spki`) of a text list")]
    Verifiers,
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// Scans files and folders.
pub fn scan(
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let (started, begun) = (Instant::now(), SystemTime::now());
    for path in &options.paths {
        std::fs::symlink_metadata(path).map_err(|source| Error::Path {
            path: path.clone(),
            source,
        })?;
    }
    let scanner = scanner(options, inventory)?;
    let roots = outermost(&options.paths);
    let mut tree_options = tree::Options {
        reading: reading(options),
        ..options.tree.clone()
    };
    tree_options.care.anchors = Anchors::of(&roots);
    let follows = join::begin(options, &tree_options, &scanner);
    let mut harvest = tree::walk(&roots, &tree_options, &scanner, progress, interrupt)?;
    if interrupt.is_set() && !options.partial {
        return Err(Error::Interrupted);
    }
    if let Some(live) = &options.live {
        harvest.merge(live::look(live, &scanner, interrupt));
    }
    let mut repositories = std::mem::take(&mut harvest.repositories);
    repositories.sort();
    let mut swept = Vec::new();
    if options.history != Histories::Skip {
        let left = std::mem::take(&mut harvest.left);
        if options.history == Histories::Only && repositories.is_empty() {
            for path in &options.paths {
                let detail = match places::work_tree(path) {
                    Some((root, _)) => format!(
                        "no git repository is here, but above: scan {} for its history",
                        root.display()
                    ),
                    None => "no git repository is here".to_owned(),
                };
                harvest.skip(NoticeReason::HistoryUnread, path, detail);
            }
        }
        let how = history::Options {
            tree: &tree_options,
            naive: options.naive,
            state: options.state.as_ref(),
        };
        let more;
        (more, swept) = history::sweep(&repositories, left, how, &scanner, progress, interrupt);
        harvest.merge(more);
        if interrupt.is_set() && !options.partial {
            return Err(Error::Interrupted);
        }
    }
    let join = Join {
        options,
        tree: &tree_options,
        scanner: &scanner,
        repositories: &repositories,
        interrupt,
        begun,
        follows,
    };
    let proven = join.prove(&mut harvest, &swept)?;
    for database in swept {
        database.finish(&proven, &mut harvest);
    }
    if interrupt.is_set() && !options.partial {
        return Err(Error::Interrupted);
    }
    harvest.sightings.extend(proven);
    beside::join(&mut harvest.sightings, &tree_options.care.anchors);
    if interrupt.is_set() {
        for root in &roots {
            let detail = "stopped before the end; the next run goes on";
            harvest.skip(NoticeReason::TimeLimit, root, detail);
        }
    }
    let covers = |root: &PathBuf| {
        let root = root.canonicalize().unwrap_or_else(|_| root.clone());
        options.allowances.base.starts_with(root)
    };
    let whole = options.history == Histories::Auto && options.paths.iter().any(covers);
    let mut report = collect(harvest, options, inventory, None, whole)?;
    nested::apply(&mut report, options, &repositories);
    report.repositories = repositories
        .iter()
        .filter_map(|path| provenance(path))
        .collect();
    if options.history == Histories::Auto {
        let folders = roots.iter().filter(|root| root.is_dir());
        let above = folders.filter_map(|root| places::work_tree(root));
        let above = above.filter(|(_, way)| !way.as_os_str().is_empty());
        report.above = above
            .map(|(root, _)| root.to_string_lossy().into_owned())
            .next();
    }
    report.stats.started = jiff::Timestamp::try_from(begun).ok();
    report.stats.duration = started.elapsed();
    Ok(report)
}

/// Says which files are read.
fn reading(options: &Options) -> tree::Reading {
    match options.history {
        Histories::Only => tree::Reading::Nothing,
        Histories::Auto if !options.naive && options.git.is_plain() => tree::Reading::Changed,
        Histories::Auto | Histories::Skip => tree::Reading::All,
    }
}

/// Leaves out paths below other paths: no file is read twice.
fn outermost(paths: &[PathBuf]) -> Vec<PathBuf> {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let reals: Vec<PathBuf> = paths.iter().map(real).collect();
    let is_covered = |i: usize| {
        let others = reals.iter().enumerate().filter(|(j, _)| *j != i);
        let mut covering =
            others.filter(|(_, other)| reals.get(i).is_some_and(|p| p.starts_with(other)));
        // Of two that are the same the first stays.
        covering.any(|(j, other)| reals.get(i) != Some(other) || j < i)
    };
    let kept = paths.iter().enumerate().filter(|(i, _)| !is_covered(*i));
    kept.map(|(_, path)| path.clone()).collect()
}

/// Scans one stream that cannot be read again.
pub fn scan_stream(
    input: &mut dyn Read,
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
) -> Result<Report, Error> {
    let (started, begun) = (Instant::now(), jiff::Timestamp::now());
    let scanner = scanner(options, inventory)?;
    let limit = options.tree.max_file_size;
    let mut harvest = stdin::read(input, limit, &scanner, progress).map_err(Error::Stdin)?;
    let neighbours = Neighbours::new(&[]);
    harvest
        .sightings
        .extend(scanner.prove(&neighbours, &|_| false));
    let mut report = collect(harvest, options, inventory, None, false)?;
    report.stats.started = Some(begun);
    report.stats.duration = started.elapsed();
    Ok(report)
}

/// Scans a part of a repository: what is staged, a range of commits, a push. Returns remarks for
/// the person who asked beside the report; [`Options::paths`] are not walked.
pub fn scan_commits(
    request: &commits::Request,
    options: &Options,
    inventory: Option<&Inventory>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<(Report, Vec<String>), Error> {
    let (started, begun) = (Instant::now(), jiff::Timestamp::now());
    let mut options = options.clone();
    let (scanner, chosen) = std::thread::scope(|scope| {
        let scanner = scope.spawn(|| scanner(&options, inventory));
        let chosen = commits::choose(request, &options.tree);
        let scanner = scanner.join();
        (
            scanner.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            chosen,
        )
    });
    let (scanner, chosen) = (scanner?, chosen?);
    let gathered = commits::gather(chosen, &options.tree, &scanner, progress, interrupt);
    if interrupt.is_set() {
        return Err(Error::Interrupted);
    }
    // Paths of a repository are relative to its root already.
    let roots = std::mem::take(&mut options.paths);
    let root = Some(gathered.root.as_path());
    let mut report = collect(gathered.harvest, &options, inventory, root, false)?;
    report.repositories.extend(provenance(&gathered.root));
    report.roots = roots
        .iter()
        .map(|root| root.to_string_lossy().into_owned())
        .collect();
    report.stats.started = Some(begun);
    report.stats.duration = started.elapsed();
    Ok((report, gathered.remarks))
}

/// Makes a report of what an earlier scan saw in files; nothing is read.
pub fn report_of(
    sightings: Vec<Sighting>,
    options: &Options,
    inventory: Option<&Inventory>,
) -> Result<Report, Error> {
    let harvest = Harvest {
        sightings,
        ..Harvest::default()
    };
    collect(harvest, options, inventory, None, false)
}
