//! Records of spools in the shapes that other systems take, one record at a time.
//!
//! Each shape is a function from a [`Record`] to JSON; all but SARIF are written as a document a line. Field names follow the
//! versions that stand in each file; what has no field there stands beside under `straykey`, with the
//! names and units of the spool.

mod ecs;
mod ocsf;
mod otlp;
mod sarif;

use std::io::{self, Write};

use serde_json::Value;

use super::record::Record;
use crate::report::escape;

/// A shape of records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// Elastic Common Schema 8.17.
    Ecs,
    /// Open Cybersecurity Schema Framework 1.6, class 2006.
    Ocsf,
    /// OpenTelemetry logs, as OTLP/JSON.
    Otlp,
    /// SARIF 2.1.0, a run for each machine.
    Sarif,
}

/// Writes records, in the order that they have.
///
/// # Errors
/// Returns the error of `out`.
pub fn write(shape: Shape, records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    let one = match shape {
        Shape::Ecs => ecs::event,
        Shape::Ocsf => ocsf::event,
        Shape::Otlp => otlp::request,
        Shape::Sarif => return line(out, &sarif::log(records)),
    };
    records
        .iter()
        .map(one)
        .try_for_each(|value| line(out, &value))
}

fn line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    writeln!(out, "{}", escape::json(&text))
}

/// Returns a time in milliseconds since 1970.
fn milliseconds(time: &str) -> i64 {
    let time = time.parse::<jiff::Timestamp>();
    time.map_or(0, |time| time.as_millisecond())
}

/// Returns a record as it stands in the spool.
fn plain(record: &Record) -> Value {
    serde_json::to_value(record).unwrap_or(Value::Null)
}

/// Returns what every record has: time, machine, and one sentence.
fn common(record: &Record) -> (&str, &super::record::Device, String) {
    match record {
        Record::Finding(found) => (&found.time, &found.device, found.message.clone()),
        Record::Gone(gone) => {
            let said = format!(
                "{} {} is gone; whoever copied it still has it.",
                gone.rule, gone.key
            );
            (&gone.time, &gone.device, said)
        }
        Record::Heartbeat(beat) => {
            let why = match beat.why.is_empty() {
                true => String::new(),
                false => format!(": {}", beat.why.join("; ")),
            };
            (&beat.time, &beat.device, format!("{}{why}.", beat.verdict))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{At, Coverage, Device, Found, Gone, Heartbeat, Matched};
    use super::*;

    fn records() -> Vec<Record> {
        let device = Device {
            id: "d1".into(),
            name: "laptop".into(),
        };
        let time = "2026-11-22T10:00:00Z".to_owned();
        let found = Found {
            v: 1,
            time: time.clone(),
            device: device.clone(),
            user: "ada".into(),
            rule: "managed-key-prod".into(),
            level: "error".into(),
            severity: 9.8,
            key: Some("ab".repeat(32)),
            proof: "private".into(),
            message: "A key.".into(),
            matched: Some(Matched {
                name: "auth/pass-signer".into(),
                ..Matched::default()
            }),
            places: vec![At {
                path: "/home/ada/a key.pem".into(),
                line: 7,
                column: 3,
                ..At::default()
            }],
            places_total: 1,
            first_seen: time.clone(),
            last_seen: time.clone(),
            ..Found::default()
        };
        let gone = Gone {
            time: time.clone(),
            device: device.clone(),
            key: "cd".into(),
            rule: "private-key".into(),
            ..Gone::default()
        };
        let beat = Heartbeat {
            time,
            device,
            verdict: "clean".into(),
            coverage: Coverage {
                complete: true,
                ..Coverage::default()
            },
            ..Heartbeat::default()
        };
        vec![
            Record::Finding(Box::new(found)),
            Record::Gone(Box::new(gone)),
            Record::Heartbeat(Box::new(beat)),
        ]
    }

    fn lines(shape: Shape) -> Vec<Value> {
        let mut out = Vec::new();
        write(shape, &records(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn ocsf_has_what_the_class_requires() {
        let all = lines(Shape::Ocsf);
        assert_eq!(all.len(), 3);
        for event in &all {
            for field in [
                "activity_id",
                "category_uid",
                "class_uid",
                "severity_id",
                "time",
                "type_uid",
            ] {
                assert!(event[field].is_i64(), "{field}: {event}");
            }
            let product = &event["metadata"]["product"];
            assert!(product["vendor_name"].is_string() && event["metadata"]["version"].is_string());
        }
        assert_eq!(all[0]["class_uid"], 2006);
        assert_eq!(all[0]["type_uid"], 200_601);
        assert_eq!(all[0]["severity_id"], 5);
        assert_eq!(all[0]["time"], 1_795_341_600_000_i64);
        assert_eq!(all[0]["finding_info"]["uid"], "ab".repeat(32) + "@d1/ada");
        assert_eq!(all[1]["activity_id"], 3);
    }

    #[test]
    fn ecs_and_otlp_carry_machine_user_and_key() {
        let ecs = lines(Shape::Ecs);
        assert_eq!(ecs[0]["@timestamp"], "2026-11-22T10:00:00Z");
        assert_eq!(
            (&ecs[0]["host"]["id"], &ecs[0]["user"]["name"]),
            (&"d1".into(), &"ada".into())
        );
        assert_eq!(ecs[0]["file"]["path"], "/home/ada/a key.pem");
        let otlp = lines(Shape::Otlp);
        let record = &otlp[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(record["timeUnixNano"], "1795341600000000000");
        assert_eq!(record["severityNumber"], 17);
        assert_eq!(record["body"]["stringValue"], "A key.");
    }

    #[test]
    fn sarif_has_a_run_for_each_machine() {
        let log = &lines(Shape::Sarif)[0];
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["automationDetails"]["id"], "straykey-agent/d1");
        assert_eq!(run["results"][0]["ruleId"], "managed-key-prod");
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "file:///home/ada/a%20key.pem"
        );
        assert_eq!(place["region"]["startLine"], 7);
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    }
}
