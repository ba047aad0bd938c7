//! Checks the examples of every rule: `straykey patterns check`, and a test.

use std::path::Path;

use super::{Patterns, Value};

/// Returns what is wrong with the rules' examples; nothing when all is well.
#[must_use]
pub fn check(patterns: &Patterns) -> Vec<String> {
    let mut faults = Vec::new();
    for rule in patterns.rules() {
        for text in &rule.positive {
            let plain = text.replace(['«', '»'], "");
            let wanted: Vec<&str> = marked(text);
            let found = values(patterns, &plain, Some(&rule.id));
            if found != wanted {
                faults.push(format!("rule {}: found {found:?} in {plain:?}", rule.id));
            }
            if wanted.is_empty() {
                faults.push(format!("rule {}: no «…» in {text:?}", rule.id));
            }
            if woken(patterns, plain.as_bytes()).is_empty() {
                faults.push(format!("rule {}: no trigger in {plain:?}", rule.id));
            }
        }
        for text in &rule.negative {
            let found = values(patterns, text, None);
            if !found.is_empty() {
                faults.push(format!("rule {}: found {found:?} in {text:?}", rule.id));
            }
        }
    }
    faults
}

/// Returns what stands in `«…»`.
fn marked(text: &str) -> Vec<&str> {
    let parts = text.split('«').skip(1);
    parts
        .filter_map(|part| part.split_once('»').map(|(value, _)| value))
        .collect()
}

/// Returns the places of triggers, in order.
fn woken(patterns: &Patterns, text: &[u8]) -> Vec<usize> {
    let stands = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        patterns.triggers().iter().any(|t| t.begins(rest))
    };
    (0..text.len()).filter(stands).collect()
}

/// Returns the values that a rule, or any, finds.
fn values(patterns: &Patterns, text: &str, rule: Option<&str>) -> Vec<String> {
    values_at(patterns, text, rule, "example")
}

/// The same in a file of some name.
pub(super) fn values_at(
    patterns: &Patterns,
    text: &str,
    rule: Option<&str>,
    path: &str,
) -> Vec<String> {
    let text = text.as_bytes();
    let found = patterns.find(text, &woken(patterns, text), Path::new(path));
    // What rules of other tools take for a secret is no fault of ours.
    let ours = |v: &Value| super::foreign_id(&v.pattern.id).is_none();
    let found = found
        .list
        .into_iter()
        .filter(|v| v.strength.is_some() && ours(v));
    let of_rule = found.filter(|v| rule.is_none_or(|id| v.pattern.id == id));
    of_rule
        .map(|v| String::from_utf8_lossy(&v.bytes).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_what_it_says() {
        let patterns = Patterns::embedded().unwrap();
        let faults = check(&patterns);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
