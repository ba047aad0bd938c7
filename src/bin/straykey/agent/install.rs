//! `straykey agent install` and `uninstall`: files for the system's scheduler.
//!
//! Files are written, nothing is started: what to do is said, so that a person or the tool that
//! manages the machine does it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use straykey::agent::machine;
use straykey::agent::unit::{Schedule, UnitFile, launchd, systemd, windows};
use straykey::report::escape;
use straykey::source::state::Store;

use super::{parse_run, plan};
use crate::output;

/// Options of `agent install`.
#[derive(Args, Debug)]
pub(super) struct Install {
    #[command(flatten)]
    target: Target,
    /// The program that is run [default: this one]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
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
        let home = || std::env::home_dir().context("no home: give --to");
        Ok(match (self.scheduler(), self.user) {
            (Scheduler::Systemd, false) => PathBuf::from("/etc/systemd/system"),
            (Scheduler::Systemd, true) => {
                let set = std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
                let folder = match set {
                    Some(folder) => PathBuf::from(folder),
                    None => home()?.join(".config"),
                };
                folder.join("systemd/user")
            }
            (Scheduler::Launchd, false) => PathBuf::from("/Library/LaunchDaemons"),
            (Scheduler::Launchd, true) => home()?.join("Library/LaunchAgents"),
            (Scheduler::Windows, _) => {
                anyhow::bail!("--to is needed: a task is imported from a file")
            }
        })
    }

    fn names(&self) -> &'static [&'static str] {
        match self.scheduler() {
            Scheduler::Systemd => &[systemd::SERVICE, systemd::TIMER],
            Scheduler::Launchd => &[launchd::PLIST],
            Scheduler::Windows => &[windows::TASK],
        }
    }

    /// Returns what is to be done once the files are there, or before they go.
    fn commands(&self, folder: &Path, is_there: bool) -> Vec<String> {
        let user = if self.user { " --user" } else { "" };
        let file = |name: &str| folder.join(name).display().to_string();
        match (self.scheduler(), is_there) {
            (Scheduler::Systemd, true) => vec![
                format!("systemctl{user} daemon-reload"),
                format!("systemctl{user} enable --now {}", systemd::TIMER),
                format!(
                    "systemctl{user} start {}    # a first run now",
                    systemd::SERVICE
                ),
            ],
            (Scheduler::Systemd, false) => vec![
                format!("systemctl{user} disable --now {}", systemd::TIMER),
                format!("systemctl{user} daemon-reload"),
            ],
            (Scheduler::Launchd, true) => {
                vec![format!(
                    "launchctl bootstrap {} {}",
                    self.domain(),
                    file(launchd::PLIST)
                )]
            }
            (Scheduler::Launchd, false) => {
                vec![format!(
                    "launchctl bootout {}/org.straykey.agent",
                    self.domain()
                )]
            }
            (Scheduler::Windows, true) => vec![format!(
                "schtasks /Create /TN straykey-agent /XML \"{}\"",
                file(windows::TASK)
            )],
            (Scheduler::Windows, false) => {
                vec!["schtasks /Delete /TN straykey-agent".to_owned()]
            }
        }
    }

    fn domain(&self) -> &'static str {
        if self.user { "gui/$(id -u)" } else { "system" }
    }
}

/// Writes the files.
pub(super) fn install(args: &Install) -> anyhow::Result<u8> {
    let run = match parse_run(&args.options) {
        // Help was asked for.
        Err(error) if !error.use_stderr() => {
            error.print()?;
            return Ok(0);
        }
        parsed => parsed.context("options of `agent run`")?,
    };
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("where this program is")?,
    };
    let mut places = run.places;
    if !args.target.user && !machine::is_root() {
        // What is written for root has root's folders, whoever writes it.
        let state = places
            .state
            .get_or_insert_with(|| "/var/lib/straykey".into())
            .clone();
        places
            .spool
            .get_or_insert_with(|| match state == Path::new("/var/lib/straykey") {
                true => "/var/spool/straykey".into(),
                false => state.join("spool"),
            });
    }
    let (state, spool) = plan::folders(&places)?;
    let schedule = Schedule {
        program,
        arguments: args.options.clone(),
        state: state.clone(),
        spool: spool.clone(),
        cpu_percent: run.cpu_budget,
        is_users: args.target.user,
    };
    let files: Vec<UnitFile> = match args.target.scheduler() {
        Scheduler::Systemd => systemd::files(&schedule).to_vec(),
        Scheduler::Launchd => vec![launchd::file(&schedule, &plan::device().id)],
        Scheduler::Windows => vec![windows::file(&schedule)],
    };
    let folder = args.target.folder()?;
    let mut lines = Vec::new();
    for file in &files {
        let path = folder.join(file.name);
        output::write_shared(&path, &file.text)?;
        lines.push(format!("wrote {}", path.display()));
    }
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
            state.display(),
            spool.display()
        ));
    }
    lines.push("Now:".to_owned());
    lines.extend(
        args.target
            .commands(&folder, true)
            .iter()
            .map(|command| format!("  {command}")),
    );
    say(&lines)
}

/// Takes the files away.
pub(super) fn uninstall(args: &Uninstall) -> anyhow::Result<u8> {
    let folder = args.target.folder()?;
    let mut lines = vec!["First, if it is still there:".to_owned()];
    let commands = args.target.commands(&folder, false);
    lines.extend(commands.iter().map(|command| format!("  {command}")));
    for name in args.target.names() {
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
        let whole = target
            .names()
            .iter()
            .all(|name| folder.join(name).is_file());
        if whole {
            let whose = if user { "this user" } else { "the machine" };
            lines.push(format!("installed for {whose} in {}", folder.display()));
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
    output::write(None, |out| {
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(out, "{}", escape::terminal(line)))
    })?;
    Ok(0)
}
