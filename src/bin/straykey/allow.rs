//! `straykey allow`: writes an allow entry, and keeps what else the file says.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use straykey::finding::RuleId;
use straykey::policy::allow::date;
use straykey::policy::{Allowance, Target, Terms};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::config::{self, ALLOW_FILE, FILE};
use crate::output;

/// Options of `allow`.
#[derive(Args, Debug)]
pub(crate) struct Allow {
    /// The whole id that the report shows
    #[arg(required_unless_present = "rule", conflicts_with = "rule")]
    id: Option<String>,
    /// Why the key may be there
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Only in files that match this glob, from the folder of the file that is written
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,
    /// The last day on which it holds
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// Who agreed
    #[arg(long, value_name = "NAME")]
    approver: Option<String>,
    /// What has no id is allowed by its rule, with --path and --number
    #[arg(long, requires = "path", requires = "number")]
    rule: Option<String>,
    /// Which finding of that rule in that file, from 1
    #[arg(long, value_name = "N", requires = "rule")]
    number: Option<u64>,
    /// The file to write [default: .straykey/allow.toml, or straykey.toml if it has entries]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Writes an entry, or changes the one of the same key and path.
pub(crate) fn run(args: &Allow) -> anyhow::Result<u8> {
    if let Some(glob) = &args.path {
        can_match(glob)?;
    }
    let entry = checked(args)?;
    let path = match &args.file {
        Some(path) => path.clone(),
        None => place(&config::folder(Path::new(".")))?,
    };
    let before = config::read(&path)?.unwrap_or_default();
    let place = || path.display().to_string();
    let mut document: DocumentMut = match before.parse() {
        Ok(document) => document,
        // The error would quote the line.
        Err(_) => anyhow::bail!("{}: no TOML; nothing was written", place()),
    };
    let is_wide = args.path.is_some() && has_wider(&document, &entry);
    let changed = put(&mut document, entry).with_context(place)?;
    output::write_shared(&path, &document.to_string())?;
    let verb = if changed { "changed" } else { "allowed" };
    let about = args.id.as_deref().or(args.rule.as_deref()).unwrap_or("");
    let scope = match &args.path {
        Some(glob) => format!("in files {glob}"),
        None => "everywhere".to_owned(),
    };
    output::say(&format!(
        "{verb} {about} {scope}, in {}; commit that file",
        path.display()
    ))?;
    if is_wide {
        output::remark(&format!(
            "{}: another entry still allows it everywhere; delete that one if only {} was meant",
            path.display(),
            args.path.as_deref().unwrap_or_default()
        ));
    }
    Ok(0)
}

/// Whether an entry of the same key without a path is there.
fn has_wider(document: &DocumentMut, entry: &Table) -> bool {
    let text = |table: &Table, key: &str| table.get(key)?.as_str().map(str::to_owned);
    let tables = document.get("allow").and_then(Item::as_array_of_tables);
    let id = text(entry, "id");
    let is_wider = |table: &Table| table.get("path").is_none() && text(table, "id") == id;
    id.is_some() && tables.is_some_and(|tables| tables.iter().any(is_wider))
}

/// Refuses globs that no path of a file matches.
fn can_match(glob: &str) -> anyhow::Result<()> {
    let why = if glob.is_empty() {
        "it is empty".to_owned()
    } else if Path::new(glob).is_absolute() {
        "paths are relative to the folder of the file that is written".to_owned()
    } else if glob.ends_with('/') {
        format!("it names a folder; `{glob}**` is what is below it")
    } else if glob.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "paths have no empty parts, and no `.` or `..`".to_owned()
    } else if glob
        .split('\\')
        .skip(1)
        .any(|rest| rest.starts_with(char::is_alphanumeric))
    {
        "folders are told apart by `/`, on every system".to_owned()
    } else {
        return Ok(());
    };
    anyhow::bail!("--path {glob}: no file matches that: {why}; expected a glob such as `tests/**`")
}

/// Returns the entry, if it is one that a scan would take.
fn checked(args: &Allow) -> anyhow::Result<Table> {
    let terms = Terms {
        path: args.path.clone().filter(|_| args.rule.is_none()),
        reason: args.reason.clone(),
        approver: args.approver.clone(),
        expires: args.expires.clone(),
    };
    let mut table = Table::new();
    let target = match (&args.id, &args.rule, args.number) {
        (Some(id), ..) => {
            let target = Target::id(id)?;
            if let Target::Id(id) = &target {
                table["id"] = value(id);
            }
            target
        }
        (None, Some(name), Some(number)) => {
            let rule = RuleId::from_name(name);
            let rule = rule.with_context(|| format!("no rule `{name}`"))?;
            table["rule"] = value(rule.as_str());
            table["number"] = value(i64::try_from(number).unwrap_or(i64::MAX));
            Target::Numbered {
                rule,
                path: args.path.clone().unwrap_or_default(),
                number,
            }
        }
        _ => anyhow::bail!("either an ID, or --rule, --path and --number"),
    };
    Allowance::new(target, terms, String::new())?;
    if let Some(path) = &args.path {
        table["path"] = value(path);
    }
    table["reason"] = value(args.reason.trim());
    if let Some(approver) = &args.approver {
        table["approver"] = value(approver);
    }
    if let Some(text) = &args.expires {
        let last = date(text)?;
        let today = jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        if last < today {
            anyhow::bail!("--expires {last} has passed");
        }
        let day: toml_edit::Datetime = last.to_string().parse()?;
        table["expires"] = value(day);
    }
    Ok(table)
}

/// Returns the file that entries of a folder stand in.
fn place(folder: &Path) -> anyhow::Result<PathBuf> {
    let own = folder.join(ALLOW_FILE);
    let shared = folder.join(FILE);
    let has_entries = config::read(&shared)?.is_some_and(|text| text.contains("[[allow]]"));
    Ok(match has_entries && !own.exists() {
        true => shared,
        false => own,
    })
}

/// Puts an entry into a document; returns whether it replaced one.
fn put(document: &mut DocumentMut, entry: Table) -> anyhow::Result<bool> {
    let all = document
        .entry("allow")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .context("`allow` is not written as [[allow]] there; nothing was written")?;
    // However it is quoted there, and whatever comment is behind it.
    let plain = |table: &Table, key: &str| {
        let item = table.get(key)?;
        let number = || item.as_integer().map(|number| number.to_string());
        item.as_str().map(str::to_owned).or_else(number)
    };
    let same = |table: &Table| {
        let mut keys = ["id", "rule", "number", "path"].into_iter();
        keys.all(|key| plain(table, key) == plain(&entry, key))
    };
    if let Some(known) = all.iter_mut().find(|table| same(table)) {
        for key in ["reason", "approver", "expires"] {
            match entry.get(key) {
                Some(item) => known[key] = item.clone(),
                None => drop(known.remove(key)),
            }
        }
        return Ok(true);
    }
    all.push(entry);
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_other_tables_stay() {
        let before = "# ours\n[scan]\nstrict = true # really\n\n# Ada's\n[[allow]]\nid = \"aa\" # demo\nreason = \"x\"\n";
        let mut document: DocumentMut = before.parse().unwrap();
        let mut entry = Table::new();
        entry["id"] = value("bb");
        entry["reason"] = value("said \"so\"");
        assert!(!put(&mut document, entry).unwrap());
        let text = document.to_string();
        assert!(text.starts_with(before), "{text}");
        let mut entry = Table::new();
        entry["id"] = value("aa");
        entry["reason"] = value("y");
        assert!(put(&mut document, entry).unwrap());
        let text = document.to_string();
        assert!(
            text.contains("id = \"aa\" # demo\nreason = \"y\"\n"),
            "{text}"
        );
        assert_eq!(text.matches("[[allow]]").count(), 2, "{text}");
    }
}
