//! Reads a file of gitleaks or betterleaks rules.
//!
//! Facts are those of the READMEs of both: `[[rules]]` with `id`, `description`, `regex`,
//! `secretGroup`, `entropy`, `keywords`, `path`, `tags` and allowlists; `[allowlist]` and
//! `[[allowlists]]` for all rules, or for those in `targetRules`. Keys are compared without
//! case, as those tools do. Whatever is not understood becomes a remark: a restriction that
//! is not known leaves its rule in use, so that more is told and never less.

use std::sync::Arc;

use toml::{Table, Value};

use super::allowlist::{Allowlist, Target};
use super::fields::Fields;
use super::{Rule, literal, syntax};

/// Most bytes of an id, which reports show and a state keeps.
const MAX_ID: usize = 100;
/// Most conditional allowlists with paths of one rule: their outcomes are named beforehand.
pub(super) const MAX_CONDITIONAL: usize = 4;

/// Rules of one file, and what of it could not be used.
#[derive(Debug, Default)]
pub(in super::super) struct Read {
    pub(super) rules: Vec<Rule>,
    pub(super) remarks: Vec<String>,
}

/// Whether a table is a file of such rules.
pub(in super::super) fn is_foreign(table: &Table) -> bool {
    let known = ["rules", "allowlist", "allowlists", "extend"];
    let key = |key: &String| key.to_lowercase();
    table
        .keys()
        .map(key)
        .any(|key| known.contains(&key.as_str()))
}

/// Reads the rules of a file.
pub(in super::super) fn read(table: Table) -> Read {
    let mut read = Read::default();
    let mut fields = Fields::new(table);
    for about in ["title", "description", "minversion"] {
        fields.take(about);
    }
    if let Some(extended) = fields.take("extend") {
        let keys = extended.as_table().map(|table| table.keys().cloned());
        let keys: Vec<String> = keys.into_iter().flatten().collect();
        read.remark(format!(
            "[extend] ({}) is not followed: give the other file as well",
            keys.join(", ")
        ));
    }
    let mut globals = Vec::new();
    for (list, targets) in lists(&mut fields, "file", &mut read.remarks) {
        globals.push((Arc::new(list), targets));
    }
    for rule in fields.tables("rules", &mut read.remarks, "file") {
        if let Some(rule) = rule_of(rule, &globals, &mut read.remarks) {
            match read.rules.iter().any(|known| known.id == rule.id) {
                true => read.remark(format!("rule {}: left out, its id is taken", rule.id)),
                false => read.rules.push(rule),
            }
        }
    }
    fields.say_rest("file", &mut read.remarks);
    read
}

impl Read {
    fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }
}

fn rule_of(
    table: Table,
    globals: &[(Arc<Allowlist>, Vec<String>)],
    remarks: &mut Vec<String>,
) -> Option<Rule> {
    let mut fields = Fields::new(table);
    let name = fields.text("id");
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        remarks.push("a rule without id: left out".to_owned());
        return None;
    };
    let id = shown(&name);
    let place = format!("rule {id}");
    fields.take("tags");
    let description = fields.text("description").unwrap_or_default();
    let Some(expression) = fields.text("regex").filter(|regex| !regex.is_empty()) else {
        let why = match fields.take("path").is_some() {
            true => "it has a path only, and a name proves no secret",
            false => "it has no regex",
        };
        remarks.push(format!("{place}: left out, {why}"));
        return None;
    };
    for (key, why) in [
        ("required", "what it requires beside it is not looked for"),
        ("skipreport", "it is for other rules only (skipReport)"),
    ] {
        if fields.take(key).is_some_and(|v| v != Value::Boolean(false)) {
            remarks.push(format!("{place}: left out, {why}"));
            return None;
        }
    }
    let regex = match syntax::compile(&expression) {
        Ok(regex) => regex,
        Err(why) => {
            remarks.push(format!(
                "{place}: left out, its regex does not compile: {why}"
            ));
            return None;
        }
    };
    let path = match fields.text("path").as_deref().map(syntax::compile) {
        None => None,
        Some(Ok(path)) => Some(path),
        Some(Err(why)) => {
            remarks.push(format!(
                "{place}: left out, its path does not compile: {why}"
            ));
            return None;
        }
    };
    let group = fields.number("secretgroup").unwrap_or(0.0);
    if group < 0.0 || group >= regex.captures_len() as f64 {
        remarks.push(format!("{place}: left out, its regex has no group {group}"));
        return None;
    }
    let entropy = fields.number("entropy").unwrap_or(0.0);
    let mut keywords = fields.words("keywords", &place, remarks);
    keywords
        .iter_mut()
        .for_each(|word| *word = word.to_lowercase());
    keywords.retain(|word| !word.is_empty());
    let needed = syntax::translated(&expression).map(|text| literal::required(&text));
    let needed = needed.unwrap_or_default();
    if keywords.is_empty() {
        keywords.clone_from(&needed);
    }
    let sought = |words: &[String]| -> Option<Vec<Vec<u8>>> {
        let all: Option<Vec<_>> = words.iter().map(|word| literal::triggers(word)).collect();
        all.map(Vec::into_iter)
            .map(Iterator::flatten)
            .map(Iterator::collect)
    };
    let of = |words: &[String]| sought(words).filter(|all: &Vec<_>| !all.is_empty());
    let triggers = of(&keywords).or_else(|| of(&needed));
    if triggers.is_none() {
        let least = literal::SHORTEST;
        remarks.push(format!(
            "{place}: in use, and looked for in every file: neither its keywords nor its regex have {least} bytes to wake it"
        ));
    }
    let own = lists(&mut fields, &place, remarks);
    let mut allowlists: Vec<Arc<Allowlist>> = own.into_iter().map(|(l, _)| Arc::new(l)).collect();
    let targeted = |targets: &[String]| targets.is_empty() || targets.contains(&name);
    let of_all = globals.iter().filter(|(_, targets)| targeted(targets));
    allowlists.extend(of_all.map(|(list, _)| Arc::clone(list)));
    let mut conditional = 0;
    allowlists.retain(|list| {
        conditional += usize::from(list.is_conditional());
        let kept = !list.is_conditional() || conditional <= MAX_CONDITIONAL;
        if !kept {
            remarks.push(format!(
                "{place}: an allowlist is not applied: more than {MAX_CONDITIONAL} join paths with AND"
            ));
        }
        kept
    });
    fields.say_rest(&place, remarks);
    Some(Rule {
        // Below the number of groups.
        group: group as usize,
        id,
        description,
        regex,
        entropy,
        keywords,
        triggers,
        path,
        allowlists,
    })
}

/// Reads the allowlists of a rule or of the file, each with the rules that it is for.
fn lists(
    fields: &mut Fields,
    place: &str,
    remarks: &mut Vec<String>,
) -> Vec<(Allowlist, Vec<String>)> {
    let mut tables = fields.tables("allowlist", remarks, place);
    tables.extend(fields.tables("allowlists", remarks, place));
    let numbered = tables.into_iter().enumerate();
    numbered
        .filter_map(|(n, table)| list(table, &format!("{place}, allowlist {}", n + 1), remarks))
        .collect()
}

fn list(table: Table, place: &str, remarks: &mut Vec<String>) -> Option<(Allowlist, Vec<String>)> {
    let mut fields = Fields::new(table);
    fields.take("description");
    let before = remarks.len();
    let target = match fields.lower("regextarget").as_str() {
        "" | "secret" => Some(Target::Secret),
        "match" => Some(Target::Match),
        "line" => Some(Target::Line),
        _ => None,
    };
    let all_of = match fields.lower("condition").as_str() {
        "" | "or" | "||" => Some(false),
        "and" | "&&" => Some(true),
        _ => None,
    };
    if !fields.words("commits", place, remarks).is_empty() {
        // A blob has no commit of its own: the same bytes may come with another one.
        remarks.push(format!("{place}: its commits excuse nothing"));
    }
    let regexes = fields.regexes("regexes", place, remarks);
    let paths = fields.regexes("paths", place, remarks);
    let stopwords = fields.words("stopwords", place, remarks);
    let targets = fields.words("targetrules", place, remarks);
    fields.say_rest(place, remarks);
    let (Some(target), Some(all_of)) = (target, all_of) else {
        remarks.push(format!(
            "{place}: not applied, its condition or regexTarget is not known"
        ));
        return None;
    };
    // Of conditions that must all hold none may be missing.
    if all_of && remarks.len() > before {
        remarks.push(format!(
            "{place}: not applied, a condition of it is missing"
        ));
        return None;
    }
    let stopwords = stopwords.iter().map(|word| word.to_lowercase());
    let list = Allowlist {
        all_of,
        target,
        regexes,
        paths,
        stopwords: stopwords.filter(|word| !word.is_empty()).collect(),
    };
    Some((list, targets))
}

/// Returns an id with nothing in it that reports or shells could trip over.
fn shown(id: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "._-/".contains(c) => c,
        _ => '-',
    };
    id.chars().take(MAX_ID).map(plain).collect()
}
