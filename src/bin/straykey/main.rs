//! The command line: flags in, reports and exit codes out.
//!
//! The program alone uses standard output, the environment and the exit
//! code. Each subcommand is one file, or one folder, with one `run`.

mod agent;
mod allow;
mod args;
mod baseline;
mod cache;
mod config;
mod explain;
mod folders;
mod formats;
mod guard;
mod hook;
mod identify;
mod inventory;
mod lists;
mod output;
mod packaging;
mod part;
mod patterns;
mod report;
mod scan;
mod stop;

use std::process::ExitCode;

use clap::Parser as _;

/// Cannot vouch: usage, configuration, unread bytes.
const CANNOT_VOUCH: u8 = 2;

fn main() -> ExitCode {
    guard::set();
    // What a panic was about was told by the hook; like unread bytes, it leaves nothing to vouch for.
    std::panic::catch_unwind(answer).unwrap_or(CANNOT_VOUCH.into())
}

fn answer() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { CANNOT_VOUCH } else { 0 };
            // Help into a closed pipe is nobody's problem.
            let _ = error.print();
            return code.into();
        }
    };
    match run(cli) {
        Ok(code) => code.into(),
        Err(error) if is_broken_pipe(&error) => CANNOT_VOUCH.into(),
        Err(error) if is_interrupt(&error) => stop::code().into(),
        Err(error) => {
            let text = told(&error);
            output::remark(&format!(
                "straykey: {}",
                straykey::report::escape::terminal(&text)
            ));
            CANNOT_VOUCH.into()
        }
    }
}

/// Returns an error with its causes, each once: some say what they come from.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn run(cli: args::Cli) -> anyhow::Result<u8> {
    match cli.command {
        args::Command::Scan(options) => scan::run(&options),
        args::Command::Identify(options) => identify::run(&options),
        args::Command::Inventory(options) => inventory::run(&options),
        args::Command::Formats(options) => formats::run(&options),
        args::Command::Patterns(options) => patterns::run(&options),
        args::Command::Explain(options) => explain::run(&options),
        args::Command::Allow(options) => allow::run(&options),
        args::Command::Baseline(options) => baseline::run(&options),
        args::Command::Hook(options) => hook::run(&options),
        args::Command::Agent(options) => agent::run(&options),
        args::Command::Report(options) => report::run(&options),
        args::Command::Completions(options) => packaging::completions(&options),
        args::Command::Man(options) => packaging::man(&options),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn is_interrupt(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(straykey::scan::Error::Interrupted)
    )
}
