//! The inventory: fingerprints of the keys that a company's KMS holds and of
//! the keys that its verifiers trust.

mod entry;

pub use entry::{Custodian, Entry, EntryIds, FORMAT, Header, Holding, Match, Standing};
