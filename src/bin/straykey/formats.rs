//! `straykey formats`.

use serde_json::json;
use straykey::format::FORMATS;
use straykey::unpack::Container;

use crate::args;
use crate::output;

/// Lists the formats.
pub(crate) fn run(args: &args::Formats) -> anyhow::Result<u8> {
    output::write(None, |out| {
        if args.json {
            let list = FORMATS.iter().map(|f| f.spec());
            let list: Vec<_> = list
                .map(|s| {
                    json!({
                        "id": s.id,
                        "name": s.name,
                        "source": s.source,
                        "about": s.about,
                        "encodings": s.encodings(),
                    })
                })
                .collect();
            let containers = Container::ALL.map(Container::name);
            let all = json!({ "formats": list, "containers": containers });
            return writeln!(out, "{all:#}");
        }
        for spec in FORMATS.iter().map(|f| f.spec()) {
            writeln!(out, "{:<16} {} ({})", spec.id, spec.name, spec.source)?;
            writeln!(out, "{:16} {}", "", spec.about)?;
        }
        let containers = Container::ALL.map(Container::name).join(", ");
        writeln!(out, "{:<16} {containers}", "in containers")?;
        Ok(())
    })?;
    Ok(0)
}
