//! See `hooks::inventory_import`.
#![no_main]

#[path = "../hooks.rs"]
mod hooks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hooks::inventory_import(data));
