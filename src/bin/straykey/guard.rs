//! What the program does for itself before it reads a byte: a crash leaves no core file, what is in
//! memory is not written to swap where the system allows that, and a panic does not quote what was
//! looked at.
//!
//! A core file holds every key that was in memory, on a disk that others may read or send to
//! whoever collects crashes. The text of a panic may hold the value that was unexpected.

use std::io::Write as _;
use std::panic::{self, Location};

/// Guards this process; what it starts inherits that it leaves no core file.
pub(crate) fn set() {
    no_core();
    no_swap();
    panic::set_hook(Box::new(|panic| {
        let line = match is_about_threads(panic.payload()) {
            true => NO_THREADS.to_owned(),
            false => told(panic.location()),
        };
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(std::io::stderr(), "{line}");
    }));
}

/// What is said when there is no thread for a worker: who walks folders has no other way to tell that.
const NO_THREADS: &str = "straykey: the system gives no thread for each worker, or no memory for it: use fewer \
    workers (-j), or raise the limits of this process (ulimit -u and -v; TasksMax of a service)";

/// Whether a panic is that of the standard library when a thread cannot be had. Its text is looked at, and
/// not told.
fn is_about_threads(payload: &dyn std::any::Any) -> bool {
    // The latter in a thread that began, and has no room for what its signals need.
    const TEXTS: [&str; 3] = [
        "failed to spawn thread",
        "failed to allocate an alternative stack",
        "failed to set up alternative stack",
    ];
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .is_some_and(|text| TEXTS.iter().any(|begin| text.starts_with(begin)))
}

/// What is said of a panic: where in the program, never why.
fn told(location: Option<&Location<'_>>) -> String {
    let place = location.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!(
        "straykey: internal error at {place} (straykey {}); the scan is not complete. Please report this \
        line; nothing of what was scanned is in it",
        env!("CARGO_PKG_VERSION")
    )
}

/// Linux heeds a limit of 0 for files alone and goes on to pipe the core to a program that
/// `core_pattern` names; with a limit of 1 it writes neither (fs/coredump.c). Who may not raise
/// the limit to that has a limit of 0.
#[cfg(unix)]
fn no_core() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let least = u64::from(cfg!(target_os = "linux"));
    for limit in [least, 0] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        if setrlimit(Resource::Core, limit).is_ok() {
            return;
        }
    }
}

/// Everything that the program will hold is kept out of swap, if as much as it likes may be: of
/// root, of a service with `LimitMEMLOCK=infinity`. Under a limit the memory that goes beyond it would not
/// be had at all; there only `key::SecretPool` asks, for its own pages.
#[cfg(target_os = "linux")]
fn no_swap() {
    use rustix::mm::{MlockAllFlags, mlockall};
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const UNLIMITED: Rlimit = Rlimit {
        current: None,
        maximum: None,
    };
    let may = getrlimit(Resource::Memlock) == UNLIMITED
        || setrlimit(Resource::Memlock, UNLIMITED).is_ok();
    if may {
        // Pages as they are touched: what is only reserved takes no memory.
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    }
}

/// macOS encrypts its swap; it and Windows have no such call.
#[cfg(not(target_os = "linux"))]
fn no_swap() {}

/// Windows keeps no dump of a program that did not ask for it, unless its owner has set that up.
#[cfg(not(unix))]
fn no_core() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let line = told(Some(Location::caller()));
        assert!(line.contains("guard.rs:"), "{line}");
        assert!(!line.contains('\n'), "{line}");
        assert!(told(None).contains("unknown place"));
    }

    #[test]
    fn threads_that_cannot_be_had_are_told_apart() {
        let text = "failed to spawn thread: Os { code: 11 }";
        assert!(is_about_threads(&text.to_owned()) && is_about_threads(&text));
        let text = "failed to allocate an alternative stack: Cannot allocate memory (os error 12)";
        assert!(is_about_threads(&text.to_owned()));
        assert!(!is_about_threads(&"index out of bounds") && !is_about_threads(&7));
    }
}
