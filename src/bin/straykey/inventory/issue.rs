//! What makes a list an issue of its own: name, version, end, the issue before.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use straykey::inventory::{Header, List};
use straykey::wire::hex;

/// Options of commands that issue lists.
#[derive(Args, Debug)]
pub(super) struct Issue {
    /// Name of the list
    #[arg(long, value_name = "NAME")]
    list_id: Option<String>,
    /// Organisation that issues it
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Version of the list; must grow with every issue [default: that of --previous and one]
    #[arg(long, value_name = "N")]
    list_version: Option<u64>,
    /// Date, or RFC 3339 time, after which the list may no longer say "clean"
    #[arg(long, value_name = "TIME", value_parser = crate::args::parse_moment)]
    expires: Option<Timestamp>,
    /// The issue before this one: its name and organisation are kept, its version grows, and
    /// its SHA-256 becomes `prev_sha256`
    #[arg(long, value_name = "LIST")]
    previous: Option<PathBuf>,
}

impl Issue {
    /// Writes into a header what the options say.
    pub(super) fn apply(&self, header: &mut Header, now: Timestamp) -> anyhow::Result<()> {
        if let Some(path) = &self.previous {
            let name = || path.display().to_string();
            let bytes = std::fs::read(path).with_context(name)?;
            let previous = List::read(&bytes).map_err(|error| error.at(path))?.header;
            let version = previous.version.checked_add(1).with_context(name)?;
            if let Some(asked) = self.list_version {
                anyhow::ensure!(
                    asked >= version,
                    "--list-version {asked}: {} has version {} already",
                    name(),
                    previous.version
                );
            }
            header.version = version;
            header.list_id = previous.list_id;
            header.org = previous.org;
            header.issued_at = Some(now.to_string());
            header.expires_at = None;
            header.prev_sha256 = Some(sha256(&bytes));
        }
        if let Some(list_id) = &self.list_id {
            header.list_id.clone_from(list_id);
        }
        if let Some(org) = &self.org {
            header.org.clone_from(org);
        }
        if let Some(version) = self.list_version {
            header.version = version;
        }
        if let Some(expires) = self.expires {
            anyhow::ensure!(
                expires > now,
                "--expires {expires} has passed: nothing would be clean by that list"
            );
            header.expires_at = Some(expires.to_string());
        }
        Ok(())
    }
}

/// Returns the hash by which the next issue names this one.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}
