//! Compiled forms of large text lists, kept for the next scan.
//!
//! Reading a list of a million entries takes seconds, and a hook runs at every commit. So
//! a text list is compiled once into the user's cache folder, under a name that is made
//! of its path, size, times and inode: a list that was replaced has another name. A list
//! whose signature is asked for is read whole every time; sign its table instead.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use straykey::disk;
use straykey::inventory::{CompileOptions, Inventory, List, compile_file};
use straykey::wire::hex;

use crate::folders;

/// Smallest list that is compiled: below, reading it takes a few milliseconds.
const MIN_BYTES: u64 = 1 << 20;

/// Opens a list through the cache; `None` if it is small, compiled already, or nothing
/// can be kept.
pub(crate) fn open(list: &Path) -> Option<Result<Inventory, straykey::inventory::Error>> {
    let found = fs::metadata(list)
        .ok()
        .filter(|m| m.is_file() && m.len() >= MIN_BYTES)?;
    let folder = folders::cache()?.join("straykey").join("inventory");
    let (name, version) = names(&list.canonicalize().ok()?, &found)?;
    let table = folder.join(format!("{name}-{version}.table"));
    if let Ok(inventory) = Inventory::open(&table) {
        return Some(Ok(inventory));
    }
    if !is_text(list) {
        return None;
    }
    let read = match List::open(list) {
        Ok(read) => read,
        Err(error) => return Some(Err(error)),
    };
    // What was read is what the name says, unless the file changed meanwhile.
    let now = fs::metadata(list).ok()?;
    if names(list, &now)?.1 != version {
        return None;
    }
    disk::private_folder(&folder).ok()?;
    forget(&folder, &name);
    let made = compile_file(&read, CompileOptions { bare: false }, &table);
    match made {
        Ok(()) => Some(Inventory::open(&table)),
        Err(_) => None,
    }
}

/// Whether a file begins as a text list does, and not as a table.
fn is_text(list: &Path) -> bool {
    let mut first = [0];
    let read = fs::File::open(list).and_then(|mut file| file.read_exact(&mut first));
    // A brace, or the first byte of a byte order mark.
    read.is_ok() && matches!(first, [b'{' | 0xEF])
}

/// Removes tables of earlier versions of a list.
fn forget(folder: &Path, name: &str) {
    disk::tidy(folder);
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    for item in items {
        if item.file_name().to_string_lossy().starts_with(name) {
            // Another scan may have removed it, or be reading it.
            let _ = fs::remove_file(item.path());
        }
    }
}

/// Returns a name for the path, and one for the version of the file that is there.
fn names(path: &Path, found: &Metadata) -> Option<(String, String)> {
    let digest =
        |hash: Sha256| -> String { hex::encode(hash.finalize().get(..12).unwrap_or_default()) };
    let name = digest(Sha256::new_with_prefix(path.as_os_str().as_encoded_bytes()));
    let mut version = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
    version.update(found.len().to_le_bytes());
    let modified = found
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    version.update(modified.as_nanos().to_le_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        version.update(found.dev().to_le_bytes());
        version.update(found.ino().to_le_bytes());
        version.update(found.ctime().to_le_bytes());
        version.update(found.ctime_nsec().to_le_bytes());
    }
    Some((name, digest(version)))
}
