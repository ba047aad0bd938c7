//! The fields of a table, each taken once, whatever the case of its name.

use std::collections::BTreeMap;

use regex::bytes::Regex;
use toml::{Table, Value};

use super::syntax;

/// What is left of a table.
pub(super) struct Fields(BTreeMap<String, Value>);

impl Fields {
    pub(super) fn new(table: Table) -> Self {
        let lower = |(key, value): (String, Value)| (key.to_lowercase(), value);
        Self(table.into_iter().map(lower).collect())
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// Takes a text; what is none stays, and is told as unknown.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.0.get(key)?.as_str()?;
        match self.take(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes a word in lower case.
    pub(super) fn lower(&mut self, key: &str) -> String {
        self.text(key).unwrap_or_default().to_lowercase()
    }

    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let number = match self.0.get(key)? {
            // Groups and entropies are small.
            Value::Integer(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return None,
        };
        self.take(key);
        Some(number)
    }

    /// Takes a list of texts; one text is a list of one.
    pub(super) fn words(
        &mut self,
        key: &str,
        place: &str,
        remarks: &mut Vec<String>,
    ) -> Vec<String> {
        let values = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
        };
        let mut words = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::String(word) => words.push(word),
                _ => remarks.push(format!("{place}: what is no text in {key} is not used")),
            }
        }
        words
    }

    /// Takes a list of regular expressions.
    pub(super) fn regexes(
        &mut self,
        key: &str,
        place: &str,
        remarks: &mut Vec<String>,
    ) -> Vec<Regex> {
        let words = self.words(key, place, remarks);
        let mut regexes = Vec::with_capacity(words.len());
        for (n, word) in words.iter().enumerate() {
            match syntax::compile(word) {
                Ok(regex) => regexes.push(regex),
                Err(why) => remarks.push(format!(
                    "{place}: number {} of {key} does not compile: {why}",
                    n + 1
                )),
            }
        }
        regexes
    }

    /// Takes a list of tables; one table is a list of one.
    pub(super) fn tables(
        &mut self,
        key: &str,
        remarks: &mut Vec<String>,
        place: &str,
    ) -> Vec<Table> {
        let values = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
        };
        let mut tables = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::Table(table) => tables.push(table),
                _ => remarks.push(format!("{place}: what is no table in {key} is not used")),
            }
        }
        tables
    }

    /// Tells what nobody took.
    pub(super) fn say_rest(&self, place: &str, remarks: &mut Vec<String>) {
        for key in self.0.keys() {
            remarks.push(format!("{place}: `{key}` is not used"));
        }
    }
}
