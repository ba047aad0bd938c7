//! See `hooks::archives`.
#![no_main]

#[path = "../hooks.rs"]
mod hooks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hooks::archives(data));
