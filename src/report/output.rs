//! The shapes of a report, as `--format` names them.

use std::io;

use super::{Look, Profile, Report, github, gitlab, human, json, jsonl, junit, markdown, sarif};

/// A shape of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Annotations of a GitHub workflow.
    Github,
    /// GitLab's secret detection report.
    Gitlab,
    /// Text for a person.
    Human(Look),
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Jsonl,
    /// Test results.
    Junit,
    /// The summary of a job, in Markdown.
    Markdown,
    /// SARIF 2.1.0.
    Sarif(Profile),
}

impl Output {
    /// The words of `--format`.
    pub const NAMES: [&str; 8] = [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown",
    ];

    /// Returns the shape of that name.
    #[must_use]
    pub fn from_name(name: &str, look: Look, profile: Profile) -> Option<Self> {
        Some(match name {
            "github" => Self::Github,
            "gitlab" => Self::Gitlab,
            "human" => Self::Human(look),
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            "junit" => Self::Junit,
            "markdown" => Self::Markdown,
            "sarif" => Self::Sarif(profile),
            _ => return None,
        })
    }

    /// Writes a report in this shape.
    ///
    /// # Errors
    ///
    /// Returns the error of `out`.
    pub fn write(self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Github => github::write(report, out),
            Self::Gitlab => gitlab::write(report, out),
            Self::Human(look) => human::write(report, look, out),
            Self::Json => json::write(report, out),
            Self::Jsonl => jsonl::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Sarif(profile) => sarif::write(report, profile, out),
        }
    }
}
