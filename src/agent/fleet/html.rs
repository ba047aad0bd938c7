//! A fleet as one page that needs nothing else: no network, no server, no other file.
//!
//! Rows are written here, so that the page can be read without its script, and every value goes
//! through [`escape::html`]: paths and names are hostile. The script only sorts and filters rows. The
//! page's policy lets nothing else run and nothing be fetched.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Fleet, Key, Machine};
use crate::finding::{NoticeReason, RuleId};
use crate::report::escape::html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Most places of a key that the page shows, and most names in a cell: the page is to open at once,
/// CSV and JSON have more.
const MAX_SHOWN: usize = 50;

/// Writes the page.
///
/// # Errors
/// Returns the error of `out`.
pub fn write(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
        style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
        <meta name=\"referrer\" content=\"no-referrer\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n\
        <title>straykey: signing keys outside the KMS</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        hash(STYLE),
        hash(SCRIPT)
    )?;
    head(fleet, out)?;
    keys(fleet, out)?;
    machines(fleet, out)?;
    if !fleet.unread.is_empty() {
        writeln!(out, "<h2>Not read</h2>\n<ul>")?;
        for problem in &fleet.unread {
            writeln!(out, "<li><code>{}</code></li>", html(problem))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn head(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let counts = fleet.counts();
    writeln!(
        out,
        "<h1>Signing keys outside the KMS</h1>\n<p class=\"weak\">As of {}, by straykey {}. \
        A machine is silent after {} days.</p>\n<ul class=\"counts\">",
        html(&fleet.at),
        env!("CARGO_PKG_VERSION"),
        fleet.silent_after_days
    )?;
    let tiles = [
        (counts.managed, "of the company's keys", "bad"),
        (counts.keys, "keys in all", ""),
        (counts.gone, "keys that are gone", ""),
        (counts.machines, "machines", ""),
        (counts.repositories, "repositories", ""),
        (counts.clean, "clean", "good"),
        (counts.with_findings, "with findings", "bad"),
        (counts.not_vouched, "not vouched for", "warn"),
        (counts.silent, "silent", "warn"),
    ];
    for (count, words, class) in tiles {
        let class = if count > 0 { class } else { "" };
        writeln!(out, "<li><b class=\"{class}\">{count}</b> {words}</li>")?;
    }
    writeln!(
        out,
        "</ul>\n<p><input id=\"search\" type=\"search\" disabled aria-label=\"Search\" \
        placeholder=\"Search keys, machines, users, paths\"> <span id=\"shown\" class=\"weak\"></span></p>"
    )
}

fn table(out: &mut dyn Write, title: &str, columns: &[&str]) -> io::Result<()> {
    write!(
        out,
        "<h2>{title}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
    )?;
    for column in columns {
        write!(
            out,
            "<th scope=\"col\"><button type=\"button\">{column}</button></th>"
        )?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")
}

fn end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</tbody></table></div>")
}

fn keys(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let columns = [
        "Order",
        "Rule",
        "Key",
        "Entry",
        "Owner",
        "Env",
        "Machines",
        "Users",
        "Repositories",
        "First seen",
        "Last seen",
        "Where, and what to do",
    ];
    table(out, "Keys, in the order to rotate them", &columns)?;
    for (number, key) in fleet.keys.iter().enumerate() {
        row(fleet, number + 1, key, out)?;
    }
    end(out)
}

fn row(fleet: &Fleet, number: usize, key: &Key, out: &mut dyn Write) -> io::Result<()> {
    let class = if key.is_there() { "" } else { "gone" };
    let level = RuleId::from_name(&key.rule).map_or("", |rule| rule.rule().level.as_str());
    let entry = key.matched.as_ref();
    let of = |field: Option<&Option<String>>| field.cloned().flatten().unwrap_or_default();
    let name = entry.map(|found| found.name.as_str()).unwrap_or_default();
    write!(
        out,
        "<tr class=\"{class}\"><td class=\"number\">{number}</td>\
        <td data-value=\"{:05.1}\"><span class=\"{level}\">{}</span><br><span class=\"weak\">{}</span></td>\
        <td><code class=\"id\">{}</code><br><span class=\"weak\">{}</span></td>\
        <td>{}<br><span class=\"weak\">{}</span></td><td>{}</td><td>{}</td>\
        <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
        {}{}<td>",
        100.0 - key.severity,
        html(&key.rule),
        html(&join(key.proofs.iter().map(String::as_str))),
        html(&key.id),
        html(key.algorithm.as_deref().unwrap_or_default()),
        html(name),
        html(&of(entry.map(|found| &found.source))),
        html(&of(entry.map(|found| &found.owner))),
        html(&of(entry.map(|found| &found.env))),
        key.machines.len(),
        key.users.len(),
        key.repositories.len(),
        time(&key.first_seen),
        time(&key.last_seen),
    )?;
    details(fleet, key, out)?;
    writeln!(out, "</td></tr>")
}

fn details(fleet: &Fleet, key: &Key, out: &mut dyn Write) -> io::Result<()> {
    let now = match key.is_there() {
        true => key.now(),
        false => "It is gone; whoever copied it still has it.",
    };
    write!(
        out,
        "<details><summary>{}</summary><p>{}</p><dl>",
        html(now),
        html(&key.message)
    )?;
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let Some(found) = &key.matched {
        let field = |field: &Option<String>| field.clone().unwrap_or_default();
        facts.push(("version", field(&found.version)));
        facts.push(("state", field(&found.state)));
        facts.push(("matched by", found.by.clone()));
        facts.push((
            "trusted by",
            join(found.trusted_by.iter().map(String::as_str)),
        ));
    }
    let machines = key.machines.iter().map(|id| fleet.name(id));
    facts.push(("machines", join(machines)));
    facts.push(("was on", join(key.gone.iter().map(|id| fleet.name(id)))));
    facts.push(("users", join(key.users.iter().map(String::as_str))));
    facts.push((
        "repositories",
        join(key.repositories.iter().map(String::as_str)),
    ));
    facts.push(("commits", join(key.commits.iter().map(String::as_str))));
    for (name, id) in &key.ids {
        facts.push((name.as_str(), id.clone()));
    }
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        write!(out, "<dt>{}</dt><dd>{}</dd>", html(name), html(value))?;
    }
    write!(out, "</dl><ul>")?;
    for (machine, user, at) in key.places.iter().take(MAX_SHOWN) {
        let mut place = format!("{}: {}:{}", fleet.name(machine), at.path, at.line);
        if !user.is_empty() {
            place.push_str(&format!(" ({user})"));
        }
        if let Some(reach) = &at.reach {
            place.push_str(&format!(" [{reach}]"));
        }
        write!(
            out,
            "<li><code>{}</code> <span class=\"weak\">{}, {}</span></li>",
            html(&place),
            html(&at.format),
            html(&at.proof)
        )?;
    }
    let shown = key.places.len().min(MAX_SHOWN) as u64;
    if key.places_total > shown {
        write!(
            out,
            "<li class=\"weak\">and {} more</li>",
            key.places_total - shown
        )?;
    }
    write!(out, "</ul></details>")
}

fn machines(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let columns = [
        "Name",
        "Kind",
        "Verdict",
        "Keys",
        "Last heard of",
        "Files",
        "Read",
        "Unread",
        "List",
        "List age (days)",
        "Engine",
        "Why not clean",
    ];
    table(out, "Coverage", &columns)?;
    for machine in &fleet.machines {
        write_machine(machine, out)?;
    }
    end(out)
}

fn write_machine(machine: &Machine, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &machine.coverage;
    let list = coverage.list.as_ref();
    let class = match (machine.is_silent, machine.verdict.as_str()) {
        (true, _) => "warn",
        (false, "clean") => "good",
        (false, "findings") => "bad",
        (false, _) => "warn",
    };
    let verdict = match machine.is_silent {
        true => format!("silent (was {})", machine.verdict),
        false => machine.verdict.clone(),
    };
    let unread = NoticeReason::ALL
        .into_iter()
        .filter(|reason| reason.is_incomplete())
        .filter_map(|reason| coverage.skipped.get(reason.as_str()));
    writeln!(
        out,
        "<tr><td>{}<br><code class=\"weak\">{}</code></td><td>{}</td><td class=\"{class}\">{}</td>\
        <td class=\"number\">{}</td>{}<td class=\"number\">{}</td><td class=\"number\">{}</td>\
        <td class=\"number\">{}</td><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>",
        html(&machine.device.name),
        html(&machine.device.id),
        machine.kind,
        html(&verdict),
        machine.keys,
        time(&machine.last),
        coverage.files,
        coverage.files_read,
        unread.sum::<u64>(),
        html(
            &list
                .map(|list| format!("{} {}", list.id, list.version))
                .unwrap_or_default()
        ),
        list.and_then(|list| list.age_days)
            .map_or_else(String::new, |days| days.to_string()),
        html(&machine.engine),
        html(&machine.why.join("; ")),
    )
}

/// Returns the cell of a time: it shows the day, and is sorted by all of it.
fn time(time: &str) -> String {
    let day = time.split('T').next().unwrap_or(time);
    let (time, day) = (html(time), html(day));
    format!("<td class=\"time\" data-value=\"{time}\" title=\"{time}\">{day}</td>")
}

/// Joins names, as many as a cell bears.
fn join<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.get(..MAX_SHOWN).unwrap_or(&names).join(", ");
    match names.len().saturating_sub(MAX_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{At, Device};
    use super::*;

    /// Whatever stands in a spool, the page has no tag but its own.
    #[test]
    fn hostile_values_are_text() {
        let nasty = "\"><script>alert(1)</script><img src=x onerror=a>&'\u{202e}";
        let mut key = Key {
            id: nasty.into(),
            rule: nasty.into(),
            message: nasty.into(),
            algorithm: Some(nasty.into()),
            first_seen: nasty.into(),
            last_seen: nasty.into(),
            places_total: 1,
            ..Key::default()
        };
        let at = At {
            path: nasty.into(),
            format: nasty.into(),
            proof: nasty.into(),
            reach: Some(nasty.into()),
            ..At::default()
        };
        key.places.insert((nasty.into(), nasty.into(), at));
        for set in [
            &mut key.machines,
            &mut key.users,
            &mut key.repositories,
            &mut key.gone,
        ] {
            set.insert(nasty.into());
        }
        key.ids.insert(nasty.into(), nasty.into());
        let machine = Machine {
            device: Device {
                id: nasty.into(),
                name: nasty.into(),
            },
            kind: "machine",
            last: nasty.into(),
            verdict: nasty.into(),
            why: vec![nasty.into()],
            engine: nasty.into(),
            ..Machine::default()
        };
        let fleet = Fleet {
            keys: vec![key],
            machines: vec![machine],
            at: nasty.into(),
            unread: vec![nasty.into()],
            ..Fleet::default()
        };
        let mut page = Vec::new();
        write(&fleet, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img") && !page.contains('\u{202e}'));
        assert!(page.matches("onerror").count() > 10);
        let policy = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(SCRIPT)));
        assert!(page.contains(&policy));
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(
                !STYLE.contains(outside) && !SCRIPT.contains(outside),
                "{outside}"
            );
        }
    }
}
