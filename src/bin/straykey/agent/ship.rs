//! `straykey agent ship`, with the feature `net`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser as _};
use straykey::agent::ship::{Options, ship};
use zeroize::Zeroizing;

use super::{Places, parse_duration, plan};
use crate::{output, part, stop};

/// Options of `agent ship`.
#[derive(Args, Debug)]
pub(super) struct Ship {
    #[command(flatten)]
    places: Places,
    /// Address that takes files by POST: https, or http on this machine
    #[arg(long, value_name = "URL")]
    to: String,
    /// File with the token that says who sends
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificate that says who sends, with those that it was signed by (PEM)
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Authorities that may sign the server's certificate (PEM) [default: those of the web]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Longest time of one try
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    timeout: Duration,
    /// Most tries of one file
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
    /// Pause before the second try; it doubles from there
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    pause: Duration,
    /// Longest time of all
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_duration)]
    time_budget: Duration,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Reads options of `agent ship` that are meant for a unit.
pub(super) fn parse(words: &[String]) -> Result<Ship, clap::Error> {
    #[derive(clap::Parser)]
    struct Alone {
        #[command(flatten)]
        ship: Ship,
    }
    let program = ["straykey agent ship".to_owned()];
    Ok(Alone::try_parse_from(program.iter().chain(words))?.ship)
}

impl Ship {
    /// Returns where things are kept.
    pub(super) fn places(self) -> Places {
        self.places
    }

    /// Returns the files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = [
            &self.token_file,
            &self.client_cert,
            &self.client_key,
            &self.ca,
        ];
        files.into_iter().flatten()
    }
}

/// Runs it.
pub(super) fn run(args: &Ship) -> anyhow::Result<u8> {
    let (_, folder) = plan::folders(&args.places)?;
    let spool = plan::spool(&folder, &args.places)?;
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| path.display().to_string());
    let token = args.token_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string());
        text.map(Zeroizing::new)
    });
    let client = match (&args.client_cert, &args.client_key) {
        (Some(chain), Some(key)) => Some((read(chain)?, Zeroizing::new(read(key)?))),
        _ => None,
    };
    let options = Options {
        url: args.to.clone(),
        token: token.transpose()?,
        authorities: args.ca.as_ref().map(read).transpose()?,
        client,
        timeout: args.timeout,
        tries: args.tries,
        pause: args.pause,
        budget: args.time_budget,
    };
    let interrupt = stop::interrupt()?;
    let shipped = ship(&spool, &options, &interrupt)?;
    let left = shipped.left.iter();
    let left: Vec<String> = left
        .map(|(path, why)| format!("{}: {why}", path.display()))
        .collect();
    part::say(&left);
    if !args.quiet {
        output::write(None, |out| {
            writeln!(out, "{} sent, {} still here", shipped.sent, left.len())
        })?;
    }
    if interrupt.is_set() {
        return Ok(stop::code());
    }
    Ok(if shipped.left.is_empty() { 0 } else { 2 })
}
