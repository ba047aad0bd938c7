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

mod archive;
mod archive_hostile;
mod cases;
mod challenge;
mod cli;
mod corpus;
mod demo;
mod huge;
mod kms;
mod ledger;
mod lists;
mod names;
mod program;
mod replay;
mod secrets;
mod signals;
mod truncation;
mod wrap;
