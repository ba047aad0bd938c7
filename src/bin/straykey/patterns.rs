//! `straykey patterns`.

use anyhow::Context as _;
use straykey::pattern::{Patterns, check};
use straykey::report::escape;

use crate::args;
use crate::output;

/// Checks the examples of every rule. Exit code 1 when one is not what it says.
pub(crate) fn run(args: &args::Patterns) -> anyhow::Result<u8> {
    let args::PatternsCommand::Check { path } = &args.command;
    let patterns = match path {
        Some(path) => Patterns::with(path),
        None => Patterns::embedded(),
    };
    let patterns = patterns.context("patterns")?;
    let faults = check(&patterns);
    output::write(None, |out| {
        for fault in &faults {
            writeln!(out, "{}", escape::terminal(fault))?;
        }
        for remark in patterns.remarks() {
            writeln!(out, "not mapped: {}", escape::terminal(&remark))?;
        }
        let foreign = match patterns.foreign() {
            0 => String::new(),
            rules => format!(", {rules} rules of other tools"),
        };
        let (rules, faults) = (patterns.rules().len(), faults.len());
        writeln!(out, "{rules} rules{foreign}, {faults} faults")
    })?;
    Ok(u8::from(!faults.is_empty()))
}
