//! Symmetric keys answer the challenge; the other side is `openssl`, and a token
//! of SoftHSM2 behind `pkcs11-tool`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cases::testdata;
use crate::program::{Run, run_in};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

fn run(folder: &Path, line: &str) -> Run {
    run_in(folder, line.split(' '))
}

/// Runs a reference tool, which must succeed.
fn tool(folder: &Path, line: &str) -> Vec<u8> {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a tool"));
    command.args(words).current_dir(folder);
    command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    assert!(output.status.success(), "{line}: {output:?}");
    output.stdout
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn entries(list: &Path) -> Vec<Value> {
    let text = fs::read_to_string(list).expect("a list");
    let lines = text.lines().skip(1);
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn openssl_answers_as_the_vectors_say() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    let challenge = run(path, "inventory challenge --raw").ended(0).out;
    assert_eq!(challenge.len(), 32);
    fs::write(path.join("M"), challenge).expect("written");
    let told = run(path, "inventory challenge").ended(0).out();
    for (hash, bytes) in [
        ("sha224", 28),
        ("sha256", 32),
        ("sha384", 48),
        ("sha512", 64),
    ] {
        let line = format!("openssl dgst -{hash} -mac HMAC -macopt hexkey:{KEY} -binary M");
        let answer = tool(path, &line);
        assert_eq!(answer.len(), bytes);
        let line = format!("chal-hmac-{hash}  {}", hex(&answer));
        assert!(told.contains(&line), "{line} is not in\n{told}");
    }
}

#[test]
fn a_token_answers_and_its_answer_is_imported() {
    let tools = ["pkcs11-tool", "softhsm2-util"];
    let missing = |tool: &&str| Command::new(tool).arg("--version").output().is_err();
    if !Path::new(MODULE).exists() || tools.iter().any(missing) {
        eprintln!("skipped: SoftHSM2 is not installed");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::create_dir(path.join("tokens")).expect("a folder");
    let conf = format!("directories.tokendir = {}\n", path.join("tokens").display());
    fs::write(path.join("softhsm2.conf"), conf).expect("written");
    tool(
        path,
        "softhsm2-util --init-token --free --label t --so-pin 1234 --pin 1234",
    );
    let pkcs11 = |rest: &str| {
        tool(
            path,
            &format!("pkcs11-tool --module {MODULE} --login --pin 1234 --token-label t {rest}"),
        )
    };
    pkcs11("--keygen --key-type GENERIC:32 --id 0d --label hook --usage-sign --extractable");
    fs::create_dir(path.join("out")).expect("a folder");
    fs::write(path.join("out/objects.txt"), pkcs11("--list-objects")).expect("written");

    // The tool prints the value of a key that is extractable and not sensitive.
    let listing = fs::read_to_string(path.join("out/objects.txt")).expect("a listing");
    let value = listing
        .lines()
        .find_map(|line| line.trim().strip_prefix("VALUE:"));
    let value = value.expect("a value").trim().to_owned();
    let told = run(path, "inventory import out -o without.jsonl")
        .ended(1)
        .err;
    assert!(
        told.contains("violation: objects.txt: line 1: VALUE"),
        "{told}"
    );
    assert!(!told.contains(&value), "{told}");
    // The commands that it asks for, with module and token filled in.
    let commands = run(path, "inventory challenge without.jsonl")
        .ended(0)
        .out();
    assert!(
        commands.contains("--mechanism SHA256-HMAC --label hook"),
        "{commands}"
    );
    fs::write(path.join("M"), run(path, "inventory challenge --raw").out).expect("written");
    pkcs11("--sign --mechanism SHA256-HMAC --label hook --input-file M --output-file answer");
    let answer = fs::read(path.join("answer")).expect("an answer");
    let line = format!("openssl dgst -sha256 -mac HMAC -macopt hexkey:{value} -binary M");
    assert_eq!(tool(path, &line), answer);
    let file = json!({"straykey_answer": {"system": "pkcs11", "label": "hook",
        "algorithm": "HMAC-SHA256", "mac": base64(&answer)}});
    fs::write(path.join("out/answer-hook.json"), file.to_string()).expect("written");
    run(path, "inventory import out -o keys.jsonl").ended(1);
    let list = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    assert!(!list.contains(&value), "{list}");
    let [entry] = &entries(&path.join("keys.jsonl"))[..] else {
        panic!("one key is one entry");
    };
    assert_eq!(entry["ids"]["chal-hmac-sha256"], hex(&answer));
    assert_eq!(
        (&entry["bits"], &entry["name"]),
        (&json!(256), &json!("hook"))
    );
    assert_eq!(entry["entropy"], "strong", "the token made it");
    let done = run(path, "inventory challenge keys.jsonl").ended(0).out();
    assert!(done.contains("every symmetric key"), "{done}");
}

#[test]
fn answers_that_cannot_be_right_are_errors_with_their_field() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    for (answer, field) in [
        (
            json!({"source": "kmip:x", "algorithm": "HMAC-MD5", "mac": "AAAA"}),
            "algorithm",
        ),
        (
            json!({"source": "kmip:x", "algorithm": "HMAC-SHA256", "mac": "AAAA"}),
            "mac",
        ),
        (
            json!({"algorithm": "HMAC-SHA256", "mac": base64(&[7; 32])}),
            "source",
        ),
        (
            json!({"system": "pkcs11", "algorithm": "HMAC-SHA256", "mac": base64(&[7; 32])}),
            "id",
        ),
    ] {
        let file = json!({ "straykey_answer": answer });
        fs::write(path.join("a.json"), file.to_string()).expect("written");
        let told = run(path, "inventory import a.json").ended(2).err;
        assert!(
            told.contains(&format!("a.json: straykey_answer: {field}:")),
            "{told}"
        );
    }
    let good = json!({"straykey_answer": {"source": "kmip:hook", "version": "2", "name": "hook",
        "algorithm": "HMAC-SHA256", "mac": base64(&[7; 32])}});
    fs::write(path.join("a.json"), good.to_string()).expect("written");
    let told = run(path, "inventory import a.json -o keys.jsonl").ended(0);
    assert!(told.err.contains("1 entries"), "{}", told.err);
    let [entry] = &entries(&path.join("keys.jsonl"))[..] else {
        panic!("one entry");
    };
    assert_eq!(entry["ids"]["chal-hmac-sha256"], "07".repeat(32));
}

/// What KMIP tells of every symmetric key, and what an HSM tells of an AES key.
#[test]
fn a_digest_and_a_cmac_find_their_keys() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::create_dir(path.join("src")).expect("a folder");
    fs::create_dir(path.join("out")).expect("a folder");
    let random = |bytes: usize| tool(path, &format!("openssl rand {bytes}"));
    let (webhook, disk, stranger) = (random(32), random(16), random(32));
    fs::write(path.join("webhook"), &webhook).expect("written");
    let digest = hex(&tool(path, "openssl dgst -sha256 -binary webhook"));
    let sample = fs::read_to_string(testdata().join("systems/kmip-attributes.json"));
    let sample = sample.expect("readable").replace(
        "244231d74d887a6149ec2ef0d393f465291e0664f1cc87aa3d91f605bdd193a7",
        &digest,
    );
    assert!(
        sample.contains(&digest),
        "the digest of the sample is another"
    );
    fs::write(path.join("out/kmip.json"), sample).expect("written");
    fs::write(path.join("M"), run(path, "inventory challenge --raw").out).expect("written");
    let line = "openssl mac -binary -cipher AES-128-CBC -macopt";
    let mac = tool(path, &format!("{line} hexkey:{} -in M CMAC", hex(&disk)));
    let answer = json!({"straykey_answer": {"source": "luna:disk", "name": "disk",
        "algorithm": "AES-CMAC", "mac": base64(&mac)}});
    fs::write(path.join("out/answer.json"), answer.to_string()).expect("written");
    run(path, "inventory import out -o keys.jsonl").ended(0);

    let lines = [
        format!("first = \"{}\"\n", base64(&webhook)),
        format!("second = \"{}\"\n", hex(&disk)),
        format!("third = \"{}\"\n", base64(&stranger)),
    ];
    fs::write(path.join("src/settings.toml"), lines.concat()).expect("written");
    for list in ["keys.jsonl", "keys.table"] {
        if list == "keys.table" {
            run(path, "inventory compile keys.jsonl --bare -o keys.table").ended(0);
        }
        let report = run(path, &format!("scan src --format json --inventory {list}"));
        let report = report.ended(1).json();
        let findings = report["findings"].as_array().expect("findings");
        let mut by: Vec<_> = findings
            .iter()
            .map(|finding| {
                let line = finding["places"][0]["line"].as_u64();
                (
                    line,
                    finding["properties"]["straykey"]["match"]["by"].as_str(),
                )
            })
            .collect();
        by.sort_unstable();
        assert_eq!(
            by,
            [
                (Some(1), Some("sha256-raw")),
                (Some(2), Some("chal-aes-cmac"))
            ],
            "{list}: {report}"
        );
    }
}
