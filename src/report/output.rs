//! The shapes of a report, as `--format` names them.

use std::io;

use super::{
    Look, Occasion, Profile, Report, github, gitlab, hook, human, json, jsonl, junit, markdown,
    sarif,
};

/// A shape of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Annotations of a GitHub workflow.
    Github,
    /// GitLab's secret detection report.
    Gitlab,
    /// What a git hook says; `--format` does not offer it.
    Hook(Occasion),
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
    /// Writes a report in this shape.
    ///
    /// # Errors
    ///
    /// Returns the error of `out`.
    pub fn write(self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Github => github::write(report, out),
            Self::Gitlab => gitlab::write(report, out),
            Self::Hook(occasion) => hook::write(report, occasion, out),
            Self::Human(look) => human::write(report, look, out),
            Self::Json => json::write(report, out),
            Self::Jsonl => jsonl::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Sarif(profile) => sarif::write(report, profile, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::sample::{self, bytes};
    use super::*;
    use crate::finding::NoticeReason;

    fn shapes() -> [Output; 9] {
        let look = Look {
            color: false,
            all: true,
            skipped: true,
        };
        [
            Output::Github,
            Output::Gitlab,
            Output::Human(look),
            Output::Json,
            Output::Jsonl,
            Output::Junit,
            Output::Markdown,
            Output::Sarif(Profile::Full),
            Output::Sarif(Profile::Github),
        ]
    }

    /// Neither the order in which workers finish nor the clock shows.
    #[test]
    fn the_same_findings_give_the_same_bytes() {
        let mut first = sample::report();
        first.notice(sample::notice(NoticeReason::TooLarge, "z"));
        let mut second = first.clone();
        second.findings.reverse();
        second.notices.reverse();
        for finding in &mut second.findings {
            finding.places.reverse();
        }
        for shape in shapes() {
            assert_eq!(bytes(shape, &first), bytes(shape, &second), "{shape:?}");
        }
        second.stats.duration = Duration::from_secs(9);
        second.stats.started = Some(jiff::Timestamp::MAX);
        for shape in shapes() {
            let same = bytes(shape, &first) == bytes(shape, &second);
            let has_time = matches!(shape, Output::Human(_) | Output::Gitlab);
            assert_eq!(same, !has_time, "{shape:?}");
        }
    }

    #[test]
    fn every_shape_is_text_that_nothing_hides_in() {
        let report = sample::report();
        for shape in shapes() {
            let text = String::from_utf8(bytes(shape, &report)).unwrap();
            assert_eq!(escape(&text), text, "{shape:?}");
            assert!(text.ends_with('\n'), "{shape:?}");
        }
    }

    fn escape(text: &str) -> String {
        let lines: Vec<_> = text
            .split('\n')
            .map(super::super::escape::terminal)
            .collect();
        lines.join("\n")
    }
}
