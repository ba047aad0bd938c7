//! `straykey.toml`: defaults of a folder's scans. Unknown keys are errors.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use straykey::finding::{Level, RuleId};
use straykey::policy::{FailOn, Overrides};

/// Name of the file, in the current folder.
const FILE: &str = "straykey.toml";

/// What the file may say. The inventory is not among it: a scanned repository
/// must not choose the list that it is held against.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    scan: Scan,
    #[serde(default)]
    severity: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Scan {
    #[serde(default)]
    exclude: Vec<String>,
    fail_on: Option<String>,
    max_file_size: Option<String>,
    strict: Option<bool>,
    #[serde(default)]
    skip_families: Vec<String>,
}

/// The configuration, checked.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Globs to leave out.
    pub(crate) exclude: Vec<String>,
    /// From which findings on to fail.
    pub(crate) fail_on: Option<FailOn>,
    /// Largest file to read.
    pub(crate) max_file_size: Option<u64>,
    /// Whether a decoder that gave up counts.
    pub(crate) strict: bool,
    /// Families of formats to leave out.
    pub(crate) skip_families: Vec<&'static str>,
    /// Levels set otherwise.
    pub(crate) overrides: Overrides,
}

impl Config {
    /// Reads the file in `folder`, if there is one.
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        // Not the error's own text: it quotes the line, which may hold a secret.
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().lines().count().max(1);
            anyhow::anyhow!("line {line}: {}", error.message())
        })?;
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
            skip_families: file
                .scan
                .skip_families
                .iter()
                .map(|name| super::args::parse_family(name))
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::msg)
                .context("scan.skip-families")?,
            overrides: severity.collect::<anyhow::Result<_>>()?,
        })
    }
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
}
