//! Archives: every file of `testdata/archive`, in a tree, on standard input and
//! in a history, with the place and fingerprint that its make script recorded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::{git, report, run_in, run_with, told};

/// A key in a file of `testdata/archive`.
struct Packed {
    file: String,
    /// Where in the file, as reports write it: empty in text.
    place: String,
    line: u64,
    spki: String,
}

impl Packed {
    fn path(&self) -> String {
        match self.place.is_empty() {
            true => self.file.clone(),
            false => format!("{}!{}", self.file, self.place),
        }
    }
}

/// Returns keys, and files with what a scan must say that it did not look into.
fn expected() -> (Vec<Packed>, Vec<(String, String)>) {
    let text = fs::read_to_string(testdata().join("archive/expect.toml")).expect("readable");
    let tables: toml::Table = text.parse().expect("TOML");
    let (mut keys, mut troubles) = (Vec::new(), Vec::new());
    for (file, table) in &tables {
        let field = |table: &toml::Value, name: &str| {
            let value = table.get(name).and_then(toml::Value::as_str);
            value.map(str::to_owned)
        };
        let told = [Some(table), table.get("also")].into_iter().flatten();
        troubles.extend(told.filter_map(|t| Some((file.clone(), field(t, "gave-up")?))));
        for key in table
            .get("key")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            keys.push(Packed {
                file: file.clone(),
                place: field(key, "place").expect("a place"),
                line: key["line"].as_integer().expect("a line").cast_unsigned(),
                spki: field(key, "spki-sha256").expect("a fingerprint"),
            });
        }
    }
    (keys, troubles)
}

/// Path, line and fingerprint of all that was found.
fn found(report: &Value) -> BTreeSet<(String, u64, String)> {
    let all = told(report).into_iter();
    all.filter_map(|t| Some((t.path, t.line, t.id?))).collect()
}

fn notices(report: &Value) -> BTreeSet<(String, String)> {
    let all = report["notices"].as_array().expect("notices").iter();
    all.map(|notice| {
        let field = |name: &str| notice[name].as_str().expect("text").to_owned();
        (field("path"), field("detail"))
    })
    .collect()
}

#[test]
fn every_container_is_looked_into() {
    let (keys, troubles) = expected();
    assert!(keys.len() > 60, "{} keys", keys.len());
    let (report, code) = report(&testdata().join("archive"), &["."]);
    assert_eq!(code, 1);
    let found = found(&report);
    let missing: Vec<String> = keys
        .iter()
        .filter(|key| !found.contains(&(key.path(), key.line, key.spki.clone())))
        .map(Packed::path)
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\nof {found:#?}");
    // Keys stand nowhere else, and each is told once: not in the raw tar as well.
    let wanted: BTreeSet<&str> = keys.iter().map(|key| key.spki.as_str()).collect();
    let files: BTreeSet<&str> = keys.iter().map(|key| key.file.as_str()).collect();
    for (path, _, spki) in &found {
        let file = path.split('!').next().expect("a file");
        if files.contains(file) {
            assert!(wanted.contains(spki.as_str()), "{path}: {spki}");
            assert!(
                path.contains('!') || keys.iter().any(|k| k.path() == *path),
                "{path}"
            );
        }
    }
    let notices = notices(&report);
    for (file, detail) in troubles {
        let told = (format!("./{file}"), detail);
        assert!(notices.contains(&told), "{told:?} is not in {notices:#?}");
    }
    let stats = &report["stats"];
    assert!(stats["archives"].as_u64() > Some(70), "{stats}");
    assert!(stats["members"].as_u64() > Some(70), "{stats}");
    assert!(stats["member_bytes"].as_u64() > Some(10_000), "{stats}");
}

#[test]
fn layers_say_how_a_key_was_packed() {
    let (report, _) = report(&testdata().join("archive"), &["agent-xz.deb", "helm.yaml"]);
    let layers = |file: &str| {
        let all = told(&report).into_iter();
        let here = all.filter(|t| t.path.starts_with(file)).map(|t| {
            let places = t.finding["places"].as_array().expect("places").clone();
            places[0]["layers"].clone()
        });
        here.collect::<Vec<_>>()
    };
    let deb = serde_json::json!(["ar", "xz", "tar", "pem"]);
    assert_eq!(layers("agent-xz.deb"), [deb]);
    let helm = layers("helm.yaml");
    let words: Vec<&str> = helm[0]
        .as_array()
        .expect("layers")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(words[..3], ["base64", "base64", "gzip"]);
}

#[test]
fn off_is_off() {
    let (on, _) = report(
        &testdata().join("archive"),
        &["tree.tar.gz", "gnu.tar", "helm.yaml"],
    );
    assert_eq!(found(&on).len(), 3);
    let args = ["--archives", "off", "tree.tar.gz", "gnu.tar", "helm.yaml"];
    let (off, _) = report(&testdata().join("archive"), &args);
    let paths: Vec<String> = found(&off).into_iter().map(|(path, ..)| path).collect();
    // A plain tar is text with headers between.
    assert_eq!(paths, ["gnu.tar"]);
    assert_eq!(off["stats"]["archives"], 0);
    assert!(notices(&off).is_empty());
}

#[test]
fn giving_up_is_a_warning_unless_strict() {
    let folder = testdata().join("archive");
    let (report, code) = report(&folder, &["encrypted.zip"]);
    assert_eq!(code, 0);
    assert_eq!(report["skipped"]["undecoded"], 1);
    let strict = ["scan", "--strict", "encrypted.zip"];
    let run = run_in(&folder, strict).ended(2);
    assert!(run.out().contains("encrypted: in/ner.pem"), "{}", run.out());
    let run = run_in(&folder, ["scan", "--format", "sarif", "encrypted.zip"]).ended(0);
    let sarif = run.json();
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "warning", "{notification}");
    let text = notification["message"]["text"].as_str().expect("text");
    assert!(text.contains("encrypted: in/ner.pem"), "{text}");
}

#[test]
fn standard_input_is_read_as_it_comes() {
    let (keys, _) = expected();
    for key in keys {
        let bytes = fs::read(testdata().join("archive").join(&key.file)).expect("readable");
        let run = run_with(
            Path::new("."),
            ["scan", "--stdin", "--format", "json"],
            &bytes,
        );
        let run = run.ended(1);
        let inside = match key.place.is_empty() {
            true => String::new(),
            false => format!("!{}", key.place),
        };
        let place = (format!("<stdin>{inside}"), key.line, key.spki.clone());
        let found = found(&run.json());
        assert!(found.contains(&place), "{}: {found:?}", key.file);
    }
}

/// Archives in a history, loose and packed, as blobs of their own and as deltas,
/// looked at by the fast way and by the one that looks at everything.
#[test]
fn a_history_holds_archives_too() {
    let (keys, _) = expected();
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    for key in &keys {
        let bytes = fs::read(testdata().join("archive").join(&key.file)).expect("readable");
        fs::write(root.join(&key.file), bytes).expect("written");
    }
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "archives"]);
    // A tar that is a delta of one without a key, and of none.
    let tar = fs::read(root.join("gnu.tar")).expect("readable");
    fs::write(root.join("gnu.tar"), vec![b'x'; tar.len()]).expect("written");
    git(root, &["commit", "-qam", "gone"]);
    for key in &keys {
        fs::remove_file(root.join(&key.file)).expect("removed");
    }
    git(root, &["commit", "-qam", "all gone"]);
    let scan = |args: &[&str]| {
        let all = [&["scan", "--format", "json"], args, &["."]].concat();
        found(&run_in(root, all).ended(1).json())
    };
    let want: BTreeSet<_> = keys
        .iter()
        .map(|key| (key.path(), key.line, key.spki.clone()))
        .collect();
    let loose = scan(&[]);
    let missing: Vec<_> = want.difference(&loose).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(scan(&["--naive"]), loose);
    git(root, &["repack", "-qadf"]);
    assert_eq!(scan(&[]), loose);
    assert_eq!(scan(&["--naive"]), loose);
    let all = ["scan", "--format", "json", "--range", "HEAD~2..HEAD~1"];
    run_in(root, all).ended(0);
    git(root, &["checkout", "-q", "HEAD~2", "--", "tree.tar.gz"]);
    let staged = run_in(root, ["scan", "--staged", "--format", "json"]).ended(1);
    let paths: Vec<String> = found(&staged.json()).into_iter().map(|f| f.0).collect();
    assert_eq!(paths, ["tree.tar.gz!in/ner.pem"]);
}
