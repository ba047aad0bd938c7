//! `straykey explain`.

use straykey::finding::RuleId;
use straykey::policy::rules;

use crate::args;
use crate::output;

/// Explains a rule, or lists all of them.
pub(crate) fn run(args: &args::Explain) -> anyhow::Result<u8> {
    let Some(name) = &args.rule else {
        output::write(None, |out| {
            for id in RuleId::ALL {
                let rule = id.rule();
                let name = id.as_str();
                writeln!(
                    out,
                    "{name:<22} {:<8} {:>4}  {}",
                    rule.level.as_str(),
                    rule.severity,
                    rule.short
                )?;
            }
            Ok(())
        })?;
        return Ok(0);
    };
    let Some(id) = RuleId::from_name(name) else {
        anyhow::bail!("no rule `{name}`; `straykey explain` lists them");
    };
    output::write(None, |out| writeln!(out, "{}", rules::explain(id)))?;
    Ok(0)
}
