//! Whose key it is, and where it may be: proofs by found keys, keys that everybody may
//! know, allowed places, environments, lists that are kept compiled, tokens.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Run, command, run_command, run_in};

fn run(folder: &Path, line: &str) -> Run {
    run_in(folder, line.split(' '))
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let done = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(folder)
        .output();
    let done = done.expect("openssl is installed");
    assert!(
        done.status.success(),
        "openssl {line}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    done.stdout
}

/// Returns the hash by which lists know the key of a file.
fn spki_sha256(folder: &Path, file: &str) -> String {
    openssl(
        folder,
        &format!("pkey -in {file} -pubout -outform DER -out {file}.spki"),
    );
    let line =
        String::from_utf8(openssl(folder, &format!("dgst -sha256 -r {file}.spki"))).expect("text");
    line.split(' ').next().expect("a hash").to_owned()
}

/// Writes a list of one key that is live in an environment.
fn write_list(path: &Path, version: u64, hash: &str, env: &str, allowed: &[&str]) {
    let header = json!({"format": "straykey-inventory/1", "list_id": "keys", "version": version});
    let entry = json!({"entry": 1, "name": "gate", "kind": "okp", "ids": {"spki-sha256": hash}, "allowed": allowed,
        "holdings": [{"source": "vault:transit/gate", "state": "active", "env": env}]});
    fs::write(path, format!("{header}\n{entry}\n")).expect("written");
}

/// A folder with a key below `src`, and its hash.
fn folder() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("src")).expect("made");
    openssl(dir.path(), "genpkey -algorithm ED25519 -out src/key.pem");
    let hash = spki_sha256(dir.path(), "src/key.pem");
    (dir, hash)
}

/// Every kind of key that signs here, verified by openssl with the public half alone.
#[test]
fn a_found_key_signs_a_nonce_that_openssl_verifies() {
    use base64::Engine as _;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::write(
        path.join("message"),
        b"straykey/key-proof/v1\0incident-2026-117",
    )
    .expect("written");
    for (name, made, algorithm, digest) in [
        (
            "rsa",
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            "rsa-pkcs1-sha256",
            "sha256",
        ),
        (
            "p256",
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "ecdsa-sha256",
            "sha256",
        ),
        (
            "p384",
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            "ecdsa-sha384",
            "sha384",
        ),
        (
            "p521",
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
            "ecdsa-sha512",
            "sha512",
        ),
        (
            "k1",
            "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
            "ecdsa-sha256",
            "sha256",
        ),
        (
            "bp",
            "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP320r1",
            "ecdsa-sha384",
            "sha384",
        ),
        ("ed", "-algorithm ED25519", "ed25519", ""),
    ] {
        openssl(path, &format!("genpkey {made} -out {name}.pem"));
        openssl(
            path,
            &format!("pkey -in {name}.pem -pubout -out {name}.pub"),
        );
        let told = run(
            path,
            &format!("identify {name}.pem --proof incident-2026-117 --json"),
        )
        .ended(0)
        .json();
        let proof = &told["files"][0]["keys"][0]["proof"];
        assert_eq!(proof["algorithm"], algorithm, "{name}");
        let signature = proof["signature"].as_str().expect("a signature");
        let signature = base64::engine::general_purpose::STANDARD
            .decode(signature)
            .expect("base64");
        fs::write(path.join("sig"), &signature).expect("written");
        match digest {
            "" => openssl(
                path,
                &format!(
                    "pkeyutl -verify -pubin -inkey {name}.pub -rawin -in message -sigfile sig"
                ),
            ),
            digest => openssl(
                path,
                &format!("dgst -{digest} -verify {name}.pub -signature sig message"),
            ),
        };
    }
    let text = run(path, "identify ed.pem --proof incident-2026-117")
        .ended(0)
        .out();
    assert!(text.contains("proof            ed25519 "), "{text}");
    // What agrees on keys signs nothing; without the flag nothing signs.
    openssl(path, "genpkey -algorithm X25519 -out x.pem");
    let text = run(path, "identify x.pem --proof incident-2026-117")
        .ended(0)
        .out();
    assert!(text.contains("cannot sign here"), "{text}");
    assert!(
        !run(path, "identify ed.pem --json")
            .ended(0)
            .out()
            .contains("proof\": {")
    );
    for nonce in ["short", "with space", "eyJhbGciOiJSUzI1NiJ9.e30/"] {
        run_in(path, ["identify", "ed.pem", "--proof", nonce]).ended(2);
    }
}

#[test]
fn is_this_key_ours() {
    let (dir, hash) = folder();
    let path = dir.path();
    write_list(&path.join("keys.jsonl"), 1, &hash, "prod", &[]);
    let text = run(path, "identify src/key.pem --inventory keys.jsonl")
        .ended(0)
        .out();
    assert!(text.contains("gate (entry 1, prod, active)"), "{text}");
    assert!(text.contains("held by"), "{text}");
    openssl(path, "genpkey -algorithm ED25519 -out other.pem");
    let text = run(path, "identify other.pem --inventory keys.jsonl")
        .ended(0)
        .out();
    assert!(text.contains("not listed"), "{text}");
}

/// RFC 8410 section 10.3: the key of an example, which test suites have.
const EXAMPLE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

#[test]
fn keys_of_public_test_suites_are_publicly_known() {
    let (dir, own) = folder();
    let path = dir.path();
    fs::write(path.join("src/example.pem"), EXAMPLE).expect("written");
    let rules = |line: &str, code: i32| {
        let report = run(
            path,
            &format!("scan src --history skip --format json{line}"),
        )
        .ended(code)
        .json();
        let findings = report["findings"].as_array().expect("findings").clone();
        let of = |name: &str| {
            let found = findings.iter().find(|f| f["places"][0]["path"] == name);
            found.unwrap_or_else(|| panic!("{name}")).clone()
        };
        (of("example.pem"), of("key.pem"))
    };
    let (example, key) = rules("", 1);
    assert_eq!(
        (&example["rule"], &key["rule"]),
        (&json!("published-key"), &json!("private-key"))
    );
    let message = example["message"].as_str().expect("a message");
    assert!(
        message.contains("a key of the test suite of openssl"),
        "{message}"
    );
    let (example, _) = rules(" --published off", 1);
    assert_eq!(example["rule"], "private-key");
    fs::remove_file(path.join("src/key.pem")).expect("removed");
    run(path, "scan src --history skip").ended(0);
    let text = run(path, "identify src/example.pem").ended(0).out();
    assert!(
        text.contains("a key of the test suite of openssl"),
        "{text}"
    );
    // Somebody who has such a key in use has a managed key that is public.
    let hash = spki_sha256(path, "src/example.pem");
    assert_ne!(hash, own);
    write_list(&path.join("keys.jsonl"), 1, &hash, "prod", &[]);
    let report = run(
        path,
        "scan src --history skip --format json --inventory keys.jsonl",
    )
    .ended(1)
    .json();
    assert_eq!(report["findings"][0]["rule"], "managed-key-prod");
}

#[test]
fn a_key_may_be_where_the_inventory_says() {
    let (dir, hash) = folder();
    let path = dir.path();
    let real = path.canonicalize().expect("a path");
    let below = format!("host:ci-signer-* path:{}/**", real.display());
    let list = path.join("keys.jsonl");
    write_list(&list, 1, &hash, "prod", &["kms", &below]);
    let scan = |host: &str, code: i32| {
        let line =
            format!("scan src --history skip --format json --inventory keys.jsonl --host {host}");
        run(path, &line).ended(code).json()["findings"][0].clone()
    };
    let allowed = scan("ci-signer-2", 0);
    assert_eq!(allowed["rule"], "managed-key-prod");
    assert_eq!(allowed["suppressed"], true);
    let reason = allowed.to_string();
    assert!(reason.contains("inventory keys entry 1"), "{reason}");
    let refused = scan("laptop-7", 1);
    assert_eq!(refused["suppressed"], false);
    let message = refused["message"].as_str().expect("a message");
    assert!(
        message.contains("The inventory allows it in: kms, host:ci-signer-*"),
        "{message}"
    );
    // The same holds for a table with records; a bare one allows nothing.
    run(path, "inventory compile keys.jsonl -o keys.table").ended(0);
    let line = "scan src --history skip --inventory keys.table --host ci-signer-2";
    run(path, line).ended(0);
    run(path, "inventory compile keys.jsonl --bare -o keys.table").ended(0);
    run(path, line).ended(1);
    // A word that nobody understands is told by the audit.
    write_list(&list, 1, &hash, "prod", &["ci-signer"]);
    let faults = run(path, "inventory audit keys.jsonl").ended(1).out();
    assert!(faults.contains("kept-nowhere-known"), "{faults}");
    scan("ci-signer", 1);
}

#[test]
fn environments_of_key_and_machine_are_compared() {
    let (dir, hash) = folder();
    let path = dir.path();
    let scan = |env: &str, machine: &str| {
        write_list(&path.join("keys.jsonl"), 1, &hash, env, &[]);
        let line = format!(
            "scan src --history skip --format json --inventory keys.jsonl --environment {machine}"
        );
        let finding = run(path, &line).ended(1).json()["findings"][0].clone();
        let text = |name: &str| finding[name].as_str().expect("text").to_owned();
        (text("rule"), text("level"), text("message"))
    };
    let (rule, level, message) = scan("prod", "dev");
    assert_eq!(
        (rule.as_str(), level.as_str()),
        ("managed-key-prod", "error")
    );
    assert!(
        message.ends_with("A key of prod on a machine of dev."),
        "{message}"
    );
    let (rule, level, message) = scan("dev", "dev");
    assert_eq!((rule.as_str(), level.as_str()), ("managed-key", "warning"));
    assert!(!message.contains("machine"), "{message}");
    let (_, level, message) = scan("dev", "prod");
    assert_eq!(level, "error");
    assert!(
        message.contains("A key of dev on a machine of prod."),
        "{message}"
    );
    // What the configuration says goes first.
    fs::write(
        path.join("straykey.toml"),
        "[severity]\nmanaged-key = \"error\"\n",
    )
    .expect("written");
    assert_eq!(scan("dev", "dev").1, "error");
}

#[test]
fn with_state_an_older_list_is_refused() {
    let (dir, hash) = folder();
    let path = dir.path();
    for version in [1, 2] {
        write_list(
            &path.join(format!("{version}.jsonl")),
            version,
            &hash,
            "prod",
            &[],
        );
    }
    let scan = |version: u64, code: i32| {
        run(
            path,
            &format!("scan src --state seen --inventory {version}.jsonl"),
        )
        .ended(code)
    };
    scan(1, 1);
    scan(2, 1);
    let refused = scan(1, 2);
    assert!(refused.err.contains("rolled back"), "{}", refused.err);
}

#[cfg(unix)]
#[test]
fn a_large_list_is_compiled_once() {
    let (dir, hash) = folder();
    let path = dir.path();
    let write = |name: &str| {
        write_list(&path.join("keys.jsonl"), 1, &hash, "prod", &[]);
        let mut text = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
        for number in 2..6000 {
            let entry = json!({"entry": number, "name": format!("{name}-{number}"), "kind": "okp", "ids": {"spki-sha256": format!("{number:064x}")},
                "holdings": [{"source": format!("vault:transit/{name}-{number}"), "state": "active", "env": "prod"}]});
            text += &format!("{entry}\n");
        }
        // Replaced by rename, as every careful writer does.
        fs::write(path.join("new"), text).expect("written");
        fs::rename(path.join("new"), path.join("keys.jsonl")).expect("renamed");
    };
    let scan = || {
        let mut asked = command(path);
        asked.args("scan src --history skip --format json --inventory keys.jsonl".split(' '));
        asked.env("XDG_CACHE_HOME", path.join("cache"));
        let report = run_command(asked, b"").ended(1).json();
        assert_eq!(report["findings"][0]["rule"], "managed-key-prod");
        let tables = fs::read_dir(path.join("cache/straykey/inventory")).expect("a cache");
        let mut tables: Vec<_> = tables.map(|item| item.expect("an item").path()).collect();
        assert_eq!(tables.len(), 1, "{tables:?}");
        tables.remove(0)
    };
    write("first");
    let first = scan();
    let made = fs::metadata(&first)
        .expect("a table")
        .modified()
        .expect("a time");
    assert_eq!(scan(), first);
    assert_eq!(
        fs::metadata(&first)
            .expect("a table")
            .modified()
            .expect("a time"),
        made
    );
    // The key is gone from the list: the table of the old one does not answer.
    write("second");
    assert_ne!(scan(), first);
    // A table that was damaged is made again.
    let now = scan();
    fs::write(&now, "straykey-table/1").expect("written");
    assert_eq!(scan(), now);
}

#[test]
fn a_list_becomes_a_bill_of_materials_and_comes_back() {
    let (dir, hash) = folder();
    let path = dir.path();
    write_list(&path.join("keys.jsonl"), 3, &hash, "prod", &[]);
    run(path, "inventory export keys.jsonl -o bom.json").ended(0);
    let bom: Value =
        serde_json::from_slice(&fs::read(path.join("bom.json")).expect("read")).expect("JSON");
    assert_eq!(
        (&bom["bomFormat"], &bom["specVersion"]),
        (&json!("CycloneDX"), &json!("1.6"))
    );
    run(path, "inventory import bom.json -o back.jsonl").ended(0);
    let report = run(
        path,
        "scan src --history skip --format json --inventory back.jsonl",
    )
    .ended(1)
    .json();
    assert_eq!(report["findings"][0]["rule"], "managed-key-prod");
}

/// A token of SoftHSM2, listed through its module; the RSA key's file is planted.
#[cfg(feature = "pkcs11")]
#[test]
fn a_token_is_listed_through_its_module() {
    let Some(module) = crate::program::softhsm() else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::create_dir_all(path.join("tokens")).expect("made");
    fs::create_dir_all(path.join("src")).expect("made");
    let conf = path.join("softhsm2.conf");
    fs::write(
        &conf,
        format!("directories.tokendir = {}\n", path.join("tokens").display()),
    )
    .expect("written");
    let tool = |program: &str, line: &str| {
        let done = Command::new(program)
            .args(line.split(' '))
            .current_dir(path)
            .env("SOFTHSM2_CONF", &conf)
            .output();
        let done = done.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(
            done.status.success(),
            "{program} {line}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    tool(
        "softhsm2-util",
        "--init-token --free --label office --pin 1234 --so-pin 1234",
    );
    let on = format!("--module {module} --login --pin 1234 --token-label office");
    openssl(
        path,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out src/gate.pem",
    );
    openssl(path, "pkey -in src/gate.pem -outform DER -out gate.der");
    openssl(
        path,
        "pkey -in src/gate.pem -pubout -outform DER -out gate.pub",
    );
    tool(
        "pkcs11-tool",
        &format!("{on} --write-object gate.der --type privkey --label prod-gate --id 0a"),
    );
    tool(
        "pkcs11-tool",
        &format!("{on} --write-object gate.pub --type pubkey --label prod-gate --id 0a"),
    );
    tool(
        "pkcs11-tool",
        &format!("{on} --keypairgen --key-type EC:prime256v1 --label ticket --id 0b"),
    );
    tool(
        "pkcs11-tool",
        &format!("{on} --keygen --key-type GENERIC:32 --label prod-webhook --id 0c --extractable"),
    );
    tool(
        "pkcs11-tool",
        &format!("{on} --read-object --type secrkey --id 0c --output-file secret"),
    );
    fs::write(path.join("pin"), "1234\n").expect("written");
    let ask = |more: &str| {
        let mut asked = command(path);
        asked
            .args(format!("inventory token {module} -o keys.jsonl{more}").split(' '))
            .env("SOFTHSM2_CONF", &conf);
        run_command(asked, b"")
    };
    // A secret that may be read out is a violation.
    let listed = ask(" --token-label office --pin-file pin --challenge").ended(1);
    assert!(listed.err.contains("CKA_VALUE"), "{}", listed.err);
    openssl(path, "base64 -A -in secret -out secret.b64");
    let secret = fs::read_to_string(path.join("secret.b64")).expect("read");
    fs::write(path.join("src/.env"), format!("WEBHOOK_SECRET={secret}\n")).expect("written");
    let report = run(
        path,
        "scan src --history skip --format json --inventory keys.jsonl",
    )
    .ended(1)
    .json();
    let mut rules: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| {
            (
                f["rule"].as_str().expect("a rule"),
                f["properties"]["straykey"]["match"]["name"]
                    .as_str()
                    .unwrap_or_default(),
            )
        })
        .collect();
    rules.sort_unstable();
    assert_eq!(
        rules,
        [
            ("managed-key-prod", "prod-gate"),
            ("managed-key-prod", "prod-webhook")
        ]
    );
    let list = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    assert!(
        list.contains("\"origin\":\"imported\"") && list.contains("\"origin\":\"kms-generated\""),
        "{list}"
    );
    let refused = ask(" --token-label nowhere").ended(2);
    assert!(
        refused
            .err
            .contains("no token of this label; there are: office"),
        "{}",
        refused.err
    );
}
