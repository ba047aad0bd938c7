//! Finds signing keys that strayed out of the KMS.
//!
//! ```text
//! source ─Blob─▶ decode ─Candidate─▶ format ─Key─▶ identity ─Sighting─▶ scan ─Finding─▶ report
//! ```
//!
//! - [`wire`] reads and writes the encodings that all the others meet;
//! - [`blob`] is what is searched, and the views of it;
//! - [`source`] walks trees and git histories and hands out [`blob::Blob`]s;
//! - [`decode`] makes views of a blob (armour, base64, hex, UTF-16 …);
//! - [`unpack`] reads containers (zip, tar, gzip …), whose members are blobs;
//! - [`mod@format`] reads the ways of writing a key down, and yields [`key::Key`]s;
//! - [`pattern`] finds secrets by the names and calls that they stand in;
//! - [`key`] checks the maths and derives the public half; secrets stop there;
//! - [`identity`] turns a public half into every fingerprint of it;
//! - [`inventory`] is the list of fingerprints exported from the KMS;
//! - [`finding`] and [`policy`] say what it means;
//! - [`scanner`] is the engine of one worker, [`scan`] drives many;
//! - [`report`] writes SARIF, JSON and text;
//! - [`agent`] scans a machine every day, and merges what many machines tell.
//!
//! What is kept between two runs is written by [`disk`].
//!
//! A module imports lower floors only; `tests/layers.rs` holds the table.
//! The command line, the exit codes, the fields of JSON and SARIF, the keys
//! of `straykey.toml` and the list format are stable; this Rust API is not yet.

pub mod agent;
pub mod blob;
pub mod decode;
pub mod disk;
pub mod finding;
pub mod format;
pub mod identity;
pub mod inventory;
pub mod key;
pub mod pattern;
pub mod policy;
pub mod report;
pub mod scan;
pub mod scanner;
pub mod source;
pub mod unpack;
pub mod wire;
