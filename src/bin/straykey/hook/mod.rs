//! `straykey hook`: git hooks, run and installed.

mod install;
mod place;
mod run;
mod script;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use straykey::policy::FailOn;

use crate::lists::ListArgs;

/// Options of `hook`.
#[derive(Args, Debug)]
pub(crate) struct HookArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install hooks in this repository, beside those that are there
    Install(Install),
    /// Take our hooks away, and put back what was there
    Uninstall(Uninstall),
    /// Do what a hook does; git calls this
    Run(Run),
}

/// Which hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Stage {
    /// Before a commit is made: what is staged
    #[value(name = "pre-commit")]
    Commit,
    /// Before a merge is made that git could do by itself: what it brings
    #[value(name = "pre-merge-commit")]
    Merge,
    /// Before a push leaves: what it brings
    #[value(name = "pre-push")]
    Push,
    /// On a server, before a push is taken: what it brings
    #[value(name = "pre-receive")]
    Receive,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Commit, Self::Merge, Self::Push, Self::Receive];

    /// Returns git's name of it.
    fn name(self) -> &'static str {
        match self {
            Self::Commit => "pre-commit",
            Self::Merge => "pre-merge-commit",
            Self::Push => "pre-push",
            Self::Receive => "pre-receive",
        }
    }
}

/// Options of `hook install`.
#[derive(Args, Debug)]
struct Install {
    /// Which hook; repeatable [default: pre-commit, pre-merge-commit and pre-push]
    #[arg(long, value_enum, value_name = "HOOK")]
    stage: Vec<Stage>,
    /// For all repositories: in the global core.hooksPath if one is set, else in the template of
    /// new clones
    #[arg(long)]
    global: bool,
    #[command(flatten)]
    how: How,
}

/// What an installed hook is run with.
#[derive(Args, Debug)]
struct How {
    #[command(flatten)]
    list: ListArgs,
    /// From which findings on to stop [default: private]
    #[arg(long, value_name = "CLASS", value_parser = crate::args::parse_fail_on)]
    fail_on: Option<FailOn>,
}

/// Options of `hook uninstall`.
#[derive(Args, Debug)]
struct Uninstall {
    /// Those that were installed with --global
    #[arg(long)]
    global: bool,
}

/// Options of `hook run`.
#[derive(Args, Debug)]
struct Run {
    /// Which hook
    #[arg(value_enum, value_name = "HOOK")]
    stage: Stage,
    #[command(flatten)]
    how: How,
    /// Ignore what the repository says; always so on a server
    #[arg(long)]
    no_repo_config: bool,
    /// What git gives the hook
    #[arg(value_name = "ARG")]
    given: Vec<PathBuf>,
}

/// Runs one of them.
pub(crate) fn run(args: &HookArgs) -> anyhow::Result<u8> {
    match &args.command {
        Command::Install(options) => install::install(options),
        Command::Uninstall(options) => install::uninstall(options),
        Command::Run(options) => run::run(options),
    }
}
