//! Where a report goes: standard output, a file replaced by rename, a pipe. And lines beside it.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use straykey::disk;
use straykey::report::escape;

/// Writes a line to standard output.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{line}").context("cannot write to standard output")
}

/// Writes lines to standard output, in which nothing acts on a terminal.
pub(crate) fn lines(lines: &[String]) -> anyhow::Result<()> {
    write(None, |out| {
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(out, "{}", escape::terminal(line)))
    })
}

/// Writes a line to standard error; a closed or full one is nobody's problem.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Replaces a file that others read too: with the mode that it has, or the usual
/// one. What [`write`] writes is for its owner alone.
pub(crate) fn write_shared(path: &Path, text: &str) -> anyhow::Result<()> {
    let place = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(place)?;
    }
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).map_or(0o644, |found| found.permissions().mode() & 0o7777)
    };
    #[cfg(not(unix))]
    let mode = disk::PRIVATE;
    write_as(Some(path), mode, |out| out.write_all(text.as_bytes()))
}

/// Writes to `path`, or to standard output.
///
/// A regular file, or one that is not there yet, is replaced by rename, so that
/// it is never seen half written. Anything else (a pipe, the null device) is
/// written through.
pub(crate) fn write(
    path: Option<&Path>,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    write_as(path, disk::PRIVATE, body)
}

/// The same, with the mode of a file that is replaced.
fn write_as(
    path: Option<&Path>,
    mode: u32,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = path else {
        let stdout = io::stdout();
        let mut out = io::BufWriter::new(stdout.lock());
        body(&mut out)?;
        return Ok(out.flush()?);
    };
    let place = || format!("cannot write {}", path.display());
    let is_special = std::fs::metadata(path).is_ok_and(|m| !m.is_file());
    if is_special {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(place)?;
        let mut out = io::BufWriter::new(file);
        body(&mut out).with_context(place)?;
        return out.flush().with_context(place);
    }
    // Through a link, the file it points at is the one to replace.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = target
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    anyhow::ensure!(
        folder.is_dir(),
        "{}: {} is no folder",
        place(),
        folder.display()
    );
    disk::replace(&target, mode, body).with_context(place)
}
