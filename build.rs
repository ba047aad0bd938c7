//! Gives the program a digest of its own sources, so that a state that other sources made is not
//! used (`Scanner::engine`). It depends on nothing but their names and bytes. And it masks the rules of
//! `patterns/`: their examples look like secrets, and a scan would tell them of the program itself.

use std::io;
use std::path::{Path, PathBuf};

/// What decides what is seen in a blob: code, rules, and the versions of what is built in.
const SOURCES: [&str; 3] = ["src", "patterns", "Cargo.lock"];

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        list(Path::new(source), &mut files)?;
    }
    files.sort();
    let mut digest = Fnv::default();
    for (name, path) in files {
        let bytes = std::fs::read(path)?;
        digest.add(name.as_bytes());
        digest.add(&(bytes.len() as u64).to_be_bytes());
        digest.add(&bytes);
    }
    println!("cargo::rustc-env=STRAYKEY_SOURCES={:032x}", digest.0);
    mask()
}

/// Writes each file of rules with every bit of every byte turned over, which `pattern` undoes.
fn mask() -> io::Result<()> {
    let out = std::env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    for item in std::fs::read_dir("patterns")? {
        let path = item?.path();
        let masked: Vec<u8> = std::fs::read(&path)?.iter().map(|byte| !byte).collect();
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        std::fs::write(Path::new(&out).join(name), masked)?;
    }
    Ok(())
}

/// Lists files with their names as they are on every platform.
fn list(path: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    if path.is_dir() {
        for item in std::fs::read_dir(path)? {
            list(&item?.path(), files)?;
        }
    } else if path.exists() {
        let parts = path.iter().map(|part| part.to_string_lossy());
        let name = parts.collect::<Vec<_>>().join("/");
        files.push((name, path.to_path_buf()));
    }
    Ok(())
}

/// FNV-1a of 128 bits: nobody gains by a collision, who can change sources needs none.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62272e07bb014262b821756295c58d)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u128::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000000001000000000000000000013b);
        }
    }
}
