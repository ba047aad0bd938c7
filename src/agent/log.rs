//! The log of runs: lines are added, and each holds the hash of the one before.
//!
//! ```text
//! {"line":1,"prev":"000…","time":"…","event":{…}}
//! {"line":2,"prev":"<SHA-256 of line 1>","time":"…","event":{…}}
//! ```
//!
//! Who removes or alters a line breaks the chain at the next one. Who cuts off the end, or writes all
//! of it anew, leaves a log that is whole but does not hold the line that an earlier heartbeat names:
//! heartbeats left the machine, so [`verify`] is given their heads.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::record::Head;
use crate::source::state::open_to_append;
use crate::wire::hex;

/// Longest line, in bytes.
const MAX_LINE: u64 = 1 << 20;

/// A line of the log.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: u64,
    prev: String,
    time: String,
    event: Value,
}

/// Most of the end of a log that [`newest`] reads, in bytes.
const MAX_TAIL: u64 = 1 << 20;

/// A run that the log tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Its line, from 1.
    pub line: u64,
    /// RFC 3339 time.
    pub time: String,
    /// What was written down.
    pub event: Value,
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is not what was written.
    #[error("line {line}: {why}")]
    Broken {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// A heartbeat names a line that is not there so.
    #[error("line {line} is not the one that a heartbeat names: the log was cut or written anew")]
    Rewritten {
        /// Which.
        line: u64,
    },
}

/// Adds a line; returns the new end. A log whose last line is not whole, because a run was killed
/// while it wrote, is mended by taking that away.
///
/// # Errors
/// When it cannot be read or written, or its last line is no line of a log.
pub fn append(path: &Path, time: &str, event: Value) -> Result<Head, LogError> {
    let mut file = open_to_append(path)?;
    let end = last(&mut file)?;
    let line = Line {
        line: end.lines + 1,
        prev: end.sha256,
        time: time.to_owned(),
        event,
    };
    let mut text = serde_json::to_string(&line).map_err(io::Error::from)?;
    let sha256 = hash(text.as_bytes());
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    Ok(Head {
        lines: line.line,
        sha256,
    })
}

/// Returns the end of a log; what follows the last whole line is cut off.
fn last(file: &mut File) -> Result<Head, LogError> {
    let len = file.metadata()?.len();
    let from = len.saturating_sub(MAX_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = memchr::memrchr(b'\n', &tail).map_or(0, |at| at + 1);
    if whole < tail.len() {
        file.set_len(from + whole as u64)?;
    }
    let lines = tail.get(..whole).unwrap_or_default().trim_ascii_end();
    if lines.is_empty() {
        return Ok(start());
    }
    let begin = memchr::memrchr(b'\n', lines).map_or(0, |at| at + 1);
    let text = lines.get(begin..).unwrap_or_default();
    let broken = |_| LogError::Broken {
        line: 0,
        why: "the last line is none of a log",
    };
    let line: Line = serde_json::from_slice(text).map_err(broken)?;
    Ok(Head {
        lines: line.line,
        sha256: hash(text),
    })
}

/// The end of a log without lines.
fn start() -> Head {
    Head {
        lines: 0,
        sha256: "0".repeat(64),
    }
}

/// Returns the newest runs, the oldest of them first: those that the last mebibyte holds, and lines of
/// a log only. Nothing is verified.
///
/// # Errors
/// When it cannot be read.
pub fn newest(path: &Path) -> io::Result<Vec<Past>> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(MAX_TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(MAX_TAIL).read_to_end(&mut tail)?;
    let lines = tail.split(|&byte| byte == b'\n');
    // The first one may have begun before, and then it is no line.
    let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    let past = lines.map(|line| Past {
        line: line.line,
        time: line.time,
        event: line.event,
    });
    Ok(past.collect())
}

/// Checks every line, and that the lines which `heads` name are there; returns the end.
///
/// # Errors
/// What is wrong first.
pub fn verify(path: &Path, heads: &[Head]) -> Result<Head, LogError> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut end = start();
    let mut text = Vec::new();
    loop {
        text.clear();
        if io::Read::take(&mut reader, MAX_LINE).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let number = end.lines + 1;
        let broken = |why| LogError::Broken { line: number, why };
        let whole = text.strip_suffix(b"\n").ok_or(broken("it is not whole"))?;
        let line: Line =
            serde_json::from_slice(whole).map_err(|_| broken("it is none of a log"))?;
        if line.line != number {
            return Err(broken("a line before it is missing, or one was added"));
        }
        if line.prev != end.sha256 {
            return Err(broken("the line before it was altered"));
        }
        end = Head {
            lines: number,
            sha256: hash(whole),
        };
        if heads
            .iter()
            .any(|head| head.lines == number && head.sha256 != end.sha256)
        {
            return Err(LogError::Rewritten { line: number });
        }
    }
    match heads.iter().find(|head| head.lines > end.lines) {
        Some(head) => Err(LogError::Rewritten { line: head.lines }),
        None => Ok(end),
    }
}

fn hash(text: &[u8]) -> String {
    hex::encode(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    #[test]
    fn every_removed_or_altered_line_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut heads = Vec::new();
        for number in 0..6 {
            let event = serde_json::json!({ "run": number });
            heads.push(append(&path, "now", event).unwrap());
        }
        assert_eq!(verify(&path, &heads).unwrap(), heads[5]);
        let good = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = good.lines().collect();
        let is_found = |lines: Vec<String>| {
            std::fs::write(&path, lines.join("\n") + "\n").unwrap();
            verify(&path, &heads[5..]).is_err()
        };
        let all = || lines.iter().map(|&line| line.to_owned());
        for at in 0..lines.len() {
            let without = all().enumerate().filter(|(n, _)| *n != at);
            assert!(
                is_found(without.map(|(_, line)| line).collect()),
                "without {at}"
            );
            let altered = all().enumerate().map(|(n, line)| match n == at {
                true => line.replace("now", "then"),
                false => line,
            });
            assert!(is_found(altered.collect()), "altered {at}");
        }
        assert!(!is_found(all().collect()));
        // Written anew from the start: whole, and another one.
        std::fs::remove_file(&path).unwrap();
        for number in 0..6 {
            append(&path, "later", serde_json::json!({ "run": number })).unwrap();
        }
        assert!(verify(&path, &[]).is_ok());
        assert!(matches!(
            verify(&path, &heads[..1]),
            Err(LogError::Rewritten { line: 1 })
        ));
    }

    #[test]
    fn half_a_line_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "a", Value::Null).unwrap();
        let end = append(&path, "b", Value::Null).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"line\":3,\"pr").unwrap();
        assert!(verify(&path, &[]).is_err());
        let next = append(&path, "c", Value::Null).unwrap();
        assert_eq!(next.lines, end.lines + 1);
        assert!(verify(&path, &[end, next]).is_ok());
    }
}
