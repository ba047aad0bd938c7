//! `scan --staged`, `--range`, `--since` and `--push-input`: which part of a
//! repository, and what git tells its hooks about it.

use std::env::var_os;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use straykey::report::escape;
use straykey::source::commits::{Part, Request};
use straykey::source::git::{GitEnvironment, Settings, alternates};

use crate::args;
use crate::folders::{self, named};
use crate::output;

/// Longest standard input of a hook that is read, in bytes: a push of 100,000
/// references.
const MAX_PUSH_INPUT_BYTES: u64 = 64 << 20;

/// Returns the part that was asked for, if one was.
pub(crate) fn request(args: &args::Scan) -> anyhow::Result<Option<Request>> {
    let part = match (&args.range, args.since) {
        (Some(range), _) => Part::Range(range.clone()),
        (None, Some(since)) => Part::Since(since.as_second()),
        (None, None) if args.staged => Part::Staged,
        (None, None) if args.push_input => Part::Push {
            input: push_input()?,
            remote: args.remote.clone(),
        },
        (None, None) => return Ok(None),
    };
    let folder = match args.paths.as_slice() {
        [] => None,
        [folder] => Some(folder.clone()),
        _ => anyhow::bail!("one folder of one repository is expected, not several"),
    };
    Ok(Some(Request {
        folder,
        environment: environment(),
        part,
    }))
}

/// Tells remarks beside the report, which may be one for machines.
pub(crate) fn say(remarks: &[String]) {
    for remark in remarks {
        output::remark(&format!("straykey: {}", escape::terminal(remark)));
    }
}

pub(crate) fn push_input() -> anyhow::Result<Vec<u8>> {
    let mut input = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_PUSH_INPUT_BYTES + 1)
        .read_to_end(&mut input)
        .context("standard input")?;
    if input.len() as u64 > MAX_PUSH_INPUT_BYTES {
        anyhow::bail!("standard input: more than 64 MiB of references");
    }
    Ok(input)
}

/// Finds the git configuration of the person who scans: it may name filters for all repositories.
pub(crate) fn settings() -> Settings {
    let xdg = folders::config().map(|xdg| xdg.join("git"));
    // Wherever git was installed to; what is not there says nothing.
    let system = ["/etc", "/usr/local/etc", "/opt/homebrew/etc"].map(PathBuf::from);
    let named = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"]
        .into_iter()
        .filter_map(named);
    let configs = system.iter().map(|etc| etc.join("gitconfig"));
    let configs = configs.chain(folders::home().map(|home| home.join(".gitconfig")));
    let attributes = system.iter().map(|etc| etc.join("gitattributes"));
    Settings {
        configs: configs
            .chain(xdg.as_ref().map(|git| git.join("config")))
            .chain(named)
            .collect(),
        attributes: attributes
            .chain(xdg.map(|git| git.join("attributes")))
            .collect(),
    }
}

/// Reads what git tells its hooks.
pub(crate) fn environment() -> GitEnvironment {
    GitEnvironment {
        git_dir: named("GIT_DIR"),
        common_dir: named("GIT_COMMON_DIR"),
        work_tree: named("GIT_WORK_TREE"),
        index_file: named("GIT_INDEX_FILE"),
        object_directory: named("GIT_OBJECT_DIRECTORY"),
        alternates: var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES")
            .map(|value| alternates(&value))
            .unwrap_or_default(),
        quarantine: named("GIT_QUARANTINE_PATH"),
        shallow_file: named("GIT_SHALLOW_FILE"),
    }
}
