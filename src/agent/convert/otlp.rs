//! OpenTelemetry logs as OTLP/JSON (protocol 1.x): each line is one `ExportLogsServiceRequest`, as the
//! file exporter of the collector writes them. Times are nanoseconds since 1970, as text.

use serde_json::{Value, json};

use super::super::record::Record;
use super::{common, milliseconds};

pub(super) fn request(record: &Record) -> Value {
    let (time, device, message) = common(record);
    let nanoseconds = (i128::from(milliseconds(time)) * 1_000_000).to_string();
    let mut attributes = Vec::new();
    let (number, text) = match record {
        Record::Finding(found) => {
            attributes.push(attribute("straykey.rule", &found.rule));
            attributes.push(attribute("straykey.proof", &found.proof));
            attributes.push(attribute("user.name", &found.user));
            attributes.push(attribute("straykey.first_seen", &found.first_seen));
            let key = found.key.iter().map(|key| attribute("straykey.key", key));
            attributes.extend(key);
            let entry = found
                .matched
                .iter()
                .map(|entry| attribute("straykey.entry", &entry.name));
            attributes.extend(entry);
            let places: Vec<Value> = found
                .places
                .iter()
                .map(|at| json!({ "stringValue": format!("{}:{}", at.path, at.line) }))
                .collect();
            attributes.push(json!({
                "key": "straykey.places", "value": { "arrayValue": { "values": places } },
            }));
            match found.level.as_str() {
                "error" => (17, "ERROR"),
                "warning" => (13, "WARN"),
                _ => (9, "INFO"),
            }
        }
        Record::Gone(gone) => {
            attributes.push(attribute("straykey.rule", &gone.rule));
            attributes.push(attribute("straykey.key", &gone.key));
            attributes.push(attribute("user.name", &gone.user));
            (9, "INFO")
        }
        Record::Heartbeat(beat) => {
            attributes.push(attribute("straykey.verdict", &beat.verdict));
            attributes.push(json!({
                "key": "straykey.complete", "value": { "boolValue": beat.coverage.complete },
            }));
            for (name, count) in [
                ("straykey.files", beat.coverage.files),
                ("straykey.findings", beat.findings),
            ] {
                // 64-bit numbers are text in OTLP/JSON.
                attributes.push(json!({ "key": name, "value": { "intValue": count.to_string() } }));
            }
            (9, "INFO")
        }
    };
    json!({
        "resourceLogs": [{
            "resource": { "attributes": [
                attribute("service.name", "straykey-agent"),
                attribute("host.id", &device.id),
                attribute("host.name", &device.name),
            ] },
            "scopeLogs": [{
                "scope": { "name": "straykey", "version": env!("CARGO_PKG_VERSION") },
                "logRecords": [{
                    "timeUnixNano": nanoseconds,
                    "severityNumber": number,
                    "severityText": text,
                    "body": { "stringValue": message },
                    "attributes": attributes,
                }],
            }],
        }],
    })
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}
