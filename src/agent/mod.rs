//! The endpoint agent: scans a machine every day, unnoticed, and says what it saw and what it did not.
//!
//! ```text
//! users, mounts ─▶ plan ─▶ scan (state, pace) ─▶ ledger ─▶ privacy ─▶ records ─▶ spool, log, results
//!                                                                                   │
//!                                                    fleet ◀─ spools of all machines ┘
//! ```
//!
//! Place in the flow: above [`crate::scan`], which does the work with the same walk and the same
//! scanner as everywhere. What is added is what makes it bearable and honest: files that are as they
//! were are not opened ([`crate::source::state`]), the machine's owner goes first ([`pace`]), every run
//! ends with an account ([`record::Heartbeat`]), and [`fleet`] makes one view of thousands of them.
//!
//! Nothing here opens a network connection: spools are files, shipped by whatever ships logs. With the
//! feature `net` there is also `ship`, which posts them, in a process that does not scan.

pub mod convert;
pub mod fleet;
pub mod ledger;
pub mod log;
pub mod machine;
pub mod mounts;
pub mod pace;
pub mod privacy;
pub mod record;
pub mod results;
pub mod run;
#[cfg(feature = "net")]
pub mod ship;
pub mod spool;
pub mod sqlite;
pub mod unit;
pub mod verdict;
