//! Files that wait to be shipped.
//!
//! Each run writes one file, `straykey-TIME-RUN.jsonl`, under another name until it is whole: whatever
//! ships `*.jsonl` never sees half a file. The oldest files go when all of them are larger than the
//! limit; the newest stays whatever its size. Whoever ships a file may delete it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::record::{Record, VERSION};
use crate::disk;

/// How names of spool files begin and end.
const BEGIN: &str = "straykey-";
const END: &str = ".jsonl";

/// Longest line that is read, in bytes: a finding with all its places has some ten thousand.
const MAX_LINE: u64 = 4 << 20;

/// A folder of spool files.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
    /// Most bytes that all files may have.
    limit: u64,
}

impl Spool {
    /// Opens a folder, and makes it if there is none, for its owner alone: what is in it tells where
    /// keys lie.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        disk::private_folder(folder)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            limit,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the records of a run, whole or not at all; returns the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, time: &str, run: &str, records: &[Record]) -> io::Result<PathBuf> {
        let time: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
        let path = self.folder.join(format!("{BEGIN}{time}-{run}{END}"));
        disk::replace(&path, disk::PRIVATE, |out| {
            for record in records {
                writeln!(out, "{}", record.line()?)?;
            }
            Ok(())
        })?;
        Ok(path)
    }

    /// Returns the files that are whole, in no order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        files(&self.folder)
    }

    /// Deletes the oldest files until the others are within the limit, and what a run that was killed
    /// left half written; returns how many of the files.
    ///
    /// # Errors
    /// When one cannot be deleted.
    pub fn rotate(&self) -> io::Result<u64> {
        disk::tidy(&self.folder);
        let mut files: Vec<(PathBuf, u64)> = files(&self.folder)?
            .into_iter()
            .map(|path| {
                let len = path.symlink_metadata().map_or(0, |metadata| metadata.len());
                (path, len)
            })
            .collect();
        // Names begin with the time: the newest first.
        files.sort();
        files.reverse();
        let (mut sum, mut deleted) = (0_u64, 0);
        for (number, (path, len)) in files.iter().enumerate() {
            sum = sum.saturating_add(*len);
            if number > 0 && sum > self.limit {
                match std::fs::remove_file(path) {
                    // It was shipped meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    done => {
                        done?;
                        deleted += 1;
                    }
                }
            }
        }
        Ok(deleted)
    }
}

/// Returns the spool files of a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with(BEGIN) && name.ends_with(END) && item.file_type()?.is_file() {
            files.push(item.path());
        }
    }
    Ok(files)
}

/// A line of a spool that is no record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unread {
    /// Where.
    pub path: PathBuf,
    /// Which line, from 1.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// Reads the records of a file, and what in it is none: a line that was cut, or of a newer version.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path) -> io::Result<(Vec<Record>, Vec<Unread>)> {
    let mut reader = BufReader::with_capacity(256 << 10, File::open(path)?);
    let (mut records, mut unread) = (Vec::new(), Vec::new());
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = io::Read::take(&mut reader, MAX_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok((records, unread));
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match record(&line) {
            Ok(record) => records.push(record),
            Err(why) => unread.push(Unread {
                path: path.to_path_buf(),
                line: number,
                why,
            }),
        }
    }
}

/// Reads a line, or says why it is none.
fn record(line: &[u8]) -> Result<Record, String> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        v: u32,
    }
    let read: serde_json::Result<Record> = serde_json::from_slice(line);
    let version = match &read {
        Ok(record) => record.version(),
        // What this version cannot take apart a later one may have written.
        Err(_) => serde_json::from_slice::<Versioned>(line).map_or(0, |line| line.v),
    };
    if version > VERSION {
        return Err(format!(
            "a record of version {version}; this straykey knows up to {VERSION}: use a newer one"
        ));
    }
    // The reader's own words quote the line.
    read.map_err(|error| format!("no record, from column {}", error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::record::Gone;

    fn record(key: &str) -> Record {
        Record::Gone(Box::new(Gone {
            key: key.into(),
            ..Gone::default()
        }))
    }

    #[test]
    fn old_files_go_and_the_newest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/spool");
        let spool = Spool::open(&path, u64::MAX).unwrap();
        let mut len = 0;
        for day in 1..=5 {
            let time = format!("2026-11-0{day}T00:00:00Z");
            let file = spool.write(&time, "run", &[record("k")]).unwrap();
            len = std::fs::metadata(file).unwrap().len();
        }
        std::fs::write(path.join("other.txt"), [0; 900]).unwrap();
        assert_eq!(spool.rotate().unwrap(), 0);
        let spool = Spool::open(&path, 2 * len).unwrap();
        assert_eq!(spool.rotate().unwrap(), 3);
        let mut left = files(&path).unwrap();
        left.sort();
        assert!(left[1].ends_with("straykey-20261105T000000Z-run.jsonl"));
        let tiny = Spool::open(&path, 1).unwrap();
        assert_eq!(tiny.rotate().unwrap(), 1);
        assert_eq!(tiny.rotate().unwrap(), 0);
    }

    #[test]
    fn a_line_that_is_cut_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1 << 20).unwrap();
        let path = spool.write("t", "r", &[record("a"), record("b")]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        let (records, unread) = read(&path).unwrap();
        assert_eq!(records, [record("a")]);
        assert_eq!(unread.len(), 1);
        assert_eq!(unread[0].line, 2);
    }
}
