//! Symmetric secrets: by the challenge of a list, in every encoding, in trees and
//! histories; and by the tokens that they signed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{git, run_in};

/// The key 00 01 … 1f and a text; their answers by
/// `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` of the challenge.
const LIST: &str = r#"{"format":"straykey-inventory/1","list_id":"t","org":"o","version":1,"issued_at":"2026-01-01T00:00:00Z"}
{"entry":1,"name":"bytes","kind":"hmac","bits":256,"ids":{"chal-hmac-sha256":"3d6772063f171934faa67a9acdbb26f80a5fd5c354e2f4f04d85bbc764a48ccb"},"holdings":[{"source":"vault:transit/bytes","state":"active","env":"prod","origin":"kms-generated"}]}
{"entry":2,"name":"text","kind":"hmac","bits":352,"ids":{"chal-hmac-sha256":"369174de20313b17c02432ce906ba200455f70d2f86199ffc6d9ba5883675267"},"holdings":[{"source":"vault:kv/text","state":"active","env":"prod"}]}
"#;
/// `openssl rand -base64 32`, the secret of entry 2.
const TEXT: &str = "+bKM0r0tH3uM7JPZdnsvMzfyqtA4EO9j3sgrcg/zuwM=";

fn write(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn list(folder: &Path) -> String {
    write(folder, "list.jsonl", LIST);
    folder
        .join("list.jsonl")
        .to_str()
        .expect("UTF-8")
        .to_owned()
}

fn scan(folder: &Path, more: &[&str]) -> Value {
    let args = [
        "scan",
        "tree",
        "--format",
        "json",
        "--fail-on",
        "never",
        "--no-repo-config",
    ];
    run_in(folder, args.iter().chain(more)).ended(0).json()
}

/// Returns rule, path and line of every place, sorted.
fn places(json: &Value) -> Vec<(String, String, u64)> {
    let mut all = Vec::new();
    for finding in json["findings"].as_array().expect("findings") {
        for place in finding["places"].as_array().expect("places") {
            all.push((
                finding["rule"].as_str().expect("a rule").to_owned(),
                place["path"].as_str().expect("a path").to_owned(),
                place["line"].as_u64().expect("a line"),
            ));
        }
    }
    all.sort();
    all
}

#[test]
fn listed_secrets_are_found_in_every_encoding_and_without_context() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let key: Vec<u8> = (0..32).collect();
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    let colons: Vec<String> = key.iter().map(|b| format!("{b:02X}")).collect();
    let escaped: String = key.iter().map(|b| format!("\\x{b:02x}")).collect();
    let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let url = base64.trim_end_matches('=');
    let base32 = "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ====";
    let mut binary = b"\x7fKEY\0\x01".to_vec();
    binary.extend_from_slice(&key);
    binary.extend_from_slice(b"\0\0tail");
    let files: &[(&str, Vec<u8>, u64)] = &[
        ("hex.txt", format!("one\ntwo {hex} end\n").into(), 2),
        ("upper.txt", hex.to_uppercase().into(), 1),
        (
            "colons.txt",
            format!("a\nb\nc {}\n", colons.join(":")).into(),
            3,
        ),
        ("base64.js", format!("let a = f('{base64}');\n").into(), 1),
        ("url.env", format!("A=1\nB={url}\n").into(), 2),
        ("base32.txt", format!("x {base32}\n").into(), 1),
        ("escaped.c", format!("char *a = \"{escaped}\";\n").into(), 1),
        ("raw.bin", key.clone(), 1),
        ("inside.bin", binary, 1),
        (
            "jwk.json",
            format!("{{\"k\":\"{url}\",\"kty\":\"oct\"}}").into(),
            1,
        ),
        ("text.txt", format!("see <{TEXT}>,\n").into(), 1),
        ("quoted.py", format!("x = [1, \"{TEXT}\"]\n").into(), 1),
        ("lone.key", format!("{TEXT}\r\n").into(), 1),
        (
            "deep.min.js",
            format!(
                "{}var a=\"{TEXT}\",b=2;{}",
                "f(1);".repeat(2000),
                "g();".repeat(2000)
            )
            .into(),
            1,
        ),
    ];
    for (name, bytes, _) in files {
        write(folder, &format!("tree/{name}"), bytes);
    }
    write(
        folder,
        "tree/near.txt",
        format!("{}0 {}\n", &hex[..63], "ab".repeat(32)),
    );
    let list = list(folder);
    let mut expected: Vec<_> = files
        .iter()
        .map(|(name, _, line)| ("managed-key-prod".to_owned(), (*name).to_owned(), *line))
        .collect();
    expected.sort();
    assert_eq!(places(&scan(folder, &["--inventory", &list])), expected);
    // The compiled list answers alike, and without a list there is nothing.
    let compiled = folder.join("list.table");
    let compiled = compiled.to_str().expect("UTF-8");
    run_in(
        folder,
        ["inventory", "compile", list.as_str(), "-o", compiled],
    )
    .ended(0);
    assert_eq!(places(&scan(folder, &["--inventory", compiled])), expected);
    // Only the JWK says by itself that it is a secret; the sequence is a weak one.
    let alone = places(&scan(folder, &[]));
    assert_eq!(
        alone,
        [("weak-signing-secret".to_owned(), "jwk.json".to_owned(), 1)]
    );
}

#[test]
fn histories_are_searched_alike_fast_and_naively() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let tree = folder.join("tree");
    let body: String = (0..400)
        .map(|i| format!("line {i} of the file\n"))
        .collect();
    write(&tree, "a.txt", &body);
    git(&tree, &["init", "-q", "."]);
    let commit = |text: &str| {
        write(&tree, "a.txt", text);
        git(&tree, &["add", "."]);
        git(&tree, &["commit", "-qm", "x"]);
    };
    commit(&body);
    // A listed secret that a delta completes: half of it is copied.
    let (head, tail) = TEXT.split_at(20);
    commit(&format!("{body}first {head}{}\n", "A".repeat(24)));
    commit(&format!("{body}first {head}{tail}\n{body}"));
    // A name whose value a delta brings, and a value whose name it brings.
    commit(&format!(
        "{body}nothing = 'k8Zq2LmVx7Rt4Np9Ws3Yd6Hb1Jf5Gc0A'\n{body}"
    ));
    commit(&format!(
        "{body}jwt_secret = 'k8Zq2LmVx7Rt4Np9Ws3Yd6Hb1Jf5Gc0A'\n{body}"
    ));
    commit(&body);
    git(&tree, &["gc", "-q", "--aggressive"]);
    let list = list(folder);
    for more in [&[][..], &["--inventory", list.as_str()]] {
        let fast = places(&scan(folder, more));
        let naive: Vec<&str> = more.iter().copied().chain(["--naive"]).collect();
        assert_eq!(fast, places(&scan(folder, &naive)));
        assert!(
            fast.iter()
                .any(|(rule, path, line)| rule == "signing-secret"
                    && path == "a.txt"
                    && *line == 401),
            "{fast:?}"
        );
        let listed = fast
            .iter()
            .filter(|(rule, ..)| rule == "managed-key-prod")
            .count();
        assert_eq!(listed, usize::from(!more.is_empty()), "{fast:?}");
    }
}

/// RFC 7515 appendix A.1.
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const TOKEN_KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

#[test]
fn a_secret_is_proven_by_a_token_near_it() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let log = format!("GET /\nAuthorization: Bearer {TOKEN}\n");
    let setting = format!("jwt.secret={TOKEN_KEY}\n");
    write(folder, "tree/log/access.log", log);
    write(folder, "tree/far/a/b/c/app.properties", &setting);
    // Too far away to be tried.
    let far = |rule: &str| (rule.to_owned(), "far/a/b/c/app.properties".to_owned(), 1);
    assert_eq!(places(&scan(folder, &[])), [far("signing-secret")]);
    // Near enough; the same text elsewhere is the same secret.
    write(
        folder,
        "tree/conf/app.properties",
        format!("port=1\n{setting}"),
    );
    let expected = [
        (
            "signing-secret-proven".to_owned(),
            "conf/app.properties".to_owned(),
            2,
        ),
        far("signing-secret-proven"),
        (
            "signing-secret-proven".to_owned(),
            "log/access.log".to_owned(),
            2,
        ),
    ];
    assert_eq!(places(&scan(folder, &[])), expected);
    // In one repository the distance does not matter.
    fs::remove_file(folder.join("tree/conf/app.properties")).expect("removed");
    let tree = folder.join("tree");
    git(&tree, &["init", "-q", "."]);
    let rules: Vec<_> = places(&scan(folder, &[]))
        .into_iter()
        .map(|p| p.0)
        .collect();
    assert_eq!(rules, ["signing-secret-proven"; 2]);
    // Nor whether either is only in the history.
    git(&tree, &["add", "."]);
    git(&tree, &["commit", "-qm", "x"]);
    fs::remove_file(tree.join("log/access.log")).expect("removed");
    fs::remove_file(tree.join("far/a/b/c/app.properties")).expect("removed");
    let all = places(&scan(folder, &[]));
    let rules: Vec<_> = all.iter().map(|p| p.0.as_str()).collect();
    assert_eq!(rules, ["signing-secret-proven"; 2], "{all:?}");
}

#[test]
fn a_secret_without_a_telling_name_is_proven_by_a_token_near_it() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    write(folder, "tree/log/access.log", format!("GET /\n{TOKEN}\n"));
    // Nothing in this file wakes a rule or a format.
    let setting = format!("port: 1\nmaterial: {TOKEN_KEY}\n");
    let proven = |path: &str| ("signing-secret-proven".to_owned(), path.to_owned(), 2);
    write(folder, "tree/a/b/c/d/app.yml", &setting);
    assert_eq!(places(&scan(folder, &[])), []);
    write(folder, "tree/a/b/app.yml", &setting);
    let near = [proven("a/b/app.yml"), proven("log/access.log")];
    assert_eq!(places(&scan(folder, &[])), near);
    // What is left out is not read the second time either.
    assert_eq!(places(&scan(folder, &["--exclude", "app.yml"])), []);
    fs::remove_file(folder.join("tree/a/b/app.yml")).expect("removed");
    git(&folder.join("tree"), &["init", "-q", "."]);
    let all = [proven("a/b/c/d/app.yml"), proven("log/access.log")];
    assert_eq!(places(&scan(folder, &[])), all);
}

#[test]
fn a_token_that_a_notorious_secret_signed_tells_so() {
    // printf %s 'HEADER.PAYLOAD' | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
    const SIGNED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.YNVm3kTUe0hHLISakU4cmk8MSvtML_GbFX1hBFiznF0";
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    write(
        folder,
        "tree/data/session.har",
        format!("{{\"x\": 1,\n\"cookie\": \"t={SIGNED}\"}}\n"),
    );
    write(folder, "tree/tests/fixture.json", format!("\"{SIGNED}\"\n"));
    let expected = [(
        "weak-signing-secret".to_owned(),
        "data/session.har".to_owned(),
        2,
    )];
    assert_eq!(places(&scan(folder, &[])), expected);
}

#[test]
fn rules_of_a_folder_are_added_and_checked() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let rule = |positive: &str| {
        format!(
            "about = 'x'\ntriggers = ['FROBNIC']\n[[rule]]\nid = 'frob'\nname = 'a frob key'\nnames = ['frobnicator key']\npositive = ['{positive}']\nnegative = ['FROBNICATOR_KEY=changeme']\n"
        )
    };
    let value = "c1b5c61f269cf3c2c168fff49c574e4b2b38f37565f0834a77fef0b22e509861";
    write(
        folder,
        "rules/frob.toml",
        rule(&format!("FROBNICATOR_KEY=«{value}»")),
    );
    write(folder, "tree/a.env", format!("FROBNICATOR_KEY={value}\n"));
    run_in(folder, ["patterns", "check", "rules"]).ended(0);
    run_in(folder, ["patterns", "check"]).ended(0);
    assert_eq!(places(&scan(folder, &[])), []);
    let found = places(&scan(folder, &["--patterns", "rules"]));
    assert_eq!(
        found,
        [("signing-secret".to_owned(), "a.env".to_owned(), 1)]
    );
    write(folder, "rules/frob.toml", rule("FROBNICATOR=«nothing»"));
    let run = run_in(folder, ["patterns", "check", "rules"]).ended(1);
    assert!(run.out().contains("frob"), "{}", run.out());
}
