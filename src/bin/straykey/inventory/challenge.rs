//! `straykey inventory challenge`.

use std::path::PathBuf;

use clap::Args;
use straykey::inventory::List;
use straykey::inventory::challenge::commands;
use straykey::key::CHALLENGE;
use straykey::report::escape;

use crate::output;

/// Options of `challenge`.
#[derive(Args, Debug)]
pub(super) struct Challenge {
    /// Text list: print the commands for its symmetric keys that have no answer yet
    #[arg(value_name = "LIST")]
    list: Option<PathBuf>,
    /// Print the commands of this system alone
    #[arg(long, value_name = "SYSTEM", value_parser = clap::builder::PossibleValuesParser::new(commands::SYSTEMS.iter().map(|(id, _)| *id)))]
    system: Option<String>,
    /// Write the 32 bytes of the challenge and nothing else, for a file M
    #[arg(long, conflicts_with_all = ["list", "system"])]
    raw: bool,
}

/// Exit code 1 when a list has keys of systems whose commands are not known.
pub(super) fn run(args: &Challenge) -> anyhow::Result<u8> {
    if args.raw {
        output::write(None, |out| out.write_all(&CHALLENGE))?;
        return Ok(0);
    }
    match &args.list {
        Some(path) => of_list(&List::open(path)?),
        None => {
            general(args.system.as_deref())?;
            Ok(0)
        }
    }
}

fn general(system: Option<&str>) -> anyhow::Result<()> {
    output::write(None, |out| {
        if system.is_none() {
            writeln!(
                out,
                "M = SHA-256(\"straykey/key-challenge/v1\" and a zero byte)"
            )?;
            writeln!(out, "  hex     {}", commands::hex())?;
            writeln!(out, "  base64  {}", commands::base64())?;
            writeln!(out, "  file    straykey inventory challenge --raw > M\n")?;
            writeln!(out, "Test vectors, key 000102…1f:")?;
            for (name, answer) in commands::vectors() {
                writeln!(out, "  {name:<17} {answer}")?;
            }
        }
        for (id, text) in commands::SYSTEMS {
            if system.is_none_or(|asked| asked == *id) {
                if system.is_none() {
                    writeln!(out, "\n{id}:")?;
                }
                for line in commands::of_system(text).lines() {
                    let indent = if system.is_none() { "  " } else { "" };
                    writeln!(out, "{indent}{line}")?;
                }
            }
        }
        Ok(())
    })
}

fn of_list(list: &List) -> anyhow::Result<u8> {
    let open = list.entries.iter().filter(|e| commands::is_unanswered(e));
    let open: Vec<_> = open
        .map(|entry| (entry, commands::of_entry(entry)))
        .collect();
    output::write(None, |out| {
        if open.is_empty() {
            return writeln!(out, "# every symmetric key of the list has an answer");
        }
        writeln!(out, "straykey inventory challenge --raw > M")?;
        for (entry, commands) in &open {
            let title = format!("# {} (entry {})", entry.name, entry.entry);
            writeln!(out, "{}", escape::terminal(&title))?;
            for command in commands {
                for line in command.lines() {
                    writeln!(out, "{}", escape::terminal(line))?;
                }
            }
            if commands.is_empty() {
                writeln!(
                    out,
                    "# no system with known commands holds it; see `challenge --system other`"
                )?;
            }
        }
        Ok(())
    })?;
    Ok(u8::from(
        open.iter().any(|(_, commands)| commands.is_empty()),
    ))
}
