//! Lists are signed, verified, pinned and chained; the other side is the stock
//! `minisign`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cases::testdata;
use crate::program::{Run, command, run_command, run_in};

/// Runs minisign in a folder; its answer, and what it asks for on its input.
fn minisign(folder: &Path, args: &[&str], input: &str) -> bool {
    use std::io::Write as _;
    let mut child = Command::new("minisign")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("minisign is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait().expect("minisign ends").success()
}

/// A folder with a list, its table, and two key pairs without passwords.
///
/// None, and a word about it, where minisign is not installed.
fn folder() -> Option<tempfile::TempDir> {
    if Command::new("minisign").arg("-v").output().is_err() {
        eprintln!("skipped: minisign is not installed");
        return None;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    fs::copy(
        testdata().join("demo/inventory.jsonl"),
        path.join("keys.jsonl"),
    )
    .expect("copied");
    fs::create_dir(path.join("src")).expect("a folder");
    for name in ["a", "b"] {
        let (public, secret) = (format!("{name}.pub"), format!("{name}.key"));
        assert!(minisign(
            path,
            &["-G", "-W", "-p", &public, "-s", &secret],
            ""
        ));
    }
    run(path, "inventory compile keys.jsonl -o keys.table").ended(0);
    Some(dir)
}

fn run(folder: &Path, line: &str) -> Run {
    run_in(folder, line.split(' '))
}

#[test]
fn what_is_signed_here_minisign_verifies() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    run(path, "inventory sign keys.jsonl --key a.key").ended(0);
    assert!(minisign(path, &["-Vm", "keys.jsonl", "-p", "a.pub"], ""));
    assert!(!minisign(path, &["-Vm", "keys.jsonl", "-p", "b.pub"], ""));
    run(path, "inventory verify keys.jsonl --public-key a.pub").ended(0);
    let text = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    fs::write(path.join("keys.jsonl"), text.replace("prod", "dev")).expect("written");
    assert!(!minisign(path, &["-Vm", "keys.jsonl", "-p", "a.pub"], ""));
    let refused = run(path, "inventory verify keys.jsonl --public-key a.pub").ended(2);
    assert!(refused.err.contains("bad signature"), "{}", refused.err);
    // Of a table the first 56 bytes are signed.
    run(path, "inventory sign keys.table --key a.key").ended(0);
    let table = fs::read(path.join("keys.table")).expect("a table");
    fs::write(path.join("head"), &table[..56]).expect("written");
    let args = ["-Vm", "head", "-x", "keys.table.minisig", "-p", "a.pub"];
    assert!(minisign(path, &args, ""));
}

#[test]
fn what_minisign_signs_is_verified_here() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    for legacy in [false, true] {
        let mut args = vec![
            "-S",
            "-W",
            "-m",
            "keys.jsonl",
            "-s",
            "b.key",
            "-t",
            "by hand",
        ];
        if legacy {
            args.push("-l");
        }
        assert!(minisign(path, &args, ""));
        let good = run(path, "inventory verify keys.jsonl --public-key a.pub b.pub").ended(0);
        assert!(good.out().contains("by hand"), "{}", good.out());
        let bad = run(path, "inventory verify keys.jsonl --public-key a.pub").ended(2);
        assert!(bad.err.contains("none of the keys given"), "{}", bad.err);
    }
}

#[test]
fn a_key_with_a_password_signs() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    // Made by testdata/make/signing.py.
    for name in ["sealed.key", "sealed.pub"] {
        fs::copy(testdata().join("signing").join(name), path.join(name)).expect("copied");
    }
    fs::write(path.join("password"), "a word of the test\n").expect("written");
    let line = "inventory sign keys.jsonl --key sealed.key";
    run(path, &format!("{line} --password-file password")).ended(0);
    assert!(minisign(
        path,
        &["-Vm", "keys.jsonl", "-p", "sealed.pub"],
        ""
    ));
    let mut asked = command(path);
    asked
        .args(line.split(' '))
        .env("STRAYKEY_KEY_PASSWORD", "another word");
    let output = asked.output().expect("runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("wrong password"), "{told}");
}

#[test]
fn a_scan_takes_no_list_that_a_pinned_key_did_not_sign() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    for list in ["keys.jsonl", "keys.table"] {
        let scan = format!("scan src --inventory {list} --inventory-public-key a.pub");
        let missing = run(path, &scan).ended(2);
        assert!(missing.err.contains("not signed"), "{}", missing.err);
        run(path, &format!("inventory sign {list} --key b.key")).ended(0);
        let other = run(path, &scan).ended(2);
        assert!(
            other.err.contains("none of the keys given"),
            "{}",
            other.err
        );
        let both = format!("{scan} --inventory-public-key b.pub");
        let good = run(path, &both).ended(0);
        assert!(good.out().contains("signed by"), "{}", good.out());
        let keys = "scan src --inventory-public-key a.pub --inventory-public-key b.pub";
        let mut by_variable = command(path);
        by_variable
            .args(keys.split(' '))
            .env("STRAYKEY_INVENTORY", list);
        let good = run_command(by_variable, b"").ended(0);
        assert!(good.out().contains("signed by"), "{}", good.out());
        let none = run(path, keys).ended(2);
        assert!(none.err.contains("of which list?"), "{}", none.err);
        let unsigned = run(path, &format!("scan src --inventory {list}")).ended(0);
        assert!(unsigned.out().contains("signature not checked"));
        let bytes = fs::read(path.join(list)).expect("a list");
        let mut altered = bytes.clone();
        // In the header line, or the hash of the table's header.
        altered[30] ^= 1;
        fs::write(path.join(list), altered).expect("written");
        let bad = run(path, &both).ended(2);
        assert!(bad.err.contains("bad signature"), "{}", bad.err);
        fs::write(path.join(list), bytes).expect("written");
    }
}

#[test]
fn a_page_of_a_signed_table_is_checked_when_it_is_touched() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    run(path, "inventory sign keys.table --key a.key").ended(0);
    run(path, "inventory verify keys.table --public-key a.pub").ended(0);
    let mut bytes = fs::read(path.join("keys.table")).expect("a table");
    let record = bytes
        .windows(16)
        .position(|text| text == b"auth/pass-signer");
    bytes[record.expect("a record")] ^= 1;
    fs::write(path.join("keys.table"), bytes).expect("written");
    let bad = run(path, "inventory verify keys.table --public-key a.pub").ended(2);
    assert!(bad.err.contains("damaged"), "{}", bad.err);
    let demo = testdata().join("demo");
    let demo = demo.to_str().expect("UTF-8");
    let line = "--history skip --inventory keys.table --inventory-public-key a.pub";
    let scan = run(path, &format!("scan {demo} {line}")).ended(2);
    assert!(scan.err.contains("damaged"), "{}", scan.err);
    // Where no page is touched, nothing is amiss.
    run(path, &format!("scan src {line}")).ended(0);
}

#[test]
fn every_report_says_which_list_it_was_and_who_signed_it() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    run(path, "inventory sign keys.jsonl --key a.key").ended(0);
    let public = fs::read_to_string(path.join("a.pub")).expect("a key");
    let id = public
        .lines()
        .next()
        .and_then(|line| line.rsplit(' ').next());
    let id = id.expect("an id");
    let header = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    let header: serde_json::Value =
        serde_json::from_str(header.lines().next().expect("a line")).expect("JSON");
    let list_id = header["list_id"].as_str().expect("a name");
    for format in [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown",
    ] {
        let line = "scan src --inventory keys.jsonl --inventory-public-key a.pub --format";
        let out = run(path, &format!("{line} {format}")).out();
        for word in [id, list_id] {
            assert!(out.contains(word), "{format}: {word} is not in\n{out}");
        }
        assert!(
            out.contains("days old") || out.contains("day old") || out.contains("age_days"),
            "{format}: no age in\n{out}"
        );
    }
}

#[test]
fn an_older_list_is_refused_once_a_newer_was_seen() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    let text = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    let (header, rest) = text.split_once('\n').expect("two lines");
    let mut header: serde_json::Value = serde_json::from_str(header).expect("JSON");
    for version in [5, 6] {
        header["version"] = version.into();
        let name = path.join(format!("v{version}.jsonl"));
        fs::write(name, format!("{header}\n{rest}")).expect("written");
    }
    let scan = |list: &str| {
        run(
            path,
            &format!("scan src --inventory {list} --inventory-pins seen.json"),
        )
    };
    scan("v5.jsonl").ended(0);
    scan("v6.jsonl").ended(0);
    let refused = scan("v5.jsonl").ended(2);
    assert!(refused.err.contains("rolled back"), "{}", refused.err);
    scan("v6.jsonl").ended(0);
}

#[test]
fn issues_form_a_chain() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    run(
        path,
        "inventory merge keys.jsonl --previous keys.jsonl -o v2.jsonl",
    )
    .ended(0);
    run(
        path,
        "inventory merge v2.jsonl --previous v2.jsonl -o v3.jsonl --expires 2099-01-01T00:00:00Z",
    )
    .ended(0);
    run(path, "inventory sign v3.jsonl --key a.key").ended(0);
    let verify = "inventory verify v3.jsonl --public-key a.pub --previous";
    run(path, &format!("{verify} v2.jsonl keys.jsonl")).ended(0);
    let skipped = run(path, &format!("{verify} keys.jsonl")).ended(2);
    assert!(skipped.err.contains("prev_sha256"), "{}", skipped.err);
    let text = fs::read_to_string(path.join("v2.jsonl")).expect("a list");
    fs::write(path.join("v2.jsonl"), text.replace("prod", "dev")).expect("written");
    run(path, &format!("{verify} v2.jsonl")).ended(2);
    // A date is enough; one that has passed is a slip.
    let date = "inventory merge v2.jsonl --previous v2.jsonl -o dated.jsonl --expires 2099-01-01";
    run(path, date).ended(0);
    let past = "inventory merge v2.jsonl --previous v2.jsonl --expires 2020-01-01";
    assert!(run(path, past).ended(2).err.contains("has passed"));
    let folder = run(path, "scan . --inventory .").ended(2);
    assert!(folder.err.contains("is a folder"), "{}", folder.err);
    let lower = "inventory merge v3.jsonl --previous v3.jsonl --list-version 2";
    assert!(run(path, lower).ended(2).err.contains("--list-version 2"));
}

#[test]
fn an_expired_list_does_not_verify() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    let line = "inventory merge keys.jsonl -o old.jsonl --expires 2099-01-01";
    run(path, line).ended(0);
    let old = path.join("old.jsonl");
    let text = fs::read_to_string(&old).expect("a list");
    assert!(text.contains("2099-01-01T"), "{text}");
    fs::write(&old, text.replacen("2099-01-01T", "2020-01-01T", 1)).expect("written");
    run(path, "inventory sign old.jsonl --key a.key").ended(0);
    let expired = run(path, "inventory verify old.jsonl --public-key a.pub").ended(2);
    // Written again, it has the signature of what it was.
    let again = run(path, line).ended(0);
    assert!(
        again.err.contains("old.jsonl.minisig: of the list"),
        "{}",
        again.err
    );
    assert!(expired.err.contains("expired"), "{}", expired.err);
}

#[test]
fn small_questions_have_small_answers() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    let one = run(path, "inventory show keys.jsonl 1 --json").ended(0);
    assert_eq!(one.out().lines().count(), 1, "{}", one.out());
    for line in [
        "inventory compile keys.table -o x",
        "inventory merge keys.table",
    ] {
        let refused = run(path, line).ended(2);
        assert!(refused.err.contains("a compiled table"), "{}", refused.err);
    }
}

#[test]
fn a_publicly_known_key_is_told_as_one() {
    let Some(dir) = folder() else { return };
    let path = dir.path();
    let openssl = |line: &str| {
        let output = Command::new("openssl")
            .args(line.split(' '))
            .current_dir(path)
            .output();
        let output = output.expect("openssl is installed");
        assert!(output.status.success(), "{line}: {output:?}");
        output.stdout
    };
    openssl("genpkey -algorithm ED25519 -out src/leaked.pem");
    fs::write(
        path.join("spki"),
        openssl("pkey -in src/leaked.pem -pubout -outform DER"),
    )
    .expect("written");
    let sum = String::from_utf8(openssl("dgst -sha256 -r spki")).expect("text");
    let sum = sum.split(' ').next().expect("a sum").to_owned();
    // As badkeys hashes it: the 32 bytes of the key, as one number.
    let spki = fs::read(path.join("spki")).expect("a key");
    let point: Vec<u8> = spki[12..]
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    fs::write(path.join("point"), point).expect("written");
    let hash = openssl("dgst -sha256 -binary point");
    let mut dat = [&hash[..15], &[7]].concat();
    dat.extend([0xff; 16]);
    fs::write(path.join("blocklist.dat"), dat).expect("written");
    let yaml = format!("# blocked\nblockedHashesHex:\n  - {sum}\nblocked:\n  - not base64!\n");
    fs::write(path.join("blocked.yaml"), yaml).expect("written");
    let bad = run(path, "inventory import blocked.yaml -o blocked.jsonl").ended(2);
    assert!(
        bad.err.contains("blocked.yaml: line 5: blocked:"),
        "{}",
        bad.err
    );
    run(path, "inventory import blocklist.dat -o badkeys.jsonl").ended(0);

    let rule = |line: &str, code: i32| {
        let report = run(path, &format!("scan src --format json{line}"))
            .ended(code)
            .json();
        report["findings"][0].clone()
    };
    assert_eq!(rule("", 1)["rule"], "private-key");
    for list in ["blocked.jsonl", "badkeys.jsonl"] {
        let finding = rule(&format!(" --known-bad {list}"), 0);
        assert_eq!(finding["rule"], "published-key", "{list}");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains("publicly known"), "{message}");
    }
    // One of the company's own stays that, and says it.
    fs::write(
        path.join("ours.txt"),
        format!("sha256:{sum}  signer-prod\n"),
    )
    .expect("written");
    run(path, "inventory import ours.txt -o ours.jsonl").ended(0);
    let finding = rule(" --known-bad badkeys.jsonl --inventory ours.jsonl", 1);
    assert_eq!(finding["rule"], "managed-key-prod");
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.contains("publicly known: badkeys list 7"),
        "{message}"
    );
}

#[test]
fn an_import_names_what_no_scan_can_find() {
    let dir = tempfile::tempdir().expect("a folder");
    let from = testdata().join("kms/aws");
    for name in [
        "list-aliases.json",
        "describe-key-ledger.json",
        "describe-key-webhook-hmac.json",
    ] {
        fs::copy(from.join(name), dir.path().join(name)).expect("copied");
    }
    fs::copy(
        from.join("get-public-key-refresh-prod.json"),
        dir.path().join("get-public-key-refresh-prod.json"),
    )
    .expect("copied");
    let run = run_in(dir.path(), ["inventory", "import", ".", "-o", "list.jsonl"]);
    let told = run
        .err
        .lines()
        .filter(|line| line.starts_with("no scan can find: "));
    assert_eq!(told.count(), 3, "{}", run.err);
    assert!(run.err.contains("3 that no scan can find;"), "{}", run.err);
    let audit = run_in(dir.path(), ["inventory", "audit", "list.jsonl"]);
    assert!(audit.out().contains("cannot-be-found"), "{}", audit.out());
}

#[test]
fn of_two_lists_the_later_is_believed() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, issued: &str, state: &str| {
        let text = format!(
            "{{\"format\":\"straykey-inventory/1\",\"list_id\":\"x\",\"issued_at\":\"{issued}\"}}\n\
            {{\"entry\":1,\"name\":\"k\",\"kind\":\"rsa\",\"ids\":{{\"spki-sha256\":\"{}\"}},\
            \"holdings\":[{{\"source\":\"aws:k\",\"version\":\"1\",\"state\":\"{state}\"}}]}}\n",
            "ab".repeat(32)
        );
        fs::write(dir.path().join(name), text).expect("written");
    };
    write("old", "2026-01-01T00:00:00Z", "disabled");
    write("new", "2026-02-01T00:00:00Z", "active");
    for order in [["old", "new"], ["new", "old"]] {
        let run = run_in(dir.path(), ["inventory", "merge", order[0], order[1]]).ended(0);
        let out = run.out();
        assert!(out.contains("\"state\":\"active\""), "{order:?}: {out}");
        assert!(!out.contains("disabled"), "{order:?}: {out}");
    }
}
