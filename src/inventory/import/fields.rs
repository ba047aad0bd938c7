//! Fields that every system has in its own words: times, environments, owners.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::inventory::Holding;

/// Returns a field that is text and not empty.
pub(super) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// Returns an object within an object.
pub(super) fn object<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a Map<String, Value>> {
    object.get(name).and_then(Value::as_object)
}

/// Returns the objects of a list, with their positions; empty if there is none.
pub(super) fn objects<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = (usize, &'a Map<String, Value>)> {
    let items = object
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| item.as_object().map(|item| (at, item)))
}

/// Returns the texts of a list.
pub(super) fn texts(object: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = object
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns a time in the form that lists have. Systems write RFC 3339, sometimes
/// without an offset (then it is UTC), or seconds since 1970, sometimes with a
/// fraction.
pub(super) fn time(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "saturates, and is then no time"
            )]
            let seconds = number
                .as_i64()
                .or_else(|| number.as_f64().map(|f| f as i64))?;
            Timestamp::from_second(seconds)
                .ok()
                .map(|time| time.to_string())
        }
        Value::String(text) => instant(text),
        _ => None,
    }
}

/// As [`time`], of a text.
pub(super) fn instant(text: &str) -> Option<String> {
    let time = text.parse::<Timestamp>().ok();
    let local = || {
        text.parse::<DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
    };
    time.or_else(|| local().map(|zoned| zoned.timestamp()))
        .map(|time| time.to_string())
}

/// Takes owner and environment from labels.
pub(super) fn labels<'a>(holding: &mut Holding, labels: impl Iterator<Item = (&'a str, &'a str)>) {
    const OWNERS: [&str; 7] = [
        "owner",
        "team",
        "ownerteam",
        "keyowner",
        "contact",
        "squad",
        "responsible",
    ];
    const ENVIRONMENTS: [&str; 5] = [
        "env",
        "environment",
        "stage",
        "deploymentenvironment",
        "tier",
    ];
    for (name, value) in labels {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        if OWNERS.contains(&name.as_str()) && holding.owner.is_none() && !value.is_empty() {
            holding.owner = Some(value.to_owned());
        }
        if ENVIRONMENTS.contains(&name.as_str()) && holding.env.is_none() {
            holding.env = environment(value).map(str::to_owned);
        }
    }
}

/// Returns the labels of an object of texts.
pub(super) fn labels_of<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let labels = object.get(name).and_then(Value::as_object);
    labels
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// Returns the environment that a name tells by one of its words.
pub(super) fn environment(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    // `pre-prod` is two words of which one is `prod`.
    if has(&["stage", "staging", "stg", "uat", "preprod", "pre"]) {
        Some("stage")
    } else if has(&[
        "dev",
        "development",
        "develop",
        "test",
        "testing",
        "qa",
        "sandbox",
        "local",
        "nonprod",
        "non",
    ]) {
        Some("dev")
    } else if has(&["prod", "production", "prd", "live"]) {
        Some("prod")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_words() {
        for (name, expected) in [
            ("PROD", Some("prod")),
            ("alias/prod/pass-signer", Some("prod")),
            ("example-pass-production", Some("prod")),
            ("pre-prod", Some("stage")),
            ("non-prod", Some("dev")),
            ("product-signer", None),
            ("", None),
        ] {
            assert_eq!(environment(name), expected, "{name}");
        }
    }

    #[test]
    fn times_of_every_system() {
        let fields = serde_json::json!({
            "aws": "2026-02-03T11:00:00.512000+01:00", "old": 1_770_112_800.512, "az": 1_770_112_800,
            "naive": "2026-02-03T10:00:00", "bad": "yesterday", "none": null
        });
        let fields = fields.as_object().unwrap();
        assert_eq!(
            time(fields, "aws").as_deref(),
            Some("2026-02-03T10:00:00.512Z")
        );
        assert_eq!(time(fields, "old").as_deref(), Some("2026-02-03T10:00:00Z"));
        assert_eq!(time(fields, "az").as_deref(), Some("2026-02-03T10:00:00Z"));
        assert_eq!(
            time(fields, "naive").as_deref(),
            Some("2026-02-03T10:00:00Z")
        );
        assert_eq!(time(fields, "bad"), None);
        assert_eq!(time(fields, "none"), None);
    }
}
