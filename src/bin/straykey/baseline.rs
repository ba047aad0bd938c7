//! `straykey baseline`: writes down what a scan finds, and takes out what is
//! gone.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use straykey::policy::Baseline;
use straykey::scan::Bases;

use crate::args;
use crate::config;
use crate::lists::ListArgs;
use crate::output;
use crate::scan::{self, Done};

/// Where a baseline stands unless it is said, from the configuration's folder.
const FILE: &str = ".straykey/baseline.json";

/// Options of `baseline`.
#[derive(Args, Debug)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan, and write down all that is found and not allowed otherwise
    Create(Create),
    /// Scan, and take out what is not found any more
    Prune(Prune),
}

/// Options of `baseline create`.
#[derive(Args, Debug)]
struct Create {
    #[command(flatten)]
    what: What,
    /// The file to write [default: .straykey/baseline.json]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Options of `baseline prune`.
#[derive(Args, Debug)]
struct Prune {
    #[command(flatten)]
    what: What,
    /// The file to prune [default: .straykey/baseline.json]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// What is scanned.
#[derive(Args, Debug)]
struct What {
    /// Files and folders to scan [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    list: ListArgs,
    /// Git histories below the paths: sweep them as well, or leave them
    #[arg(long, value_enum, default_value_t = args::History::Auto)]
    history: args::History,
    /// Leave out paths that match this glob; repeatable
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

/// Runs one of them.
pub(crate) fn run(args: &BaselineArgs) -> anyhow::Result<u8> {
    match &args.command {
        Command::Create(create) => {
            let (baseline, place, whole) = found(&create.what)?;
            let path = create.output.clone().unwrap_or(place);
            let is_part = !whole || is_filtered(&create.what) && path.exists();
            if is_part && create.output.is_none() {
                return Err(not_whole(&path));
            }
            output::write_shared(&path, &baseline.text())?;
            output::say(&format!("{} known in {}", baseline.len(), path.display()))?;
        }
        Command::Prune(prune) => {
            let (now, place, whole) = found(&prune.what)?;
            let path = prune.baseline.clone().unwrap_or(place);
            if (!whole || is_filtered(&prune.what)) && prune.baseline.is_none() {
                return Err(not_whole(&path));
            }
            let before = read(&path)?;
            let after = before.pruned(&now);
            output::write_shared(&path, &after.text())?;
            let gone = before.len().saturating_sub(after.len());
            output::say(&format!(
                "{gone} gone, {} left in {}",
                after.len(),
                path.display()
            ))?;
        }
    }
    Ok(0)
}

/// Returns what is found now, where a baseline of it stands, and whether all was scanned that
/// one at that place is about.
fn found(what: &What) -> anyhow::Result<(Baseline, PathBuf, bool)> {
    let mut options = args::Scan::plain()?;
    options.paths.clone_from(&what.paths);
    options.list.clone_from(&what.list);
    options.history = what.history;
    options.exclude.clone_from(&what.exclude);
    let mut config = scan::config(&options)?;
    // What is known is to be found as well.
    config.baseline = None;
    let folder = config.folder.clone();
    let Done { report, paths, .. } = scan::perform(&options, config, None)?;
    if !report.is_complete() {
        anyhow::bail!("not everything was read, so nothing was written; `straykey scan` says what");
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let whole = paths
        .iter()
        .any(|path| real(&folder).starts_with(real(path)));
    let bases = Bases::new(&paths, None, &folder);
    let baseline = Baseline::of(&report.findings, |place| bases.path(place));
    Ok((baseline, folder.join(FILE), whole))
}

/// Whether options leave something out.
fn is_filtered(what: &What) -> bool {
    !what.exclude.is_empty() || what.history == args::History::Skip
}

/// A baseline of a folder is not replaced by one of a part of it.
fn not_whole(path: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "{} is about the whole folder that it stands in, and less was scanned: nothing was \
        written; scan that folder, or name another file",
        path.display()
    )
}

/// Reads a baseline.
pub(crate) fn read(path: &Path) -> anyhow::Result<Baseline> {
    let place = || path.display().to_string();
    let text = config::read(path)?.with_context(|| {
        let advice = "no baseline there; `straykey baseline create` writes one";
        format!("{}: {advice}", place())
    })?;
    Baseline::parse(&text).with_context(place)
}
