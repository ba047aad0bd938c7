//! `straykey patterns`.

use anyhow::Context as _;
use straykey::pattern::{Patterns, check};
use straykey::report::escape;

use crate::args;
use crate::output;

/// Checks the examples of every rule. Exit code 1 when one is not what it says.
pub(crate) fn run(args: &args::Patterns) -> anyhow::Result<u8> {
    let args::PatternsCommand::Check { folder } = &args.command;
    let patterns = match folder {
        Some(folder) => Patterns::with_folder(folder),
        None => Patterns::embedded(),
    };
    let patterns = patterns.context("patterns")?;
    let faults = check(&patterns);
    output::write(None, |out| {
        for fault in &faults {
            writeln!(out, "{}", escape::terminal(fault))?;
        }
        writeln!(
            out,
            "{} rules, {} faults",
            patterns.rules().len(),
            faults.len()
        )
    })?;
    Ok(u8::from(!faults.is_empty()))
}
