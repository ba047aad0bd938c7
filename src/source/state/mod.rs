//! What a scan remembers for the next one (`--state DIR`).
//!
//! Place in the flow: beside the sources. A source asks it which bytes were looked at already by the
//! same engine, and what was seen in them; it never decides what is reported. Nothing in it can
//! hold a secret: it is made of sightings, which cannot, and of names of objects.
//!
//! A state is a short cut, never a witness: whatever is wrong with it (another version, another
//! engine, a flipped bit, a file that others may write to) means that it is not there, and that is
//! said. Then the scan takes longer and finds the same.
//!
//! ```text
//! store ── one file of named sections, checked, replaced as a whole      for any kind of state
//!   ├─ objects ── what one object database had, seen by one engine      for histories
//!   │    └─ sighted ── sightings as text
//!   ├─ proofs ── which secrets were proven by tokens                     for both
//!   └─ files ── what files had, known by device, inode, size and times   for trees
//!        └─ journal ── what was learned since, for a run that is killed
//! ```

mod files;
mod journal;
mod objects;
mod proofs;
mod sighted;
mod store;

pub use files::{Batch, Files, Fingerprint, Noted, Past, is_settled};
pub(crate) use journal::open_to_append;
pub use objects::{Memory, Remembered, Seen};
pub use proofs::Verdict;
pub use store::{Book, Discarded, Engine, Store, StoreError};
