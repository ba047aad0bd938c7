//! Tests of the whole: the real binary and the public library on the files of
//! `testdata`, whose expectations were written by reference tools.
//!
//! One program, so that it is linked once. Every test derives its files from
//! the table of formats: a new format with its `testdata` folder is tested
//! here without another line.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that panics has failed, and says why"
)]
#![allow(unreachable_pub, clippy::non_octal_unix_permissions)]

#[cfg(unix)]
mod action;
mod agent;
mod agent_account;
mod agent_live;
mod agent_secrets;
mod agent_state;
mod agent_units;
mod archive;
mod archive_hostile;
mod cases;
mod challenge;
#[cfg(unix)]
mod ci;
mod cli;
mod conformance;
mod corpus;
mod crash;
mod demo;
mod fleet;
mod foreign_rules;
mod further;
#[cfg(unix)]
mod hooks;
#[cfg(unix)]
mod hostile;
mod huge;
mod ingestion;
mod jwk_written;
mod key_numbers;
mod kms;
mod ledger;
mod lists;
mod memory;
mod names;
mod offline;
mod other_hashes;
mod ownership;
#[cfg(unix)]
mod packages;
mod program;
#[cfg(unix)]
mod release;
mod replay;
mod same_bytes;
mod secrets;
#[cfg(all(unix, feature = "net"))]
mod ship;
mod signals;
mod signed_tokens;
mod signing_secrets;
#[cfg(unix)]
mod sockets;
mod suppress;
mod symmetric;
mod token_folder;
mod truncation;
mod wrap;
