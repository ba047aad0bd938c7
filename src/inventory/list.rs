//! The text list: a header line, then one JSON record per key version.
//!
//! ```text
//! {"format":"straykey-inventory/1","list_id":"…","version":7,"counts":{"entries":2},…}
//! {"entry":1,"name":"auth/pass-signer","kind":"rsa","ids":{"spki-sha256":"…"},…}
//! {"entry":2,…}
//! ```
//!
//! People read it, `grep` and `jq` work on it, and a detached signature covers
//! its exact bytes. Whatever is wrong with it is an error with line and column:
//! a list that was cut off or edited badly must never pass for a shorter one.
//! That is also why the header counts the records.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::locate;
use super::{Entry, Error, FORMAT, Header, IdKind};
use crate::key::CHALLENGE;
use crate::wire::hex;

/// Longest line. The largest record in sight, an ML-DSA-87 key with its
/// SubjectPublicKeyInfo and forty holdings, takes 20 KB.
pub const MAX_LINE: usize = 1 << 20;

/// Key of [`Header::counts`] under which all records are counted.
const ALL_ENTRIES: &str = "entries";

/// A list as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The first line.
    pub header: Header,
    /// The other lines, in order.
    pub entries: Vec<Entry>,
}

impl List {
    /// Reads a list. A byte order mark, CRLF line ends and empty lines are
    /// passed over.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.starts_with(super::table::MAGIC) {
            return Err(Error::Compiled);
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut lines = Lines {
            rest: bytes,
            number: 0,
        };
        let header = match lines.next() {
            Some(line) => read_header(line?)?,
            None => return Err(locate::fault(1, 1, "empty file: there is no header line")),
        };
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let read: Vec<_> = lines.par_iter().map(|line| read_entry(*line)).collect();
        // Sequentially, so that the first error in the file is the one reported.
        let entries = read.into_iter().collect::<Result<Vec<_>, _>>()?;

        let mut seen = HashMap::with_capacity(entries.len());
        for (entry, line) in entries.iter().zip(&lines) {
            if let Some(first) = seen.insert(entry.entry, line.number) {
                let reason = format!("entry number {} is also on line {first}", entry.entry);
                return Err(locate::field(*line, &["entry"], reason));
            }
        }
        let list = Self { header, entries };
        for (key, count) in list.counts() {
            if let Some(said) = list.header.counts.get(&key)
                && *said != count
            {
                let reason = format!("the header counts {said} {key}, the list holds {count}");
                return Err(locate::fault(1, 1, reason));
            }
        }
        Ok(list)
    }

    /// Reads a list from a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| Error::from(error).at(path))?;
        Self::read(&bytes).map_err(|error| error.at(path))
    }

    /// Writes the list; its records are counted afresh.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut header = self.header.clone();
        FORMAT.clone_into(&mut header.format);
        header
            .counts
            .retain(|key, count| !is_counted(key) || *count != 0);
        for (key, count) in self.counts() {
            header.counts.insert(key, count);
        }
        serde_json::to_writer(&mut *out, &header)?;
        out.write_all(b"\n")?;
        for entry in &self.entries {
            serde_json::to_writer(&mut *out, entry)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Returns the list as [`List::write`] writes it.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// Counts the records, all and by kind. Every kind that the header counts is
    /// there, so that records which are gone are noticed.
    fn counts(&self) -> Map<String, Value> {
        let mut counts: std::collections::BTreeMap<&str, u64> = self
            .header
            .counts
            .keys()
            .map(String::as_str)
            .filter(|key| is_counted(key))
            .map(|key| (key, 0))
            .collect();
        counts.insert(ALL_ENTRIES, 0);
        for entry in &self.entries {
            *counts.entry(ALL_ENTRIES).or_default() += 1;
            if is_counted(&entry.kind) && entry.kind != ALL_ENTRIES {
                *counts.entry(&entry.kind).or_default() += 1;
            }
        }
        counts
            .into_iter()
            .map(|(key, count)| (key.to_owned(), Value::from(count)))
            .collect()
    }
}

/// Whether a key of [`Header::counts`] is one that this version counts.
fn is_counted(key: &str) -> bool {
    const KINDS: [&str; 12] = [
        ALL_ENTRIES,
        "rsa",
        "ec",
        "okp",
        "ml-dsa",
        "slh-dsa",
        "ml-kem",
        "dsa",
        "dh",
        "hmac",
        "aes",
        "opaque",
    ];
    KINDS.contains(&key)
}

/// A line with its number, from 1.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// The line without its end.
    pub(super) bytes: &'a [u8],
    /// Its number.
    pub(super) number: u64,
}

/// The lines that are not empty; the first is handed out even so.
struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            self.number += 1;
            let end = memchr::memchr(b'\n', self.rest);
            let (line, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest.get(1..).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > MAX_LINE {
                let reason = format!("the line is longer than {MAX_LINE} bytes");
                return Some(Err(locate::fault(self.number, MAX_LINE as u64 + 1, reason)));
            }
            if self.number == 1 || !line.trim_ascii().is_empty() {
                return Some(Ok(Line {
                    bytes: line,
                    number: self.number,
                }));
            }
        }
        None
    }
}

/// Reads and checks the first line.
fn read_header(line: Line<'_>) -> Result<Header, Error> {
    let header: Header = serde_json::from_slice(line.bytes).map_err(|error| {
        let mut error = locate::json::<Header>(line, &error);
        if let Error::Malformed { reason, .. } = &mut error {
            *reason = format!("no header line: {reason}");
        }
        error
    })?;
    if header.format != FORMAT {
        let reason = format!(
            "the format is `{}`, not `{FORMAT}`",
            header.format.escape_debug()
        );
        return Err(locate::field(line, &["format"], reason));
    }
    let challenge = hex::encode(&CHALLENGE);
    if header
        .challenge
        .as_ref()
        .is_some_and(|given| *given != challenge)
    {
        let reason = format!("the challenge is not {challenge}, the only one there is");
        return Err(locate::field(line, &["challenge"], reason));
    }
    for (name, time) in [
        ("issued_at", &header.issued_at),
        ("expires_at", &header.expires_at),
    ] {
        if time
            .as_ref()
            .is_some_and(|time| time.parse::<jiff::Timestamp>().is_err())
        {
            return Err(locate::field(
                line,
                &[name],
                format!("{name} is not an RFC 3339 time"),
            ));
        }
    }
    if let Some(hash) = &header.prev_sha256
        && IdKind::SpkiSha256.fault(hash).is_some()
    {
        let reason = "prev_sha256 is not 64 lower-case hexadecimal digits";
        return Err(locate::field(line, &["prev_sha256"], reason));
    }
    Ok(header)
}

/// Reads and checks a record.
fn read_entry(line: Line<'_>) -> Result<Entry, Error> {
    let entry: Entry =
        serde_json::from_slice(line.bytes).map_err(|error| locate::json::<Entry>(line, &error))?;
    let mut fault = None;
    entry.ids.for_each(|kind, value| {
        if fault.is_none() {
            fault = kind.fault(value).map(|reason| (kind, reason));
        }
    });
    if let Some((kind, reason)) = fault {
        return Err(locate::field(line, &["ids", kind.name()], reason));
    }
    // With the hash beside it, the key itself is not needed to match.
    if let (None, Some(spki)) = (&entry.ids.spki_sha256, &entry.spki)
        && STANDARD.decode(spki).is_err()
    {
        return Err(locate::field(line, &["spki"], "spki is not base64"));
    }
    Ok(entry)
}
