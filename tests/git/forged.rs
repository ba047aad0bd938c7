//! Packs that no git wrote: made by hand, with an index that fits, to say what git never says.
//! Each is read without panic, in little memory, and what cannot be had of it is said.

use std::io::Write as _;

use sha1::{Digest as _, Sha1};
use straykey::source::git::{ObjectId, Outcome, SkipReason, SweepOptions};

use crate::objects::*;

/// What an entry says that it is.
enum Form {
    Blob,
    /// A delta to the entry of this number; its own number makes a circle.
    Based(usize),
    /// A delta to a blob that is not there.
    Lost,
}

/// One entry: what it says that it is, what it says that its size is, what is in it.
struct Forged {
    form: Form,
    size: u64,
    content: Vec<u8>,
}

impl Forged {
    fn new(form: Form, content: &[u8]) -> Self {
        Self {
            form,
            size: content.len() as u64,
            content: content.to_vec(),
        }
    }
}

/// The name of the entry of this number; no content has it, which nobody checks.
fn name(number: usize) -> [u8; 20] {
    [u8::try_from(number + 1).unwrap(); 20]
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A delta with these sizes that inserts one text.
fn delta(base: u64, result: u64, text: &[u8]) -> Vec<u8> {
    let mut code = Vec::new();
    for mut size in [base, result] {
        while size > 0x7f {
            code.push(0x80 | (size & 0x7f) as u8);
            size >>= 7;
        }
        code.push(size as u8);
    }
    code.push(u8::try_from(text.len()).unwrap());
    code.extend(text);
    code
}

/// Writes a pack of these entries with an index of version 2.
fn forge(repo: &Repo, entries: &[Forged]) {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    let mut offsets = Vec::new();
    for entry in entries {
        offsets.push(u32::try_from(pack.len()).unwrap());
        let (kind, base) = match entry.form {
            Form::Blob => (3, None),
            Form::Based(number) => (7, Some(name(number))),
            Form::Lost => (7, Some([0xee; 20])),
        };
        let mut rest = entry.size >> 4;
        let mut byte = (kind << 4) | (entry.size & 0xf) as u8;
        while rest > 0 {
            pack.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        pack.push(byte);
        pack.extend(base.into_iter().flatten());
        pack.extend(zlib(&entry.content));
    }
    let checksum = Sha1::digest(&pack);
    pack.extend(checksum);
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..256 {
        let count = (0..entries.len())
            .filter(|&number| usize::from(name(number)[0]) <= first)
            .count();
        index.extend(u32::try_from(count).unwrap().to_be_bytes());
    }
    index.extend((0..entries.len()).flat_map(name));
    index.extend(entries.iter().flat_map(|_| [0; 4]));
    index.extend(offsets.iter().flat_map(|offset| offset.to_be_bytes()));
    index.extend(checksum);
    let own = Sha1::digest(&index);
    index.extend(own);
    let folder = repo.objects().join("pack");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("pack-1.pack"), pack).unwrap();
    std::fs::write(folder.join("pack-1.idx"), index).unwrap();
}

/// Sweeps in both modes; returns what was shown and what was said of each entry.
fn said(repo: &Repo) -> (Vec<String>, Vec<(String, SkipReason)>) {
    let mut all = Vec::new();
    for naive in [true, false] {
        let options = SweepOptions {
            naive,
            threads: 2,
            ..SweepOptions::default()
        };
        let (shown, outcome): (_, Outcome) = swept(&repo.odb(), &options);
        let told =
            |id: Option<ObjectId>| id.map_or_else(String::new, |id| id.to_string()[..2].to_owned());
        let skips = outcome
            .skips
            .iter()
            .map(|skip| (told(skip.id), skip.reason));
        let mut skips: Vec<_> = skips.collect();
        skips.sort();
        all.push((shown.keys().map(|id| id[..2].to_owned()).collect(), skips));
    }
    assert_eq!(all[0], all[1]);
    all.remove(0)
}

const KEY: &[u8] = b"a PuTTY-User-Key";

#[test]
fn a_sane_pack_is_read() {
    let repo = Repo::new(&[]);
    let based = delta(1, KEY.len() as u64, KEY);
    forge(
        &repo,
        &[
            Forged::new(Form::Blob, KEY),
            Forged::new(Form::Blob, b"x"),
            Forged::new(Form::Based(1), &based),
        ],
    );
    assert_eq!(
        said(&repo),
        (vec!["01".to_owned(), "03".to_owned()], vec![])
    );
}

#[test]
fn circles_and_missing_bases_are_said() {
    let repo = Repo::new(&[]);
    let based = delta(1, KEY.len() as u64, KEY);
    forge(
        &repo,
        &[
            Forged::new(Form::Based(1), &based),
            Forged::new(Form::Based(0), &based),
            Forged::new(Form::Based(2), &based),
            Forged::new(Form::Lost, &based),
            Forged::new(Form::Based(3), &based),
            Forged::new(Form::Based(0), &based),
            Forged::new(Form::Blob, KEY),
        ],
    );
    let (shown, skips) = said(&repo);
    assert_eq!(shown, ["07"]);
    let lost: Vec<&str> = skips.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(lost, ["01", "02", "03", "04", "05", "06"]);
    let reason = |number: usize| skips[number - 1].1;
    assert_eq!([reason(1), reason(2), reason(3)], [SkipReason::Cycle; 3]);
    assert_eq!(reason(4), SkipReason::MissingBase);
}

#[test]
fn absurd_sizes_reserve_no_memory() {
    let repo = Repo::new(&[]);
    let claims = |form, size, content: &[u8]| Forged {
        size,
        ..Forged::new(form, content)
    };
    let huge = u64::MAX >> 8;
    forge(
        &repo,
        &[
            claims(Form::Blob, huge, KEY),
            claims(Form::Blob, 1 << 34, KEY),
            claims(Form::Blob, 1 << 28, KEY),
            claims(Form::Blob, KEY.len() as u64 - 1, KEY),
            claims(Form::Blob, KEY.len() as u64 + 1, KEY),
            Forged::new(Form::Blob, b"x"),
            Forged::new(Form::Based(5), &delta(1, huge, KEY)),
            Forged::new(Form::Based(5), &delta(1, 1 << 40, KEY)),
            Forged::new(Form::Based(5), &delta(huge, KEY.len() as u64, KEY)),
            Forged::new(Form::Based(5), &delta(1, KEY.len() as u64 + 1, KEY)),
            Forged::new(
                Form::Based(5),
                b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            ),
            Forged::new(Form::Based(5), b""),
            claims(Form::Based(5), huge, &delta(1, KEY.len() as u64, KEY)),
            Forged::new(Form::Blob, KEY),
        ],
    );
    let (shown, skips) = said(&repo);
    assert_eq!(shown, ["0e"]);
    let lost: Vec<&str> = skips.iter().map(|(id, _)| id.as_str()).collect();
    let all: Vec<String> = (1..14)
        .filter(|number| *number != 6)
        .map(|number| format!("{number:02x}"))
        .collect();
    assert_eq!(lost, all);
    // Memory in use at its highest, in kilobytes.
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let peak: u64 = peak
            .split_ascii_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        assert!(peak < 1 << 20, "{peak} kB");
    }
}

#[test]
fn blobs_that_inflate_to_much_are_refused_or_streamed() {
    // 12 MB of zeros in a few kilobytes, and a key behind them: read in pieces.
    let repo = Repo::new(&[]);
    let mut bomb = vec![0; 12 << 20];
    bomb.extend(KEY);
    forge(
        &repo,
        &[
            Forged::new(Form::Blob, &bomb),
            Forged::new(Form::Blob, b"x"),
        ],
    );
    assert_eq!(said(&repo), (vec!["01".to_owned()], vec![]));
}

#[test]
fn two_entries_at_one_place_are_no_two_objects() {
    let repo = Repo::new(&[]);
    forge(
        &repo,
        &[Forged::new(Form::Blob, KEY), Forged::new(Form::Blob, b"x")],
    );
    let path = repo.objects().join("pack/pack-1.idx");
    let mut index = std::fs::read(&path).unwrap();
    let offsets = 8 + 1024 + 2 * 20 + 2 * 4;
    index.copy_within(offsets..offsets + 4, offsets + 4);
    rewrite(&path, &index);
    let (shown, skips) = said(&repo);
    // Neither has an end that can be believed.
    assert_eq!(shown, Vec::<String>::new());
    let lost: Vec<&str> = skips.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(lost, ["01", "02"]);
    assert_eq!(skips[1].1, SkipReason::BadIndex);
}
