//! One JSON document a line: a line for each finding, then one for the rest.
//!
//! For pipes and log collectors. The objects are those of [`super::json`], with
//! `kind` in front, and the tool's version on every line, because collectors
//! take lines apart.

use std::io;

use serde_json::{Map, Value};

use super::{Report, escape, fingerprint, json};

/// Writes the lines.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut ordinals = fingerprint::Ordinals::default();
    for finding in report.ordered() {
        if let Value::Object(object) = json::finding(report, finding, &mut ordinals) {
            line("finding", object, out)?;
        }
    }
    line("summary", json::tail(report), out)
}

/// Writes one line.
fn line(kind: &str, object: Map<String, Value>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut document = Map::new();
    document.insert("kind".into(), kind.into());
    document.extend(json::head());
    document.extend(object);
    let text = serde_json::to_string(&document)?;
    writeln!(out, "{}", escape::json(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::Output;
    use super::super::sample::{self, bytes};

    #[test]
    fn every_line_is_a_document_and_the_last_is_the_summary() {
        let report = sample::report();
        let text = String::from_utf8(bytes(Output::Jsonl, &report)).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines.len(), report.findings.len() + 1);
        let (summary, findings) = lines.split_last().unwrap();
        assert!(
            findings
                .iter()
                .all(|f| f["kind"] == "finding" && f["rule"].is_string())
        );
        assert_eq!(summary["kind"], "summary");
        assert_eq!(summary["exit_code"], 1);
    }
}
