//! `straykey report`: one view of what many agents and scans wrote.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use straykey::agent::convert::{self, Shape};
use straykey::agent::fleet::{self, Fleet, Options};
use straykey::inventory::Inventory;
use straykey::report::escape;

use crate::args::parse_since;
use crate::{CANNOT_VOUCH, output};

/// Options of `report`.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Spools of agents, and reports of `straykey scan --format json`: files, or folders of files
    #[arg(value_name = "SPOOL", required = true)]
    paths: Vec<PathBuf>,
    /// Write one page that needs nothing else: keys in the order to rotate them, and coverage
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the keys for a spreadsheet
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write keys and machines as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the records as SARIF 2.1.0, a run for each machine
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write the records as OCSF events (class 2006), one a line
    #[arg(long, value_name = "FILE")]
    ocsf: Option<PathBuf>,
    /// Write the records as documents of the Elastic Common Schema, one a line
    #[arg(long, value_name = "FILE")]
    ecs: Option<PathBuf>,
    /// Write the records as OpenTelemetry logs (OTLP/JSON), a request a line
    #[arg(long, value_name = "FILE")]
    otlp: Option<PathBuf>,
    /// Days without a heartbeat after which a machine is silent
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    silent_after: u64,
    /// The time to count from, as in `scan --since` [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    at: Option<jiff::Timestamp>,
    /// Name the entries that machines with a bare list tell by number, from this list, which has names
    #[arg(long, value_name = "LIST")]
    inventory: Option<PathBuf>,
    /// Print no summary
    #[arg(long, short)]
    quiet: bool,
}

/// Reads, merges and writes. Exit code 2 when something could not be read.
pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<u8> {
    let options = Options {
        at: args.at.unwrap_or_else(jiff::Timestamp::now),
        silent_after_days: args.silent_after,
    };
    let mut fleet = fleet::read(&args.paths, &options)?;
    if let Some(path) = &args.inventory {
        let list = Inventory::open(path).context("inventory")?;
        let is_bare = list.info().bare;
        anyhow::ensure!(
            !is_bare,
            "inventory: {}: a bare list has no names",
            path.display()
        );
        let nameless = fleet.name_entries(&list).context("inventory")?;
        if nameless > 0 && !args.quiet {
            output::remark(&format!(
                "{nameless} entries keep their number: they are not in {}, or of another version of it",
                path.display()
            ));
        }
    }
    type Writer = fn(&Fleet, &mut dyn Write) -> std::io::Result<()>;
    let views = [
        (&args.html, fleet::write_html as Writer),
        (&args.csv, fleet::write_csv as Writer),
        (&args.json, fleet::write_json as Writer),
    ];
    for (path, write) in views {
        if let Some(path) = path {
            output::write(to(path), |out| write(&fleet, out))?;
        }
    }
    let shapes = [
        (&args.sarif, Shape::Sarif),
        (&args.ocsf, Shape::Ocsf),
        (&args.ecs, Shape::Ecs),
        (&args.otlp, Shape::Otlp),
    ];
    if shapes.iter().any(|(path, _)| path.is_some()) {
        let mut records = Vec::new();
        fleet::each(&args.paths, |record| records.push(record))?;
        for (path, shape) in shapes {
            if let Some(path) = path {
                output::write(to(path), |out| convert::write(shape, &records, out))?;
            }
        }
    }
    if !args.quiet {
        summary(&fleet);
    }
    Ok(if fleet.unread.is_empty() {
        0
    } else {
        CANNOT_VOUCH
    })
}

/// `-` is standard output.
fn to(path: &Path) -> Option<&Path> {
    (path != Path::new("-")).then_some(path)
}

/// Says the numbers, beside what standard output may hold.
fn summary(fleet: &Fleet) {
    let counts = fleet.counts();
    output::remark(&format!(
        "{} keys, {} of them the company's, {} gone; {} machines, {} repositories: {} clean, {} with findings, {} not vouched for; {} silent",
        counts.keys,
        counts.managed,
        counts.gone,
        counts.machines,
        counts.repositories,
        counts.clean,
        counts.with_findings,
        counts.not_vouched,
        counts.silent
    ));
    for problem in &fleet.unread {
        output::remark(&format!("not read: {}", escape::terminal(problem)));
    }
}
