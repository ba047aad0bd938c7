//! Lists that know keys by hashes which reports do not show: EC2 key pairs, and Debian's
//! weak keys. The hashes come from the commands that the owners of the lists document.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Run, run_in};

fn run(folder: &Path, line: &str) -> Run {
    run_in(folder, line.split(' '))
}

/// Returns what a shell line prints.
fn shell(folder: &Path, line: &str) -> String {
    let output = Command::new("sh")
        .args(["-e", "-c", line])
        .current_dir(folder)
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// Makes `src` with an RSA key in two files, one more RSA key, an Ed25519 key, and a
/// stranger; the name in a finding's match tells which was taken for which.
fn keys() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::create_dir(path.join("src")).expect("made");
    shell(
        path,
        "cd src
         openssl genrsa -traditional -out made.pem 2048
         cp made.pem made-openssh && chmod 600 made-openssh
         ssh-keygen -q -p -N '' -f made-openssh
         openssl pkcs8 -topk8 -nocrypt -in made.pem -out made-pkcs8.pem
         openssl genrsa -out imported.pem 2048
         openssl genrsa -out stranger.pem 2048
         ssh-keygen -q -t ed25519 -N '' -C '' -f deploy && mv deploy.pub ..",
    );
    dir
}

/// Writes what the AWS CLI prints without `--include-public-key`.
fn pairs(folder: &Path) {
    // The commands of the EC2 documentation, "Verify the fingerprint".
    let made = "openssl pkcs8 -in src/made.pem -inform PEM -outform DER -topk8 -nocrypt \
                | openssl sha1 -c | sed 's/.*= //'";
    let imported = "openssl rsa -in src/imported.pem -pubout -outform DER \
                    | openssl md5 -c | sed 's/.*= //'";
    let deploy = "ssh-keygen -l -f src/deploy | cut -d: -f2 | cut -d' ' -f1";
    let pair = |id: &str, kind: &str, name: &str, hash: String| json!({"KeyPairId": id, "KeyType": kind, "KeyName": name, "KeyFingerprint": hash});
    let pairs = json!({"KeyPairs": [
        pair("key-1", "rsa", "made", shell(folder, made)),
        pair("key-2", "rsa", "imported", shell(folder, imported)),
        pair("key-3", "ed25519", "deploy", shell(folder, deploy) + "="),
    ]});
    fs::write(folder.join("pairs.json"), pairs.to_string()).expect("written");
    run(folder, "inventory import pairs.json -o pairs.jsonl").ended(0);
}

/// Returns rule, name and kind of fingerprint of the finding at a path.
fn at(report: &Value, path: &str) -> [String; 3] {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| {
        let places = finding["places"].as_array().expect("places");
        places.iter().any(|place| {
            let found = place["path"].as_str().expect("a path");
            found.rsplit('/').next() == Some(path)
        })
    });
    let finding = finding.unwrap_or_else(|| panic!("{path} is not in {report}"));
    let matched = &finding["properties"]["straykey"]["match"];
    [&finding["rule"], &matched["name"], &matched["by"]]
        .map(|value| value.as_str().unwrap_or("-").to_owned())
}

#[test]
fn ec2_pairs_are_known_by_their_fingerprints_alone() {
    let dir = keys();
    let path = dir.path();
    pairs(path);
    let report = run(path, "scan src --format json --inventory pairs.jsonl")
        .ended(1)
        .json();
    for (file, expected) in [
        ("made.pem", ["managed-key", "made", "pkcs8-sha1"]),
        ("made-pkcs8.pem", ["managed-key", "made", "pkcs8-sha1"]),
        ("made-openssh", ["managed-key", "made", "pkcs8-sha1"]),
        ("imported.pem", ["managed-key", "imported", "spki-md5"]),
        ("deploy", ["managed-key", "deploy", "ssh-sha256"]),
        ("stranger.pem", ["private-key", "-", "-"]),
    ] {
        assert_eq!(at(&report, file), expected, "{file}");
    }
    // Each form by itself: the OpenSSH one leaves numbers out.
    for (file, code) in [
        ("made-openssh", "made (entry"),
        ("made-pkcs8.pem", "made (entry"),
        ("stranger.pem", "not listed"),
    ] {
        let shown = run(
            path,
            &format!("identify src/{file} --inventory pairs.jsonl"),
        );
        assert!(shown.out().contains(code), "{file}: {}", shown.out());
    }
    // A table answers as the text does.
    run(path, "inventory compile pairs.jsonl --bare -o pairs.table").ended(0);
    let report = run(path, "scan src --format json --inventory pairs.table").json();
    assert_eq!(at(&report, "made-openssh")[2], "pkcs8-sha1");
    assert_eq!(at(&report, "imported.pem")[2], "spki-md5");
}

/// Reports stay as they are: the hashes are for look-ups.
#[test]
fn reports_do_not_show_them_and_identify_does() {
    let dir = keys();
    let path = dir.path();
    let report = run(path, "scan src --format json").ended(1).out();
    assert!(!report.contains("md5") && !report.contains("sha1"));
    // A modulus that does not fill its first byte: openssl prints an odd number of digits.
    shell(path, "openssl genrsa -out odd.pem 1020");
    let shown = run(path, "identify odd.pem").ended(0).out();
    let digits = shell(path, "openssl rsa -noout -modulus -in odd.pem");
    assert_eq!(digits.len(), "Modulus=".len() + 255, "{digits}");
    let hash = shell(
        path,
        "openssl rsa -noout -modulus -in odd.pem | sha256sum | cut -d' ' -f1",
    );
    assert!(shown.contains(&hash), "{hash} is not in {shown}");
    let shown = run(path, "identify src/made.pem").ended(0).out();
    let hash = |line: &str| shell(path, line);
    for (id, value) in [
        (
            "ssh-md5",
            hash("ssh-keygen -lE md5 -f src/made-openssh | cut -d' ' -f2 | sed 's/MD5//; s/://g'"),
        ),
        (
            "modulus-sha1",
            hash("openssl rsa -noout -modulus -in src/made.pem | sha1sum | cut -d' ' -f1"),
        ),
    ] {
        let line = format!("  {id:<16} {value}\n");
        assert!(shown.contains(&line), "{line} is not in {shown}");
    }
}

#[test]
fn a_pair_and_its_public_key_are_one_entry() {
    let dir = keys();
    let path = dir.path();
    pairs(path);
    shell(
        path,
        "ssh-keygen -y -f src/imported.pem > trusted.pub || { chmod 600 src/*; ssh-keygen -y -f src/imported.pem > trusted.pub; }",
    );
    run(
        path,
        "inventory import trusted.pub --trusted-by bastion -o trusted.jsonl",
    )
    .ended(0);
    let merged = run(path, "inventory merge pairs.jsonl trusted.jsonl")
        .ended(0)
        .out();
    let entries: Vec<Value> = merged
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(entries.len(), 3, "{merged}");
    let one = entries
        .iter()
        .find(|entry| entry["ids"]["spki-md5"].is_string());
    let one = one.expect("the imported pair");
    assert_eq!(one["holdings"][0]["source"], "ec2:key-2", "{one}");
    assert_eq!(one["trusted_by"], json!(["bastion"]), "{one}");
}

/// A state keeps what a new list may ask for.
#[test]
fn histories_that_were_searched_before_are_matched_with_a_new_list() {
    let dir = keys();
    let path = dir.path();
    pairs(path);
    shell(
        path,
        "cd src && git init -q && git add -A && git -c user.name=a -c user.email=a@example.com \
         commit -q -m keys && git rm -q -r --cached . && rm made* imported.pem deploy stranger.pem",
    );
    let scan = "scan src --format json --history only --state state";
    let before = run(path, scan).ended(1).json();
    assert_eq!(at(&before, "imported.pem")[0], "private-key");
    let after = run(path, &format!("{scan} --inventory pairs.jsonl"))
        .ended(1)
        .json();
    assert_eq!(at(&after, "imported.pem")[2], "spki-md5");
    assert_eq!(at(&after, "made.pem")[2], "pkcs8-sha1");
}

#[test]
fn debians_weak_keys_are_publicly_known() {
    let dir = keys();
    let path = dir.path();
    // As openssl-vulnkey(1) and ssh-vulnkey(1) describe their lists, with a line of comment
    // and one of a key that nobody has.
    shell(
        path,
        "mkdir openssl-blacklist openssh-blacklist
         list() { echo '# comment'; { echo 00000000000000000000; cat; } | sort; }
         openssl rsa -noout -modulus -in src/made.pem | sha1sum | cut -d' ' -f1 | cut -c21- \
             | list > openssl-blacklist/blacklist.RSA-2048
         chmod 600 src/*
         ssh-keygen -y -f src/imported.pem > imported.pub
         ssh-keygen -lE md5 -f imported.pub | cut -d' ' -f2 | sed 's/^MD5//; s/://g' | cut -c13- \
             | list > openssh-blacklist/blacklist.RSA-2048",
    );
    for (package, weak, by) in [
        ("openssl-blacklist", "made.pem", "modulus-sha1"),
        ("openssh-blacklist", "imported.pem", "ssh-md5"),
    ] {
        run(
            path,
            &format!("inventory import {package} -o {package}.jsonl"),
        )
        .ended(0);
        let report = run(
            path,
            &format!("scan src --format json --known-bad {package}.jsonl"),
        )
        .json();
        for file in ["made.pem", "imported.pem", "stranger.pem", "deploy"] {
            let rule = if file == weak {
                "published-key"
            } else {
                "private-key"
            };
            assert_eq!(at(&report, file)[0], rule, "{package}: {file}");
        }
        let shown = run(
            path,
            &format!("identify src/{weak} --json --inventory {package}.jsonl"),
        );
        assert!(shown.out().contains(by), "{}", shown.out());
        assert!(report.to_string().contains("CVE-2008-0166"), "{report}");
    }
}
