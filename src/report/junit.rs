//! Test results in the XML that CI servers understand.
//!
//! A test case a finding: it fails when the finding reaches the threshold, and
//! passes with the message as its output when it does not, and is skipped
//! when it is suppressed. One more case says
//! whether everything was read, and is an error when not.

use std::io;

use super::{Report, escape, summary};
use crate::finding::Finding;

/// Writes the document.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = report.ordered();
    let failures = findings.iter().filter(|f| report.fails(f)).count();
    let skipped = report.suppressed();
    let is_vouched = report.is_complete() && !report.is_list_expired();
    let errors = usize::from(!is_vouched);
    let tests = findings.len().saturating_add(1);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"straykey\" {counts}>")?;
    writeln!(
        out,
        "  <testsuite name=\"straykey\" {counts} skipped=\"{skipped}\">"
    )?;
    for finding in findings {
        case(report, finding, out)?;
    }
    write!(
        out,
        "    <testcase classname=\"straykey\" name=\"everything was read\""
    )?;
    if is_vouched {
        writeln!(out, "/>")?;
    } else {
        let verdict = escape::xml(&summary::verdict(report));
        writeln!(
            out,
            ">\n      <error type=\"incomplete\" message=\"{verdict}\">"
        )?;
        for notice in report.ordered_notices() {
            let text = format!(
                "{}: {}: {}",
                notice.reason.as_str(),
                notice.path,
                notice.detail
            );
            writeln!(out, "{}", escape::xml(&text))?;
        }
        writeln!(out, "      </error>\n    </testcase>")?;
    }
    let told = format!(
        "{}\n{}",
        summary::counts(report, None),
        summary::list(report)
    );
    writeln!(out, "    <system-out>{}</system-out>", escape::xml(&told))?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Writes the case of one finding.
fn case(report: &Report, finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let rule = finding.rule.rule();
    let told = finding.told();
    let lead = told.first().map_or("", |place| place.path.as_str());
    let name = match finding.subject_id() {
        Some(id) => format!("{lead} {}", id.get(..16).unwrap_or(id)),
        None => {
            let line = told.first().map_or(0, |place| place.region.line);
            format!("{lead} line {line}")
        }
    };
    let (class, name) = (escape::xml(rule.id.as_str()), escape::xml(&name));
    let message = escape::xml(&finding.message);
    writeln!(
        out,
        "    <testcase classname=\"straykey.{class}\" name=\"{name}\" file=\"{}\">",
        escape::xml(lead)
    )?;
    let tag = match report.fails(finding) {
        _ if finding.is_suppressed() => {
            let why = told.first().and_then(|place| place.suppression.as_ref());
            let why = why.map(summary::why).unwrap_or_default();
            let why = escape::xml(&why);
            writeln!(out, "      <skipped message=\"{why}\"/>")?;
            return writeln!(out, "    </testcase>");
        }
        true => {
            writeln!(
                out,
                "      <failure type=\"{class}\" message=\"{message}\">"
            )?;
            "failure"
        }
        false => {
            writeln!(out, "      <system-out>{message}")?;
            "system-out"
        }
    };
    for place in told {
        let at = format!(
            "{}:{}:{}",
            place.path, place.region.line, place.region.column
        );
        writeln!(out, "{}", escape::xml(&at))?;
    }
    if let Some(git) = summary::in_git_only(finding) {
        writeln!(out, "{}", escape::xml(&git))?;
    }
    writeln!(out, "{}", escape::xml(rule.now))?;
    writeln!(out, "      </{tag}>\n    </testcase>")
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes};
    use super::*;

    /// Walks the tags: every one is known and closed in order, and no scanned
    /// string made one.
    fn check(xml: &str) {
        let mut open = Vec::new();
        let known = [
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
            "error",
            "system-out",
        ];
        for tag in xml.split('<').skip(2) {
            let (tag, text) = tag.split_once('>').unwrap();
            assert!(!text.contains('>'), "{text}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
                continue;
            }
            let name = tag.split([' ', '/']).next().unwrap();
            assert!(known.contains(&name), "{tag}");
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty());
        assert!(!xml.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn findings_fail_and_the_unread_is_an_error() {
        let xml = String::from_utf8(bytes(Output::Junit, &sample::report())).unwrap();
        check(&xml);
        assert!(
            xml.contains("tests=\"7\" failures=\"3\" errors=\"1\""),
            "{xml}"
        );
        assert_eq!(xml.matches("<failure ").count(), 3);
        assert_eq!(xml.matches("<error ").count(), 1);
    }

    #[test]
    fn a_clean_scan_passes() {
        let xml = String::from_utf8(bytes(Output::Junit, &Report::default())).unwrap();
        check(&xml);
        assert!(
            xml.contains("tests=\"1\" failures=\"0\" errors=\"0\""),
            "{xml}"
        );
    }
}
