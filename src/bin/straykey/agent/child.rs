//! Asks a program that is not of ours, or that runs what is not: for a bounded time, for a bounded
//! answer, with nothing to read. What it says on standard error is not kept.

use std::io::{self, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use straykey::source::Interrupt;
use straykey::source::live::Program;

/// How often it is looked whether the run was asked to end.
const LOOK: Duration = Duration::from_millis(50);

/// Largest answer, in bytes: some thousand certificates fit.
const MAX_BYTES: u64 = 8 << 20;

/// Returns what a program prints.
pub(super) fn ask(asked: &Program<'_>) -> io::Result<Vec<u8>> {
    let until = Instant::now() + asked.patience;
    let mut command = Command::new(asked.program);
    command.args(asked.arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    match answer(&mut child, until, asked.interrupt) {
        Ok(answer) => Ok(answer),
        Err(error) => {
            end(&mut child);
            Err(error)
        }
    }
}

/// Reads all that it prints, and waits for its end.
fn answer(child: &mut Child, until: Instant, interrupt: &Interrupt) -> io::Result<Vec<u8>> {
    let Some(out) = child.stdout.take() else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    // The pipe may be held by what the program started: a thread waits for its end, the run does not.
    let (sender, read) = channel();
    std::thread::Builder::new().spawn(move || {
        let mut text = Vec::new();
        let read = out.take(MAX_BYTES + 1).read_to_end(&mut text);
        let _ = sender.send(read.map(|_| text));
    })?;
    let text = loop {
        match read.recv_timeout(LOOK) {
            Ok(text) => break text?,
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
            Err(RecvTimeoutError::Timeout) => go_on(until, interrupt)?,
        }
    };
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it prints more than any listing has",
        ));
    }
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        go_on(until, interrupt)?;
        std::thread::sleep(LOOK / 10);
    };
    match status.success() {
        true => Ok(text),
        false => Err(io::Error::other(format!("it failed: {status}"))),
    }
}

fn go_on(until: Instant, interrupt: &Interrupt) -> io::Result<()> {
    match () {
        () if interrupt.is_set() => Err(io::ErrorKind::Interrupted.into()),
        () if Instant::now() >= until => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "it did not answer in time",
        )),
        () => Ok(()),
    }
}

/// Ends a program and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(None) = child.try_wait()
        && let Some(group) = i32::try_from(child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
    {
        // It is not waited for yet, so the number is still its own.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;

    use super::*;

    fn shell(script: &str, patience: Duration) -> io::Result<Vec<u8>> {
        let arguments = ["-c", script].map(OsStr::new);
        ask(&Program {
            program: Path::new("/bin/sh"),
            arguments: &arguments,
            patience,
            interrupt: &Interrupt::new(),
        })
    }

    #[test]
    fn programs_answer_in_time_and_in_size() {
        let long = Duration::from_secs(20);
        assert_eq!(shell("echo a; cat", long).unwrap(), b"a\n");
        assert!(shell("echo a; exit 3", long).is_err());
        let begun = Instant::now();
        let kind = |script, patience| shell(script, patience).unwrap_err().kind();
        assert_eq!(kind("yes", long), io::ErrorKind::FileTooLarge);
        assert_eq!(
            kind("sleep 60", Duration::from_millis(200)),
            io::ErrorKind::TimedOut
        );
        // What it started holds the pipe.
        let holds = "sleep 61 & exit 0";
        assert_eq!(
            kind(holds, Duration::from_millis(200)),
            io::ErrorKind::TimedOut
        );
        assert!(begun.elapsed() < long);
    }
}
