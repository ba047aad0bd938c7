//! `straykey completions` and `straykey man`: what packages carry beside the
//! binary. Hidden, because nobody needs them who has a package.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::output;

/// Options of `completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Options of `man`.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// The folder to write into
    folder: PathBuf,
}

/// Prints completions.
pub(crate) fn completions(args: &Completions) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "straykey", &mut text);
    output::write(None, |out| out.write_all(&text))?;
    Ok(0)
}

/// Writes a manual page for the program and for each subcommand.
pub(crate) fn man(args: &Man) -> anyhow::Result<u8> {
    std::fs::create_dir_all(&args.folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.folder))
        .with_context(|| args.folder.display().to_string())?;
    Ok(0)
}
