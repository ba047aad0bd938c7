//! Repositories that no git wrote. The trees beside them hold a key, which is found.

use std::fs;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use super::bytes::zlib;
use super::{Case, pem, put};
use crate::cli::make_fifo;
use crate::program::git;

const FOUND: &str = "exit 1; 1 private-key";

/// A repository with a key in its history, and in its work tree a file that is ignored here.
fn repository(dir: &Path) {
    git(dir, &["init", "-q"]);
    put(dir, "key.pem", pem());
    git(dir, &["add", "."]);
    git(dir, &["commit", "-q", "-m", "a key"]);
}

/// The same, with its objects in a pack; returns the pack's path without its ending.
fn packed(dir: &Path) -> PathBuf {
    repository(dir);
    git(dir, &["repack", "-adfq"]);
    let packs = fs::read_dir(dir.join(".git/objects/pack")).expect("a folder");
    let mut packs = packs.map(|entry| entry.expect("an entry").path());
    let pack = packs.find(|path| path.extension().is_some_and(|end| end == "pack"));
    pack.expect("a pack").with_extension("")
}

/// Replaces a file that git made read-only.
fn replace(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).expect("written");
}

/// An entry of a forged pack: kind, stated size, base, content.
struct Entry<'a>(u8, u64, Option<[u8; 20]>, &'a [u8]);

/// The name of an entry; no content has it.
fn name(number: usize) -> [u8; 20] {
    [number as u8 + 1; 20]
}

/// Puts a pack with an index that fits into a repository.
fn forge(dir: &Path, entries: &[Entry<'_>]) {
    repository(dir);
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((entries.len() as u32).to_be_bytes());
    let mut offsets = Vec::new();
    for Entry(kind, size, base, content) in entries {
        offsets.push(pack.len() as u32);
        let mut rest = size >> 4;
        let mut byte = (kind << 4) | (size & 0xf) as u8;
        while rest > 0 {
            pack.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        pack.push(byte);
        pack.extend(base.iter().flatten());
        pack.extend(zlib(content));
    }
    let checksum = Sha1::digest(&pack);
    pack.extend(checksum);
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..256_usize {
        let count = first.min(entries.len()) as u32;
        index.extend(count.to_be_bytes());
    }
    index.extend((0..entries.len()).flat_map(name));
    index.extend(entries.iter().flat_map(|_| [0; 4]));
    index.extend(offsets.iter().flat_map(|offset| offset.to_be_bytes()));
    index.extend(checksum);
    let own = Sha1::digest(&index);
    index.extend(own);
    put(dir, ".git/objects/pack/pack-1.pack", pack);
    put(dir, ".git/objects/pack/pack-1.idx", index);
}

/// A delta that says these sizes and inserts `x`.
fn delta(base: u64, result: u64) -> Vec<u8> {
    let mut code = Vec::new();
    for mut size in [base, result] {
        while size > 0x7f {
            code.push(0x80 | (size & 0x7f) as u8);
            size >>= 7;
        }
        code.push(size as u8);
    }
    code.extend(b"\x01x");
    code
}

/// A repository one of whose files is a FIFO.
fn fifo(dir: &Path, file: &str) {
    repository(dir);
    let path = dir.join(".git").join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let _ = fs::remove_file(&path);
    make_fifo(&path);
}

/// An index of the repository, changed.
fn index(dir: &Path, change: impl Fn(&mut Vec<u8>)) {
    repository(dir);
    put(dir, "other.pem", pem());
    git(dir, &["add", "."]);
    let path = dir.join(".git/index");
    let mut bytes = fs::read(&path).expect("an index");
    change(&mut bytes);
    replace(&path, &bytes);
}

pub(super) const CASES: &[Case] = &[
    Case::new("pack-circle", "deltas of a pack that are based on each other and on themselves", |dir| {
        let code = delta(1, 1);
        forge(dir, &[Entry(7, 4, Some(name(1)), &code), Entry(7, 4, Some(name(0)), &code), Entry(7, 4, Some(name(2)), &code)]);
    }, "exit 1; 1 private-key; 6 history-unread"),
    Case::new("pack-base-missing", "a delta of a pack whose base is nowhere", |dir| {
        forge(dir, &[Entry(7, 4, Some([0xee; 20]), &delta(1, 1))]);
    }, "exit 1; 1 private-key; 2 history-unread"),
    Case::new("pack-size-absurd", "an object of a pack that says to have 2^56 bytes", |dir| {
        forge(dir, &[Entry(3, u64::MAX >> 8, None, b"PuTTY-User-Key-File-3: ")]);
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("pack-delta-absurd", "a delta of a pack whose result says to have 2^56 bytes", |dir| {
        forge(dir, &[Entry(3, 1, None, b"x"), Entry(7, 11, Some(name(0)), &delta(1, u64::MAX >> 8))]);
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("pack-bomb", "an object of a pack that inflates to 64 MB of zeros", |dir| {
        let zeros = vec![0; 64 << 20];
        forge(dir, &[Entry(3, zeros.len() as u64, None, &zeros)]);
    }, FOUND),
    Case::new("pack-count", "a pack that says to hold 4 billion objects", |dir| {
        let pack = packed(dir).with_extension("pack");
        let mut bytes = fs::read(&pack).expect("a pack");
        bytes[8..12].fill(0xff);
        replace(&pack, &bytes);
    }, "exit 1; 1 private-key; 4 history-unread"),
    Case::new("pack-cut", "a pack cut in its middle", |dir| {
        let pack = packed(dir).with_extension("pack");
        let bytes = fs::read(&pack).expect("a pack");
        replace(&pack, &bytes[..bytes.len() / 2]);
    }, "exit 1; 1 private-key; 2 history-unread"),
    Case::new("pack-empty", "a pack and an index of no bytes", |dir| {
        let pack = packed(dir);
        replace(&pack.with_extension("pack"), b"");
        replace(&pack.with_extension("idx"), b"");
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("idx-counts", "an index of a pack whose counts go down", |dir| {
        let index = packed(dir).with_extension("idx");
        let mut bytes = fs::read(&index).expect("an index");
        bytes[8..12].fill(0x7f);
        replace(&index, &bytes);
    }, "exit 1; 1 private-key; 2 history-unread"),
    Case::new("idx-offsets", "an index of a pack all of whose places are behind its end", |dir| {
        let index = packed(dir).with_extension("idx");
        let mut bytes = fs::read(&index).expect("an index");
        let end = bytes.len() - 40;
        bytes[end - 12..end].fill(0x7f);
        replace(&index, &bytes);
    }, "exit 1; 1 private-key; 3 history-unread"),
    Case::new("idx-version", "an index of a pack of version 2,130,706,432", |dir| {
        let index = packed(dir).with_extension("idx");
        let mut bytes = fs::read(&index).expect("an index");
        bytes[4] = 0x7f;
        replace(&index, &bytes);
    }, "exit 1; 1 private-key; 2 history-unread"),
    Case::new("midx-lies", "a multi-pack-index of noise beside a good pack", |dir| {
        packed(dir);
        put(dir, ".git/objects/pack/multi-pack-index", [b"MIDX\x01\x01\xff\0\xff\xff\xff\xff".to_vec(), vec![0xff; 5000]].concat());
    }, FOUND),
    Case::new("loose-bomb", "a loose object that inflates to 64 MB of zeros", |dir| {
        repository(dir);
        let zeros = [format!("blob {}\0", 64 << 20).into_bytes(), vec![0; 64 << 20]].concat();
        put(dir, ".git/objects/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", zlib(&zeros));
    }, FOUND),
    Case::new("loose-size-lies", "a loose object that says to have 10^19 bytes", |dir| {
        repository(dir);
        put(dir, ".git/objects/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", zlib(b"blob 9999999999999999999\0PuTTY-User-Key-File-3: "));
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("loose-noise", "a loose object of noise, and one of no bytes", |dir| {
        repository(dir);
        put(dir, ".git/objects/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd", "noise, noise");
        put(dir, ".git/objects/ab/cdefabcdefabcdefabcdefabcdefabcdefabce", "");
    }, "exit 1; 1 private-key; 4 history-unread"),
    Case::new("refs-loop", "branches that are links to each other, and packed ones of 5 MB on one line", |dir| {
        repository(dir);
        put(dir, ".git/refs/heads/a", "ref: refs/heads/b\n");
        put(dir, ".git/refs/heads/b", "ref: refs/heads/a\n");
        put(dir, ".git/packed-refs", "f".repeat(5 << 20));
        replace(&dir.join(".git/HEAD"), b"ref: refs/heads/a\n");
    }, FOUND),
    Case::new("alternates-loop", "a repository that borrows objects from itself, from `/dev` and through 5 MB of lines", |dir| {
        repository(dir);
        put(dir, ".git/objects/info/alternates", format!("../objects\n/dev\n.\n{}", "../../.git/objects\n".repeat(250_000)));
    }, "exit 1; 1 private-key; 2 history-unread"),
    Case::new("gitdir-loop", "a `.git` file that names itself", |dir| {
        put(dir, ".git", "gitdir: .git\n");
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("gitdir-device", "a `.git` file that names `/dev`", |dir| {
        put(dir, ".git", "gitdir: /dev\n");
        put(dir, "key.pem", pem());
    }, "exit 1; 1 private-key; 1 history-unread"),
    Case::new("config-includes", "a repository whose configuration includes itself and runs programs", |dir| {
        repository(dir);
        put(dir, ".git/config", "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch run\n\tsshCommand = touch run\n[include]\n\tpath = config\n[filter \"x\"]\n\tclean = touch run\n[diff]\n\texternal = touch run\n");
        put(dir, ".gitattributes", "* filter=x\n");
    }, FOUND),
    Case::new("fifo-head", "a repository whose `HEAD` is a FIFO", |dir| fifo(dir, "HEAD"), "exit 1; 1 private-key; 1 history-unread"),
    Case::new("fifo-config", "a repository whose `config` is a FIFO", |dir| fifo(dir, "config"), FOUND),
    Case::new("fifo-index", "a repository whose `index` is a FIFO", |dir| fifo(dir, "index"), "exit 1; 1 private-key; 1 history-unread"),
    Case::new("fifo-refs", "a repository whose `packed-refs` is a FIFO", |dir| fifo(dir, "packed-refs"), "exit 1; 1 private-key; 1 history-unread"),
    Case::new("fifo-object", "a repository one of whose objects is a FIFO", |dir| fifo(dir, "objects/ab/cdefabcdefabcdefabcdefabcdefabcdefabcd"), "exit 1; 1 private-key; 2 history-unread"),
    Case::new("fifo-pack", "a repository one of whose packs is a FIFO", |dir| fifo(dir, "objects/pack/pack-1.pack"), "exit 1; 1 private-key; 2 history-unread"),
    Case::new("paths-speak", "a key in a history under a path with terminal escapes, line ends and a workflow command", |dir| {
        git(dir, &["init", "-q"]);
        put(dir, "\u{1b}[2J\n::error::x\u{202e}.pem", pem());
        git(dir, &["add", "."]);
        git(dir, &["commit", "-q", "-m", "\u{1b}[2J\n::error::"]);
        git(dir, &["rm", "-qr", "."]);
        git(dir, &["commit", "-q", "-m", "gone"]);
    }, FOUND),
    Case::new("paths-deep", "a key in a history 100 folders down", |dir| {
        git(dir, &["init", "-q"]);
        put(dir, &format!("{}key.pem", "d/".repeat(100)), pem());
        git(dir, &["add", "."]);
        git(dir, &["commit", "-q", "-m", "deep"]);
        git(dir, &["rm", "-qr", "."]);
        git(dir, &["commit", "-q", "--allow-empty", "-m", "gone"]);
    }, FOUND),
    Case::new("index-version-9", "what is staged, with an index of version 9", |dir| index(dir, |bytes| bytes[7] = 9), "exit 2; no report").asked(&["--staged"]),
    Case::new("index-entries-4-billion", "what is staged, with an index that says to hold 4 billion entries", |dir| index(dir, |bytes| bytes[8..12].fill(0xff)), "exit 2; no report").asked(&["--staged"]),
    Case::new("index-cut", "what is staged, with an index cut in its middle", |dir| index(dir, |bytes| bytes.truncate(bytes.len() / 2)), "exit 2; no report").asked(&["--staged"]),
    Case::new("index-names", "what is staged, with an index of version 4 whose names take more of the last one than it has", |dir| {
        repository(dir);
        put(dir, "other.pem", pem());
        git(dir, &["add", "."]);
        git(dir, &["update-index", "--index-version", "4"]);
        let path = dir.join(".git/index");
        let mut bytes = fs::read(&path).expect("an index");
        let at = memchr::memmem::find(&bytes, b"other.pem").expect("a name");
        bytes[at - 1] = 0x7f;
        replace(&path, &bytes);
    }, "exit 2; no report").asked(&["--staged"]),
    Case::new("index-shared-missing", "what is staged, with a split index whose shared part is gone", |dir| {
        repository(dir);
        git(dir, &["update-index", "--split-index"]);
        for entry in fs::read_dir(dir.join(".git")).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.to_string_lossy().contains("sharedindex") {
                fs::remove_file(path).expect("removed");
            }
        }
    }, "exit 2; no report").asked(&["--staged"]),
    Case::new("index-sparse-missing", "what is staged, with a sparse index whose folder is nowhere", |dir| {
        git(dir, &["init", "-q"]);
        put(dir, "in/key.pem", pem());
        put(dir, "out/f", "out");
        git(dir, &["add", "."]);
        git(dir, &["commit", "-q", "-m", "one"]);
        git(dir, &["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
        let path = dir.join(".git/index");
        let mut bytes = fs::read(&path).expect("an index");
        let at = memchr::memmem::find(&bytes, b"out/\0").expect("the folder");
        bytes[at - 22..at - 2].fill(0xee);
        replace(&path, &bytes);
    }, "exit 2; no report").asked(&["--staged"]),
    Case::new("range-missing", "a range of commits that are nowhere", repository, "exit 2; no report").asked(&["--range", "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee..HEAD"]),
    Case::new("range-option", "a range that is an option of git", repository, "exit 2; no report").asked(&["--range=--output=x..HEAD"]),
];
