//! `straykey agent list-token`, with the feature `pkcs11`: the process that loads a PKCS#11 module.

use std::path::PathBuf;

use clap::Args;
use straykey::source::live::token;

/// Options of `agent list-token`.
#[derive(Args, Debug)]
pub(super) struct ListToken {
    /// The module: a shared library
    #[arg(value_name = "MODULE")]
    module: PathBuf,
}

/// Most memory of the process, in bytes, and most processor time, in seconds: a listing takes a hundredth
/// of either.
#[cfg(unix)]
const LIMITS: [(rustix::process::Resource, u64); 2] = [
    (rustix::process::Resource::As, 2 << 30),
    (rustix::process::Resource::Cpu, 15),
];

/// Runs it. The listing has standard output to itself: what the module prints goes nowhere.
#[cfg(unix)]
pub(super) fn run(args: &ListToken) -> anyhow::Result<u8> {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    for (resource, most) in LIMITS {
        let maximum = getrlimit(resource).maximum;
        let most = maximum.map_or(most, |maximum| maximum.min(most));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        let limited = setrlimit(resource, limit);
        // Apple's systems refuse limits below what is mapped already; the others still hold.
        if cfg!(not(target_vendor = "apple")) {
            limited?;
        }
    }
    let own = std::fs::File::from(rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3)?);
    let nowhere = std::fs::File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    let mut out = std::io::BufWriter::new(own);
    token::list(&args.module, &mut out)?;
    Ok(0)
}

/// Runs it.
#[cfg(not(unix))]
pub(super) fn run(args: &ListToken) -> anyhow::Result<u8> {
    token::list(&args.module, &mut std::io::stdout().lock())?;
    Ok(0)
}
