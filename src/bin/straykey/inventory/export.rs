//! `straykey inventory export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use straykey::inventory::{List, cbom};

use crate::output;

/// Options of `export`.
#[derive(Args, Debug)]
pub(super) struct Export {
    /// Text list
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Shape of the document
    #[arg(long, value_enum, default_value_t = Shape::Cyclonedx)]
    format: Shape,
    /// Write the document here [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// CycloneDX 1.6 (CBOM)
    Cyclonedx,
}

/// Writes the document.
pub(super) fn run(args: &Export) -> anyhow::Result<u8> {
    let list = List::open(&args.list)?;
    let document = match args.format {
        Shape::Cyclonedx => cbom::document(&list),
    };
    output::write(args.output.as_deref(), |out| writeln!(out, "{document:#}"))?;
    Ok(0)
}
