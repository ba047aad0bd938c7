//! Flags as plain data. Nothing here touches the file system.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use straykey::agent::machine;
use straykey::policy::{self, FailOn};

use crate::lists::ListArgs;

/// Finds signing keys that strayed out of the KMS, and proves it offline.
#[derive(Debug, Parser)]
#[command(
    name = "straykey",
    version,
    max_term_width = 100,
    propagate_version = true
)]
#[command(
    after_help = "Exit codes: 0 everything asked for was read and nothing reached --fail-on; \
    1 findings; 2 cannot vouch (usage, configuration, an expired list, unread bytes); 130 interrupted."
)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan files and folders for keys and match them against the inventory
    Scan(Box<Scan>),
    /// Show every fingerprint of each key in the files
    Identify(Identify),
    /// Make, check and search inventories
    Inventory(super::inventory::InventoryArgs),
    /// List the key formats that are read
    Formats(Formats),
    /// List or check the rules for signing secrets
    Patterns(Patterns),
    /// Explain a rule: what it means, what to do, what not to do
    Explain(Explain),
    /// Allow a key where it is meant to be
    Allow(super::allow::Allow),
    /// Write down what is known, so that only what is new is told
    Baseline(super::baseline::BaselineArgs),
    /// Run as a git hook, or install the hooks
    Hook(super::hook::HookArgs),
    /// Scan this machine every day, unnoticed
    Agent(super::agent::AgentArgs),
    /// Merge what agents and scans wrote into one view, by key
    Report(super::report::ReportArgs),
    /// Print completions for a shell
    #[command(hide = true)]
    Completions(super::packaging::Completions),
    /// Write manual pages into a folder
    #[command(hide = true)]
    Man(super::packaging::Man),
}

/// Options of `scan`.
#[derive(Args, Debug)]
pub(crate) struct Scan {
    /// Files and folders to scan [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Remember the inventory's version in this file, and refuse a lower one from then on
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory_pins: Option<PathBuf>,
    /// List of publicly known keys; of these none is reported as a private key of somebody
    #[arg(long, value_name = "LIST")]
    pub(crate) known_bad: Vec<PathBuf>,
    /// Take keys of public test suites, of which a list is built in, for publicly known
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) published: Switch,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// Git histories below the paths: sweep them as well, or them alone, or leave them
    #[arg(long, value_enum, default_value_t = History::Auto)]
    pub(crate) history: History,
    /// Keep in this folder what was looked at in histories, and look only at what is new
    #[arg(long, value_name = "DIR", conflicts_with_all = ["part", "try_passwords"])]
    pub(crate) state: Option<PathBuf>,
    /// Look at every object of a history whole, and read every file, to check the fast way
    #[arg(long, hide = true)]
    pub(crate) naive: bool,
    /// Look into archives and compressed files
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) archives: Switch,
    /// Tell which keys of the inventory signed the tokens that are found; the inventory must be
    /// a text list that has public keys
    #[arg(long)]
    pub(crate) signed_tokens: bool,
    /// Scan standard input instead of files
    #[arg(long, conflicts_with = "paths", group = "part")]
    pub(crate) stdin: bool,
    /// Scan what the next commit would bring: blobs of the index that HEAD does not have at their
    /// path, never files of the work tree; PATH is a folder of the repository
    #[arg(long, group = "part")]
    pub(crate) staged: bool,
    /// Scan what the commits of BASE..HEAD brought; of A...B, those of either side. All zeros as
    /// BASE: what no other branch or tag has
    #[arg(long, group = "part", value_name = "BASE..HEAD")]
    pub(crate) range: Option<String>,
    /// Scan what commits since DATE brought, on any branch or tag: 2026-01-31,
    /// 2026-01-31T08:00:00Z, or how long ago, as in `36 hours` or `2 weeks`
    #[arg(long, group = "part", value_name = "DATE", value_parser = parse_since)]
    pub(crate) since: Option<jiff::Timestamp>,
    /// Scan what a push brings; reads what git writes to a pre-push or pre-receive hook
    #[arg(long, group = "part")]
    pub(crate) push_input: bool,
    /// The remote that is pushed to, the first argument of a pre-push hook: what its
    /// remote-tracking branches have is not new
    #[arg(long, value_name = "NAME", requires = "push_input")]
    pub(crate) remote: Option<String>,
    /// Shape of the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Write the report to this file, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the report in a further shape to a file: sarif=FILE; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_also)]
    pub(crate) also: Vec<(Format, PathBuf)>,
    /// SARIF for every consumer, or by GitHub's ingestion rules
    #[arg(long, value_enum, default_value_t = SarifProfile::Full)]
    pub(crate) sarif_profile: SarifProfile,
    /// From which findings on to exit with 1 [default: private]
    #[arg(long, value_name = "CLASS", value_parser = parse_fail_on)]
    pub(crate) fail_on: Option<FailOn>,
    /// Count what this file lists as known; `straykey baseline create` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Leave out paths that match this glob, as in a .gitignore; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out what .gitignore, .ignore and git's own excludes name
    #[arg(long)]
    pub(crate) respect_gitignore: bool,
    /// Largest file to read, or blob of a part of a repository, such as 100M [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_file_size: Option<u64>,
    /// Workers [default: one for each processor]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Try the empty and a few notorious passwords on encrypted keys and stores
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) trials: Switch,
    /// Try the words of this file as well, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) try_passwords: Option<PathBuf>,
    /// Add the rules of this file, or of the .toml files of this folder: rules for signing secrets,
    /// or rules of gitleaks or betterleaks for any secret
    #[arg(long, value_name = "PATH")]
    pub(crate) patterns: Option<PathBuf>,
    /// Leave out a family of formats: wallet
    #[arg(long, value_name = "FAMILY", value_parser = parse_family)]
    pub(crate) skip_family: Vec<&'static str>,
    /// Exit with 2 also when a nested decoder gave up
    #[arg(long)]
    pub(crate) strict: bool,
    /// Ignore what the repository says: straykey.toml, .straykey/allow.toml and straykey:allow
    /// comments
    #[arg(long)]
    pub(crate) no_repo_config: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every subcommand that reports.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Print no report on standard output unless --output is given
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Say more: all places and fingerprints; twice: what was skipped and why
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours in text
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// Options of `identify`.
#[derive(Args, Debug)]
pub(crate) struct Identify {
    /// Files to read; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Sign this text with each key, so that whoever has the public half can verify that it was
    /// found: 8 to 128 letters, digits and -._~
    #[arg(long, value_name = "NONCE", value_parser = parse_nonce)]
    pub(crate) proof: Option<String>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `formats`.
#[derive(Args, Debug)]
pub(crate) struct Formats {
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `patterns`.
#[derive(Args, Debug)]
pub(crate) struct Patterns {
    /// What to do with them
    #[command(subcommand)]
    pub(crate) command: PatternsCommand,
}

/// What `patterns` does.
#[derive(Debug, Subcommand)]
pub(crate) enum PatternsCommand {
    /// Check the examples of every rule, with those of a file or folder as well, and tell what of
    /// other tools' rules is not mapped
    Check {
        /// File of rules, or folder of .toml files
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
}

/// Options of `explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Rule, such as managed-key; without it all rules are listed
    pub(crate) rule: Option<String>,
}

/// Values of `--history`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum History {
    /// Sweep repositories at or below the paths
    Auto,
    /// Sweep them, and read no files
    Only,
    /// Scan files alone
    Skip,
}

/// What the inventory knows this machine by.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct MachineArgs {
    /// Environment of this machine: a key of production is said to be on another one, a key of
    /// development is no error where it is developed with
    #[arg(long, value_enum)]
    environment: Option<Environment>,
    /// Name of this machine, by which the inventory allows keys [default: what the system says]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
}

impl MachineArgs {
    /// Returns the environment, if it was said.
    pub(crate) fn environment(&self) -> Option<policy::Environment> {
        self.environment.map(|environment| match environment {
            Environment::Prod => policy::Environment::Prod,
            Environment::Stage => policy::Environment::Stage,
            Environment::Dev => policy::Environment::Dev,
        })
    }

    /// Returns the name.
    pub(crate) fn host(&self) -> String {
        self.host.clone().unwrap_or_else(host)
    }
}

/// Returns the name of this machine; empty if nobody tells it.
pub(crate) fn host() -> String {
    match machine::name() {
        // Windows tells it this way alone.
        name if name.is_empty() => std::env::var("COMPUTERNAME").unwrap_or_default(),
        name => name,
    }
}

/// Values of `--environment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Environment {
    /// Production
    Prod,
    /// Before production
    Stage,
    /// Development
    Dev,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// Values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for a person
    Human,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// GitLab's secret detection report
    Gitlab,
    /// JUnit XML
    Junit,
    /// Summary of a job
    Markdown,
}

/// Values of `--sarif-profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SarifProfile {
    /// One result a key
    Full,
    /// One result a key and file, at most 5,000
    Github,
}

/// Values of `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Scan {
    /// Returns the options of a scan for which nothing was asked.
    pub(crate) fn plain() -> anyhow::Result<Self> {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            scan: Scan,
        }
        Ok(Alone::try_parse_from(["straykey"])?.scan)
    }
}

fn parse_also(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("expected FORMAT=FILE, such as sarif=findings.sarif")?;
    Ok((Format::from_str(format, false)?, PathBuf::from(file)))
}

pub(crate) fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    text.parse()
        .map_err(|e: policy::UnknownThreshold| e.to_string())
}

/// Reads a moment: a date (midnight UTC), a date and time, or a span of time before now.
pub(crate) fn parse_since(text: &str) -> Result<jiff::Timestamp, String> {
    let wrong = || {
        "expected a date such as 2026-01-31, a time such as 2026-01-31T08:00:00Z, or a span such \
        as `36 hours` or `2 weeks`"
            .to_owned()
    };
    if let Ok(time) = parse_moment(text) {
        return Ok(time);
    }
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let then = now.checked_sub(span.abs()).map_err(|_| wrong())?;
    Ok(then.timestamp())
}

/// Reads a date, in UTC, or a time.
pub(crate) fn parse_moment(text: &str) -> Result<jiff::Timestamp, String> {
    let date = || {
        let date: jiff::civil::DateTime = text.parse().ok()?;
        let time = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(time.timestamp())
    };
    text.parse().ok().or_else(date).ok_or_else(|| {
        "expected a date such as 2027-01-31, or a time such as 2027-01-31T08:00:00Z".to_owned()
    })
}

/// Reads what a found key is asked to sign.
fn parse_nonce(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    match (8..=128).contains(&text.len()) && text.bytes().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("expected 8 to 128 letters, digits and -._~".to_owned()),
    }
}

/// Reads the name of a family of formats.
pub(crate) fn parse_family(name: &str) -> Result<&'static str, String> {
    let known = straykey::format::FAMILIES;
    known
        .into_iter()
        .find(|family| *family == name)
        .ok_or_else(|| format!("no family of formats; there is {}", known.join(", ")))
}

/// Reads a size: a number of bytes, or one with K, M, G or T (powers of 1,024).
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a size such as 500K or 100M".to_owned())?;
    let shift = match text
        .get(digits.len()..)
        .unwrap_or_default()
        .to_ascii_uppercase()
        .as_str()
    {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        unit => return Err(format!("unknown unit `{unit}`; use K, M, G or T")),
    };
    number
        .checked_shl(shift)
        .filter(|n| n >> shift == number)
        .ok_or_else(|| "too large".to_owned())
}
