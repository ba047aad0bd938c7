//! `straykey identify`: like `ssh-keygen -lf`, for every format.

use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use straykey::blob::{Base, Blob, Origin};
use straykey::finding::{Sighting, Subject};
use straykey::inventory::{Match, published};
use straykey::key::Signature;
use straykey::report::escape;
use straykey::scan::{Passwords, matched, plan};
use straykey::scanner::Scanner;
use straykey::source::stdin;
use zeroize::Zeroizing;

use crate::args;
use crate::output;

/// Largest file read at once; `scan` takes larger ones.
const MAX_BYTES: u64 = 256 << 20;

/// Start of what a found key signs; the nonce follows. No token, certificate or commit
/// begins so, so that the signature is of no use for anything else.
const PROOF: &[u8] = b"straykey/key-proof/v1\0";

/// Shows what each file holds. Exit code 1 when a file holds no key.
pub(crate) fn run(args: &args::Identify) -> anyhow::Result<u8> {
    let inventory = args.list.open()?;
    let mut plan = plan(inventory.as_ref(), &Passwords::default());
    plan.message = args
        .proof
        .as_ref()
        .map(|nonce| [PROOF, nonce.as_bytes()].concat().into());
    let scanner = Scanner::new(plan)?;
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
            let proof = match &sighting.subject {
                Subject::Key(identity) => scanner.signature(identity),
                _ => None,
            };
            keys.push(Found {
                sighting,
                entry: found,
                proof,
            });
        }
        all.push((name.to_string_lossy().into_owned(), keys));
    }
    let asked = Asked {
        inventory: inventory.is_some(),
        proof: args.proof.is_some(),
    };
    output::write(None, |out| match args.json {
        true => json(&all, asked, out),
        false => all
            .iter()
            .try_for_each(|(name, keys)| text(name, keys, asked, out)),
    })?;
    Ok(u8::from(without > 0))
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let is_stdin = path == Path::new("-");
    anyhow::ensure!(is_stdin || !path.is_dir(), "a folder; use `straykey scan`");
    let mut bytes = Zeroizing::new(Vec::new());
    let read = match is_stdin {
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

/// What stands in a file.
struct Found {
    sighting: Sighting,
    /// Which entry it is.
    entry: Option<Match>,
    /// What it signed.
    proof: Option<Signature>,
}

/// What was asked beside the fingerprints.
#[derive(Clone, Copy)]
struct Asked {
    inventory: bool,
    proof: bool,
}

fn text(name: &str, keys: &[Found], asked: Asked, out: &mut dyn Write) -> std::io::Result<()> {
    let name = escape::terminal(name);
    if keys.is_empty() {
        return writeln!(out, "{name}: no private key");
    }
    for Found {
        sighting,
        entry,
        proof,
    } in keys
    {
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
        match entry {
            Some(found) => {
                let state = found.state.as_deref().unwrap_or("unknown");
                let env = found.env.as_deref().unwrap_or("unknown");
                let entry = format!("{} (entry {}, {env}, {state})", found.name, found.entry);
                writeln!(out, "  {:<16} {}", "inventory", escape::terminal(&entry))?;
                let source = found.source.as_ref().map(|source| match &found.version {
                    Some(version) => format!("{source} version {version}"),
                    None => source.clone(),
                });
                let trusted = Some(found.trusted_by.join(", ")).filter(|by| !by.is_empty());
                let facts = [
                    ("held by", source),
                    ("owner", found.owner.clone()),
                    ("trusted by", trusted),
                ];
                for (name, value) in facts {
                    if let Some(value) = value {
                        writeln!(out, "  {name:<16} {}", escape::terminal(&value))?;
                    }
                }
            }
            None if asked.inventory && matches!(sighting.subject, Subject::Opaque { .. }) => {
                let why = "cannot be compared: nothing of it is readable";
                writeln!(out, "  {:<16} {why}", "inventory")?;
            }
            None if asked.inventory => writeln!(out, "  {:<16} not listed", "inventory")?,
            None => {}
        }
        if let Some(known) = published(sighting) {
            writeln!(out, "  {:<16} {known}", "published")?;
        }
        match proof {
            Some(proof) => {
                let signature = STANDARD.encode(&proof.bytes);
                writeln!(out, "  {:<16} {} {signature}", "proof", proof.algorithm)?;
            }
            None if asked.proof => writeln!(out, "  {:<16} cannot sign here", "proof")?,
            None => {}
        }
    }
    Ok(())
}

/// Returns which public test suite has the key.
fn published(sighting: &Sighting) -> Option<String> {
    match &sighting.subject {
        Subject::Key(identity) => published::find(identity).map(|found| found.name),
        _ => None,
    }
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

fn json(all: &[(String, Vec<Found>)], asked: Asked, out: &mut dyn Write) -> std::io::Result<()> {
    let files: Vec<Value> = all
        .iter()
        .map(|(name, keys)| {
            let keys: Vec<Value> = keys.iter().map(|found| key(found, asked)).collect();
            json!({ "path": name, "keys": keys })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "files": files }))
}

fn key(found: &Found, asked: Asked) -> Value {
    let sighting = &found.sighting;
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
    if let Some(known) = published(sighting) {
        value["published"] = known.into();
    }
    if asked.inventory {
        value["match"] = serde_json::to_value(&found.entry).unwrap_or_default();
    }
    if asked.proof {
        let proof = found.proof.as_ref().map(|proof| {
            let signature = STANDARD.encode(&proof.bytes);
            json!({ "algorithm": proof.algorithm, "signature": signature })
        });
        value["proof"] = proof.unwrap_or_default();
    }
    value
}
