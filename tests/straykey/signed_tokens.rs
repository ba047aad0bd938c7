//! Tokens that keys of the list signed, told when it is asked for. Signatures and
//! public keys of `testdata/signed-token` were made by openssl.

use std::fs;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::run_in;

const ALGORITHMS: [&str; 9] = [
    "RS256", "RS512", "PS256", "PS384", "ES256", "ES384", "ES512", "ES256K", "EdDSA",
];

fn scan(more: &[&str]) -> Value {
    let args = [
        "scan",
        "access.log",
        "forged.log",
        "--inventory",
        "list.jsonl",
        "--format",
        "json",
        "--fail-on",
        "never",
        "--no-repo-config",
    ];
    run_in(&testdata().join("signed-token"), args.iter().chain(more))
        .ended(0)
        .json()
}

#[test]
fn each_key_is_named_that_signed_a_token() {
    let json = scan(&["--signed-tokens"]);
    let findings = json["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), ALGORITHMS.len());
    for (line, alg) in (1_u64..).zip(ALGORITHMS) {
        let name = format!("`signer-{alg}`");
        let finding = findings
            .iter()
            .find(|f| f["message"].as_str().is_some_and(|m| m.contains(&name)))
            .unwrap_or_else(|| panic!("{alg}: {findings:#?}"));
        assert_eq!(finding["rule"], "signed-token", "{alg}");
        let places = finding["places"].as_array().expect("places");
        // Not the forged one, which has the same signature.
        assert_eq!(places.len(), 1, "{alg}");
        assert_eq!(places[0]["path"], "access.log");
        assert_eq!(places[0]["line"], line, "{alg}");
        let token = &places[0]["token"];
        let expired = alg == "RS256";
        assert_eq!(token["expired"], expired, "{alg}: {token}");
        let expires = match alg {
            "RS256" => Value::from("2000-01-01T00:00:00Z"),
            "ES256" => Value::from("3000-01-01T00:00:00Z"),
            _ => Value::Null,
        };
        assert_eq!(token["expires"], expires, "{alg}");
        assert_eq!(token["claims"][0], "sub");
        assert_eq!(token["claims"][1], "scope");
    }
    assert!(!json.to_string().contains("value-of"), "a claim's value");
}

#[test]
fn it_is_told_only_when_asked_for() {
    assert_eq!(scan(&[])["findings"], serde_json::json!([]));
}

#[test]
fn fingerprints_alone_verify_nothing() {
    let temporary = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(testdata().join("signed-token/list.jsonl")).expect("the list");
    let header = text.lines().next().expect("a header");
    fs::write(temporary.path().join("bare.jsonl"), header).expect("a list");
    let args = ["scan", ".", "--inventory", "bare.jsonl", "--signed-tokens"];
    let ended = run_in(temporary.path(), args).ended(2);
    assert!(ended.err.contains("spki"), "{}", ended.err);
}
