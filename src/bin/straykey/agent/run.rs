//! `straykey agent run` and `agent match`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use straykey::agent::pace::{self, Manners};
use straykey::agent::run::{Done, RunError, Settings, match_known as match_all, run as run_once};
use straykey::inventory::Inventory;
use straykey::policy::{Allowances, FailOn, Overrides};
use straykey::report::escape;
use straykey::scan::{Error, Histories, Options, Passwords};
use straykey::source::{Interrupt, tree};

use super::plan::{self, Plan};
use super::{Lists, Match, Places, Run, Telling, log};
use crate::args::Switch;
use crate::{lists, output, part, stop};

/// Where an agent keeps the versions of lists that it saw, in its state.
const PINS: &str = "inventory-pins.json";

/// Load for each processor above which a run waits.
const BUSY: f64 = 1.5;

/// Runs the agent.
pub(super) fn run(args: &Run) -> anyhow::Result<u8> {
    let interrupt = stop::interrupt()?;
    let priority = priority();
    let mut start = Instant::now();
    // What the process takes from its start on is of the first run's share.
    let mut since = (start, Duration::ZERO);
    if !args.splay.is_zero() {
        nap(splay(args.splay), &interrupt);
        since = (Instant::now(), pace::cpu_time());
    }
    let mut is_first = true;
    loop {
        // The list, the users and the mounts may be others by now.
        let code = match once(args, since, &priority, &interrupt) {
            // Whoever starts it sees at once what it cannot do; a full disk or a folder that is gone for a day
            // must not end what runs for months.
            Err(error) if !args.once && !is_first => {
                output::remark(&format!(
                    "straykey: {}",
                    escape::terminal(&crate::told(&error))
                ));
                crate::CANNOT_VOUCH
            }
            done => done?,
        };
        is_first = false;
        if args.once || interrupt.is_set() {
            return Ok(if interrupt.is_set() && !args.once {
                stop::code()
            } else {
                code
            });
        }
        start += args.every;
        nap(start.saturating_duration_since(Instant::now()), &interrupt);
        if interrupt.is_set() {
            return Ok(stop::code());
        }
        start = start.max(Instant::now());
        since = (start, pace::cpu_time());
    }
}

/// One run. It has an interrupt of its own: its time may be over, and the program goes on.
fn once(
    args: &Run,
    since: (Instant, Duration),
    priority: &[String],
    interrupt: &Arc<Interrupt>,
) -> anyhow::Result<u8> {
    let (state, spool) = plan::folders(&args.places)?;
    let users = plan::users();
    // Both are made before, so that a walk does not enter them.
    let opened = plan::spool(&spool, &args.places)?;
    straykey::source::state::Store::open(&state)?;
    let plan = plan::plan(args, &users, &[&state, &spool]);
    // A list that cannot be used is told like everything else: whoever waits for the account of
    // this machine would take the one before for the last word.
    let (list, trouble) = match open(&args.lists, &state) {
        Ok(list) => (list, None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let own = Arc::new(Interrupt::new());
    let relay = relay(interrupt, &own);
    let mut settings = Settings {
        scan: options(args, &plan, &args.lists)?,
        left_out: plan.left_out,
        state,
        spool: opened,
        manners: manners(args, since),
        device: plan::device(),
        users,
        privacy: plan::privacy(&args.telling)?,
        max_age_days: args.lists.list_max_age,
        remarks: priority.to_vec(),
        trouble,
    };
    // A key that cannot be read is told before the run, not after hours.
    let key = args.sign.as_deref().map(log::signing_key).transpose()?;
    if !args.quiet
        && let Some(why) = pace::waits_for(&settings.manners)
    {
        output::remark(&format!("waiting: {why}"));
    }
    let mut done = run_once(&settings, list.as_ref(), &own);
    // A page of a list is checked when it is asked.
    if let Err(RunError::Scan(error @ Error::Inventory(_))) = &done {
        settings.trouble = Some(error.to_string());
        done = run_once(&settings, None, &own);
    }
    let done = done?;
    drop(relay);
    if let Some(key) = key {
        let lines = done.heartbeat.log.as_ref().map_or(0, |head| head.lines);
        log::sign(&settings.state, &key, lines)?;
    }
    if !args.quiet {
        tell(&done)?;
    }
    Ok(done.exit_code)
}

/// Hands a signal to end on to a run, until it is dropped.
fn relay(from: &Arc<Interrupt>, to: &Arc<Interrupt>) -> std::sync::mpsc::Sender<()> {
    let (sender, ended) = std::sync::mpsc::channel();
    let (from, to) = (Arc::clone(from), Arc::clone(to));
    std::thread::spawn(move || {
        use std::sync::mpsc::RecvTimeoutError::Timeout;
        while ended.recv_timeout(Duration::from_millis(100)) == Err(Timeout) {
            if from.is_set() {
                to.set();
            }
        }
    });
    sender
}

/// Matches what is known with a list.
pub(super) fn match_known(args: &Match) -> anyhow::Result<u8> {
    let (state, spool) = plan::folders(&args.places)?;
    let settings = settings(&args.places, &args.telling, &args.lists, state, spool)?;
    let list = open(&args.lists, &settings.state)?;
    let done = match_all(&settings, list.as_ref())?;
    if !args.quiet {
        tell(&done)?;
    }
    Ok(done.exit_code)
}

/// Returns the settings of a run that reads nothing.
fn settings(
    places: &Places,
    telling: &Telling,
    lists: &Lists,
    state: PathBuf,
    spool: PathBuf,
) -> anyhow::Result<Settings> {
    let run = super::parse_run(&[])?;
    Ok(Settings {
        scan: options(&run, &Plan::default(), lists)?,
        left_out: Vec::new(),
        spool: plan::spool(&spool, places)?,
        state,
        manners: manners(&run, (Instant::now(), pace::cpu_time())),
        device: plan::device(),
        users: plan::users(),
        privacy: plan::privacy(telling)?,
        max_age_days: lists.list_max_age,
        remarks: Vec::new(),
        trouble: None,
    })
}

/// Opens the list that keys are matched with.
fn open(args: &Lists, state: &Path) -> anyhow::Result<Option<Inventory>> {
    let list = args.list.open()?;
    if let Some(list) = &list {
        let has_id = !list.info().header.list_id.is_empty();
        let own = has_id.then(|| state.join(PINS));
        if let Some(pins) = args.inventory_pins.as_ref().or(own.as_ref()) {
            lists::check_version(list, pins)?;
        }
    }
    Ok(list)
}

/// Returns how the machine is scanned. What a repository says about itself is not heeded: its owner
/// is the one that is looked at.
fn options(args: &Run, plan: &Plan, lists: &Lists) -> anyhow::Result<Options> {
    Ok(Options {
        paths: plan.roots.clone(),
        tree: tree::Options {
            threads: usize::from(args.threads),
            exclude: args.exclude.clone(),
            max_file_size: args.max_file_size.unwrap_or(u64::MAX),
            respect_ignore: false,
            reading: tree::Reading::All,
            max_depth: None,
            care: tree::Care {
                closed: Arc::new(plan.closed.clone()),
                ..tree::Care::default()
            },
        },
        history: Histories::Auto,
        naive: false,
        git: part::settings(),
        state: None,
        fail_on: FailOn::default(),
        overrides: Overrides::default(),
        strict: false,
        passwords: Passwords::default(),
        archives: args.archives == Switch::On,
        signed_tokens: false,
        known_bad: Arc::new(lists::known_bad(&lists.known_bad)?),
        published: true,
        host: lists.machine.host(),
        environment: lists.machine.environment(),
        allowances: Allowances {
            base: PathBuf::from("/"),
            ..Allowances::default()
        },
        nested: None,
        patterns: None,
        skipped_families: Vec::new(),
        live: plan.live.clone(),
        partial: true,
    })
}

fn manners(args: &Run, since: (Instant, Duration)) -> Manners {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Manners {
        share: Some(f64::from(args.cpu_budget) / 100.0),
        since,
        time: Some(args.time_budget),
        memory: Some(args.memory_limit),
        max_load: Some(args.max_load.unwrap_or(BUSY * processors as f64)),
        on_battery: args.on_battery,
        power: PathBuf::from("/sys/class/power_supply"),
        load: PathBuf::from("/proc/loadavg"),
    }
}

/// Takes the lowest priorities there are; returns what could not be had. A unit of systemd sets them
/// before.
fn priority() -> Vec<String> {
    let mut remarks = Vec::new();
    if !pace::lower_priority() {
        remarks
            .push("the processor's priority is not lowered by the agent on this system".to_owned());
    }
    let is_unit = std::env::var_os("INVOCATION_ID").is_some();
    if cfg!(target_os = "linux") && !is_unit {
        // The call has no safe wrapper that is kept up; this program comes with every Linux.
        let done = std::process::Command::new("ionice")
            .args(["-c", "3", "-p", &std::process::id().to_string()])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        if !done.is_ok_and(|status| status.success()) {
            remarks.push("the priority of reading could not be lowered".to_owned());
        }
    }
    remarks
}

/// Returns this machine's own moment within a time, the same each day.
fn splay(within: Duration) -> Duration {
    let id = plan::device().id;
    let digits = id.get(..8).unwrap_or_default();
    let part = u32::from_str_radix(digits, 16).unwrap_or(0);
    within.mul_f64(f64::from(part) / f64::from(u32::MAX))
}

fn nap(time: Duration, interrupt: &Interrupt) {
    let until = Instant::now() + time;
    while !interrupt.is_set() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(200)));
    }
}

/// Says in a few lines what a run came to.
fn tell(done: &Done) -> anyhow::Result<()> {
    let beat = &done.heartbeat;
    let seen = &beat.coverage;
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let mut lines = vec![match beat.why.is_empty() {
        true => beat.verdict.clone(),
        false => format!("{}: {}", beat.verdict, beat.why.join("; ")),
    }];
    lines.push(format!(
        "{} files ({} read, {} as they were), {} repositories, {} agents, {} environments, {:.1} s, {:.1} s of a processor",
        seen.files,
        seen.files_read,
        seen.files_unchanged,
        seen.repositories,
        seen.live_stores,
        seen.environments,
        seen.seconds,
        seen.cpu_seconds
    ));
    lines.extend(seen.remarks.iter().cloned());
    lines.push(shown(&done.file));
    output::lines(&lines)
}
