//! The machine's owner goes first: how fast a run may go, and when it has to wait.
//!
//! Workers take a [`Rest`] between pieces of work. There they sleep as long as the processor time that
//! the whole process took exceeds its share, and while the machine runs on battery or has much else
//! to do. A thread watches the clock: when the time of a run is over, it stops where it is, and the next
//! run goes on there. Priorities are the lowest there are; that they are is for whoever starts the agent
//! ([`lower_priority`], and the unit).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::source::{Interrupt, Rest};

/// How often the share of the processor is looked at: often enough that one look cannot have missed
/// much, rarely enough that looking costs nothing.
const LOOK: Duration = Duration::from_millis(2);

/// What was not used of a share is not saved up for longer than this.
const WINDOW: Duration = Duration::from_secs(1);

/// Longest sleep at once: an interrupt should not wait.
const NAP: Duration = Duration::from_millis(200);

/// Shortest sleep, and what may be due before one. To fall asleep and wake takes processor time as well, on
/// some virtual machines a tenth of a millisecond: short sleeps would spend the share on themselves.
const PAUSE: Duration = Duration::from_millis(20);

/// How often power and load are looked at.
const WATCH: Duration = Duration::from_secs(5);

/// How a run should go about it.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Share of one processor that it may take, from 0 to 1 (or more, of several).
    pub share: Option<f64>,
    /// From when on the share counts, and the processor time that the process had taken by then: what
    /// the start of a run takes is of its share as well.
    pub since: (Instant, Duration),
    /// How long it may take.
    pub time: Option<Duration>,
    /// Most memory that it may have, in bytes: a run that has more is stopped where it is.
    pub memory: Option<u64>,
    /// Load above which it waits.
    pub max_load: Option<f64>,
    /// Whether it goes on when the machine runs on battery.
    pub on_battery: bool,
    /// Where the system tells about power: `/sys/class/power_supply`.
    pub power: PathBuf,
    /// Where it tells about load: `/proc/loadavg`.
    pub load: PathBuf,
}

/// Keeps a run at its pace, until it is dropped.
#[derive(Debug)]
pub struct Pace {
    shared: Arc<Shared>,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug)]
struct Shared {
    share: Option<f64>,
    stop: Arc<Interrupt>,
    start: Instant,
    /// When the share was looked at last, in microseconds since the start.
    looked: AtomicU64,
    window: Mutex<(Instant, Duration)>,
    /// Whether workers have to wait.
    waits: AtomicBool,
    /// How long they had to, in milliseconds.
    waited: AtomicU64,
    is_over: AtomicBool,
    is_too_large: AtomicBool,
}

impl Pace {
    /// Begins to watch; `stop` is set when the time is over.
    #[must_use]
    pub fn keep(manners: &Manners, stop: &Arc<Interrupt>) -> Self {
        let start = Instant::now();
        let shared = Arc::new(Shared {
            share: manners.share,
            stop: Arc::clone(stop),
            start,
            looked: AtomicU64::new(0),
            window: Mutex::new(manners.since),
            waits: AtomicBool::new(must_wait(manners)),
            waited: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            is_too_large: AtomicBool::new(false),
        });
        let (sender, ended) = channel();
        let (watched, manners) = (Arc::clone(&shared), manners.clone());
        let watch = std::thread::spawn(move || {
            let mut next = Instant::now() + WATCH;
            loop {
                match ended.recv_timeout(NAP) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
                if watched.waits.load(Ordering::Relaxed) {
                    let nap = u64::try_from(NAP.as_millis()).unwrap_or(u64::MAX);
                    watched.waited.fetch_add(nap, Ordering::Relaxed);
                }
                if manners.time.is_some_and(|time| start.elapsed() >= time) {
                    watched.is_over.store(true, Ordering::Relaxed);
                    watched.stop.set();
                }
                if manners
                    .memory
                    .zip(memory())
                    .is_some_and(|(most, has)| has > most)
                {
                    watched.is_too_large.store(true, Ordering::Relaxed);
                    watched.stop.set();
                }
                if Instant::now() >= next {
                    next = Instant::now() + WATCH;
                    watched.waits.store(must_wait(&manners), Ordering::Relaxed);
                }
            }
        });
        Self {
            shared,
            watch: Some((sender, watch)),
        }
    }

    /// Returns what workers do between pieces of work.
    #[must_use]
    pub fn rest(&self) -> Rest {
        let shared = Arc::clone(&self.shared);
        Rest::new(move || shared.rest())
    }

    /// Sleeps until what was taken is within the share again: so a run as a whole is.
    pub fn settle(&self) {
        if let Some(share) = self.shared.share {
            self.shared.settle(share, Duration::ZERO);
        }
    }

    /// How long the run had to wait for power or quiet.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.shared.waited.load(Ordering::Relaxed))
    }

    /// Whether it was stopped because it had too much memory.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.shared.is_too_large.load(Ordering::Relaxed)
    }

    /// Whether it was stopped because its time was over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Relaxed)
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        if let Some((sender, watch)) = self.watch.take() {
            drop(sender);
            // A watch that panicked has nothing more to say.
            let _ = watch.join();
        }
    }
}

impl Shared {
    fn rest(&self) -> bool {
        while self.waits.load(Ordering::Relaxed) && !self.stop.is_set() {
            std::thread::sleep(NAP);
        }
        let Some(share) = self.share else {
            return !self.stop.is_set();
        };
        let now = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let look = LOOK.as_micros() as u64;
        if now.saturating_sub(self.looked.load(Ordering::Relaxed)) < look {
            return !self.stop.is_set();
        }
        self.looked.store(now, Ordering::Relaxed);
        self.settle(share, PAUSE);
        !self.stop.is_set()
    }

    /// Sleeps until no more than `most` is due, or the run is stopped.
    fn settle(&self, share: f64, most: Duration) {
        while !self.stop.is_set() {
            let due = self.due(share);
            if due <= most {
                return;
            }
            std::thread::sleep(due.clamp(PAUSE, NAP));
        }
    }

    /// Returns how long to sleep until what was used is within the share again.
    fn due(&self, share: f64) -> Duration {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, used) = *window;
        let (wall, cpu) = (begun.elapsed(), cpu_time().saturating_sub(used));
        let due = cpu.div_f64(share).saturating_sub(wall);
        if due.is_zero() && wall > WINDOW {
            *window = (Instant::now(), cpu_time());
        }
        due
    }
}

/// Returns the processor time that this process took.
#[cfg(unix)]
#[must_use]
pub fn cpu_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Returns the processor time that this process took: not to be had here.
#[cfg(not(unix))]
#[must_use]
pub fn cpu_time() -> Duration {
    Duration::ZERO
}

/// Returns the most memory that this process had, in bytes, from `/proc/self/status`.
#[must_use]
pub fn peak_memory(status: &str) -> Option<u64> {
    field(status, "VmHWM:")
}

/// Returns the memory that this process has now, where the system tells it.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    field(&status, "VmRSS:")
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Gives this process the lowest priority of the processor; returns whether it has it.
#[cfg(unix)]
#[must_use]
pub fn lower_priority() -> bool {
    rustix::process::nice(19).is_ok()
}

/// Gives this process the lowest priority: for the scheduler that starts it to do, here.
#[cfg(not(unix))]
#[must_use]
pub fn lower_priority() -> bool {
    false
}

fn must_wait(manners: &Manners) -> bool {
    waits_for(manners).is_some()
}

/// Says what a run would have to wait for now.
#[must_use]
pub fn waits_for(manners: &Manners) -> Option<String> {
    let busy = || {
        let text = std::fs::read_to_string(&manners.load).unwrap_or_default();
        let load = text
            .split(' ')
            .next()
            .and_then(|word| word.parse::<f64>().ok());
        let (max, load) = manners.max_load.zip(load)?;
        (load > max).then(|| format!("the load is {load}, above {max} (--max-load)"))
    };
    if !manners.on_battery && on_battery(&manners.power) {
        return Some("the machine runs on battery (--on-battery goes on)".to_owned());
    }
    busy()
}

/// Whether a battery is being emptied, and no power line is connected.
#[must_use]
pub fn on_battery(folder: &Path) -> bool {
    let mut discharges = false;
    for supply in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let word = |name: &str| {
            let text = std::fs::read_to_string(supply.path().join(name));
            text.unwrap_or_default().trim().to_owned()
        };
        // A mouse has a battery as well.
        if word("scope") == "Device" {
            continue;
        }
        match word("type").as_str() {
            "Battery" => discharges |= word("status") == "Discharging",
            "Mains" | "USB" if word("online") == "1" => return false,
            _ => {}
        }
    }
    discharges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(folder: &Path, name: &str, facts: &[(&str, &str)]) {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (fact, value) in facts {
            std::fs::write(folder.join(fact), format!("{value}\n")).unwrap();
        }
    }

    #[test]
    fn a_laptop_off_the_line_is_on_battery() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(!on_battery(path));
        supply(
            path,
            "mouse",
            &[
                ("type", "Battery"),
                ("status", "Discharging"),
                ("scope", "Device"),
            ],
        );
        assert!(!on_battery(path));
        supply(
            path,
            "BAT0",
            &[("type", "Battery"), ("status", "Discharging")],
        );
        assert!(on_battery(path));
        supply(path, "AC", &[("type", "Mains"), ("online", "1")]);
        assert!(!on_battery(path));
        supply(path, "AC", &[("online", "0")]);
        assert!(on_battery(path));
    }

    /// A share of nearly nothing: who took a rest is not back before the time of the run is over.
    #[cfg(unix)]
    #[test]
    fn a_rest_lasts_until_the_share_is_due() {
        let manners = Manners {
            share: Some(1e-6),
            since: (Instant::now(), cpu_time()),
            time: Some(Duration::from_millis(600)),
            memory: None,
            max_load: None,
            on_battery: true,
            power: PathBuf::new(),
            load: PathBuf::new(),
        };
        let stop = Arc::new(Interrupt::new());
        let begun = Instant::now();
        let pace = Pace::keep(&manners, &stop);
        let until = Instant::now() + 5 * LOOK;
        while Instant::now() < until {}
        assert!(!pace.rest().take());
        assert!(pace.is_over() && stop.is_set());
        assert!(begun.elapsed() >= Duration::from_millis(600));
    }

    #[test]
    fn the_most_memory_is_read() {
        assert_eq!(
            peak_memory("VmPeak: 9 kB\nVmHWM:\t  2048 kB\n"),
            Some(2 << 20)
        );
        assert_eq!(peak_memory(""), None);
    }
}
