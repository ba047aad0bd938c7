//! Keys that come with the one that was found: halves of composite keys, accounts of
//! wallets. A list that has one of them is matched, and the match says by which.

use std::fs;

use serde_json::json;

use crate::cases::{folder, testdata};
use crate::program::{report, told};

/// Copies a file into a folder of its own and scans it against a list with one key.
fn matched(format: &str, file: &str, id: &str) -> (String, String, String) {
    let cases = folder(format);
    let case = cases.iter().find(|case| case.name() == file);
    let case = case.expect("a file of testdata");
    let key = case.keys.first().expect("its key");
    let listed = key.id(id).expect("a fingerprint by a reference tool");
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("src")).expect("a folder");
    fs::copy(
        testdata().join(format).join(file),
        dir.path().join("src").join(file),
    )
    .expect("copied");
    let entry = json!({
        "entry": 7, "name": "signer", "kind": "ec", "ids": {"spki-sha256": listed},
        "holdings": [{"source": "vault:transit/signer", "version": "1", "state": "active", "env": "prod"}],
    });
    let list = format!("{}\n{entry}\n", json!({"format": "straykey-inventory/1"}));
    fs::write(dir.path().join("keys.jsonl"), list).expect("written");
    let (report, _) = report(dir.path(), &["--inventory", "keys.jsonl", "src"]);
    let places = told(&report);
    let [place] = places.as_slice() else {
        panic!("one place of {file}: {places:?}")
    };
    assert_eq!(place.id.as_deref(), key.id("spki-sha256"), "{file}");
    let facts = &place.finding["properties"]["straykey"]["match"];
    let text = |field: &str| facts[field].as_str().unwrap_or("none").to_owned();
    (place.rule.clone(), text("name"), text("by"))
}

#[test]
fn a_list_with_an_account_matches_its_wallet() {
    for (format, file) in [
        ("bip39", "good-12-words.env"),
        ("bip39", "good-numbered.txt"),
        ("bitcoin", "good-xprv.yaml"),
    ] {
        for id in [
            "spki-sha256:m/44'/60'/0'/0/0",
            "spki-sha256:m/84'/0'/0'/0/0",
        ] {
            let expected = ("managed-key-prod", "signer", id);
            let (rule, name, by) = matched(format, file, id);
            assert_eq!((rule.as_str(), name.as_str(), by.as_str()), expected);
        }
        let (_, _, by) = matched(format, file, "spki-sha256");
        assert_eq!(by, "spki-sha256", "{file}");
    }
}

#[test]
fn a_list_with_half_a_composite_key_matches_the_whole() {
    for file in [
        "good-composite-mldsa44-rsa2048-pss-sha256.pem",
        "good-composite-mldsa65-ecdsa-p384-sha512.der",
        "good-composite-mldsa87-ed448-shake256.der",
    ] {
        for id in [
            "spki-sha256",
            "spki-sha256:ml-dsa",
            "spki-sha256:traditional",
        ] {
            let expected = ("managed-key-prod", "signer", id);
            let (rule, name, by) = matched("pkcs8", file, id);
            assert_eq!((rule.as_str(), name.as_str(), by.as_str()), expected);
        }
    }
}
