//! Exit codes and flags, with the real binary.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::{git, report, run_in, run_with, told};

/// A folder with files of `testdata` under names of its own.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, from) in files {
        put(dir.path(), name, &testfile(from));
    }
    dir
}

fn testfile(path: &str) -> Vec<u8> {
    fs::read(testdata().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

const KEY: &str = "pkcs8/good-ed25519.pem";
const NO_KEY: &str = "pkcs8/near-docs.md";
const AGREEMENT: &str = "pkcs8/good-x25519.pem";
const SEALED: &str = "openssh/good-ed25519-aes256-ctr";
const BROKEN: &str = "pkcs8/bad-rsa-n-not-pq.pem";

const SCAN: [&str; 3] = ["scan", "--history", "skip"];

fn scan_in(folder: &Path, args: &[&str]) -> crate::program::Run {
    run_in(folder, SCAN.iter().chain(args))
}

#[test]
fn clean_findings_and_usage() {
    let clean = tree(&[("notes.md", NO_KEY)]);
    let found = tree(&[("notes.md", NO_KEY), ("server.pem", KEY)]);
    scan_in(clean.path(), &[]).ended(0);
    scan_in(found.path(), &[]).ended(1);
    scan_in(found.path(), &["server.pem"]).ended(1);
    scan_in(found.path(), &["notes.md"]).ended(0);
    for usage in [
        &["scan", "--no-such-flag"][..],
        &["scan", "--format", "yaml"],
        &["scan", "--fail-on", "some"],
        &["scan", "--max-file-size", "ten"],
        &["scan", "-j", "0"],
        &["scan", "--exclude", "[", "."],
        &["scan", "--stdin", "server.pem"],
        &["explain", "no-such-rule"],
        &["identify"],
        &["inventory", "import", "--from", "nothing", "."],
        &["no-such-command"],
        &[],
    ] {
        let run = run_in(clean.path(), usage).ended(2);
        assert!(run.out.is_empty(), "{}: {}", run.asked, run.out());
        assert!(!run.err.is_empty(), "{}: says nothing", run.asked);
    }
    for help in [&["--help"][..], &["scan", "--help"], &["--version"]] {
        let run = run_in(clean.path(), help).ended(0);
        assert!(!run.out.is_empty() && run.err.is_empty(), "{}", run.asked);
    }
}

#[test]
fn a_path_that_is_not_there() {
    let dir = tree(&[("server.pem", KEY)]);
    for paths in [&["missing"][..], &["server.pem", "missing"]] {
        let run = scan_in(dir.path(), paths).ended(2);
        assert!(run.err.contains("missing"), "{}", run.err);
        assert!(run.out.is_empty(), "{}", run.out());
    }
}

#[test]
fn an_empty_folder_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let run = scan_in(dir.path(), &["."]).ended(0);
    assert!(run.out().contains("0 files"), "{}", run.out());
    let (report, _) = report(dir.path(), &["."]);
    assert_eq!(report["stats"]["files"], 0);
    assert_eq!(report["outcome"], "clean");
}

#[test]
fn classes_of_fail_on() {
    let classes = ["managed", "private", "any", "never"];
    let rows = [
        (NO_KEY, [0, 0, 0, 0]),
        (KEY, [0, 1, 1, 0]),
        (SEALED, [0, 1, 1, 0]),
        (AGREEMENT, [0, 0, 1, 0]),
        (BROKEN, [0, 0, 1, 0]),
        ("jwk/good-oct-256.jwk", [0, 1, 1, 0]),
    ];
    for (file, codes) in rows {
        let dir = tree(&[("file", file)]);
        for (class, code) in classes.into_iter().zip(codes) {
            let (report, got) = report(dir.path(), &["--fail-on", class]);
            assert_eq!(got, code, "{file} with --fail-on {class}");
            assert_eq!(report["exit_code"], code, "{file}: exit code in the report");
        }
    }
    let demo = testdata().join("demo");
    let list = ["--inventory", "inventory.jsonl"];
    for (class, code) in classes.into_iter().zip([1, 1, 1, 0]) {
        let (_, got) = report(&demo, &[&list[..], &["--fail-on", class, "."]].concat());
        assert_eq!(got, code, "the demo with --fail-on {class}");
    }
    let retired = [
        &list[..],
        &[
            "--fail-on",
            "managed",
            "home/ada/Downloads/old-build-box.ppk",
        ],
    ];
    assert_eq!(
        report(&demo, &retired.concat()).1,
        1,
        "a retired key is of class managed"
    );
}

/// A file that cannot be read, for the superuser too: its directory entry is
/// there, and opening it fails.
#[cfg(target_os = "linux")]
fn unreadable(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("locked");
    fs::write(&path, b"secret").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0)).expect("locked");
    let opens = fs::File::open(&path).is_ok();
    if opens {
        fs::remove_file(path).expect("removed");
    }
    !opens
}

#[cfg(target_os = "linux")]
#[test]
fn unread_bytes_are_told_and_findings_beat_them() {
    let clean = tree(&[("notes.md", NO_KEY)]);
    let found = tree(&[("server.pem", KEY)]);
    if unreadable(clean.path()) {
        assert!(unreadable(found.path()));
        let run = scan_in(clean.path(), &[]).ended(2);
        assert!(run.out().contains("locked"), "{}", run.out());
        let (report, _) = report(clean.path(), &[]);
        assert_eq!(report["skipped"]["unreadable"], 1);
        scan_in(found.path(), &[]).ended(1);
        scan_in(found.path(), &["--fail-on", "never"]).ended(2);
    } else {
        // The superuser reads every file, but none reads a process's memory
        // from its start.
        eprintln!("nothing is locked for this user: using /proc/self/mem instead");
        let run = scan_in(clean.path(), &["/proc/self/mem"]).ended(2);
        assert!(run.out().contains("/proc/self/mem"), "{}", run.out());
        let (report, code) = report(clean.path(), &[".", "/proc/self/mem"]);
        assert_eq!(
            (code, &report["skipped"]["unreadable"]),
            (2, &Value::from(1))
        );
        scan_in(found.path(), &[".", "/proc/self/mem"]).ended(1);
        scan_in(found.path(), &["--fail-on", "never", ".", "/proc/self/mem"]).ended(2);
    }
}

#[test]
fn too_large_is_told_not_passed_over() {
    let dir = tree(&[("notes.md", NO_KEY)]);
    put(dir.path(), "big.txt", &vec![b'x'; 5000]);
    scan_in(dir.path(), &["--max-file-size", "5000"]).ended(0);
    let run = scan_in(dir.path(), &["--max-file-size", "4999"]).ended(2);
    assert!(run.out().contains("big.txt"), "{}", run.out());
    let (report, code) = report(dir.path(), &["--max-file-size", "4K"]);
    assert_eq!(
        (code, &report["skipped"]["too-large"]),
        (2, &Value::from(1))
    );
    put(dir.path(), "server.pem", &testfile(KEY));
    scan_in(dir.path(), &["--max-file-size", "4999"]).ended(1);
}

#[test]
fn a_key_under_another_label_is_a_note() {
    let folder = tree(&[]);
    let pem = String::from_utf8(testfile("pkcs1/good-rsa-2048.pem")).expect("text");
    let relabelled = pem.replace("RSA PRIVATE KEY", "RSA TESTING KEY");
    put(
        folder.path(),
        "key_test.go",
        format!("x\n{relabelled}").as_bytes(),
    );
    let run = scan_in(folder.path(), &["--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let found = run.json()["findings"].clone();
    assert_eq!(found[0]["rule"], "testing-key", "{found}");
    assert_eq!(found[0]["places"][0]["line"], 2, "{found}");
    // One copy under the right label, and it is a private key.
    put(folder.path(), "key.pem", pem.as_bytes());
    let run = scan_in(folder.path(), &["--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(run.json()["findings"][0]["rule"], "private-key");
}

#[test]
fn wallets_can_be_left_out() {
    let folder = tree(&[]);
    put(folder.path(), "id.json", &testfile("solana/good-id.json"));
    assert_eq!(scan_in(folder.path(), &[]).code, 1);
    assert_eq!(scan_in(folder.path(), &["--skip-family", "wallet"]).code, 0);
    assert_eq!(scan_in(folder.path(), &["--skip-family", "purse"]).code, 2);
    put(
        folder.path(),
        "straykey.toml",
        b"[scan]\nskip-families = [\"wallet\"]\n",
    );
    assert_eq!(scan_in(folder.path(), &[]).code, 0);
}

#[test]
fn excludes_are_by_design() {
    let dir = tree(&[
        ("a/server.pem", KEY),
        ("b/deep/server.pem", KEY),
        ("b/notes.md", NO_KEY),
    ]);
    let (all, code) = report(dir.path(), &[]);
    assert_eq!((told(&all).len(), code), (2, 1));
    let (some, code) = report(dir.path(), &["--exclude", "a"]);
    let paths: Vec<String> = told(&some).into_iter().map(|t| t.path).collect();
    assert_eq!((paths, code), (vec!["b/deep/server.pem".to_owned()], 1));
    for none in [
        &["--exclude", "*.pem"][..],
        &["--exclude", "a", "--exclude", "b/deep/"],
    ] {
        let (report, code) = report(dir.path(), none);
        assert_eq!((told(&report).len(), code), (0, 0), "{none:?}");
        assert!(report["skipped"]["excluded"].as_u64() > Some(0), "{none:?}");
    }
}

#[test]
fn ignored_files_are_read_unless_told() {
    let dir = tree(&[("server.pem", KEY), (".hidden/server.pem", KEY)]);
    put(dir.path(), ".gitignore", b"server.pem\n");
    fs::create_dir(dir.path().join(".git")).expect("a folder");
    let (report, _) = report(dir.path(), &[]);
    assert_eq!(told(&report).len(), 2, "ignored and hidden files are read");
    let run = scan_in(dir.path(), &["--respect-gitignore"]).ended(0);
    assert!(!run.out().contains("server.pem"), "{}", run.out());
}

#[test]
fn configuration_of_the_folder() {
    let dir = tree(&[("server.pem", KEY)]);
    put(
        dir.path(),
        "straykey.toml",
        b"[scan]\nexclude = [\"*.pem\"]\n",
    );
    scan_in(dir.path(), &[]).ended(0);
    scan_in(dir.path(), &["--no-repo-config"]).ended(1);
    put(
        dir.path(),
        "straykey.toml",
        b"[scan]\nfail-on = \"managed\"\n",
    );
    scan_in(dir.path(), &[]).ended(0);
    scan_in(dir.path(), &["--fail-on", "any"]).ended(1);
    for (config, named) in [
        ("[scan]\nexlude = [\"*.pem\"]\n", "exlude"),
        ("[scna]\n", "scna"),
        ("[scan]\ninventory = \"keys.jsonl\"\n", "inventory"),
        ("[severity]\nprivate-kee = \"note\"\n", "private-kee"),
        ("[severity]\nprivate-key = \"loud\"\n", "loud"),
        ("[scan\n", "straykey.toml"),
    ] {
        put(dir.path(), "straykey.toml", config.as_bytes());
        let run = scan_in(dir.path(), &[]).ended(2);
        assert!(run.err.contains(named), "{config}: {}", run.err);
        assert!(run.err.contains("straykey.toml"), "{config}: {}", run.err);
        assert!(run.out.is_empty(), "{config}: {}", run.out());
    }
    put(
        dir.path(),
        "straykey.toml",
        b"[severity]\nprivate-key = \"note\"\n",
    );
    let (report, _) = report(dir.path(), &[]);
    assert_eq!(report["findings"][0]["level"], "note");
}

#[test]
fn a_bad_list_is_an_error_with_its_place() {
    let dir = tree(&[("server.pem", KEY), ("keys.jsonl", "demo/inventory.jsonl")]);
    let good = String::from_utf8(testfile("demo/inventory.jsonl")).expect("text");
    let list = &["--inventory", "keys.jsonl", "server.pem"];
    scan_in(dir.path(), list).ended(1);
    let lines: Vec<&str> = good.lines().collect();
    let but = |n: usize, line: &str| {
        let mut lines = lines.clone();
        lines[n] = line;
        lines.join("\n") + "\n"
    };
    let cut = &lines[3][..lines[3].len() - 20];
    let typo = lines[2].replacen("\"ids\":", "\"ids\";", 1);
    let column = typo.find("\"ids\";").expect("the typo") + 6;
    let shorter = lines[..lines.len() - 1].join("\n") + "\n";
    for (text, line, column) in [
        (but(3, cut), 4, Some(cut.len())),
        (but(2, &typo), 3, Some(column)),
        (but(0, "{}"), 1, None),
        (shorter, 1, None),
        (but(5, lines[6]), 7, None),
        (String::new(), 1, None),
        (good[..good.len() - 30].to_owned(), lines.len(), None),
    ] {
        put(dir.path(), "keys.jsonl", text.as_bytes());
        for args in [
            &[&SCAN[..], list].concat()[..],
            &["inventory", "show", "keys.jsonl"],
        ] {
            let run = run_in(dir.path(), args).ended(2);
            let place = format!("line {line}, column ");
            let at = run.err.find(&place);
            let at = at.unwrap_or_else(|| panic!("expected `{place}` in {}", run.err));
            let digits = run.err[at + place.len()..].split(|c: char| !c.is_ascii_digit());
            let got: usize = digits
                .clone()
                .next()
                .expect("digits")
                .parse()
                .expect("a column");
            if let Some(column) = column {
                assert!(
                    got.abs_diff(column) <= 1,
                    "column {column}, got {}",
                    run.err
                );
            }
            assert!(run.err.contains("keys.jsonl"), "{}", run.err);
            assert!(run.out.is_empty(), "{}", run.out());
        }
    }
    let run = scan_in(dir.path(), &["--inventory", "missing.jsonl", "."]).ended(2);
    assert!(run.err.contains("missing.jsonl"), "{}", run.err);
}

#[test]
fn an_expired_list_may_match_but_not_say_clean() {
    let dir = tree(&[
        ("notes.md", NO_KEY),
        ("signer.env", "demo/home/ada/src/pass-gateway/.env"),
    ]);
    let text = String::from_utf8(testfile("demo/inventory.jsonl")).expect("text");
    let (header, records) = text.split_once('\n').expect("lines");
    let mut header: Value = serde_json::from_str(header).expect("JSON");
    header["expires_at"] = "2024-01-01T00:00:00Z".into();
    put(
        dir.path(),
        "keys.jsonl",
        format!("{header}\n{records}").as_bytes(),
    );
    let list = ["--inventory", "keys.jsonl"];
    let (told, code) = report(dir.path(), &[&list[..], &["notes.md"]].concat());
    assert_eq!((code, &told["outcome"]), (2, &"incomplete".into()));
    assert_eq!(told["inventory"]["expired"], true);
    let (told, code) = report(dir.path(), &[&list[..], &["signer.env"]].concat());
    assert_eq!(
        (code, &told["findings"][0]["rule"]),
        (1, &"managed-key-prod".into())
    );
    scan_in(
        dir.path(),
        &[
            "--inventory",
            "keys.jsonl",
            "notes.md",
            "--fail-on",
            "never",
        ],
    )
    .ended(2);
}

#[test]
fn a_compiled_list_says_the_same() {
    let demo = testdata().join("demo");
    let dir = tempfile::tempdir().expect("a folder");
    let table = dir.path().join("keys.table");
    let table = table.to_str().expect("UTF-8");
    let compile = ["inventory", "compile", "inventory.jsonl", "-o", table];
    run_in(&demo, compile).ended(0);
    let (mut text, _) = report(&demo, &["--inventory", "inventory.jsonl", "."]);
    let (mut compiled, _) = report(&demo, &["--inventory", table, "."]);
    for report in [&mut text, &mut compiled] {
        report["inventory"]["path"] = Value::Null;
    }
    assert_eq!(text, compiled);
    let mut bytes = fs::read(table).expect("the table");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(table, &bytes).expect("written");
    let damaged = scan_in(&demo, &["--inventory", table, "."]);
    assert_ne!(damaged.code, 0, "a damaged table says clean");
    fs::write(table, &bytes[..middle]).expect("written");
    scan_in(&demo, &["--inventory", table, "."]).ended(2);
}

#[test]
fn output_goes_where_it_is_sent() {
    let dir = tree(&[("server.pem", KEY)]);
    let path = dir.path().join("out.json");
    let args = ["--format", "json", "--output", "out.json", "server.pem"];
    let want = scan_in(dir.path(), &["--format", "json", "server.pem"])
        .ended(1)
        .out;
    for before in [None, Some("old"), Some("")] {
        if let Some(text) = before {
            fs::write(&path, text).expect("written");
        }
        let run = scan_in(dir.path(), &args).ended(1);
        assert!(run.out.is_empty(), "{}", run.out());
        assert_eq!(fs::read(&path).expect("the report"), want);
    }
    let names: Vec<_> = fs::read_dir(dir.path()).expect("a folder").collect();
    assert_eq!(names.len(), 2, "temporary files are left: {names:?}");
    let quiet = scan_in(dir.path(), &["-q", "server.pem"]).ended(1);
    assert!(quiet.out.is_empty() && quiet.err.is_empty(), "{quiet:?}");
    let both = [&args[..], &["-q"]].concat();
    fs::remove_file(&path).expect("removed");
    scan_in(dir.path(), &both).ended(1);
    assert_eq!(
        fs::read(&path).expect("the report"),
        want,
        "-q with --output"
    );
    scan_in(
        dir.path(),
        &["--output", "no/such/folder/out.json", "server.pem"],
    )
    .ended(2);
    scan_in(dir.path(), &["--output", ".", "server.pem"]).ended(2);
}

#[cfg(unix)]
#[test]
fn output_replaces_files_and_writes_through_to_the_rest() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = tree(&[("server.pem", KEY)]);
    let path = dir.path().join("out.json");
    let args = ["--format", "json", "--output", "out.json", "server.pem"];
    let want = scan_in(dir.path(), &["--format", "json", "server.pem"]).out;
    // A reader that has the old file open keeps the old report whole.
    fs::write(&path, "old").expect("written");
    let before = fs::metadata(&path).expect("a file").ino();
    scan_in(dir.path(), &args).ended(1);
    assert_ne!(
        fs::metadata(&path).expect("a file").ino(),
        before,
        "written in place"
    );
    // Through a link, the file is replaced and the link stays.
    fs::create_dir(dir.path().join("reports")).expect("a folder");
    fs::rename(&path, dir.path().join("reports/real.json")).expect("moved");
    std::os::unix::fs::symlink("reports/real.json", &path).expect("a link");
    scan_in(dir.path(), &args).ended(1);
    assert!(fs::symlink_metadata(&path).expect("a link").is_symlink());
    assert_eq!(fs::read(&path).expect("the report"), want);
    // The null device stays one.
    scan_in(dir.path(), &["--output", "/dev/null", "server.pem"]).ended(1);
    assert!(!fs::metadata("/dev/null").expect("a device").is_file());
    // A FIFO is written through to its reader.
    let fifo = dir.path().join("pipe");
    make_fifo(&fifo);
    let reader = {
        let fifo = fifo.clone();
        std::thread::spawn(move || fs::read(fifo).expect("read"))
    };
    let args = ["--format", "json", "--output", "pipe", "server.pem"];
    scan_in(dir.path(), &args).ended(1);
    assert_eq!(reader.join().expect("a reader"), want);
    assert!(
        fs::symlink_metadata(&fifo).is_ok_and(|m| !m.is_file()),
        "the FIFO was replaced"
    );
}

#[cfg(unix)]
pub(crate) fn make_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo").success());
}

#[test]
fn same_bytes_for_any_number_of_workers() {
    // GitLab's shape holds times of the run; its schema requires them.
    for format in ["json", "sarif", "jsonl", "junit", "markdown", "github"] {
        // All of the files once; the other shapes are made of the same findings.
        let folders: &[&str] = match format {
            "json" => &["."],
            _ => &["demo", "jwk", "ssh-com", "signing-secrets"],
        };
        let ask = |threads: &str| {
            let list = ["--inventory", "demo/inventory.jsonl", "-j", threads];
            let args = [&["--format", format], folders, &list].concat();
            let run = scan_in(&testdata(), &args).ended(1);
            assert!(run.out.len() > 4_000, "{format}: {} bytes", run.out.len());
            run.out
        };
        let first = ask("1");
        let others: &[&str] = match format {
            "json" => &["8"],
            _ => &["1", "2", "8"],
        };
        for threads in others {
            if ask(threads) != first {
                panic!("{format}: -j{threads} gives other bytes");
            }
        }
    }
}

#[test]
fn standard_input() {
    let dir = tempfile::tempdir().expect("a folder");
    let args = ["scan", "--stdin", "--format", "json"];
    let run = run_with(dir.path(), args, &testfile(KEY)).ended(1);
    let told = told(&run.json());
    assert_eq!((told[0].path.as_str(), told[0].line), ("<stdin>", 1));
    run_with(dir.path(), args, &testfile(NO_KEY)).ended(0);
    run_with(dir.path(), args, b"").ended(0);
}

#[test]
fn formats_and_explain_list_everything() {
    let dir = tempfile::tempdir().expect("a folder");
    let json = run_in(dir.path(), ["formats", "--json"]).ended(0).json();
    let text = run_in(dir.path(), ["formats"]).ended(0).out();
    let listed: Vec<&str> = json["formats"]
        .as_array()
        .expect("formats")
        .iter()
        .filter_map(|f| f["id"].as_str())
        .collect();
    let known: Vec<&str> = crate::cases::formats().collect();
    assert_eq!(listed, known);
    for id in known {
        assert!(
            text.lines()
                .any(|l| l.split_whitespace().next() == Some(id)),
            "{id}"
        );
    }
    let rules = run_in(dir.path(), ["explain"]).ended(0).out();
    for rule in straykey::finding::RuleId::ALL {
        let name = rule.as_str();
        assert!(
            rules
                .lines()
                .any(|l| l.split_whitespace().next() == Some(name)),
            "{name}"
        );
        let text = run_in(dir.path(), ["explain", name]).ended(0).out();
        assert!(text.len() > 200 && text.contains(name), "{name}: {text}");
    }
}

#[test]
fn identify_tells_every_fingerprint() {
    let case = crate::cases::folder("pkcs1");
    let case = case
        .iter()
        .find(|c| c.name() == "good-rsa-2048.pem")
        .expect("the file");
    let args = ["identify", "--json", &case.path];
    let json = run_in(&testdata(), args).ended(0).json();
    let identity = &json["files"][0]["keys"][0]["identity"];
    for (name, value) in &case.keys[0].ids {
        assert_eq!(identity[name], value.as_str(), "{name}");
    }
    let text = run_in(&testdata(), ["identify", &case.path]).ended(0).out();
    for value in case.keys[0].ids.values() {
        assert!(text.contains(value.as_str()), "{value} in {text}");
    }
    // From standard input, and held against a list.
    let key = "demo/home/ada/src/pass-gateway/.env";
    let list = ["identify", "--json", "--inventory", "demo/inventory.jsonl"];
    let json = run_in(&testdata(), list.iter().chain(&[key]))
        .ended(0)
        .json();
    assert_eq!(json["files"][0]["keys"][0]["match"]["entry"], 2);
    let run = run_with(&testdata(), list.iter().chain(&["-"]), &testfile(key)).ended(0);
    assert_eq!(run.json()["files"][0]["keys"][0]["match"]["entry"], 2);
    let json = run_in(&testdata(), list.iter().chain(&[case.path.as_str()]))
        .ended(0)
        .json();
    assert!(json["files"][0]["keys"][0]["match"].is_null());
    run_in(&testdata(), ["identify", NO_KEY]).ended(1);
    run_in(&testdata(), ["identify", "missing"]).ended(2);
}

#[test]
fn an_error_is_told_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let missing = run_in(dir.path(), ["scan", "nowhere"]).ended(2);
    assert_eq!(missing.err.matches("nowhere").count(), 1, "{}", missing.err);
    assert_eq!(
        missing.err.matches("os error").count(),
        1,
        "{}",
        missing.err
    );
    let rules = run_in(dir.path(), ["scan", "--patterns", "nowhere", "."]).ended(2);
    assert_eq!(rules.err.matches("os error").count(), 1, "{}", rules.err);
    let glob = run_in(dir.path(), ["scan", "--exclude", "{a", "."]).ended(2);
    assert_eq!(glob.err.matches("{a").count(), 2, "{}", glob.err);
    assert_eq!(glob.err.matches("error parsing").count(), 1, "{}", glob.err);
}

/// Names may be quoted or not, and a colon, an equals sign or an arrow behind them.
#[test]
fn a_jwk_is_found_in_every_writing_of_its_members() {
    let key = [
        ("kty", "OKP"),
        ("crv", "Ed25519"),
        ("x", "XzI6rVIpAeEm5-4FaNRtaT90Cq7_SF6W2GADn2irw4U"),
        ("d", "0sXZcs7SB0IjHZwld0EJxz_FvmBEnSZEx0wqPbiqc4c"),
    ];
    for (quote, behind) in ["\"", "'"]
        .into_iter()
        .flat_map(|quote| {
            [":", ": ", " : ", "\t: ", "\n: ", ":\n  ", "=>", " => ", "="].map(|b| (quote, b))
        })
        .chain([
            ("", ":"),
            ("", ": "),
            ("", ":\n  "),
            ("", ":\t"),
            ("", ":   "),
            ("", "="),
            ("", " = "),
            ("", "   = "),
            ("", "\t= "),
        ])
    {
        let members = key.map(|(name, value)| format!("{quote}{name}{quote}{behind}\"{value}\""));
        found_once(&format!("cfg = {{{}}}\n", members.join(", ")));
        if quote.is_empty() && behind.contains('=') {
            let lines = members.join("\n");
            found_once(&format!(
                "[one]\nname = 1\n\n[signer]\n{lines}\n[next]\nd = 5\n"
            ));
            found_once(&format!(
                "resource \"a\" \"b\" {{\n  {}\n}}\n",
                members.join("\n  ")
            ));
            found_once(&format!("key = JWK({})\n", members.join(", ")));
            found_once(&format!(
                "key = dict(  # :(\n    {},\n)\n",
                members.join(",\n    ")
            ));
        }
    }
    let plain = key.map(|(name, value)| format!("{name} = {value}\n"));
    found_once(&format!("[signer]\n{}", plain.concat()));
    let lua = key.map(|(name, value)| format!("  [\"{name}\"] = \"{value}\",\n"));
    found_once(&format!("key = {{\n{}}}\n", lua.concat()));

    fn found_once(text: &str) {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("config"), text).expect("written");
        let json = run_in(dir.path(), ["scan", "--format", "json", "."]).json();
        let found = json["findings"].as_array().map_or(0, Vec::len);
        assert_eq!(found, 1, "{text}");
    }
}

#[test]
fn what_is_no_folder_or_one_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let args = ["scan", "--output", "nowhere/report.json", "."];
    let output = run_in(dir.path(), args).ended(2);
    assert!(
        output.err.contains("nowhere is no folder"),
        "{}",
        output.err
    );
    let folder = run_in(dir.path(), ["identify", "."]).ended(2);
    assert!(folder.err.contains("`straykey scan`"), "{}", folder.err);
}

#[test]
fn passwords_that_were_too_dear_are_counted() {
    let scrypt = ["pkcs8-encrypted/good-ec-p256-scrypt.pem"];
    let (json, _) = report(&testdata(), &scrypt);
    assert_eq!(json["skipped"]["untried"], 1, "{}", json["skipped"]);
    let (json, _) = report(&testdata(), &[scrypt[0], "--trials", "off"]);
    assert!(json["skipped"]["untried"].is_null(), "{}", json["skipped"]);
    let formats = ["human", "jsonl", "sarif", "junit", "markdown"];
    for format in formats {
        let args = ["scan", "--history", "skip", "--format", format, scrypt[0]];
        let run = run_in(&testdata(), args).ended(1);
        assert!(run.out().contains("untried"), "{format}: {}", run.out());
    }
}

#[cfg(unix)]
#[test]
fn twice_verbose_tells_what_was_skipped() {
    let dir = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink("nowhere", dir.path().join("a-link")).expect("a link");
    let once = run_in(dir.path(), ["scan", "-v", "."]).ended(0);
    assert!(!once.out().contains("a-link"), "{}", once.out());
    let twice = run_in(dir.path(), ["scan", "-vv", "."]).ended(0);
    assert!(
        twice.out().contains("skipped: link ./a-link"),
        "{}",
        twice.out()
    );
}

#[test]
fn gitlab_is_told_when_the_scan_began() {
    let run = scan_in(&testdata(), &["--format", "gitlab", "jwk"]).ended(1);
    let report: Value = serde_json::from_slice(&run.out).expect("JSON");
    let start = report["scan"]["start_time"].as_str().expect("a time");
    assert!(start > "2026", "{start}");
}

/// The program has rules whose examples look like secrets; whoever scans a home meets the program there.
#[test]
fn the_program_finds_no_secrets_in_itself() {
    let program = Path::new(env!("CARGO_BIN_EXE_straykey"));
    let (report, _) = report(program.parent().expect("a folder"), &["straykey"]);
    let findings = report["findings"].as_array().expect("findings");
    let secrets = findings.iter().filter(|finding| {
        let rule = finding["rule"].as_str().expect("a rule");
        rule.contains("secret") || rule == "private-key"
    });
    let secrets: Vec<&Value> = secrets.map(|finding| &finding["message"]).collect();
    assert!(secrets.is_empty(), "{secrets:?}");
}

/// A key that is in no file any more: what is to be done is not to delete one.
#[test]
fn what_stands_in_git_alone_is_told_as_that() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = dir.path();
    git(at, &["init", "-q"]);
    fs::copy(
        testdata().join("pkcs8/good-ed25519.pem"),
        at.join("key.pem"),
    )
    .expect("copied");
    git(at, &["add", "key.pem"]);
    git(at, &["commit", "-q", "-m", "one"]);
    git(at, &["rm", "-q", "key.pem"]);
    git(at, &["commit", "-q", "-m", "two"]);
    fs::copy(
        testdata().join("pkcs8/good-ec-p256.pem"),
        at.join("never.pem"),
    )
    .expect("copied");
    git(at, &["add", "never.pem"]);
    git(at, &["rm", "-q", "-f", "never.pem"]);
    for format in ["human", "github", "markdown", "junit"] {
        let said = run_in(at, ["scan", "--format", format, "."]).ended(1).out();
        assert!(said.contains("in the history only"), "{format}: {said}");
        assert!(said.contains("left over among git"), "{format}: {said}");
    }
}
