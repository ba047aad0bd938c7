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
// Without the tests of known gaps part of what they share has no caller.
#![cfg_attr(not(feature = "gaps"), allow(dead_code, unused_imports))]
#![allow(unreachable_pub, clippy::non_octal_unix_permissions)]

mod archive;
mod archive_hostile;
mod cases;
mod cli;
#[cfg(feature = "gaps")]
mod corpus;
mod demo;
mod huge;
mod kms;
mod names;
mod program;
mod replay;
#[cfg(feature = "gaps")]
mod secrets;
mod signals;
#[cfg(feature = "gaps")]
mod truncation;
#[cfg(feature = "gaps")]
mod wrap;
