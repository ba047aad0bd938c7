//! `straykey agent install` and `uninstall`: files for the system's scheduler, of the runs and, in builds
//! that can send, of the sending.
//!
//! Files are written, nothing is started: what to do is said, so that a person or the tool that
//! manages the machine does it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use straykey::agent::machine;
#[cfg(feature = "net")]
use straykey::agent::unit::Shipping;
use straykey::agent::unit::{Schedule, UnitFile, launchd, systemd, windows};
use straykey::report::escape;
use straykey::source::state::Store;
use straykey::wire::shell::quoted;

use super::{Places, Run, parse_run, plan};
use crate::folders;
use crate::output;

/// Options of `agent install`.
#[derive(Args, Debug)]
pub(super) struct Install {
    #[command(flatten)]
    target: Target,
    /// The program that is run [default: this one]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Write the files that send what is in the spool every hour; what is behind `--` is for `agent
    /// ship` then
    #[cfg(feature = "net")]
    #[arg(long)]
    ship: bool,
    /// Options of `agent run`, behind `--`
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<String>,
}

/// Options of `agent uninstall`.
#[derive(Args, Debug)]
pub(super) struct Uninstall {
    #[command(flatten)]
    target: Target,
}

/// For whom, and for which system.
#[derive(Args, Debug)]
struct Target {
    /// For this user alone, whose homes it may read; without it for the machine, run by root
    #[arg(long)]
    user: bool,
    /// Which scheduler [default: that of this system]
    #[arg(long, value_enum)]
    scheduler: Option<Scheduler>,
    /// Folder of the files [default: where the scheduler looks]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Values of `--scheduler`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scheduler {
    /// A service and a timer
    Systemd,
    /// A property list
    Launchd,
    /// A task of Windows
    #[value(name = "task-scheduler")]
    Windows,
}

/// What a scheduler is to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Run,
    Ship,
}

impl Target {
    fn scheduler(&self) -> Scheduler {
        self.scheduler.unwrap_or(if cfg!(windows) {
            Scheduler::Windows
        } else if cfg!(target_os = "macos") {
            Scheduler::Launchd
        } else {
            Scheduler::Systemd
        })
    }

    /// Returns the folder of the files.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.to {
            return Ok(folder.clone());
        }
        let home = || folders::home().context("no home: give --to");
        Ok(match (self.scheduler(), self.user) {
            (Scheduler::Systemd, false) => PathBuf::from("/etc/systemd/system"),
            (Scheduler::Systemd, true) => {
                let folder = folders::config().context("no home: give --to")?;
                folder.join("systemd/user")
            }
            (Scheduler::Launchd, false) => PathBuf::from("/Library/LaunchDaemons"),
            (Scheduler::Launchd, true) => home()?.join("Library/LaunchAgents"),
            (Scheduler::Windows, _) => {
                anyhow::bail!("--to is needed: a task is imported from a file")
            }
        })
    }

    /// Returns the names of the files for a job.
    fn names(&self, job: Job) -> &'static [&'static str] {
        match (self.scheduler(), job) {
            (Scheduler::Systemd, Job::Run) => &[systemd::TIMER, systemd::SERVICE],
            (Scheduler::Systemd, Job::Ship) => &[systemd::SHIP_TIMER, systemd::SHIP_SERVICE],
            (Scheduler::Launchd, Job::Run) => &[launchd::PLIST],
            (Scheduler::Launchd, Job::Ship) => &[launchd::SHIP_PLIST],
            (Scheduler::Windows, Job::Run) => &[windows::TASK],
            (Scheduler::Windows, Job::Ship) => &[windows::SHIP_TASK],
        }
    }

    /// Whether all files for a job are in a folder.
    fn is_in(&self, folder: &Path, job: Job) -> bool {
        let mut names = self.names(job).iter();
        names.all(|name| folder.join(name).is_file())
    }

    /// Returns what is to be done once the files are there, or before they go.
    fn commands(&self, folder: &Path, job: Job, is_there: bool) -> Vec<String> {
        let user = if self.user { " --user" } else { "" };
        let names = self.names(job);
        let first = names.first().copied().unwrap_or_default();
        let file = folder.join(first).display().to_string();
        let stem = first.rsplit_once('.').map_or(first, |(stem, _)| stem);
        match (self.scheduler(), is_there) {
            (Scheduler::Systemd, true) => vec![
                format!("systemctl{user} daemon-reload"),
                format!("systemctl{user} enable --now {first}"),
                format!("systemctl{user} start {stem}.service    # a first time now"),
            ],
            (Scheduler::Systemd, false) => vec![
                format!("systemctl{user} disable --now {first}"),
                format!("systemctl{user} daemon-reload"),
            ],
            (Scheduler::Launchd, true) => {
                let file = quoted(&file);
                vec![format!("launchctl bootstrap {} {file}", self.domain())]
            }
            (Scheduler::Launchd, false) => {
                vec![format!("launchctl bootout {}/{stem}", self.domain())]
            }
            (Scheduler::Windows, true) => {
                vec![format!("schtasks /Create /TN {stem} /XML \"{file}\"")]
            }
            (Scheduler::Windows, false) => vec![format!("schtasks /Delete /TN {stem}")],
        }
    }

    fn domain(&self) -> &'static str {
        if self.user { "gui/$(id -u)" } else { "system" }
    }
}

/// Says what is wrong with the options behind `--`, in a line.
fn of_options(command: &str, error: &clap::Error) -> anyhow::Error {
    let text = error.render().to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    anyhow::anyhow!("options of `agent {command}`: {text}")
}

/// Returns the program that is to be started.
fn program(args: &Install) -> anyhow::Result<PathBuf> {
    match &args.program {
        Some(program) => Ok(program.clone()),
        None => std::env::current_exe().context("where this program is"),
    }
}

/// Returns the folders that a job has: what is written for root has root's, whoever writes it.
fn folders(args: &Install, places: &mut Places) -> anyhow::Result<(PathBuf, PathBuf)> {
    if !args.target.user && !machine::is_root() {
        let root = Path::new("/var/lib/straykey");
        let state = places.state.get_or_insert_with(|| root.into()).clone();
        places.spool.get_or_insert_with(|| match state == root {
            true => "/var/spool/straykey".into(),
            false => state.join("spool"),
        });
    }
    plan::folders(places)
}

/// Refuses what no file of a scheduler can say as it is: control characters may end a line of it, and
/// what is unseen is not to be hidden in one.
fn sayable(paths: [&PathBuf; 3], args: &Install) -> anyhow::Result<()> {
    let paths = paths.into_iter().map(|path| path.to_string_lossy());
    let words = args.options.iter().map(|word| word.as_str().into());
    for word in paths.chain(words) {
        let shown = escape::terminal(&word);
        if shown != word || word.contains('\u{fffd}') {
            anyhow::bail!("{shown}: a unit cannot hold that");
        }
    }
    Ok(())
}

/// Refuses files that a scheduler, which starts it elsewhere, would not find; returns what is to be
/// known of others.
fn usable(run: &Run) -> anyhow::Result<Vec<String>> {
    let lists = &run.lists;
    let read = lists.list.inventory.iter();
    let read = read.chain(&lists.list.inventory_public_key);
    let read = read.chain(&lists.known_bad).chain(&run.sign);
    let read = read.chain(&run.telling.org_key);
    let mut remarks = Vec::new();
    for file in read.clone().chain(&lists.inventory_pins) {
        if file.is_relative() {
            anyhow::bail!(
                "{}: a scheduler starts it elsewhere: give the whole path",
                file.display()
            );
        }
    }
    for file in read {
        let shown = file.display();
        if !file.exists() {
            remarks.push(format!(
                "{shown} is not there: put it there, or each run says that it is not"
            ));
        }
    }
    if lists.list.inventory.is_none() || lists.list.inventory_public_key.is_empty() {
        remarks.push(
            "Without --inventory and --inventory-public-key no run will say that a machine is clean."
                .to_owned(),
        );
    }
    Ok(remarks)
}

/// Refuses to have root start, every day, what somebody else may replace; of files that are for another
/// place or machine that is a remark.
#[cfg(unix)]
fn only_roots(program: &Path, args: &Install) -> anyhow::Result<Option<String>> {
    if args.target.user || !machine::is_root() || !program.exists() {
        return Ok(None);
    }
    let Err(why) = straykey::disk::only_ours(program) else {
        return Ok(None);
    };
    let text = format!(
        "root would start {} every day, and {why}: `install -m 755 {} /usr/local/bin/straykey`, and use that one",
        program.display(),
        quoted(&program.to_string_lossy())
    );
    anyhow::ensure!(args.target.to.is_some(), "{text}");
    Ok(Some(text))
}

/// Who may replace a program is not told here.
#[cfg(not(unix))]
fn only_roots(_: &Path, _: &Install) -> anyhow::Result<Option<String>> {
    Ok(None)
}

/// Writes the files.
pub(super) fn install(args: &Install) -> anyhow::Result<u8> {
    #[cfg(feature = "net")]
    if args.ship {
        return install_shipping(args);
    }
    let run = match parse_run(&args.options) {
        // Help was asked for.
        Err(error) if !error.use_stderr() => {
            error.print()?;
            return Ok(0);
        }
        parsed => parsed.map_err(|error| of_options("run", &error))?,
    };
    let mut remarks = usable(&run)?;
    let mut places = run.places;
    let (state, spool) = folders(args, &mut places)?;
    let schedule = Schedule {
        program: program(args)?,
        arguments: args.options.clone(),
        state: state.clone(),
        spool: spool.clone(),
        cpu_percent: run.cpu_budget,
        is_users: args.target.user,
    };
    sayable([&schedule.program, &schedule.state, &schedule.spool], args)?;
    remarks.extend(only_roots(&schedule.program, args)?);
    let files: Vec<UnitFile> = match args.target.scheduler() {
        Scheduler::Systemd => systemd::files(&schedule).to_vec(),
        Scheduler::Launchd => vec![launchd::file(&schedule, &plan::device().id)],
        Scheduler::Windows => vec![windows::file(&schedule)],
    };
    let folder = args.target.folder()?;
    let mut lines = write(&folder, &files)?;
    lines.append(&mut remarks);
    lines.push(format!(
        "It runs once a day, at a moment of this machine's own, with at most {} % of a processor.",
        schedule.cpu_percent
    ));
    lines.push(format!(
        "It remembers in {} and writes what is to be shipped into {}.",
        state.display(),
        spool.display()
    ));
    if args.target.to.is_none() {
        // systemd does not start what may write to a folder that is not there.
        Store::open(&state)?;
        plan::spool(&spool, &places)?;
    } else {
        lines.push("Both folders must be there before it can start:".to_owned());
        lines.push(format!(
            "  install -d -m 0700 {} {}",
            quoted(&state.to_string_lossy()),
            quoted(&spool.to_string_lossy())
        ));
    }
    conclude(lines, &args.target, &folder, Job::Run)
}

/// Writes the files that send.
#[cfg(feature = "net")]
fn install_shipping(args: &Install) -> anyhow::Result<u8> {
    let ship = match super::ship::parse(&args.options) {
        // Help was asked for.
        Err(error) if !error.use_stderr() => {
            error.print()?;
            return Ok(0);
        }
        parsed => parsed.map_err(|error| of_options("ship", &error))?,
    };
    // A scheduler starts it elsewhere, and what sends sees no homes.
    for file in ship.files() {
        let path = file.display();
        if !file.is_absolute() && !file.has_root() {
            anyhow::bail!("{path}: an absolute path is needed");
        }
    }
    let files: Vec<PathBuf> = ship.files().cloned().collect();
    let (state, spool) = folders(args, &mut ship.places())?;
    let shipping = Shipping {
        program: program(args)?,
        arguments: args.options.clone(),
        state,
        spool: spool.clone(),
        is_users: args.target.user,
    };
    sayable([&shipping.program, &shipping.state, &shipping.spool], args)?;
    let remark = only_roots(&shipping.program, args)?;
    let mut needed = files.iter().chain([&shipping.program, &shipping.spool]);
    if args.target.scheduler() == Scheduler::Systemd
        && let Some(path) = needed.find(|path| systemd::is_hidden(&shipping, path))
    {
        let path = path.display();
        anyhow::bail!("{path}: the service does not see it; /etc/straykey is a place for files");
    }
    let files: Vec<UnitFile> = match args.target.scheduler() {
        Scheduler::Systemd => systemd::shipping(&shipping).to_vec(),
        Scheduler::Launchd => vec![launchd::shipping(&shipping, &plan::device().id)],
        Scheduler::Windows => vec![windows::shipping(&shipping)],
    };
    let folder = args.target.folder()?;
    let mut lines = write(&folder, &files)?;
    lines.extend(remark);
    lines.push(format!(
        "It sends what is in {} once an hour, and takes away what was taken.",
        spool.display()
    ));
    conclude(lines, &args.target, &folder, Job::Ship)
}

/// Writes files, and says so.
fn write(folder: &Path, files: &[UnitFile]) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for file in files {
        let path = folder.join(file.name);
        output::write_shared(&path, &file.text).with_context(|| match machine::is_root() {
            true => path.display().to_string(),
            false => format!(
                "{}: as root, or with --user for this user alone",
                path.display()
            ),
        })?;
        lines.push(format!("wrote {}", path.display()));
    }
    Ok(lines)
}

/// Says what is to be done now.
fn conclude(
    mut lines: Vec<String>,
    target: &Target,
    folder: &Path,
    job: Job,
) -> anyhow::Result<u8> {
    lines.push("Now:".to_owned());
    let commands = target.commands(folder, job, true);
    lines.extend(commands.iter().map(|command| format!("  {command}")));
    say(&lines)
}

/// Takes the files away: those that send, too, which another build may have written.
pub(super) fn uninstall(args: &Uninstall) -> anyhow::Result<u8> {
    let folder = args.target.folder()?;
    let ships = args.target.names(Job::Ship).iter();
    let ships = ships.clone().any(|name| folder.join(name).exists());
    let jobs: &[Job] = if ships {
        &[Job::Run, Job::Ship]
    } else {
        &[Job::Run]
    };
    let mut lines = vec!["First, if it is still there:".to_owned()];
    for &job in jobs {
        let commands = args.target.commands(&folder, job, false);
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    for name in jobs.iter().flat_map(|&job| args.target.names(job)) {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Ok(()) => lines.push(format!("removed {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                lines.push(format!("{} is not there", path.display()));
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    lines.push("State, spool and log stay: they are evidence.".to_owned());
    say(&lines)
}

/// Says which files of ours are where the scheduler looks.
pub(super) fn installed() -> Vec<String> {
    let mut lines = Vec::new();
    for user in [false, true] {
        let target = Target {
            user,
            scheduler: None,
            to: None,
        };
        let Ok(folder) = target.folder() else {
            continue;
        };
        let whose = if user { "this user" } else { "the machine" };
        if target.is_in(&folder, Job::Run) {
            lines.push(format!("installed for {whose} in {}", folder.display()));
        }
        if target.is_in(&folder, Job::Ship) {
            lines.push(format!("sends for {whose}, by {}", folder.display()));
        }
    }
    if lines.is_empty() {
        lines.push(
            "not installed; `straykey agent install` writes what the scheduler needs".to_owned(),
        );
    }
    lines
}

fn say(lines: &[String]) -> anyhow::Result<u8> {
    output::lines(lines)?;
    Ok(0)
}
