//! `straykey inventory diff` and `audit`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use straykey::inventory::audit::{CRYPTO_PERIOD, Fault, Terms, audit as faults_of, check};
use straykey::inventory::diff::{Brief, Diff, diff as diff_of};
use straykey::inventory::{Header, List};
use straykey::report::escape;

use crate::output;

/// Options of `diff`.
#[derive(Args, Debug)]
pub(super) struct DiffArgs {
    /// Text list before
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// Text list after
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Options of `audit`.
#[derive(Args, Debug)]
pub(super) struct AuditArgs {
    /// Text list
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Judge as of this RFC 3339 time [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Days after which a key must have been changed, where its system sets no term
    #[arg(long, value_name = "DAYS", default_value_t = CRYPTO_PERIOD)]
    crypto_period: i64,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Exit code 1 when the lists differ.
pub(super) fn diff(args: &DiffArgs) -> anyhow::Result<u8> {
    let (old, new) = (List::open(&args.old)?, List::open(&args.new)?);
    let diff = diff_of(&old, &new);
    let issues = [&old.header, &new.header];
    output::write(None, |out| match args.json {
        true => {
            let [old, new] = issues.map(issue);
            let document = json!({ "old": old, "new": new, "diff": diff });
            writeln!(out, "{document:#}")
        }
        false => tell_diff(issues, &diff, out),
    })?;
    Ok(u8::from(!diff.is_empty()))
}

fn issue(header: &Header) -> Value {
    json!({ "list_id": header.list_id, "version": header.version, "issued_at": header.issued_at })
}

fn tell_diff([old, new]: [&Header; 2], diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |text: String| writeln!(out, "{}", escape::terminal(&text));
    line(format!(
        "`{}` version {} to `{}` version {}: {} added, {} removed, {} changed",
        old.list_id,
        old.version,
        new.list_id,
        new.version,
        diff.added.len(),
        diff.removed.len(),
        diff.changed.len()
    ))?;
    for (mark, briefs) in [("+", &diff.added), ("-", &diff.removed)] {
        for brief in briefs {
            line(format!("{mark} {}", told(brief)))?;
        }
    }
    for changed in &diff.changed {
        line(format!("~ {}", told(&changed.brief)))?;
        if changed.replaced {
            line("    ANOTHER KEY stands for the same version".to_owned())?;
        }
        for change in &changed.changes {
            let value = |value: &Option<Value>| match value {
                None => "nothing".to_owned(),
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
            };
            line(format!(
                "    {}: {} -> {}",
                change.field,
                value(&change.old),
                value(&change.new)
            ))?;
        }
    }
    Ok(())
}

fn told(brief: &Brief) -> String {
    format!(
        "{} (entry {}, {}, {})",
        brief.name, brief.entry, brief.kind, brief.held_by
    )
}

/// Exit code 1 when something is wrong.
pub(super) fn audit(args: &AuditArgs) -> anyhow::Result<u8> {
    let list = List::open(&args.list)?;
    let terms = Terms {
        now: args.at.unwrap_or_else(Timestamp::now),
        crypto_period: args.crypto_period,
    };
    let faults = faults_of(&list, terms);
    output::write(None, |out| match args.json {
        true => audit_json(&list, terms, &faults, out),
        false => tell_audit(&list, &faults, out),
    })?;
    Ok(u8::from(!faults.is_empty()))
}

fn audit_json(list: &List, terms: Terms, faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    let of = |fault: &Fault| {
        let mut value = serde_json::to_value(fault).unwrap_or_default();
        let clauses = check(fault.check).map(|check| check.clauses);
        value["clauses"] = json!(clauses.unwrap_or_default());
        value
    };
    let document = json!({
        "list": issue(&list.header),
        "at": terms.now.to_string(),
        "crypto_period_days": terms.crypto_period,
        "entries": list.entries.len(),
        "faults": faults.iter().map(of).collect::<Vec<_>>(),
    });
    writeln!(out, "{document:#}")
}

fn tell_audit(list: &List, faults: &[Fault], out: &mut dyn Write) -> io::Result<()> {
    let mut line = |text: String| writeln!(out, "{}", escape::terminal(&text));
    line(format!(
        "`{}` version {}: {} faults in {} entries",
        list.header.list_id,
        list.header.version,
        faults.len(),
        list.entries.len()
    ))?;
    let mut last = "";
    for fault in faults {
        if fault.check != last {
            last = fault.check;
            if let Some(check) = check(fault.check) {
                line(String::new())?;
                line(format!("{}: {}", check.id, check.about))?;
                line(format!("  {}", check.clauses.join("; ")))?;
            }
        }
        let entry = fault.entry.map(|number| format!(" (entry {number})"));
        line(format!(
            "  - {}{}: {}",
            fault.name,
            entry.unwrap_or_default(),
            fault.why
        ))?;
    }
    Ok(())
}
