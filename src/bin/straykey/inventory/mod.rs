//! `straykey inventory`: make, check and search lists.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use straykey::inventory::import::{self, Imported, NotUnderstood, Problem};
use straykey::inventory::{CompileOptions, Entry, Inventory, List, compile_file, merge};
use straykey::report::escape;

use crate::output;

mod challenge;
mod export;
mod issue;
mod leaver;
mod ledger;
mod sign;
#[cfg(feature = "pkcs11")]
mod token;

pub(crate) use sign::{PASSWORD, public_keys, secret_key};

/// Options of `inventory`.
#[derive(Args, Debug)]
pub(crate) struct InventoryArgs {
    /// What to do with inventories
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a list of files that KMS command lines and verifiers printed
    Import(Import),
    /// Make a list of the keys of a PKCS#11 token, through its module
    #[cfg(feature = "pkcs11")]
    Token(token::Token),
    /// Join lists: one entry a key, with all systems that hold or trust it
    Merge(Merge),
    /// Compile a list into a table that opens at once, whatever its size
    Compile(Compile),
    /// Write a list as another system's document: a cryptography bill of materials
    Export(export::Export),
    /// Show a list, or its entries that a word names
    Show(Show),
    /// Say what changed from one list to the next
    Diff(ledger::DiffArgs),
    /// Say what is wrong with the keys of a list, and which standard says so
    Audit(ledger::AuditArgs),
    /// Print the challenge of symmetric keys, and the commands by which each system answers it
    Challenge(challenge::Challenge),
    /// Say which keys must be changed when somebody leaves, why, and in which order
    Leaver(leaver::Leaver),
    /// Sign a list or table with a secret key of minisign
    Sign(sign::Sign),
    /// Check the signature of a list or table, and its chain of issues
    Verify(sign::Verify),
}

#[derive(Args, Debug)]
struct Import {
    /// Files and folders with exports
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Write the list here [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// System that printed the files, or `auto`
    #[arg(long, default_value = "auto")]
    from: String,
    /// Verifier that trusts the keys: its address or name
    #[arg(long, value_name = "VERIFIER")]
    trusted_by: Option<String>,
    #[command(flatten)]
    issue: issue::Issue,
}

#[derive(Args, Debug)]
struct Merge {
    /// Lists; the header is that of the first
    #[arg(value_name = "LIST", required = true)]
    lists: Vec<PathBuf>,
    /// Write the list here [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    issue: issue::Issue,
}

#[derive(Args, Debug)]
struct Compile {
    /// Text list
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Write the table here
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Leave out names and public keys, so that a stolen laptop reveals nothing
    #[arg(long)]
    bare: bool,
}

#[derive(Args, Debug)]
struct Show {
    /// Text list
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Entry number, or part of a name or fingerprint
    word: Option<String>,
    /// Write the records as they are in the list
    #[arg(long)]
    json: bool,
}

/// Runs one of the subcommands.
pub(crate) fn run(args: &InventoryArgs) -> anyhow::Result<u8> {
    match &args.command {
        Command::Import(args) => import(args),
        #[cfg(feature = "pkcs11")]
        Command::Token(args) => token::run(args),
        Command::Merge(args) => merge_lists(args),
        Command::Compile(args) => compile(args),
        Command::Export(args) => export::run(args),
        Command::Show(args) => show(args),
        Command::Diff(args) => ledger::diff(args),
        Command::Audit(args) => ledger::audit(args),
        Command::Challenge(args) => challenge::run(args),
        Command::Leaver(args) => leaver::run(args),
        Command::Sign(args) => sign::sign(args),
        Command::Verify(args) => sign::verify(args),
    }
}

/// Exit code 1: something was not understood, or a secret was where none
/// should be; 2: nothing was imported, or a record was unusable.
fn import(args: &Import) -> anyhow::Result<u8> {
    let from = match args.from.as_str() {
        "auto" => None,
        id => match import::importer(id) {
            Some(importer) => Some(importer),
            None => {
                let known: Vec<_> = import::IMPORTERS.iter().map(|i| i.id()).collect();
                anyhow::bail!("--from {id}: expected auto or one of {}", known.join(", "));
            }
        },
    };
    let now = Timestamp::now();
    let options = import::Options {
        from,
        trusted_by: args.trusted_by.as_deref(),
        now: Some(now),
    };
    let imported = import::import(&args.paths, &options)
        .map_err(|(path, error)| anyhow::Error::new(error).context(path.display().to_string()))?;
    let of_verifiers = imported.list.entries.iter().filter(|entry| {
        let mut sources = entry.holdings.iter().map(|holding| holding.source.as_str());
        let is_verifiers = |source: &str| {
            ["jwks:", "ssh:"]
                .iter()
                .any(|begin| source.starts_with(begin))
        };
        entry.trusted_by.is_empty() && !entry.holdings.is_empty() && sources.all(is_verifiers)
    });
    match of_verifiers.count() {
        0 => {}
        count => output::remark(&format!(
            "{count} keys are only in files that verifiers read (JWKS, authorized_keys), and are listed as held: if those are \
            keys that somebody trusts, import these files alone, with --trusted-by NAME, and merge the lists"
        )),
    }
    conclude(imported, &args.issue, args.output.as_deref(), now)
}

/// Tells what came of an import and writes the list.
fn conclude(
    mut imported: Imported,
    issue: &issue::Issue,
    output: Option<&Path>,
    now: Timestamp,
) -> anyhow::Result<u8> {
    imported.list.header.version = 1;
    imported.list.header.issued_at = Some(now.to_string());
    issue.apply(&mut imported.list.header, now)?;
    let violations = imported.violations.iter().map(Problem::to_violation);
    imported.list.header.violations = violations.collect();
    tell(&imported);
    if imported.list.entries.is_empty() {
        anyhow::bail!("nothing was imported");
    }
    output::write(output, |mut out| imported.list.write(&mut out))?;
    tell_signature(output);
    if !imported.errors.is_empty() {
        output::remark("the list was written without what the errors are about");
    }
    let clean = imported.not_understood.is_empty() && imported.violations.is_empty();
    Ok(match (imported.errors.is_empty(), clean) {
        (false, _) => 2,
        (true, false) => 1,
        (true, true) => 0,
    })
}

/// Entries that no scan can find which are told one by one.
const MAX_LOST: usize = 20;

/// Says on standard error what became of the files.
fn tell(imported: &Imported) {
    let line =
        |kind: &str, text: &str| output::remark(&format!("{kind}: {}", escape::terminal(text)));
    for NotUnderstood { path, why } in &imported.not_understood {
        line("not understood", &format!("{path}: {why}"));
    }
    let problems =
        |kind: &str, list: &[Problem]| list.iter().for_each(|p| line(kind, &p.to_string()));
    problems("error", &imported.errors);
    problems("violation", &imported.violations);
    let entries = imported.list.entries.len();
    let lost = imported.list.entries.iter();
    let lost: Vec<&Entry> = lost.filter(|entry| !entry.can_be_found()).collect();
    for entry in lost.iter().take(MAX_LOST) {
        let holding = entry.holdings.first();
        let source = holding.map_or("", |h| h.source.as_str());
        let version = holding.and_then(|h| h.version.as_deref());
        let version = version.map(|version| format!(" version {version}"));
        let version = version.unwrap_or_default();
        let why = match entry.kind.as_str() {
            "secret" => {
                "no answer to the challenge (`straykey inventory challenge` says how to ask for one)"
            }
            _ => "no public key, fingerprint or answer to the challenge",
        };
        line(
            "no scan can find",
            &format!("{} ({source}{version}): {why}", entry.name),
        );
    }
    let count = match lost.len() {
        0 => String::new(),
        n => format!(", {n} that no scan can find"),
    };
    output::remark(&format!(
        "{entries} entries from {} files{count}; {} not understood, {} errors, {} violations",
        imported.files,
        imported.not_understood.len(),
        imported.errors.len(),
        imported.violations.len()
    ));
}

fn merge_lists(args: &Merge) -> anyhow::Result<u8> {
    let lists = args
        .lists
        .iter()
        .map(|path| List::open(path))
        .collect::<Result<_, _>>()?;
    let mut merged = merge(lists);
    args.issue.apply(&mut merged.header, Timestamp::now())?;
    output::write(args.output.as_deref(), |mut out| merged.write(&mut out))?;
    tell_signature(args.output.as_deref());
    Ok(0)
}

/// Says that a signature is of what a file was before.
fn tell_signature(written: Option<&Path>) {
    let signature = written.map(straykey::inventory::signature::beside);
    if let Some(signature) = signature.filter(|signature| signature.exists()) {
        output::remark(&format!(
            "{}: of the list that was there before; sign the new one",
            signature.display()
        ));
    }
}

fn compile(args: &Compile) -> anyhow::Result<u8> {
    let list = List::open(&args.list)?;
    compile_file(&list, CompileOptions { bare: args.bare }, &args.output)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    tell_signature(Some(&args.output));
    Ok(0)
}

/// Exit code 1 when a word was given and no entry has it.
fn show(args: &Show) -> anyhow::Result<u8> {
    let inventory = Inventory::open(Path::new(&args.list))?;
    let Some(list) = inventory.list() else {
        anyhow::bail!(
            "{}: a compiled table; show its text list",
            args.list.display()
        );
    };
    let entries = named(list, args.word.as_deref());
    output::write(None, |out| {
        if args.json {
            return entries.iter().try_for_each(|entry| {
                serde_json::to_writer(&mut *out, entry)?;
                writeln!(out)
            });
        }
        let header = &list.header;
        let title = format!(
            "{} version {}, {} entries",
            header.list_id,
            header.version,
            list.entries.len()
        );
        writeln!(out, "{}", escape::terminal(&title))?;
        for entry in &entries {
            let line = format!(
                "{:>6}  {:<40} {:<8} {}",
                entry.entry,
                entry.name,
                entry.kind,
                holding(entry)
            );
            writeln!(out, "{}", escape::terminal(&line))?;
        }
        Ok(())
    })?;
    Ok(u8::from(entries.is_empty() && args.word.is_some()))
}

/// Returns the entry with this number, else those with this text in a name or
/// fingerprint.
fn named<'a>(list: &'a List, word: Option<&str>) -> Vec<&'a Entry> {
    let Some(word) = word else {
        return list.entries.iter().collect();
    };
    let number = word.parse().ok();
    if let Some(entry) = list.entries.iter().find(|e| Some(e.entry) == number) {
        return vec![entry];
    }
    let has = |entry: &&Entry| {
        let ids = serde_json::to_string(&entry.ids).unwrap_or_default();
        entry.name.contains(word) || ids.contains(word)
    };
    list.entries.iter().filter(has).collect()
}

fn holding(entry: &Entry) -> String {
    match entry.leading_holding() {
        Some(h) => {
            let word =
                |field: &Option<String>| field.clone().unwrap_or_else(|| "unknown".to_owned());
            format!("{}, {}, {}", h.source, word(&h.env), word(&h.state))
        }
        None => format!("trusted by {}", entry.trusted_by.join(", ")),
    }
}
