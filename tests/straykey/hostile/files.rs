//! File systems: links, FIFOs, devices, names, depth, files that change while they are read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{Case, pem, put};
use crate::cli::make_fifo;

const FOUND: &str = "exit 1; 1 private-key";
const UNREAD: &str = "exit 1; 1 private-key; 1 unreadable";

/// A file of that name with a key.
fn named(dir: &Path, name: &[u8]) {
    fs::write(dir.join(OsStr::from_bytes(name)), pem()).expect("written");
}

/// Does something to a folder every moment, until it is gone.
fn busy(dir: &Path, act: impl Fn(&Path, usize) + Send + 'static) {
    let dir = dir.to_owned();
    std::thread::spawn(move || {
        for round in 0.. {
            if !dir.exists() {
                return;
            }
            act(&dir, round);
        }
    });
}

pub(super) const CASES: &[Case] = &[
    Case::new("fifo", "a FIFO that nobody writes to, and a key beside it", |dir| {
        make_fifo(&dir.join("pipe"));
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 1 special"),
    Case::new("fifo-named", "a FIFO that is named on the command line", |dir| make_fifo(&dir.join("pipe")), "exit 0; 1 special").asked(&["pipe"]),
    Case::new("fifo-link-named", "a link to a FIFO that is named on the command line", |dir| {
        make_fifo(&dir.join("pipe"));
        symlink("pipe", dir.join("link")).expect("a link");
    }, "exit 0; 1 special").asked(&["link"]),
    Case::new("device", "`/dev/zero`, which has no end, named on the command line", |_| {}, "exit 0; 1 special").asked(&["/dev/zero"]),
    Case::new("device-link", "links to `/dev/zero` and `/dev/tty` in a folder, and a key", |dir| {
        symlink("/dev/zero", dir.join("zero")).expect("a link");
        symlink("/dev/tty", dir.join("tty")).expect("a link");
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 2 link"),
    Case::new("link-loops", "links to themselves, to each other, to the folder they are in, and a key", |dir| {
        for (name, to) in [("self", "self"), ("a", "b"), ("b", "a"), ("here", "."), ("up", ".."), ("root", "/")] {
            symlink(to, dir.join(name)).expect("a link");
        }
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 6 link"),
    Case::new("link-loop-named", "a link to itself, named on the command line", |dir| {
        symlink("self", dir.join("self")).expect("a link");
    }, "exit 2; 1 unreadable").asked(&["self"]),
    Case::new("hard-links", "1,000 hard links to one key", |dir| {
        put(dir, "key.pem", pem());
        for n in 0..1000 {
            fs::hard_link(dir.join("key.pem"), dir.join(format!("{n}.pem"))).expect("a link");
        }
    }, FOUND),
    Case::new("folders-deep", "60 folders in each other, whose path is too long for the system, and a key in the first", |dir| {
        put(dir, "key.pem", pem());
        // 60 times 101 bytes are more than the 4,096 that a path may have.
        let script = "for i in 1 2 3; do mkdir -p \"$0\" && cd -P \"$0\" || exit; done";
        let part = format!("{}/", "d".repeat(100)).repeat(20);
        let made = std::process::Command::new("bash").args(["-c", script, &part]).current_dir(dir).status();
        assert!(made.expect("bash").success());
    }, UNREAD),
    Case::new("files-many", "20,000 empty files in one folder, and a key", |dir| {
        (0..20_000).for_each(|n| put(dir, &format!("{n}"), ""));
        put(dir, "key.pem", pem());
    }, FOUND),
    Case::new("sparse", "a file of 100 MB that takes no room, with a key at its end", |dir| {
        use std::os::unix::fs::FileExt as _;
        let file = fs::File::create(dir.join("sparse")).expect("a file");
        file.write_all_at(&pem(), 100_000_000).expect("written");
    }, FOUND),
    Case::new("sparse-8-tb", "a file of 8 TB that takes no room, with `--max-file-size 1M`, and a key", |dir| {
        let file = fs::File::create(dir.join("sparse")).expect("a file");
        file.set_len(8 << 40).expect("a size");
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 1 too-large").asked(&[".", "--max-file-size", "1M"]),
    Case::new("grows", "a log that grows as fast as it is read, with a key at its beginning", |dir| {
        put(dir, "log", pem());
        busy(dir, |dir, _| {
            let log = fs::File::options().append(true).open(dir.join("log"));
            let _ = log.map(|mut log| std::io::Write::write_all(&mut log, &[b'x'; 1 << 12]));
            std::thread::sleep(std::time::Duration::from_micros(300));
        });
    }, FOUND),
    Case::new("vanishes", "files that come and go while they are read, and a key", |dir| {
        put(dir, "key.pem", pem());
        busy(dir, |dir, round| {
            let path = dir.join(format!("{}", round % 50));
            let _ = fs::write(&path, vec![b'x'; 1 << 16]);
            let _ = fs::remove_file(dir.join(format!("{}", (round + 25) % 50)));
        });
    }, "exit 1; 1 private-key …"),
    Case::new("swapped", "a file that is now a file, now a FIFO, now a link out of the folder, and a key", |dir| {
        put(dir, "key.pem", pem());
        busy(dir, |dir, round| {
            let path = dir.join("it");
            let _ = fs::remove_file(&path);
            match round % 3 {
                0 => drop(fs::write(&path, "nothing")),
                1 => drop(symlink("/dev/zero", &path)),
                _ => drop(std::process::Command::new("mkfifo").arg(&path).stderr(std::process::Stdio::null()).status()),
            }
        });
    }, "exit 1; 1 private-key …"),
    Case::new("name-terminal", "a key in a file whose name clears the screen and rings the bell", |dir| named(dir, b"\x1b[2J\x1b]0;x\x07.pem"), FOUND),
    Case::new("name-lines", "a key in a file whose name has line ends and a workflow command", |dir| named(dir, b"a\r\n::error file=x::y\n.pem"), FOUND),
    Case::new("name-html", "a key in a file named as HTML and Markdown", |dir| named(dir, b"<script>alert(1)<\x5cscript>|`[x](javascript:1)`.pem"), FOUND),
    Case::new("name-formula", "a key in files named as formulas of a spreadsheet", |dir| {
        for name in ["=cmd|'-C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1"] {
            named(dir, name.as_bytes());
        }
    }, FOUND),
    Case::new("name-invalid", "a key in a file whose name is no UTF-8", |dir| named(dir, b"\xff\xfe\xc0\x80.pem"), FOUND),
    Case::new("name-direction", "a key in a file whose name is written from right to left", |dir| named(dir, "\u{202e}gpj.mep".as_bytes()), FOUND),
    Case::new("name-options", "keys in files named as options", |dir| {
        for name in ["--help", "-j", "--output=x"] {
            named(dir, name.as_bytes());
        }
    }, FOUND),
    Case::new("name-255", "a key in a file whose name has 255 bytes", |dir| named(dir, &[b'k'; 255]), FOUND),
    Case::new("settings-fifo", "a FIFO as `straykey.toml`", |dir| make_fifo(&dir.join("straykey.toml")), "exit 2; no report"),
    Case::new("allow-fifo", "a FIFO as `.straykey/allow.toml`", |dir| {
        fs::create_dir(dir.join(".straykey")).expect("a folder");
        make_fifo(&dir.join(".straykey/allow.toml"));
    }, "exit 2; no report"),
    Case::new("settings-fifo-below", "FIFOs as settings of a folder below, and a key", |dir| {
        fs::create_dir_all(dir.join("a/.straykey")).expect("a folder");
        make_fifo(&dir.join("a/.straykey/allow.toml"));
        make_fifo(&dir.join("a/straykey.toml"));
        put(dir, "a/key.pem", pem());
    }, "exit 1; 1 private-key; 2 special"),
    Case::new("settings-huge", "a `straykey.toml` of 20 MB", |dir| put(dir, "straykey.toml", "# x\n".repeat(5 << 20)), "exit 2; no report"),
    Case::new("settings-depth", "a `straykey.toml` of 100,000 nested arrays", |dir| put(dir, "straykey.toml", format!("a = {}", "[".repeat(100_000))), "exit 2; no report"),
    Case::new("gitignore-fifo", "a FIFO as `.gitignore` of a folder, with `--respect-gitignore`, and a key beside the folder", |dir| {
        fs::create_dir(dir.join("a")).expect("a folder");
        make_fifo(&dir.join("a/.gitignore"));
        put(dir, "key.pem", pem());
    }, UNREAD).asked(&[".", "--respect-gitignore"]),
    Case::new("gitignore-device", "a link to `/dev/zero` as `.ignore` of the folder itself, with `--respect-gitignore`", |dir| {
        symlink("/dev/zero", dir.join(".ignore")).expect("a link");
    }, "exit 2; 1 unreadable").asked(&[".", "--respect-gitignore"]),
];
