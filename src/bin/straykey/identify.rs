//! `straykey identify`: like `ssh-keygen -lf`, for every format.

use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use straykey::blob::{Base, Blob, Origin};
use straykey::finding::{Sighting, Subject};
use straykey::inventory::Match;
use straykey::report::escape;
use straykey::scan::{Passwords, matched, plan};
use straykey::scanner::Scanner;
use straykey::source::stdin;

use crate::args;
use crate::lists;
use crate::output;

/// Largest file read at once; `scan` takes larger ones.
const MAX_BYTES: u64 = 256 << 20;

/// Shows what each file holds. Exit code 1 when a file holds no key.
pub(crate) fn run(args: &args::Identify) -> anyhow::Result<u8> {
    let inventory = lists::open(args.inventory.as_deref(), &args.inventory_public_key)?;
    let scanner = Scanner::new(plan(inventory.as_ref(), &Passwords::default()))?;
    let mut all = Vec::new();
    let mut without = 0_usize;
    for path in &args.files {
        let name = if path == Path::new("-") {
            Path::new(stdin::NAME)
        } else {
            path
        };
        let bytes = read(path).with_context(|| name.display().to_string())?;
        let origin = Origin::file(name);
        let blob = Blob {
            bytes: &bytes,
            origin: &origin,
            base: Base::default(),
        };
        let sightings = scanner.scan(&blob).sightings;
        without += usize::from(sightings.is_empty());
        let mut keys = Vec::new();
        for sighting in sightings {
            let found = match &inventory {
                Some(list) => matched(&sighting.subject, list)?,
                None => None,
            };
            keys.push((sighting, found));
        }
        all.push((name.to_string_lossy().into_owned(), keys));
    }
    output::write(None, |out| match args.json {
        true => json(&all, inventory.is_some(), out),
        false => all
            .iter()
            .try_for_each(|(name, keys)| text(name, keys, inventory.is_some(), out)),
    })?;
    Ok(u8::from(without > 0))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes),
        false => std::fs::File::open(path)?
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes),
    }?;
    anyhow::ensure!(
        read as u64 <= MAX_BYTES,
        "larger than {MAX_BYTES} bytes; use `straykey scan`"
    );
    Ok(bytes)
}

/// What stands in a file, and which entry it is.
type Found = (Sighting, Option<Match>);

fn text(name: &str, keys: &[Found], asked: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let name = escape::terminal(name);
    if keys.is_empty() {
        return writeln!(out, "{name}: no private key");
    }
    for (sighting, found) in keys {
        let manner = &sighting.manner;
        let what = match &sighting.subject {
            Subject::Key(identity) => identity.algorithm.clone(),
            Subject::Secret(secret) => format!("symmetric secret of {} bits", secret.bits),
            Subject::Opaque { .. } => "encrypted private key, nothing readable".to_owned(),
            Subject::Malformed { reason } => format!("malformed private key: {reason}"),
        };
        let line = sighting.region.line;
        writeln!(
            out,
            "{name}:{line}: {what} ({}, {})",
            manner.format,
            manner.proof.as_str()
        )?;
        for (id, value) in ids(&sighting.subject) {
            writeln!(out, "  {id:<16} {value}")?;
        }
        match found {
            Some(found) => {
                let state = found.state.as_deref().unwrap_or("unknown");
                let env = found.env.as_deref().unwrap_or("unknown");
                let entry = format!("{} (entry {}, {env}, {state})", found.name, found.entry);
                writeln!(out, "  {:<16} {}", "inventory", escape::terminal(&entry))?;
            }
            None if asked => writeln!(out, "  {:<16} not listed", "inventory")?,
            None => {}
        }
    }
    Ok(())
}

fn ids(subject: &Subject) -> Vec<(&str, &str)> {
    match subject {
        Subject::Key(identity) => identity.ids().collect(),
        Subject::Secret(secret) => secret
            .id
            .iter()
            .map(|id| ("secret-id", id.as_str()))
            .collect(),
        Subject::Opaque { sha256 } => vec![("encrypted-sha256", sha256.as_str())],
        Subject::Malformed { .. } => Vec::new(),
    }
}

fn json(all: &[(String, Vec<Found>)], asked: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let files: Vec<Value> = all
        .iter()
        .map(|(name, keys)| {
            let keys: Vec<Value> = keys
                .iter()
                .map(|(sighting, found)| key(sighting, found.as_ref(), asked))
                .collect();
            json!({ "path": name, "keys": keys })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "files": files }))
}

fn key(sighting: &Sighting, found: Option<&Match>, asked: bool) -> Value {
    let manner = &sighting.manner;
    let identity: Map<String, Value> = ids(&sighting.subject)
        .into_iter()
        .map(|(id, value)| (id.to_owned(), value.into()))
        .collect();
    let mut value = json!({
        "line": sighting.region.line,
        "format": manner.format,
        "proof": manner.proof,
        "encrypted": manner.encrypted,
        "layers": manner.layers,
        "identity": identity,
    });
    if let Subject::Key(public) = &sighting.subject {
        value["algorithm"] = public.algorithm.clone().into();
    }
    if asked {
        value["match"] = serde_json::to_value(found).unwrap_or_default();
    }
    value
}
