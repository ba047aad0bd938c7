//! `straykey agent log`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use straykey::agent::fleet;
use straykey::agent::log::verify as verify_log;
use straykey::agent::record::Record;
use straykey::agent::run::LOG;
use straykey::inventory::signature::{Signature, beside};
use straykey::key::minisign::SigningKey;
use zeroize::Zeroizing;

use super::{Places, plan};
use crate::inventory::{PASSWORD, public_keys, secret_key};
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
    /// Check as well that one of these keys of minisign signed the log as it is
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
}

/// Reads the key that logs are signed with; nobody is asked for a password.
pub(super) fn signing_key(path: &Path) -> anyhow::Result<SigningKey> {
    let password = || {
        let word = std::env::var(PASSWORD);
        let word =
            word.with_context(|| format!("the key has a password, and {PASSWORD} is not set"));
        word.map(Zeroizing::new)
    };
    secret_key(path, password).context("--sign")
}

/// Signs the log of a state.
pub(super) fn sign(state: &Path, key: &SigningKey, lines: u64) -> anyhow::Result<()> {
    let path = state.join(LOG);
    let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let comment = format!("log of the straykey agent, {lines} lines");
    let signature = Signature::sign(key, &text, &comment).to_text();
    output::write(Some(&beside(&path)), |out| {
        out.write_all(signature.as_bytes())
    })
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
    let path = state.join(LOG);
    let place = || path.display().to_string();
    let end = verify_log(&path, &heads).with_context(place)?;
    let mut signer = String::new();
    if !args.public_key.is_empty() {
        let keys = public_keys(&args.public_key)?;
        let text = std::fs::read(&path).with_context(place)?;
        let signature = Signature::beside(&path)?;
        signature.verify(&text, &keys).with_context(place)?;
        signer = format!("; signed by {}", signature.signer());
    }
    output::write(None, |out| {
        writeln!(
            out,
            "{} lines, unbroken; {} heartbeats name lines of it; the last is {}{signer}",
            end.lines,
            heads.len(),
            end.sha256
        )
    })?;
    Ok(0)
}
