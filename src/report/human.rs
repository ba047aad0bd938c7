//! Text for a person at a terminal.
//!
//! A block a key: what it is, where it stands, whose it is, what to do now;
//! then one line of counts and one that says what the scan comes to. Everything
//! that is not our own text goes through [`escape::terminal`].

use std::io;

use anstyle::{AnsiColor, Style};

use super::{Report, escape, summary};
use crate::finding::{CommentSays, Finding, Level, Notice, NoticeReason, Place};
use crate::inventory::Match;

/// Places of one key that are shown unless all are asked for: as many as still
/// leave the next key on the screen.
const SHOWN_PLACES: usize = 10;

/// Notices that are shown unless all are asked for.
const SHOWN_NOTICES: usize = 20;

/// How a person wants to see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// With colours: only for a terminal that has them.
    pub color: bool,
    /// All places, fingerprints and notices.
    pub all: bool,
    /// What was passed over, one by one.
    pub skipped: bool,
}

impl Look {
    /// Returns text in a style, if colours are wanted.
    fn paint(self, style: Style, text: &str) -> String {
        match self.color {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    /// Returns text in the colour of a level.
    fn level(self, level: Level, text: &str) -> String {
        let color = match level {
            Level::Error => AnsiColor::Red,
            Level::Warning => AnsiColor::Yellow,
            Level::Note => AnsiColor::Cyan,
        };
        self.paint(color.on_default().bold(), text)
    }

    /// Returns a label at the left of a block.
    fn label(self, label: &str) -> String {
        self.paint(Style::new().dimmed(), &format!("  {label:<7}"))
    }
}

/// Writes the text.
pub(super) fn write(report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = match look.all {
        true => report.ordered(),
        false => report.active(),
    };
    for finding in findings {
        block(finding, look, out)?;
        writeln!(out)?;
    }
    notices(report, look, out)?;
    stale(report, look, out)?;
    writeln!(out, "{}", escape::terminal(&summary::list(report)))?;
    let counts = summary::counts(report, Some(report.stats.duration));
    writeln!(out, "{counts}")?;
    let level = match report.exit_code() {
        0 => None,
        1 => Some(Level::Error),
        _ => Some(Level::Warning),
    };
    let verdict = escape::terminal(&summary::verdict(report)).into_owned();
    let verdict = match level {
        Some(level) => look.level(level, &verdict),
        None => look.paint(AnsiColor::Green.on_default(), &verdict),
    };
    writeln!(out, "{verdict}")
}

/// Writes the block of one key.
fn block(finding: &Finding, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let rule = finding.rule.rule();
    let word = match finding.is_suppressed() {
        true => "suppressed",
        false => finding.level.as_str(),
    };
    let title = look.level(finding.level, &format!("{word}: {}", rule.id.as_str()));
    writeln!(out, "{title}: {}", escape::terminal(&finding.message))?;
    let places = finding.told();
    let shown = if look.all { places.len() } else { SHOWN_PLACES };
    for (number, place) in places.iter().take(shown).enumerate() {
        let label = look.label(if number == 0 { "where" } else { "" });
        writeln!(out, "{label} {}", location(place))?;
    }
    if let Some(more) = summary::further(places.len(), shown) {
        writeln!(out, "{} and {more} more", look.label(""))?;
    }
    if let Some(found) = &finding.matched {
        writeln!(out, "{} {}", look.label("whose"), owner(found))?;
        if !found.trusted_by.is_empty() {
            let verifiers: Vec<_> = found
                .trusted_by
                .iter()
                .map(|v| escape::terminal(v))
                .collect();
            writeln!(out, "{} {}", look.label("trust"), verifiers.join(", "))?;
        }
    }
    ids(finding, look, out)?;
    if let Some(text) = summary::in_git_only(finding) {
        writeln!(out, "{} {}", look.label("git"), escape::terminal(&text))?;
    }
    writeln!(out, "{} {}", look.label("now"), rule.now)?;
    writeln!(
        out,
        "{} straykey explain {}",
        look.label("more"),
        rule.id.as_str()
    )
}

/// Returns where a key stands and how it is written down there.
fn location(place: &Place) -> String {
    let manner = &place.manner;
    let mut facts = vec![manner.format.to_owned()];
    if !manner.layers.is_empty() {
        facts.push(format!("in {}", manner.layers.join(", ")));
    }
    if manner.encrypted {
        facts.push("encrypted".to_owned());
    }
    facts.push(manner.proof.as_str().to_owned());
    if let Some(history) = &place.history {
        facts.push(history.reach.as_str().to_owned());
        if let Some(commit) = &history.commit {
            facts.push(format!(
                "commit {}",
                escape::terminal(commit.get(..12).unwrap_or(commit))
            ));
        }
        if let Some(time) = &history.first_seen {
            facts.push(format!("since {}", escape::terminal(time)));
        }
    }
    if let Some(suppression) = &place.suppression {
        facts.push(escape::terminal(&summary::why(suppression)).into_owned());
    } else if let Some(comment) = &place.comment {
        facts.push(match comment.says {
            CommentSays::AnotherKey => {
                format!(
                    "straykey:allow on line {} is not for this key",
                    comment.line
                )
            }
            CommentSays::NoReason => {
                format!("straykey:allow on line {} has no reason", comment.line)
            }
            CommentSays::Allow => {
                format!("straykey:allow on line {} is not believed", comment.line)
            }
        });
    }
    let region = &place.region;
    format!(
        "{}:{}:{}  ({})",
        escape::terminal(&place.shown),
        region.line,
        region.column,
        facts.join(", ")
    )
}

/// Returns which key of the inventory it is, and whose.
fn owner(found: &Match) -> String {
    let named = |name: &str, value: &Option<String>| {
        value
            .as_ref()
            .map(|value| format!("{name} {}", escape::terminal(value)))
    };
    let mut facts = vec![match found.name.is_empty() {
        true => format!("entry {} of a list without names", found.entry),
        false => format!("`{}`", escape::terminal(&found.name)),
    }];
    facts.extend(
        found
            .source
            .as_ref()
            .map(|source| escape::terminal(source).into_owned()),
    );
    facts.extend(named("version", &found.version));
    facts.extend(named("state", &found.state));
    facts.extend(named("env", &found.env));
    facts.extend(named("owner", &found.owner));
    facts.push(format!("matched by {}", escape::terminal(&found.by)));
    facts.join(", ")
}

/// Writes the id that `allow` takes, or every fingerprint.
fn ids(finding: &Finding, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    match &finding.subject {
        crate::finding::Subject::Key(identity) => {
            let shown = if look.all { usize::MAX } else { 1 };
            for (number, (name, id)) in identity.ids().take(shown).enumerate() {
                let label = look.label(if number == 0 { "id" } else { "" });
                writeln!(out, "{label} {name} {id}")?;
            }
            Ok(())
        }
        _ => match finding.subject_id() {
            Some(id) => writeln!(out, "{} {id}", look.label("id")),
            None => Ok(()),
        },
    }
}

/// Writes which allow entries somebody should look at.
fn stale(report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    for entry in &report.stale {
        let title = look.level(Level::Note, &format!("allow entry {}", entry.why.as_str()));
        let (about, source) = (
            escape::terminal(&entry.about),
            escape::terminal(&entry.source),
        );
        writeln!(out, "{title}: {about} in {source}")?;
    }
    match report.stale.is_empty() {
        true => Ok(()),
        false => writeln!(out),
    }
}

/// Writes what was not read.
fn notices(report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    list(&report.ordered_notices(), "not read", look, out)?;
    list(&report.ordered_warnings(), "not looked into", look, out)?;
    if !look.skipped || report.passed_over.is_empty() {
        return Ok(());
    }
    // What was not looked into is told already.
    let told = |notice: &&Notice| notice.reason != NoticeReason::Undecoded;
    for notice in report.passed_over.iter().filter(told) {
        let title = look.label(&format!("skipped: {}", notice.reason.as_str()));
        let detail = escape::terminal(&notice.detail);
        let colon = if detail.is_empty() { "" } else { ": " };
        writeln!(
            out,
            "{title} {}{colon}{detail}",
            escape::terminal(&notice.path)
        )?;
    }
    writeln!(out)
}

/// Writes notices under a heading.
fn list(notices: &[&Notice], what: &str, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let shown = if look.all {
        notices.len()
    } else {
        SHOWN_NOTICES
    };
    for notice in notices.iter().take(shown) {
        let title = look.level(
            Level::Warning,
            &format!("{what}: {}", notice.reason.as_str()),
        );
        writeln!(
            out,
            "{title}: {}: {}",
            escape::terminal(&notice.path),
            escape::terminal(&notice.detail)
        )?;
    }
    match summary::further(notices.len(), shown) {
        Some(more) => writeln!(out, "{what}: and {more} more\n"),
        None if notices.is_empty() => Ok(()),
        None => writeln!(out),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes, finding};
    use super::*;
    use crate::finding::RuleId;

    fn text(report: &Report, look: Look) -> String {
        String::from_utf8(bytes(Output::Human(look), report)).unwrap()
    }

    #[test]
    fn a_person_learns_what_where_whose_and_what_now() {
        let report = Report {
            findings: vec![finding(RuleId::ManagedKeyProd, 1, &["src/config.py"])],
            ..Report::default()
        };
        let text = text(&report, Look::default());
        for part in [
            "error: managed-key-prod: Private Ed25519 key of",
            "where   ~/src/config.py:7:3  (pkcs8, in base64, private)",
            "version 3, state active, env prod, owner team-auth",
            "id      spki-sha256 ",
            "now     Rotate the key in the KMS",
            "straykey explain managed-key-prod",
            "Failed: 1 finding at or above the threshold `private`.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn no_scanned_byte_acts_on_the_terminal() {
        let text = text(
            &sample::report(),
            Look {
                color: false,
                all: true,
                skipped: true,
            },
        );
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(!text.contains(['\u{202e}', '\u{2028}']));
        assert!(!text.lines().any(|l| l.starts_with("::")), "{text}");
    }

    #[test]
    fn colours_only_when_told() {
        let report = sample::report();
        assert!(!text(&report, Look::default()).contains('\u{1b}'));
        assert!(
            text(
                &report,
                Look {
                    color: true,
                    ..Look::default()
                }
            )
            .contains("\u{1b}[1m\u{1b}[31merror")
        );
    }

    #[test]
    fn what_was_skipped_is_told_to_those_who_ask_twice() {
        let report = Report {
            passed_over: vec![sample::notice(NoticeReason::Untried, "a/store.p12")],
            ..Report::default()
        };
        let once = Look {
            all: true,
            ..Look::default()
        };
        let twice = Look {
            skipped: true,
            ..once
        };
        assert!(!text(&report, once).contains("store.p12"));
        assert!(text(&report, twice).contains("skipped: untried a/store.p12"));
    }

    #[test]
    fn many_places_are_counted() {
        let paths: Vec<String> = (10..35).map(|n| format!("dir/{n}.pem")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let report = Report {
            findings: vec![finding(RuleId::PrivateKey, 1, &paths)],
            ..Report::default()
        };
        let short = text(&report, Look::default());
        assert!(
            short.contains("and 15 more") && !short.contains("dir/20.pem"),
            "{short}"
        );
        assert!(
            text(
                &report,
                Look {
                    all: true,
                    ..Look::default()
                }
            )
            .contains("dir/34.pem")
        );
    }
}
