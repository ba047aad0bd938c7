//! `straykey hook run`: finds out what git asks about, scans it, says little.

use std::env::{var, var_os};

use anyhow::Context as _;
use straykey::report::{Occasion, Outcome, Output};
use straykey::source::commits::{Part, Request};
use straykey::source::git::Located;

use super::{Run, Stage};
use crate::args;
use crate::part;
use crate::scan::{self, Done};

/// Does what a hook does, and returns what git heeds: 0 lets pass.
pub(super) fn run(args: &Run) -> anyhow::Result<u8> {
    let mut options = args::Scan::plain()?;
    options.list.clone_from(&args.how.list);
    options.fail_on = args.how.fail_on;
    options.no_progress = true;
    // Whoever pushes must not decide what a server takes.
    options.no_repo_config = args.no_repo_config || args.stage == Stage::Receive;
    let request = Request {
        folder: None,
        environment: part::environment(),
        part: asked(args)?,
    };
    let is_staged = request.part == Part::Staged;
    let occasion = match args.stage {
        // To be unstaged is no way out of what a branch has.
        Stage::Commit if is_staged && is_merging(&request) => Occasion::Merge,
        Stage::Commit if is_staged => Occasion::Commit,
        Stage::Merge if is_staged => Occasion::Merge,
        // The framework was asked about a range.
        Stage::Commit | Stage::Merge | Stage::Push => Occasion::Push,
        Stage::Receive => Occasion::Receive,
    };
    let stopped = || format!("nothing was scanned, so git stops this {}", occasion.noun());
    let config = scan::config(&options).with_context(stopped)?;
    let mut done = scan::perform(&options, config, Some(request)).with_context(stopped)?;
    let has_read = |done: &Done| done.report.stats.blobs > 0 || !done.report.notices.is_empty();
    if is_staged && !has_read(&done) && !args.given.is_empty() {
        // `pre-commit run --all-files` names files of which none is staged.
        let there = args.given.iter().filter(|path| path.is_file());
        options.paths = there.cloned().collect();
        options.history = args::History::Skip;
        if !options.paths.is_empty() {
            done = scan::perform(&options, scan::config(&options)?, None)?;
        }
    }
    let Done {
        report, remarks, ..
    } = done;
    part::say(&remarks);
    Output::Hook(occasion).write(&report, &mut std::io::stderr().lock())?;
    Ok(match report.outcome() {
        // An old list recognises less, but a date must not stop everybody's
        // work; `straykey scan` in CI does not say clean then.
        Outcome::Incomplete if report.is_complete() => 0,
        outcome => outcome.exit_code(),
    })
}

/// Whether the next commit ends a merge that git could not end by itself.
fn is_merging(request: &Request) -> bool {
    let place = Located::find(request.folder.as_deref(), &request.environment);
    place.is_ok_and(|place| place.repo.git_dir.join("MERGE_HEAD").exists())
}

/// Returns what git asks about.
fn asked(args: &Run) -> anyhow::Result<Part> {
    if args.stage != Stage::Receive
        && let Some(range) = framework_range()
    {
        return Ok(Part::Range(range));
    }
    Ok(match args.stage {
        Stage::Commit | Stage::Merge => Part::Staged,
        Stage::Push => Part::Push {
            input: part::push_input()?,
            remote: args
                .given
                .first()
                .map(|name| name.to_string_lossy().into_owned()),
        },
        Stage::Receive => Part::Push {
            input: part::push_input()?,
            remote: None,
        },
    })
}

/// The pre-commit framework reads git's lines itself, and tells its hooks in
/// the environment what is pushed, or which range it was asked about.
fn framework_range() -> Option<String> {
    var_os("PRE_COMMIT")?;
    let end = |name| var(name).ok().filter(|value| !value.is_empty());
    if let (Some(from), Some(to)) = (end("PRE_COMMIT_FROM_REF"), end("PRE_COMMIT_TO_REF")) {
        return Some(format!("{from}..{to}"));
    }
    // The remote has none of it yet.
    end("PRE_COMMIT_REMOTE_BRANCH")?;
    let local = end("PRE_COMMIT_LOCAL_BRANCH")?;
    Some(format!("{}..{local}", "0".repeat(40)))
}
