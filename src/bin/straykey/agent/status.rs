//! `straykey agent status`.

use clap::Args;
use straykey::agent::fleet;
use straykey::agent::ledger::Ledger;
use straykey::agent::record::{Heartbeat, Record};
use straykey::source::state::Store;

use super::{Places, install, plan};
use crate::output;

/// Options of `agent status`.
#[derive(Args, Debug)]
pub(super) struct Status {
    /// Say of this key whether it was ever here; the first digits of its id are enough
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    #[command(flatten)]
    places: Places,
}

/// Returns the digits of an id as the ledger has them.
fn digits(id: &str) -> anyhow::Result<String> {
    let digits = id.to_ascii_lowercase();
    let is_hex = |byte: u8| byte.is_ascii_hexdigit();
    anyhow::ensure!(
        !digits.is_empty() && digits.bytes().all(is_hex),
        "--key {id}: expected the first hexadecimal digits of the id that reports show (of a key, its spki-sha256); \
        `straykey identify FILE` prints it"
    );
    Ok(digits)
}

/// Says what the agent knows. With a key, exit code 0 if it was ever here, 1 if not.
pub(super) fn run(args: &Status) -> anyhow::Result<u8> {
    let (state, spool) = plan::folders(&args.places)?;
    let mut lines = Vec::new();
    if !state.is_dir() {
        anyhow::bail!("{}: no run has been made", state.display());
    }
    let store = Store::open(&state)?;
    let ledger = Ledger::open(&store).map_err(|why| anyhow::anyhow!("{why}"))?;
    let key = args.key.as_deref().map(digits).transpose()?;
    let key = key.as_deref();
    if key.is_none() {
        lines.extend(install::installed());
        let mut last: Option<Heartbeat> = None;
        if spool.is_dir() {
            fleet::each(&[spool], |record| {
                if let Record::Heartbeat(beat) = record
                    && last.as_ref().is_none_or(|last| last.time <= beat.time)
                {
                    last = Some(*beat);
                }
            })?;
        }
        lines.push(match last {
            None => "no run is in the spool".to_owned(),
            Some(beat) => {
                let why = match beat.why.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", beat.why.join("; ")),
                };
                let list = match &beat.coverage.list {
                    Some(list) => format!("list {} version {}", list.id, list.version),
                    None => "no list".to_owned(),
                };
                format!(
                    "last run {}: {}{why}; {} findings; {list}; {} files, {} read, {} not",
                    beat.time,
                    beat.verdict,
                    beat.findings,
                    beat.coverage.files,
                    beat.coverage.files_read,
                    beat.coverage.unread.len()
                )
            }
        });
    }
    let mut entries: Vec<_> = ledger.entries(key).collect();
    // The worst first, and what is there before what is gone.
    entries.sort_by_key(|entry| (entry.gone, fleet::rank(&entry.rule)));
    let count = entries.len();
    for entry in entries {
        let end = if entry.gone {
            "gone, last seen"
        } else {
            "last seen"
        };
        lines.push(format!(
            "{} {} {}: first seen {}, {end} {}, at {}",
            entry.key, entry.rule, entry.user, entry.first_seen, entry.last_seen, entry.path
        ));
    }
    if count == 0 {
        lines.push(match key {
            Some(key) => format!("{key}: no run saw it here"),
            None => "no key was ever seen".to_owned(),
        });
    }
    output::lines(&lines)?;
    Ok(u8::from(key.is_some() && count == 0))
}
