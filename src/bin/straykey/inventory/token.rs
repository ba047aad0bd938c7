//! `straykey inventory token`, with the feature `pkcs11`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use straykey::inventory::import::{self, token};
use zeroize::Zeroizing;

use super::{conclude, issue};

/// Options of `token`.
#[derive(Args, Debug)]
pub(super) struct Token {
    /// The module of the token: a shared library
    #[arg(value_name = "MODULE")]
    module: PathBuf,
    /// Label of the token, where there are several
    #[arg(long, value_name = "LABEL")]
    token_label: Option<String>,
    /// File with the user's PIN in its first line; without it, only what is public is listed
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// Let secret keys that sign answer the challenge, so that scans find copies of them
    #[arg(long, requires = "pin_file")]
    challenge: bool,
    /// Write the list here [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    issue: issue::Issue,
}

/// Exit codes are those of `import`.
pub(super) fn run(args: &Token) -> anyhow::Result<u8> {
    let pin = args.pin_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let text = text.with_context(|| path.display().to_string())?;
        let line = text.lines().next().unwrap_or_default();
        anyhow::Ok(Zeroizing::new(line.to_owned()))
    });
    let asked = token::Token {
        module: &args.module,
        label: args.token_label.as_deref(),
        pin: pin.transpose()?,
        ask: args.challenge,
    };
    let now = Timestamp::now();
    let options = import::Options {
        now: Some(now),
        ..import::Options::default()
    };
    let listed = token::list(&asked, &options);
    let listed = listed.with_context(|| args.module.display().to_string())?;
    conclude(listed, &args.issue, args.output.as_deref(), now)
}
