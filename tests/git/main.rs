//! The git source against git itself: every repository here is made by git, and what git says of
//! it is what we must say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set up its repository should stop"
)]

mod attribution;
mod damage;
mod forged;
mod index;
mod objects;
mod program;
mod proofs;
mod push;
mod range;
mod secrets;
mod staged;
mod state;
mod sweep;
mod worktree;
