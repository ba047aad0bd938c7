//! Opens the inventory that a command was given, as far as it may be trusted.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use straykey::inventory::Inventory;
use straykey::inventory::pin::Pins;

use crate::cache;
use crate::inventory::public_keys;

/// Opens a list; with keys, only if one of them signed it.
pub(crate) fn open(list: Option<&Path>, keys: &[PathBuf]) -> anyhow::Result<Option<Inventory>> {
    let Some(path) = list else { return Ok(None) };
    let opened = match keys.is_empty() {
        true => cache::open(path).unwrap_or_else(|| Inventory::open(path)),
        false => Inventory::open_signed(path, &public_keys(keys)?),
    };
    opened.map(Some).context("inventory")
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
