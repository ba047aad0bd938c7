//! `straykey agent log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use straykey::agent::fleet;
use straykey::agent::log::verify as verify_log;
use straykey::agent::record::Record;
use straykey::agent::run::LOG;

use super::{Places, plan};
use crate::output;

/// Options of `agent log`.
#[derive(Args, Debug)]
pub(super) struct Log {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Check that no line was removed or altered, and that the log has the lines that the heartbeats
    /// in the spool name
    Verify(Verify),
}

/// Options of `agent log verify`.
#[derive(Args, Debug)]
struct Verify {
    #[command(flatten)]
    places: Places,
    /// Files or folders with heartbeats of this machine, as they were shipped [default: the spool]
    #[arg(long, value_name = "PATH")]
    heartbeats: Vec<PathBuf>,
}

/// Runs it.
pub(super) fn run(args: &Log) -> anyhow::Result<u8> {
    let LogCommand::Verify(args) = &args.command;
    let (state, spool) = plan::folders(&args.places)?;
    let mut from = args.heartbeats.clone();
    if from.is_empty() && spool.is_dir() {
        from.push(spool);
    }
    let own = plan::device().id;
    let mut heads = Vec::new();
    fleet::each(&from, |record| {
        if let Record::Heartbeat(beat) = record
            && beat.device.id == own
        {
            heads.extend(beat.log);
        }
    })?;
    let end = verify_log(&state.join(LOG), &heads)?;
    output::write(None, |out| {
        writeln!(
            out,
            "{} lines, unbroken; {} heartbeats name lines of it; the last is {}",
            end.lines,
            heads.len(),
            end.sha256
        )
    })?;
    Ok(0)
}
