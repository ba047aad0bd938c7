//! Opens the inventory that a command was given, as far as it may be trusted.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use straykey::inventory::Inventory;
use straykey::inventory::pin::Pins;

use crate::cache;
use crate::inventory::public_keys;

/// The list that keys are matched with.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListArgs {
    /// Match keys against this inventory (text list or compiled) [default: $STRAYKEY_INVENTORY]
    #[arg(long, value_name = "LIST")]
    pub(crate) inventory: Option<PathBuf>,
    /// Use the inventory only if this minisign key signed it; repeat it for each key that may
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory_public_key: Vec<PathBuf>,
}

impl ListArgs {
    /// Returns where the list is.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let set = || std::env::var_os("STRAYKEY_INVENTORY").filter(|path| !path.is_empty());
        self.inventory.clone().or_else(|| set().map(PathBuf::from))
    }

    /// Opens the list; with keys, only if one of them signed it.
    pub(crate) fn open(&self) -> anyhow::Result<Option<Inventory>> {
        let keys = &self.inventory_public_key;
        let Some(path) = self.path() else {
            anyhow::ensure!(
                keys.is_empty(),
                "--inventory-public-key: of which list? Give --inventory or set STRAYKEY_INVENTORY"
            );
            return Ok(None);
        };
        // Before its signature is missed.
        std::fs::metadata(&path).with_context(|| format!("inventory: {}", path.display()))?;
        anyhow::ensure!(
            !path.is_dir(),
            "inventory: {} is a folder; `straykey inventory import` makes a list of what a KMS exported",
            path.display()
        );
        let opened = match keys.is_empty() {
            true => cache::open(&path).unwrap_or_else(|| Inventory::open(&path)),
            false => Inventory::open_signed(&path, &public_keys(keys)?),
        };
        opened.map(Some).context("inventory")
    }
}

/// Refuses a list that is older than one that was seen, and remembers this one.
pub(crate) fn check_version(list: &Inventory, pins: &Path) -> anyhow::Result<()> {
    Pins::open(pins)?.check(list.info()).context("inventory")
}

/// Opens lists of publicly known keys.
pub(crate) fn known_bad(paths: &[PathBuf]) -> anyhow::Result<Vec<Inventory>> {
    let open = |path: &PathBuf| cache::open(path).unwrap_or_else(|| Inventory::open(path));
    let lists: Result<_, _> = paths.iter().map(open).collect();
    lists.context("known-bad list")
}
