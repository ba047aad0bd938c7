//! See `hooks::history`.
#![no_main]

#[path = "../hooks.rs"]
mod hooks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hooks::history(data));
