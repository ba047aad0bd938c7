//! `straykey formats`.

use serde_json::json;
use straykey::format::FORMATS;

use crate::args;
use crate::output;

/// Lists the formats.
pub(crate) fn run(args: &args::Formats) -> anyhow::Result<u8> {
    output::write(None, |out| {
        if args.json {
            let list = FORMATS.iter().map(|f| f.spec());
            let list: Vec<_> = list
                .map(|s| json!({"id": s.id, "name": s.name, "source": s.source, "about": s.about}))
                .collect();
            return writeln!(out, "{:#}", json!({ "formats": list }));
        }
        for spec in FORMATS.iter().map(|f| f.spec()) {
            writeln!(out, "{:<16} {} ({})", spec.id, spec.name, spec.source)?;
            writeln!(out, "{:16} {}", "", spec.about)?;
        }
        Ok(())
    })?;
    Ok(0)
}
