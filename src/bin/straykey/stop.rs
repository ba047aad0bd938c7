//! What asks the program to end: Ctrl-C, and the signal that a service manager sends (SIGTERM). Both
//! end a run in order: what was learned is kept, and nothing is told as whole that is not.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use straykey::source::Interrupt;

/// Ended by Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

/// Ended by SIGTERM, as shells count it.
#[cfg(unix)]
const TERMINATED: usize = 143;

/// The exit code of the signal that came; 0 before one did.
#[cfg(unix)]
static CODE: OnceLock<Arc<std::sync::atomic::AtomicUsize>> = OnceLock::new();

/// Returns what a signal sets; a hook may scan twice, a signal has one handler.
pub(crate) fn interrupt() -> anyhow::Result<Arc<Interrupt>> {
    static INTERRUPT: OnceLock<Arc<Interrupt>> = OnceLock::new();
    if let Some(known) = INTERRUPT.get() {
        return Ok(Arc::clone(known));
    }
    let interrupt = Arc::new(Interrupt::new());
    listen(&interrupt).context("cannot listen for signals")?;
    Ok(Arc::clone(INTERRUPT.get_or_init(|| interrupt)))
}

/// Returns the exit code of a run that was asked to end.
pub(crate) fn code() -> u8 {
    #[cfg(unix)]
    if let Some(code) = CODE.get() {
        let code = code.load(std::sync::atomic::Ordering::Relaxed);
        return u8::try_from(code)
            .ok()
            .filter(|&code| code != 0)
            .unwrap_or(INTERRUPTED);
    }
    INTERRUPTED
}

/// A handler sets two numbers, and needs no thread: that there may be none is one of the ways to end.
#[cfg(unix)]
fn listen(interrupt: &Interrupt) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    let code = CODE.get_or_init(Arc::default);
    for (signal, value) in [(SIGINT, usize::from(INTERRUPTED)), (SIGTERM, TERMINATED)] {
        flag::register_usize(signal, Arc::clone(code), value)?;
        flag::register(signal, interrupt.shared())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn listen(interrupt: &Arc<Interrupt>) -> Result<(), ctrlc::Error> {
    let on_signal = Arc::clone(interrupt);
    ctrlc::set_handler(move || on_signal.set())
}
