//! `straykey inventory sign` and `verify`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use straykey::inventory::signature::{PublicKey, Signature, beside};
use straykey::inventory::{Info, Inventory, List, signed_part};
use straykey::key::minisign::{KeyFile, SigningKey};
use straykey::report::escape;
use zeroize::Zeroizing;

use super::issue::sha256;
use crate::output;

/// Variable with the password of the secret key.
pub(crate) const PASSWORD: &str = "STRAYKEY_KEY_PASSWORD";

/// Options of `sign`.
#[derive(Args, Debug)]
pub(super) struct Sign {
    /// Text list or compiled table
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Secret key, as `minisign -G` makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File with the key's password on its first line [default: the variable
    /// STRAYKEY_KEY_PASSWORD, else the terminal]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Signed remark [default: time, file, name and version of the list]
    #[arg(long, value_name = "TEXT")]
    trusted_comment: Option<String>,
}

/// Options of `verify`.
#[derive(Args, Debug)]
pub(super) struct Verify {
    /// Text list or compiled table; its signature is in LIST.minisig
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Public key of minisign; of several, any one suffices
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    public_key: Vec<PathBuf>,
    /// The issue before, and the one before that: each must be what the next names
    #[arg(long, value_name = "LIST", num_args = 1..)]
    previous: Vec<PathBuf>,
}

/// Signs a list, which is read first: nobody should sign what no scan can read.
pub(super) fn sign(args: &Sign) -> anyhow::Result<u8> {
    let path = &args.list;
    let info = Inventory::open(path)?.info().clone();
    let message = signed_part(path)?;
    let key = secret_key(&args.key, || password(args.password_file.as_deref()))?;
    let comment = match &args.trusted_comment {
        Some(comment) => comment.clone(),
        None => comment(path, &info),
    };
    let signature = Signature::sign(&key, &message, &comment);
    let to = beside(path);
    output::write(Some(&to), |out| {
        out.write_all(signature.to_text().as_bytes())
    })?;
    let said = format!("{} signed by {}", shown(path), signature.signer());
    output::remark(&escape::terminal(&said));
    Ok(0)
}

/// Reads a secret key of minisign; one with a password is opened with it.
pub(crate) fn secret_key(
    path: &Path,
    password: impl FnOnce() -> anyhow::Result<Zeroizing<String>>,
) -> anyhow::Result<SigningKey> {
    let place = || shown(path);
    let text = Zeroizing::new(std::fs::read(path).with_context(place)?);
    let file = KeyFile::read(&text).with_context(place)?;
    let password = match file.is_encrypted() {
        true => password()?,
        false => Zeroizing::default(),
    };
    file.open(password.as_bytes()).with_context(place)
}

/// As minisign writes it, and which list it is.
fn comment(path: &Path, info: &Info) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let header = &info.header;
    format!(
        "timestamp:{}\tfile:{name}\tlist:{}\tversion:{}\thashed",
        Timestamp::now().as_second(),
        header.list_id,
        header.version
    )
}

/// Returns the password from the file, the variable or the terminal.
fn password(file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    if let Some(path) = file {
        let text = Zeroizing::new(std::fs::read_to_string(path).with_context(|| shown(path))?);
        let first = text.lines().next().unwrap_or_default();
        return Ok(Zeroizing::new(first.to_owned()));
    }
    match std::env::var(PASSWORD) {
        Ok(word) => Ok(Zeroizing::new(word)),
        Err(std::env::VarError::NotUnicode(_)) => anyhow::bail!("{PASSWORD}: not UTF-8"),
        Err(std::env::VarError::NotPresent) => {
            let word = rpassword::prompt_password("Password of the secret key: ");
            let why = || {
                format!(
                    "the secret key has a password: give --password-file, {PASSWORD} or a terminal"
                )
            };
            Ok(Zeroizing::new(word.with_context(why)?))
        }
    }
}

/// Exit code 2 when a signature or the chain is not right, or the list expired.
pub(super) fn verify(args: &Verify) -> anyhow::Result<u8> {
    let keys = public_keys(&args.public_key)?;
    let inventory = Inventory::open_signed(&args.list, &keys)?;
    inventory
        .check_all()
        .map_err(|error| error.at(&args.list))?;
    let info = inventory.info();
    let expired = info.expired(Timestamp::now());
    let mut lines = vec![format!("{}: {}", shown(&args.list), about(info))];
    lines.extend(
        info.trusted_comment
            .as_ref()
            .map(|text| format!("  {text}")),
    );
    let mut next = (args.list.clone(), info.header.clone());
    for path in &args.previous {
        let bytes = std::fs::read(path).with_context(|| shown(path))?;
        let hash = sha256(&bytes);
        let header = List::read(&bytes).map_err(|error| error.at(path))?.header;
        let (after, named) = next;
        anyhow::ensure!(
            named.prev_sha256.as_deref() == Some(hash.as_str()),
            "{}: its prev_sha256 is {}, but the SHA-256 of {} is {hash}",
            shown(&after),
            named.prev_sha256.as_deref().unwrap_or("not set"),
            shown(path)
        );
        anyhow::ensure!(
            header.list_id == named.list_id && header.version < named.version,
            "{}: `{}` version {} does not come before `{}` version {}",
            shown(path),
            header.list_id,
            header.version,
            named.list_id,
            named.version
        );
        lines.push(format!(
            "{}: version {}, named by the next",
            shown(path),
            header.version
        ));
        next = (path.clone(), header);
    }
    output::lines(&lines)?;
    anyhow::ensure!(!expired, "{}: the list has expired", shown(&args.list));
    Ok(0)
}

/// Reads the keys that may sign lists.
pub(crate) fn public_keys(paths: &[PathBuf]) -> anyhow::Result<Vec<PublicKey>> {
    let keys: Result<_, _> = paths.iter().map(|path| PublicKey::open(path)).collect();
    Ok(keys?)
}

fn about(info: &Info) -> String {
    let header = &info.header;
    let mut facts = vec![
        format!(
            "good signature by {}",
            info.signer.as_deref().unwrap_or_default()
        ),
        format!("list `{}`", header.list_id),
        format!("version {}", header.version),
        format!("{} entries", info.entries),
    ];
    let times = [
        ("issued", &header.issued_at),
        ("expires", &header.expires_at),
    ];
    for (word, time) in times {
        facts.extend(time.as_ref().map(|time| format!("{word} {time}")));
    }
    facts.join(", ")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
