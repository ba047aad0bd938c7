//! `straykey inventory leaver`.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use straykey::inventory::List;
use straykey::inventory::leaver::{Duty, Findings, duties as duties_of, people};
use straykey::report::escape;

use crate::output;

/// Options of `leaver`.
#[derive(Args, Debug)]
pub(super) struct Leaver {
    /// Id of the person, as custodians and owners are named in the list
    #[arg(value_name = "ID")]
    person: String,
    /// Text list
    #[arg(long, value_name = "LIST")]
    inventory: PathBuf,
    /// First moment at which they know no new key: 2026-10-01, or an RFC 3339 time
    #[arg(long, value_name = "DATE", value_parser = crate::args::parse_since)]
    since: Timestamp,
    /// Reports of scans of their devices, by `scan --format json` or `jsonl`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    findings: Vec<PathBuf>,
    /// Shape of the answer
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    format: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Text for a person
    Human,
    /// For a spreadsheet
    Csv,
    /// One JSON document
    Json,
}

/// Exit code 1 when something must be changed.
pub(super) fn run(args: &Leaver) -> anyhow::Result<u8> {
    let list = List::open(&args.inventory)?;
    let mut findings = Findings::default();
    for path in &args.findings {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
        anyhow::ensure!(
            findings.add(&name, &text, &list),
            "{name}: not a report of `straykey scan --format json` or `jsonl`"
        );
    }
    let people = people(&list);
    let is_named = people
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&args.person));
    if !is_named {
        let (person, list) = (&args.person, args.inventory.display());
        let alike = alike(&people, person);
        anyhow::ensure!(
            alike.is_empty(),
            "{person}: nobody of that id is in {list}; is it {}?",
            alike.join(", ")
        );
        output::remark(&format!(
            "{}: nobody of that id is in {list}, as custodian, reader or owner",
            escape::terminal(person)
        ));
    }
    let duties = duties_of(&list, &args.person, args.since, &findings);
    let ever = duties_of(&list, &args.person, Timestamp::MAX, &findings);
    if let Some(later) = ever
        .len()
        .checked_sub(duties.len())
        .filter(|later| *later > 0)
    {
        output::remark(&format!(
            "{later} more were made since {}, and are left out (--since)",
            args.since
        ));
    }
    output::write(None, |out| match args.format {
        Shape::Human => human(args, &duties, out),
        Shape::Csv => csv(&duties, out),
        Shape::Json => {
            let document = json!({
                "person": args.person,
                "since": args.since.to_string(),
                "list": { "list_id": list.header.list_id, "version": list.header.version },
                "duties": duties,
            });
            writeln!(out, "{document:#}")
        }
    })?;
    Ok(u8::from(!duties.is_empty()))
}

/// Names those whose ids are like one that is not there.
fn alike(people: &[&str], person: &str) -> Vec<String> {
    let person = person.to_lowercase();
    if person.len() < 2 {
        return Vec::new();
    }
    let alike = people.iter().filter(|known| {
        let known = known.to_lowercase();
        known.contains(&person) || person.contains(&known)
    });
    alike.take(5).map(|known| format!("`{known}`")).collect()
}

fn human(args: &Leaver, duties: &[Duty], out: &mut dyn Write) -> io::Result<()> {
    let mut line = |text: String| writeln!(out, "{}", escape::terminal(&text));
    line(format!(
        "{} key versions to change for {}",
        duties.len(),
        args.person
    ))?;
    for (number, duty) in (1..).zip(duties) {
        let version = match duty.version.as_str() {
            "" => String::new(),
            version => format!(" version {version}"),
        };
        line(format!(
            "{number:>3}. {} {} (entry {}): {}{version} {} {}",
            duty.action, duty.name, duty.entry, duty.source, duty.env, duty.state
        ))?;
        for why in &duty.why {
            line(format!("     {why}"))?;
        }
        if !duty.trusted_by.is_empty() {
            line(format!(
                "     then distrust it in {}",
                duty.trusted_by.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// RFC 4180; no field can be a formula.
fn csv(duties: &[Duty], out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "order,action,entry,name,source,version,env,state,created,trusted_by,why\r\n"
    )?;
    for (number, duty) in (1..).zip(duties) {
        let fields = [
            number.to_string(),
            duty.action.to_owned(),
            duty.entry.to_string(),
            duty.name.clone(),
            duty.source.clone(),
            duty.version.clone(),
            duty.env.clone(),
            duty.state.clone(),
            duty.created.clone(),
            duty.trusted_by.join(" "),
            duty.why.join("; "),
        ];
        let fields = fields.map(|field| escape::csv(&field));
        write!(out, "{}\r\n", fields.join(","))?;
    }
    Ok(())
}
