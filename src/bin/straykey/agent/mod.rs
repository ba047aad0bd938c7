//! `straykey agent`: the options of its commands.

mod child;
mod install;
mod log;
mod plan;
mod run;
#[cfg(feature = "net")]
mod ship;
mod status;
#[cfg(feature = "pkcs11")]
mod token;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser as _, Subcommand, ValueEnum};

use crate::args::{MachineArgs, Switch, parse_size};
use crate::lists::ListArgs;

/// Options of `agent`.
#[derive(Args, Debug)]
pub(crate) struct AgentArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan this machine, unnoticed, and write findings and an account into the spool
    Run(Box<Run>),
    /// Match what earlier runs saw with a new list, and read no file
    Match(Match),
    /// Write the files that let the system run the agent every day, and say what to do with them
    Install(install::Install),
    /// Take those files away, and say what to do
    Uninstall(install::Uninstall),
    /// Say what the agent knows: its last run, and which keys were ever here
    Status(status::Status),
    /// Check the log of runs
    Log(log::Log),
    /// List one PKCS#11 module: what a run starts, to load it elsewhere than in itself
    #[cfg(feature = "pkcs11")]
    #[command(hide = true)]
    ListToken(token::ListToken),
    /// Send what is in the spool over HTTPS, and delete what was taken
    #[cfg(feature = "net")]
    Ship(ship::Ship),
}

/// Options of `agent run`.
#[derive(Args, Debug)]
struct Run {
    /// Run once and end; without it, run again every --every
    #[arg(long)]
    once: bool,
    /// Time between runs, from start to start
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration, conflicts_with = "once")]
    every: Duration,
    /// Begin at a moment of this machine's own within this time, so that a fleet does not scan at once
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    splay: Duration,
    /// Folder to scan; repeatable [default: homes of users, containers, mail, jobs, temporary files]
    #[arg(long, value_name = "DIR")]
    root: Vec<PathBuf>,
    /// Leave out paths that match this glob, as in a .gitignore; repeatable
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Mounted file systems to enter: those of this machine's disks, or files elsewhere as well
    #[arg(long, value_enum, default_value_t = MountPolicy::Local)]
    mounts: MountPolicy,
    /// Ask ssh-agent, gpg-agent and the system's keychains for public halves, and read environments of
    /// processes
    #[arg(long, value_enum, default_value_t = Switch::On)]
    live: Switch,
    /// List what is public behind this PKCS#11 module, or behind those that p11-kit is configured with
    /// (`configured`); repeatable. Needs a build with the feature `pkcs11`
    #[arg(long, value_name = "MODULE")]
    pkcs11: Vec<PathBuf>,
    /// Look into archives and compressed files
    #[arg(long, value_enum, default_value_t = Switch::On)]
    archives: Switch,
    /// Largest file to read, such as 100M [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_file_size: Option<u64>,
    /// Most processor time to take, in percent of one processor
    #[arg(long, value_name = "PERCENT", default_value = "25", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cpu_budget: u32,
    /// Longest time of a run; the next one goes on where it stopped
    #[arg(long, value_name = "DURATION", default_value = "2h", value_parser = parse_duration)]
    time_budget: Duration,
    /// Most memory to have; a run that has more is stopped where it is
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = parse_size)]
    memory_limit: u64,
    /// Wait while the load of the machine is above this [default: one and a half for each processor]
    #[arg(long, value_name = "LOAD")]
    max_load: Option<f64>,
    /// Go on when the machine runs on battery
    #[arg(long)]
    on_battery: bool,
    /// Workers
    #[arg(long, short = 'j', value_name = "N", default_value = "2", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    #[command(flatten)]
    lists: Lists,
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    telling: Telling,
    /// Sign the log with this secret key of minisign after each run; it has no password, or
    /// STRAYKEY_KEY_PASSWORD has it
    #[arg(long, value_name = "FILE")]
    sign: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Options of `agent match`.
#[derive(Args, Debug)]
struct Match {
    #[command(flatten)]
    lists: Lists,
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    telling: Telling,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Lists that keys are matched with.
#[derive(Args, Debug)]
struct Lists {
    #[command(flatten)]
    list: ListArgs,
    /// Remember the inventory's version in this file, and refuse a lower one from then on
    #[arg(long, value_name = "FILE")]
    inventory_pins: Option<PathBuf>,
    /// List of publicly known keys; of these none is reported as a private key of somebody
    #[arg(long, value_name = "LIST")]
    known_bad: Vec<PathBuf>,
    /// Oldest list with which a machine may be called clean, in days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    list_max_age: i64,
    #[command(flatten)]
    machine: MachineArgs,
}

/// Where the agent keeps things.
#[derive(Args, Debug)]
struct Places {
    /// Folder of what the agent remembers, its owner's alone [default: /var/lib/straykey for root,
    /// else straykey in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Folder of what is to be shipped [default: /var/spool/straykey for root, else spool in the
    /// folder of the state]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Most that the spool may hold; the oldest files go first
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = parse_size)]
    spool_limit: u64,
}

/// What is told of paths and names.
#[derive(Args, Debug)]
struct Telling {
    /// Tell paths in full, from the home on, or as MACs under the key of the organisation
    #[arg(long, value_enum, default_value_t = PathPolicy::Full)]
    paths: PathPolicy,
    /// Key of the organisation, at least 16 bytes: users and machines get pseudonyms made with it
    #[arg(long, value_name = "FILE")]
    org_key: Option<PathBuf>,
}

/// Values of `--paths`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PathPolicy {
    /// As they are
    Full,
    /// From the home on
    Home,
    /// As MACs; needs --org-key
    Hashed,
}

/// Values of `--mounts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MountPolicy {
    /// Disks of this machine
    Local,
    /// File servers and programs as well
    All,
}

/// Runs one of them.
pub(crate) fn run(args: &AgentArgs) -> anyhow::Result<u8> {
    match &args.command {
        Command::Run(options) => run::run(options),
        Command::Match(options) => run::match_known(options),
        Command::Install(options) => install::install(options),
        Command::Uninstall(options) => install::uninstall(options),
        Command::Status(options) => status::run(options),
        Command::Log(options) => log::run(options),
        #[cfg(feature = "pkcs11")]
        Command::ListToken(options) => token::run(options),
        #[cfg(feature = "net")]
        Command::Ship(options) => ship::run(options),
    }
}

/// Reads options of `agent run` that are meant for a unit.
fn parse_run(words: &[String]) -> Result<Run, clap::Error> {
    #[derive(clap::Parser)]
    struct Alone {
        #[command(flatten)]
        run: Run,
    }
    let program = ["straykey agent run", "--once"].map(str::to_owned);
    Ok(Alone::try_parse_from(program.iter().chain(words))?.run)
}

/// Reads a length of time: a number with s, m, h or d.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a length of time such as 90s, 30m, 2h or 1d".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(|| "too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(parse_duration("2h"), Ok(Duration::from_secs(7_200)));
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
        for bad in ["", "2", "h", "2w", "-1s", "99999999999999999999d", "1h30m"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
