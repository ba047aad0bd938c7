//! Which keys must be changed when somebody leaves, why, and in which order.
//!
//! A person knows a key who was its custodian or reader, who owned a holding, or
//! on whose device a scan found it. What was made after their last day they do
//! not know. (PCI DSS 3.7.5, ISMS-P 2.7.2, ISO 27001 A.6.5.)

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::audit::{made, moment};
use super::{Entry, Holding, IdKind, Inventory, List, Standing};

/// Places of one finding that are told.
const TOLD_PLACES: usize = 3;

/// A key version that must be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// Number of the entry.
    pub entry: u64,
    /// Its name.
    pub name: String,
    /// `rotate` where a system lets it sign; `distrust` where verifiers alone
    /// keep it alive.
    pub action: &'static str,
    /// System and name.
    pub source: String,
    /// Version there.
    pub version: String,
    /// Environment there.
    pub env: String,
    /// State there.
    pub state: String,
    /// When the version was made.
    pub created: String,
    /// Verifiers that must learn of the new key.
    pub trusted_by: Vec<String>,
    /// How the person knows it.
    pub why: Vec<String>,
}

/// A finding of a scan, as far as it matters here.
#[derive(Clone, Debug, Default)]
struct Seen {
    ids: Vec<(IdKind, String)>,
    entry: Option<u64>,
    place: String,
}

/// Findings of scans of the person's devices.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<Seen>);

impl Findings {
    /// Adds a report in JSON or JSON Lines, as `scan --format json | jsonl` writes
    /// it. `name` is told with its places. Returns whether it was one.
    pub fn add(&mut self, name: &str, text: &str, list: &List) -> bool {
        let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let Ok(documents) = values.collect::<Result<Vec<_>, _>>() else {
            return false;
        };
        let is_report = |document: &Value| !document["straykey"]["schema"].is_null();
        if documents.is_empty() || !documents.iter().all(is_report) {
            return false;
        }
        // Entry numbers count within one issue of one list only.
        let header = &list.header;
        let issue = documents
            .iter()
            .map(|document| &document["inventory"])
            .any(|used| {
                used["list_id"] == header.list_id.as_str() && used["version"] == header.version
            });
        for document in &documents {
            let many = document["findings"].as_array().map(Vec::as_slice);
            let one = std::slice::from_ref(document);
            let findings = many.unwrap_or(if document["kind"] == "finding" {
                one
            } else {
                &[]
            });
            self.0
                .extend(findings.iter().map(|finding| seen(name, finding, issue)));
        }
        true
    }
}

fn seen(name: &str, finding: &Value, issue: bool) -> Seen {
    let facts = &finding["properties"]["straykey"];
    let ids = facts["identity"].as_object().into_iter().flatten();
    let ids =
        ids.filter_map(|(id, value)| Some((IdKind::from_name(id)?, value.as_str()?.to_owned())));
    let entry = facts["match"]["entry"].as_u64().filter(|_| issue);
    let places = finding["places"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let at = |place: &Value| {
        let path = place["shown"].as_str().or(place["path"].as_str());
        format!("{}:{}", path.unwrap_or_default(), place["line"])
    };
    let told: Vec<String> = places.iter().take(TOLD_PLACES).map(at).collect();
    let more = match places.len().saturating_sub(TOLD_PLACES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Seen {
        ids: ids.collect(),
        entry,
        place: format!("{name}: {}{more}", told.join(", ")),
    }
}

/// Returns who is named in a list: custodians, readers and owners, in order.
#[must_use]
pub fn people(list: &List) -> Vec<&str> {
    let mut people = std::collections::BTreeSet::new();
    for entry in &list.entries {
        people.extend(
            entry
                .custodians
                .iter()
                .map(|custodian| custodian.id.as_str()),
        );
        people.extend(
            entry
                .holdings
                .iter()
                .filter_map(|holding| holding.owner.as_deref()),
        );
        let readers = entry.other.get("readers").and_then(Value::as_array);
        let readers = readers.into_iter().flatten();
        people.extend(readers.filter_map(|reader| reader.as_str().or(reader["id"].as_str())));
    }
    people.into_iter().collect()
}

/// Returns what must be changed when `person` leaves, worst first; `last` is the
/// moment after which what is made is unknown to them.
#[must_use]
pub fn duties(list: &List, person: &str, last: Timestamp, findings: &Findings) -> Vec<Duty> {
    let inventory = Inventory::of_list(list.clone());
    let mut found: std::collections::BTreeMap<u64, Vec<String>> = std::collections::BTreeMap::new();
    for seen in &findings.0 {
        let by_id = seen
            .ids
            .iter()
            .find_map(|(kind, value)| inventory.find_id(*kind, value).ok().flatten());
        if let Some(entry) = by_id.map(|found| found.entry).or(seen.entry) {
            found
                .entry(entry)
                .or_default()
                .push(format!("found on their device, {}", seen.place));
        }
    }
    let mut duties: Vec<(usize, Standing, Option<Timestamp>, Duty)> = Vec::new();
    for entry in &list.entries {
        let standing = entry.standing();
        if standing == Standing::Retired {
            continue;
        }
        let device = found.remove(&entry.entry).unwrap_or_default();
        let of = |holding: Option<&Holding>| {
            // What was found is known, whenever it was made.
            let is_later = holding.and_then(made).is_some_and(|made| made >= last);
            let mut why = device.clone();
            if !is_later {
                why.extend(known_by(entry, holding, person, last));
            }
            let rank = usize::from(device.is_empty());
            (!why.is_empty()).then(|| {
                (
                    rank,
                    standing,
                    holding.and_then(made),
                    duty(entry, holding, why),
                )
            })
        };
        let mut live = entry.holdings.iter().filter(|h| !h.is_retired()).peekable();
        match live.peek() {
            Some(_) => duties.extend(live.filter_map(|holding| of(Some(holding)))),
            None => duties.extend(of(entry.holdings.first())),
        }
    }
    // Production first, then what is proven to have been on a device, then the
    // oldest: it was known for longest.
    duties.sort_by_key(|duty| (duty.1, duty.0, duty.2, duty.3.entry));
    duties.into_iter().map(|(.., duty)| duty).collect()
}

/// Says how a person knows an entry.
fn known_by(
    entry: &Entry,
    holding: Option<&Holding>,
    person: &str,
    last: Timestamp,
) -> Vec<String> {
    let is_them = |id: &str| id.eq_ignore_ascii_case(person);
    let mut why = Vec::new();
    for custodian in entry
        .custodians
        .iter()
        .filter(|custodian| is_them(&custodian.id))
    {
        // Who became custodian after the last day is another of the same name, or
        // a mistake; better one rotation too many.
        let from = custodian.from.as_deref();
        let from = from.map(|day| format!(" from {day}")).unwrap_or_default();
        let to = custodian
            .to
            .as_deref()
            .filter(|day| moment(day).is_some_and(|to| to <= last));
        let to = to.map(|day| format!(" to {day}")).unwrap_or_default();
        why.push(format!("custodian{from}{to}"));
    }
    let readers = entry.other.get("readers").and_then(Value::as_array);
    let id = |reader: &Value| {
        reader
            .as_str()
            .or(reader["id"].as_str())
            .is_some_and(is_them)
    };
    if readers.is_some_and(|readers| readers.iter().any(id)) {
        why.push("reader".to_owned());
    }
    if holding
        .and_then(|h| h.owner.as_deref())
        .is_some_and(is_them)
    {
        why.push("owner".to_owned());
    }
    why
}

fn duty(entry: &Entry, holding: Option<&Holding>, why: Vec<String>) -> Duty {
    let text = |field: fn(&Holding) -> &Option<String>| {
        holding.and_then(|h| field(h).clone()).unwrap_or_default()
    };
    let is_live = holding.is_some_and(|holding| !holding.is_retired());
    Duty {
        entry: entry.entry,
        name: entry.name.clone(),
        action: if is_live { "rotate" } else { "distrust" },
        source: holding.map(|h| h.source.clone()).unwrap_or_default(),
        version: text(|h| &h.version),
        env: text(|h| &h.env),
        state: text(|h| &h.state),
        created: text(|h| &h.created),
        trusted_by: entry.trusted_by.clone(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list() -> List {
        let entry = |number: u64, env: &str, created: &str, custodian: &str| {
            json!({"entry": number, "name": format!("k{number}"), "ids": {"spki-sha256": format!("{number}").repeat(64)},
                   "holdings": [{"source": "vault:transit/k", "version": "1", "state": "active", "env": env, "created": created}],
                   "custodians": [{"id": custodian, "from": "2025-01-01"}]})
        };
        let entries = [
            entry(1, "dev", "2026-01-01T00:00:00Z", "ada"),
            entry(2, "prod", "2026-01-01T00:00:00Z", "Ada"),
            entry(3, "prod", "2026-10-01T00:00:00Z", "ada"),
            entry(4, "prod", "2026-01-01T00:00:00Z", "bob"),
            entry(5, "prod", "2026-10-01T00:00:00Z", "bob"),
        ];
        List {
            entries: entries
                .into_iter()
                .map(|e| serde_json::from_value(e).unwrap())
                .collect(),
            ..List::default()
        }
    }

    #[test]
    fn what_they_knew_is_rotated_and_what_came_later_is_not() {
        let last = "2026-09-30T00:00:00Z".parse().unwrap();
        let mut findings = Findings::default();
        let report = json!({"straykey": {"schema": "1"}, "findings": [{
            "properties": {"straykey": {"identity": {"spki-sha256": "5".repeat(64)}}},
            "places": [{"shown": "/home/ada/k.pem", "line": 1}]}]});
        assert!(findings.add("laptop.json", &report.to_string(), &list()));
        assert!(!findings.add("x", "{}", &list()));
        assert!(!findings.add("x", "not JSON", &list()));
        let duties = duties(&list(), "ada", last, &findings);
        let told: Vec<_> = duties.iter().map(|duty| duty.entry).collect();
        // Production first, and there what was on the laptop.
        assert_eq!(told, [5, 2, 1]);
        assert_eq!(
            duties[0].why,
            ["found on their device, laptop.json: /home/ada/k.pem:1"]
        );
        assert_eq!(duties[1].why, ["custodian from 2025-01-01"]);
    }
}
