//! `straykey.toml` and `.straykey/allow.toml`: defaults of a folder's scans,
//! and what is allowed there. Unknown keys are errors.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use straykey::finding::{Level, RuleId};
use straykey::policy::{Allowance, Allowances, FailOn, Overrides, Target, Terms};

/// The configuration of a folder.
pub(crate) const FILE: &str = "straykey.toml";

/// What is allowed in a folder; the same entries may stand in [`FILE`].
pub(crate) const ALLOW_FILE: &str = ".straykey/allow.toml";

/// Largest file of these that is read, in bytes: 10,000 entries. A scanned
/// repository may hold anything under that name.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Most entries that are read: a hostile repository must not make us compile a
/// glob for each line of a large file.
const MAX_ENTRIES: usize = 10_000;

/// What the file may say. The inventory is not among it: a scanned repository
/// must not choose the list that it is held against.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    scan: Scan,
    #[serde(default)]
    severity: BTreeMap<String, String>,
    #[serde(default)]
    allow: Vec<toml::Spanned<Allow>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Scan {
    #[serde(default)]
    exclude: Vec<String>,
    fail_on: Option<String>,
    max_file_size: Option<String>,
    strict: Option<bool>,
    baseline: Option<PathBuf>,
    #[serde(default)]
    skip_families: Vec<String>,
}

/// What the file of allow entries may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowFile {
    #[serde(default)]
    allow: Vec<toml::Spanned<Allow>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Allow {
    id: Option<String>,
    rule: Option<String>,
    number: Option<u64>,
    path: Option<String>,
    #[serde(default)]
    reason: String,
    approver: Option<String>,
    expires: Option<Day>,
}

/// A date, quoted or not.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Day {
    Date(toml::value::Datetime),
    Text(String),
}

/// The configuration, checked.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The folder that it is of: absolute, without links.
    pub(crate) folder: PathBuf,
    /// Globs to leave out.
    pub(crate) exclude: Vec<String>,
    /// From which findings on to fail.
    pub(crate) fail_on: Option<FailOn>,
    /// Largest file to read.
    pub(crate) max_file_size: Option<u64>,
    /// Whether a decoder that gave up counts.
    pub(crate) strict: bool,
    /// What is known already.
    pub(crate) baseline: Option<PathBuf>,
    /// Families of formats to leave out.
    pub(crate) skip_families: Vec<&'static str>,
    /// Levels set otherwise.
    pub(crate) overrides: Overrides,
    /// What counts for nothing.
    pub(crate) allowances: Allowances,
}

impl Config {
    /// Reads the files of the nearest folder that has any: `start`, or one above
    /// it up to the root of its repository.
    pub(crate) fn load(start: &Path) -> anyhow::Result<Self> {
        let folder = folder(start);
        let path = folder.join(FILE);
        let mut config = match read_own(&path)? {
            Some(text) => Self::parse(&text).with_context(|| path.display().to_string())?,
            None => Self::default(),
        };
        let path = folder.join(ALLOW_FILE);
        if let Some(text) = read_own(&path)? {
            let entries = allow_file(&text).with_context(|| path.display().to_string())?;
            config.allowances.entries.extend(entries);
        }
        config.allowances.comments = true;
        config.baseline = config.baseline.map(|path| folder.join(path));
        Ok(config.of(folder))
    }

    /// Returns the defaults: nothing that the folder says is heeded.
    pub(crate) fn none(start: &Path) -> Self {
        Self::default().of(folder(start))
    }

    fn of(mut self, folder: PathBuf) -> Self {
        self.allowances.base.clone_from(&folder);
        self.folder = folder;
        self
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml(text)?;
        let severity = file.severity.iter().map(|(rule, level)| {
            let rule = RuleId::from_name(rule)
                .with_context(|| format!("severity: unknown rule `{rule}`"))?;
            let level = match level.as_str() {
                "error" => Level::Error,
                "warning" => Level::Warning,
                "note" => Level::Note,
                other => anyhow::bail!(
                    "severity.{}: `{other}` is none of error, warning, note",
                    rule.as_str()
                ),
            };
            Ok((rule, level))
        });
        let size = file
            .scan
            .max_file_size
            .as_deref()
            .map(super::args::parse_size)
            .transpose();
        Ok(Self {
            folder: PathBuf::new(),
            exclude: file.scan.exclude,
            fail_on: file
                .scan
                .fail_on
                .map(|f| f.parse())
                .transpose()
                .context("scan.fail-on")?,
            max_file_size: size
                .map_err(anyhow::Error::msg)
                .context("scan.max-file-size")?,
            strict: file.scan.strict.unwrap_or(false),
            baseline: file.scan.baseline,
            skip_families: file
                .scan
                .skip_families
                .iter()
                .map(|name| super::args::parse_family(name))
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::msg)
                .context("scan.skip-families")?,
            overrides: severity.collect::<anyhow::Result<_>>()?,
            allowances: Allowances {
                entries: entries(text, FILE, file.allow)?,
                ..Allowances::default()
            },
        })
    }
}

/// Returns the nearest folder with a configuration, up to the root of the
/// repository; without any that root, or `start`.
pub(crate) fn folder(start: &Path) -> PathBuf {
    let start = start.canonicalize().unwrap_or_else(|_| start.to_owned());
    let is_root = |folder: &&Path| folder.join(".git").exists();
    let Some(root) = start.ancestors().find(is_root) else {
        return start;
    };
    let has_any = |folder: &&Path| folder.join(FILE).exists() || folder.join(ALLOW_FILE).exists();
    let inside = start.ancestors().take_while(|f| f.starts_with(root));
    inside.into_iter().find(has_any).unwrap_or(root).to_owned()
}

/// Reads a file of the scanned repository, if it is there: who reads a FIFO waits for ever.
fn read_own(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => anyhow::bail!("{}: is no file", path.display()),
        _ => read(path),
    }
}

/// Reads a file, if it is there.
pub(crate) fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let place = || path.display().to_string();
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(place),
    };
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .with_context(place)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        anyhow::bail!("{}: larger than {MAX_FILE_BYTES} bytes", place());
    }
    Ok(Some(text))
}

/// Reads what a repository below the scanned paths allows in itself, which nobody who
/// started the scan has seen: regular files only, and of each all entries or none.
pub(crate) fn nested(folder: &Path, name: &str, most: usize) -> Result<Vec<Allowance>, String> {
    let is_file = |path: &Path| path.symlink_metadata().is_ok_and(|m| m.is_file());
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|m| m.is_dir());
    let mut all = Vec::new();
    for file in [FILE, ALLOW_FILE] {
        let path = folder.join(file);
        if !is_file(&path) || !path.parent().is_some_and(is_folder) {
            continue;
        }
        let source = match name {
            "." => file.to_owned(),
            name => format!("{name}/{file}"),
        };
        let entries = read(&path).and_then(|text| {
            let text = text.unwrap_or_default();
            // What else the configuration says is for scans that start there.
            let records = match file {
                FILE => toml::<File>(&text)?.allow,
                _ => toml::<AllowFile>(&text)?.allow,
            };
            entries(&text, &source, records)
        });
        // The outermost says which line; what is beneath may quote it.
        all.extend(entries.map_err(|error| format!("{file}: {error}"))?);
    }
    match all.len() > most {
        true => Err(format!("more than {most} allow entries are left for it")),
        false => Ok(all),
    }
}

/// Reads TOML; the error is not its reader's own, which quotes the line, and
/// that may hold a secret.
fn toml<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        anyhow::anyhow!("line {}: {}", line(text, at), error.message())
    })
}

fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// Reads a file of allow entries.
pub(crate) fn allow_file(text: &str) -> anyhow::Result<Vec<Allowance>> {
    let file: AllowFile = toml(text)?;
    entries(text, ALLOW_FILE, file.allow)
}

fn entries(
    text: &str,
    name: &str,
    records: Vec<toml::Spanned<Allow>>,
) -> anyhow::Result<Vec<Allowance>> {
    if records.len() > MAX_ENTRIES {
        anyhow::bail!("more than {MAX_ENTRIES} allow entries");
    }
    let read = |record: toml::Spanned<Allow>| {
        let line = line(text, record.span().start);
        entry(record.into_inner(), format!("{name}:{line}"))
            .with_context(|| format!("line {line}: allow"))
    };
    records.into_iter().map(read).collect()
}

fn entry(record: Allow, source: String) -> anyhow::Result<Allowance> {
    let mut terms = Terms {
        path: record.path,
        reason: record.reason,
        approver: record.approver,
        expires: record.expires.map(|day| match day {
            Day::Date(date) => date.to_string(),
            Day::Text(text) => text,
        }),
    };
    let target = match (record.id, record.rule, record.number) {
        (Some(id), None, None) => Target::id(&id)?,
        (None, Some(rule), Some(number)) => Target::Numbered {
            rule: RuleId::from_name(&rule).with_context(|| format!("unknown rule `{rule}`"))?,
            path: terms
                .path
                .take()
                .context("an entry by rule needs the `path` of the file")?,
            number,
        },
        _ => anyhow::bail!("either `id`, or `rule`, `path` and `number` are expected"),
    };
    Ok(Allowance::new(target, terms, source)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_words_are_errors() {
        assert!(Config::parse("[scan]\nexclude = [\"*.bin\"]\nfail-on = \"managed\"\nskip-families = [\"wallet\"]\n").is_ok());
        for text in [
            "[scan]\nexlude = []",
            "[scam]",
            "[scan]\nfail-on = \"some\"",
            "[scan]\nmax-file-size = \"10 bananas\"",
            "[scan]\nskip-families = [\"wallets\"]",
            "[severity]\nprivate-kee = \"note\"",
            "[severity]\nprivate-key = \"bad\"",
        ] {
            assert!(Config::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn allow_entries_are_checked() {
        let id = "ab".repeat(32);
        for good in [
            format!("id = \"{id}\"\nreason = \"test key\""),
            format!("id = \"{id}\"\nreason = \"x y\"\nexpires = 2027-01-31\npath = \"a/**\""),
            format!("id = \"{id}\"\nreason = \"x y\"\nexpires = \"2027-01-31\""),
            "rule = \"weak-signing-secret\"\npath = \".env\"\nnumber = 1\nreason = \"demo\"".into(),
        ] {
            let read = allow_file(&format!("[[allow]]\n{good}\n"));
            assert_eq!(
                read.map(|all| all.len()).map_err(|e| e.to_string()),
                Ok(1),
                "{good}"
            );
        }
        for bad in [
            format!("id = \"{id}\""),
            format!("id = \"{}\"\nreason = \"short\"", &id[..12]),
            format!("id = \"{id}\"\nreason = \"x\"\nexpires = \"soon\""),
            format!("id = \"{id}\"\nreason = \"x\"\npath = \"[\""),
            format!("id = \"{id}\"\nreason = \"x\"\nline = 3"),
            "path = \"secrets/**\"\nreason = \"all of it\"".into(),
            "rule = \"private-key\"\nreason = \"all of it\"".into(),
        ] {
            let error = allow_file(&format!("\n[[allow]]\n{bad}\n")).unwrap_err();
            assert!(
                format!("{error:#}").starts_with("line "),
                "{bad}: {error:#}"
            );
        }
    }
}
