//! Strange names, and what is no file: links, FIFOs, loops.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::cases::testdata;
use crate::cli::make_fifo;
use crate::program::{report, run_in, told};

fn key() -> Vec<u8> {
    fs::read(testdata().join("pkcs8/good-ed25519.pem")).expect("the key")
}

#[test]
fn names_cannot_speak_to_the_terminal() {
    let dir = tempfile::tempdir().expect("a folder");
    let names: [&[u8]; 7] = [
        b"red\x1b[31m.pem",
        b"two\nlines.pem",
        b"bell\x07.pem",
        b"latin\xe9.pem",
        "rtl\u{202e}mep.pem".as_bytes(),
        b"::error::.pem",
        b"a|b`c<d>.pem",
    ];
    for name in names {
        fs::write(dir.path().join(OsStr::from_bytes(name)), key()).expect("written");
    }
    for format in [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown",
    ] {
        let args = ["scan", "--history", "skip", "-vv", "--format", format, "."];
        let run = run_in(dir.path(), args).ended(1);
        let text = String::from_utf8(run.out).unwrap_or_else(|_| panic!("{format}: not UTF-8"));
        for (stream, text) in [("output", &text), ("errors", &run.err)] {
            let control = text
                .chars()
                .find(|c| c.is_control() && *c != '\n' && *c != '\t');
            assert_eq!(control, None, "{format}: {stream}: {text}");
            assert!(!text.contains('\u{202e}'), "{format}: {stream}: {text}");
            assert!(!text.contains("two\nlines"), "{format}: {stream}: {text}");
        }
        if format == "github" {
            let lines = text.lines().filter(|l| l.contains("::"));
            assert!(lines.clone().count() >= 1, "{text}");
            for line in lines {
                assert!(!line.starts_with("::error::.pem"), "{line}");
            }
        }
    }
    let (json, _) = report(dir.path(), &[]);
    let paths: Vec<String> = told(&json).into_iter().map(|t| t.path).collect();
    assert_eq!(paths.len(), names.len(), "{paths:?}");
    for name in [&names[0], &names[1]] {
        let name = String::from_utf8_lossy(name);
        assert!(paths.iter().any(|p| *p == name), "{name:?} in {paths:?}");
    }
}

#[test]
fn links_are_not_followed() {
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("server.pem"), key()).expect("written");
    let dir = tempfile::tempdir().expect("a folder");
    symlink(outside.path(), dir.path().join("folder")).expect("a link");
    symlink(
        outside.path().join("server.pem"),
        dir.path().join("file.pem"),
    )
    .expect("a link");
    symlink(dir.path(), dir.path().join("loop")).expect("a link");
    symlink("nowhere", dir.path().join("dangling")).expect("a link");
    let (json, code) = report(dir.path(), &["."]);
    assert_eq!((told(&json).len(), code), (0, 0), "{json:#}");
    assert_eq!(json["skipped"]["link"], 4);
    // What is named by the person is read, link or not.
    let (json, code) = report(dir.path(), &["folder"]);
    assert_eq!(
        (told(&json).len(), code),
        (1, 1),
        "a link to a folder, named"
    );
    let (json, code) = report(dir.path(), &["file.pem"]);
    assert_eq!((told(&json).len(), code), (1, 1), "a link to a file, named");
}

/// A scan that opened the FIFO would wait for ever.
#[test]
fn fifos_are_not_opened() {
    let dir = tempfile::tempdir().expect("a folder");
    make_fifo(&dir.path().join("pipe"));
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(socket).expect("a socket");
    fs::write(dir.path().join("server.pem"), key()).expect("written");
    let (json, code) = report(dir.path(), &["."]);
    assert_eq!((told(&json).len(), code), (1, 1));
    assert_eq!(json["skipped"]["special"], 2);
    let (json, code) = report(dir.path(), &["pipe"]);
    assert_eq!(json["stats"]["files"], 0, "a FIFO that was named");
    assert_ne!(code, 1);
}

#[test]
fn one_path_twice_is_one_place() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("a")).expect("a folder");
    fs::write(dir.path().join("a/server.pem"), key()).expect("written");
    for paths in [&["a", "a"][..], &["a", "a/server.pem"], &[".", "a"]] {
        let (json, _) = report(dir.path(), paths);
        let told = told(&json);
        assert_eq!(told.len(), 1, "{paths:?}: {told:?}");
    }
    let (json, _) = report(dir.path(), &["a", "./a"]);
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(1));
    assert!(json["skipped"]["unreadable"] == Value::Null);
}
