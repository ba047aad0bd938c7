//! `straykey scan`.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use straykey::inventory::pin;
use straykey::key::password::Words;
use straykey::pattern::Patterns;
use straykey::report::{Look, Output, Profile, Report};
use straykey::scan::{Histories, Nested, Options, Passwords, scan, scan_commits, scan_stream};
use straykey::source::commits::Request;
use straykey::source::state::Store;
use straykey::source::{Progress, stdin, tree};

use zeroize::Zeroizing;

use crate::args;
use crate::config::Config;
use crate::lists;
use crate::output;
use crate::part;
use crate::stop;

/// Runs a scan and returns the exit code.
pub(crate) fn run(args: &args::Scan) -> anyhow::Result<u8> {
    let config = config(args)?;
    let Done {
        report, remarks, ..
    } = perform(args, config, part::request(args)?)?;
    if !args.common.quiet {
        part::say(&remarks);
    }
    for (format, path) in &args.also {
        let shape = shape(args, *format, Some(path));
        output::write(Some(path), |out| shape.write(&report, out))?;
    }
    if !args.common.quiet || args.output.is_some() {
        let shape = shape(args, args.format, args.output.as_deref());
        output::write(args.output.as_deref(), |out| shape.write(&report, out))?;
    }
    Ok(report.exit_code())
}

/// Reads the configuration that a scan heeds.
pub(crate) fn config(args: &args::Scan) -> anyhow::Result<Config> {
    // A part of a repository may be asked for from outside of it.
    let is_part = args.staged || args.range.is_some() || args.since.is_some() || args.push_input;
    let start = match args.paths.as_slice() {
        [folder] if is_part => folder.as_path(),
        _ => Path::new("."),
    };
    match args.no_repo_config {
        true => Ok(Config::none(start)),
        false => Config::load(start),
    }
}

/// What a scan came to.
pub(crate) struct Done {
    /// What was found.
    pub(crate) report: Report,
    /// What the person who asked should know besides.
    pub(crate) remarks: Vec<String>,
    /// What was scanned.
    pub(crate) paths: Vec<PathBuf>,
}

/// Scans what the arguments ask for, or the part of a repository.
pub(crate) fn perform(
    args: &args::Scan,
    config: Config,
    part: Option<Request>,
) -> anyhow::Result<Done> {
    let options = options(args, config)?;
    let list_path = args.list.path();
    let inventory = args.list.open()?;
    anyhow::ensure!(
        inventory.is_some() || args.inventory_pins.is_none(),
        "--inventory-pins: of which list? Give --inventory or set STRAYKEY_INVENTORY"
    );
    if let (Some(list), Some(path)) = (&inventory, pins(args)) {
        lists::check_version(list, &path)?;
    }
    let progress = Arc::new(Progress::default());
    let bar = Bar::show(&progress, args.no_progress);
    let list = inventory.as_ref();
    let done = match part {
        Some(request) => scan_commits(&request, &options, list, &progress, &*stop::interrupt()?),
        // Who waits for a stream sees no switch: a signal ends that as it ends any program.
        None if args.stdin => {
            let input = &mut std::io::stdin().lock();
            scan_stream(input, &options, list, &progress).map(without_remarks)
        }
        None => scan(&options, list, &progress, &*stop::interrupt()?).map(without_remarks),
    };
    drop(bar);
    let (mut report, mut remarks) = done?;
    remarks.extend(unmapped(options.patterns.as_ref()));
    if let (Some(list), Some(path)) = (&mut report.inventory, &list_path) {
        list.path = path.to_string_lossy().into_owned();
    }
    Ok(Done {
        report,
        remarks,
        paths: options.paths,
    })
}

/// Says what could not be used of other tools' rules, by reason.
fn unmapped(patterns: Option<&Patterns>) -> Vec<String> {
    const SHOWN: usize = 20;
    let all = patterns
        .map(Patterns::remarks_by_reason)
        .unwrap_or_default();
    let shown = all.iter().take(SHOWN);
    let mut lines: Vec<String> = shown.map(|line| format!("not mapped: {line}")).collect();
    if all.len() > SHOWN {
        let rest = all.len() - SHOWN;
        lines.push(format!(
            "not mapped: {rest} more reasons, which `straykey patterns check PATH` lists"
        ));
    }
    lines
}

fn without_remarks(report: Report) -> (Report, Vec<String>) {
    (report, Vec::new())
}

fn options(args: &args::Scan, config: Config) -> anyhow::Result<Options> {
    let paths = match (args.stdin, args.paths.is_empty()) {
        (true, _) => vec![PathBuf::from(stdin::NAME)],
        (false, true) => vec![PathBuf::from(".")],
        (false, false) => args.paths.clone(),
    };
    let threads = match args.threads {
        Some(n) => usize::from(n),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut allowances = config.allowances;
    if let Some(path) = args.baseline.as_deref().or(config.baseline.as_deref()) {
        let (baseline, name) = (crate::baseline::read(path)?, path.to_string_lossy());
        let entries = baseline.allowances(&name);
        allowances
            .entries
            .extend(entries.with_context(|| name.into_owned())?);
    }
    let mut exclude = config.exclude;
    exclude.extend(args.exclude.iter().cloned());
    Ok(Options {
        paths,
        tree: tree::Options {
            threads,
            exclude,
            max_file_size: args
                .max_file_size
                .or(config.max_file_size)
                .unwrap_or(u64::MAX),
            respect_ignore: args.respect_gitignore,
            reading: tree::Reading::All,
            max_depth: None,
            care: tree::Care::default(),
        },
        history: match args.history {
            args::History::Auto => Histories::Auto,
            args::History::Only => Histories::Only,
            args::History::Skip => Histories::Skip,
        },
        naive: args.naive,
        git: part::settings(),
        state: args
            .state
            .as_deref()
            .map(Store::open)
            .transpose()
            .context("--state")?,
        fail_on: args.fail_on.or(config.fail_on).unwrap_or_default(),
        overrides: config.overrides,
        strict: args.strict || config.strict,
        passwords: passwords(args)?,
        archives: args.archives == args::Switch::On,
        signed_tokens: args.signed_tokens,
        known_bad: Arc::new(lists::known_bad(&args.known_bad)?),
        published: args.published == args::Switch::On,
        host: args.machine.host(),
        environment: args.machine.environment(),
        allowances,
        nested: (!args.no_repo_config).then_some(crate::config::nested as Nested),
        patterns: args
            .patterns
            .as_deref()
            .map(Patterns::with)
            .transpose()
            .context("--patterns")?,
        live: None,
        partial: false,
        skipped_families: [args.skip_family.as_slice(), &config.skip_families].concat(),
    })
}

/// Returns where versions of lists are kept: where it is said, else with the state.
fn pins(args: &args::Scan) -> Option<PathBuf> {
    let with_state = || args.state.as_ref().map(|folder| folder.join(pin::FILE));
    args.inventory_pins.clone().or_else(with_state)
}

/// Reads which passwords are tried.
fn passwords(args: &args::Scan) -> anyhow::Result<Passwords> {
    let words = match &args.try_passwords {
        None => Words::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map(Zeroizing::new);
            let text = text.with_context(|| format!("--try-passwords {}", path.display()))?;
            Words::new(text.lines().map(|line| Zeroizing::new(line.to_owned())))
        }
    };
    Ok(Passwords {
        trials: args.trials == args::Switch::On,
        words,
    })
}

/// Returns the shape of a format for a file, or for standard output.
fn shape(args: &args::Scan, format: args::Format, to: Option<&Path>) -> Output {
    let to_terminal = to.is_none() && std::io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let look = Look {
        color: match args.common.color {
            args::Color::Always => true,
            args::Color::Never => false,
            args::Color::Auto => to_terminal && !no_color,
        },
        all: args.common.verbose > 0,
        skipped: args.common.verbose > 1,
    };
    let profile = match args.sarif_profile {
        args::SarifProfile::Full => Profile::Full,
        args::SarifProfile::Github => Profile::Github,
    };
    match format {
        args::Format::Human => Output::Human(look),
        args::Format::Json => Output::Json,
        args::Format::Jsonl => Output::Jsonl,
        args::Format::Sarif => Output::Sarif(profile),
        args::Format::Github => Output::Github,
        args::Format::Gitlab => Output::Gitlab,
        args::Format::Junit => Output::Junit,
        args::Format::Markdown => Output::Markdown,
    }
}

/// A line on the terminal that says how far a long scan is.
struct Bar {
    stop: Option<(std::sync::mpsc::Sender<()>, std::thread::JoinHandle<()>)>,
}

impl Bar {
    /// Shows the line after a second, on a terminal only.
    fn show(progress: &Arc<Progress>, off: bool) -> Self {
        if off || !std::io::stderr().is_terminal() {
            return Self { stop: None };
        }
        let (sender, stopped) = std::sync::mpsc::channel();
        let progress = Arc::clone(progress);
        let line = std::thread::spawn(move || {
            let mut wait = Duration::from_secs(1);
            let mut shown = false;
            while stopped.recv_timeout(wait) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let (files, bytes) = progress.read();
                let _ = write!(
                    std::io::stderr(),
                    "\r\x1b[2Kscanning: {files} files, {} MB",
                    bytes / 1_000_000
                );
                (wait, shown) = (Duration::from_millis(200), true);
            }
            if shown {
                let _ = write!(std::io::stderr(), "\r\x1b[2K");
            }
        });
        Self {
            stop: Some((sender, line)),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((sender, line)) = self.stop.take() {
            drop(sender);
            let _ = line.join();
        }
    }
}
