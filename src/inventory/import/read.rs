//! Reads the files of an import and hands each record to its importer.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;
use zeroize::Zeroizing;

use super::join::join;
use super::{Document, Draft, IMPORTERS, Imported, Importer, NotUnderstood, Options};

/// Largest file: half a million records. Exports come in pages of a hundred, and a
/// tree of JSON values takes several times the room of its text.
const MAX_FILE: u64 = 256 << 20;
/// Deepest folder below one that was named.
const MAX_DEPTH: usize = 32;

/// Imports files and folders of files.
///
/// Only a path that cannot be read at all is an [`io::Error`] (with the path);
/// whatever is wrong with single files is in the outcome.
pub fn import(paths: &[PathBuf], options: &Options<'_>) -> Result<Imported, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for path in paths {
        let found = fs::metadata(path).map_err(|error| (path.clone(), error))?;
        if found.is_dir() {
            collect(path, "", 0, &mut files).map_err(|error| (path.clone(), error))?;
        } else {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            files.push((path.clone(), name.unwrap_or_default()));
        }
    }
    let drafts: Vec<Vec<Draft>> = files
        .par_iter()
        .map(|(path, name)| read(path, name, options))
        .collect();
    let mut imported = join(drafts.into_iter().flatten().collect(), options);
    imported.files = files.len();
    Ok(imported)
}

/// Collects the files of a folder, in the order of their names.
fn collect(
    folder: &Path,
    below: &str,
    depth: usize,
    files: &mut Vec<(PathBuf, String)>,
) -> io::Result<()> {
    let mut items = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let name = format!("{below}{}", item.file_name().to_string_lossy());
        let kind = item.file_type()?;
        if kind.is_dir() && depth < MAX_DEPTH {
            collect(&item.path(), &format!("{name}/"), depth + 1, files)?;
        } else {
            // Of a folder that is too deep it is told that it was not read.
            files.push((item.path(), name));
        }
    }
    Ok(())
}

/// Reads one file.
fn read(path: &Path, name: &str, options: &Options<'_>) -> Vec<Draft> {
    match bytes_of(path) {
        Ok(bytes) => import_bytes(name, &bytes, options),
        Err(error) => {
            let mut draft = Draft {
                path: name.to_owned(),
                ..Draft::default()
            };
            draft.not_understood(format!("cannot be read: {error}"));
            vec![draft]
        }
    }
}

/// Returns the bytes of a regular file. They may hold a key that should not be
/// there, so they are wiped.
fn bytes_of(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let found = fs::metadata(path)?;
    if found.is_dir() {
        return Err(io::Error::other(format!(
            "a folder {} levels down, or behind a link",
            MAX_DEPTH + 1
        )));
    }
    if !found.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if found.len() > MAX_FILE {
        return Err(io::Error::other(format!(
            "larger than {} MiB",
            MAX_FILE >> 20
        )));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(found.len()).unwrap_or(0) + 1,
    ));
    fs::File::open(path)?
        .take(MAX_FILE)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Imports the bytes of one file.
pub(super) fn import_bytes(name: &str, bytes: &[u8], options: &Options<'_>) -> Vec<Draft> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok();
    if text.is_some_and(|text| text.starts_with("{\"format\":\"straykey-inventory/")) {
        let mut draft = Draft {
            path: name.to_owned(),
            ..Draft::default()
        };
        draft.not_understood("it is a list already; `straykey inventory merge` joins lists");
        return vec![draft];
    }
    let json = match text.map(|text| (text, json_values(text))) {
        Some((_, Ok(values))) => values,
        Some((text, Err(error))) => {
            let draft = from_text(name, bytes, text, options);
            return draft.map_or_else(|| vec![broken(name, text, &error)], |draft| vec![draft]);
        }
        None => Vec::new(),
    };
    if json.is_empty() {
        let whole = Document {
            path: name,
            bytes,
            text,
            json: None,
        };
        let mut draft = one(&whole, String::new(), options);
        if text.is_none_or(|text| text.trim().is_empty()) && draft.is_untouched() {
            draft.not_understood = vec![NotUnderstood {
                path: name.to_owned(),
                why: if bytes.is_empty() {
                    "empty"
                } else {
                    "no importer recognises it"
                }
                .to_owned(),
            }];
        }
        return vec![draft];
    }
    let many = json.len() > 1;
    let of_value = |(at, value): (usize, &Value)| -> Vec<Draft> {
        let record = if many {
            format!("value {}", at + 1)
        } else {
            String::new()
        };
        let document = |value| Document {
            path: name,
            bytes,
            text: None,
            json: Some(value),
        };
        match value {
            Value::Array(items) if items.iter().all(Value::is_object) && !items.is_empty() => items
                .par_iter()
                .enumerate()
                .map(|(at, item)| one(&document(item), format!("{record}[{at}]"), options))
                .collect(),
            value => vec![one(&document(value), record, options)],
        }
    };
    let drafts: Vec<Vec<Draft>> = json.par_iter().enumerate().map(of_value).collect();
    let mut drafts = drafts.into_iter().flatten().collect::<Vec<_>>();
    // A file of which nothing was understood is listed once.
    if drafts.len() > 1 && drafts.iter().all(|draft| !draft.not_understood.is_empty()) {
        drafts.truncate(1);
    }
    drafts
}

/// Reads text that looked like JSON but is none, if an importer knows it.
fn from_text(name: &str, bytes: &[u8], text: &str, options: &Options<'_>) -> Option<Draft> {
    let whole = Document {
        path: name,
        bytes,
        text: Some(text),
        json: None,
    };
    chosen(&whole, options)
        .is_some()
        .then(|| one(&whole, String::new(), options))
}

/// Says where JSON is broken.
fn broken(name: &str, text: &str, error: &serde_json::Error) -> Draft {
    let mut draft = Draft {
        path: name.to_owned(),
        ..Draft::default()
    };
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default();
    if text.trim_start().starts_with(['{', '[']) {
        let record = format!("line {}, column {}", error.line(), error.column());
        draft.error(&record, "", format!("malformed JSON: {why}"));
    } else {
        draft.not_understood("no importer recognises it");
    }
    draft
}

/// Reads the JSON values of a text, one after another. Text that does not begin
/// like an object or a list holds none.
fn json_values(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Ok(Vec::new());
    }
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect()
}

/// Returns the importer for a document.
fn chosen(document: &Document<'_>, options: &Options<'_>) -> Option<&'static dyn Importer> {
    options.from.or_else(|| {
        IMPORTERS
            .iter()
            .copied()
            .find(|importer| importer.recognises(document))
    })
}

/// Imports one document.
fn one(document: &Document<'_>, record: String, options: &Options<'_>) -> Draft {
    let mut draft = Draft {
        path: document.path.to_owned(),
        record,
        ..Draft::default()
    };
    match chosen(document, options) {
        Some(importer) => {
            draft.is_trust = importer.is_trust();
            importer.import(document, &mut draft);
            if draft.is_untouched() {
                draft.not_understood(format!("nothing in it that `{}` could use", importer.id()));
            }
        }
        None => draft.not_understood("no importer recognises it"),
    }
    draft
}

impl Draft {
    /// Whether nothing at all was said.
    fn is_untouched(&self) -> bool {
        !self.tells_nothing
            && self.facts.is_empty()
            && self.answers.is_empty()
            && self.not_understood.is_empty()
            && self.errors.is_empty()
            && self.violations.is_empty()
    }
}
