//! Numbers of keys as values of source code, with other things between and around them.

use std::fs;

use straykey::finding::Proof;

use crate::cases::{folder, scan, testdata, words};

fn file(path: &str) -> Vec<u8> {
    fs::read(testdata().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns what a scan of these files says of each key, sorted.
fn wanted(paths: &[&str]) -> Vec<String> {
    let cases = ["key-numbers", "pkcs8"].map(folder).into_iter().flatten();
    let cases = cases.filter(|case| paths.contains(&case.path.as_str()));
    let mut wanted: Vec<String> = cases.flat_map(|case| case.wanted()).collect();
    wanted.sort();
    wanted
}

/// Between numbers that belong together, and are far apart, may stand a key of another format.
#[test]
fn keys_between_numbers_are_found() {
    let numbers = file("key-numbers/good-rsa.go");
    let cut = numbers.iter().position(|b| *b == b',').expect("a comma") + 1;
    let (first, last) = numbers.split_at(cut);
    let text = [first, b"\n", &file("pkcs8/good-ec-p256.pem"), b"\n", last].concat();
    let wanted = wanted(&["key-numbers/good-rsa.go", "pkcs8/good-ec-p256.pem"]);
    assert_eq!(words(&scan(&text)), wanted);
}

/// Keys that follow each other, more than are read at once.
#[test]
fn many_keys_in_one_file() {
    let names = [
        "key-numbers/good-crt-spec.java",
        "key-numbers/good-ecdsa.go",
        "key-numbers/good-rsa.go",
        "key-numbers/good-bytes.cs",
        "key-numbers/good-vapid.js",
        "key-numbers/good-defines.h",
        "key-numbers/good-parameters.cs",
        "key-numbers/good-ec.js",
        "key-numbers/good-private-spec.java",
        "key-numbers/good-ec-p384.py",
        "key-numbers/good-private-numbers.py",
    ];
    let text: Vec<u8> = names.iter().flat_map(|name| file(name)).collect();
    assert_eq!(words(&scan(&text)), wanted(&names));
}

/// Halves of different keys are nothing, however many there are.
#[test]
fn numbers_of_strangers_are_silent() {
    let names = [
        "near-public.cs",
        "near-three-keys.java",
        "near-two-pairs.js",
        "near-alone.go",
    ];
    let text: Vec<u8> = names
        .iter()
        .flat_map(|name| file(&format!("key-numbers/{name}")))
        .collect();
    let seen = scan(&text.repeat(3));
    assert!(
        seen.iter().all(|s| s.manner.proof == Proof::Context),
        "{:?}",
        words(&seen)
    );
}
