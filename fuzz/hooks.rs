//! What each fuzz target does with its bytes, and what must hold whatever they
//! are. The targets and a test of the stable toolchain (`tests/straykey/replay.rs`)
//! share it.

#![allow(dead_code, reason = "each target uses one of them")]

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use straykey::blob::{Base, Blob, Candidate, LiteralAt, Origin, Span, View};
use straykey::decode::{armor, base64, entity, escape, hex, noise, numbers, utf16, utf32};
use straykey::format::{Context, FORMATS, What};
use straykey::inventory::{Inventory, List, import};
use straykey::key::ChallengeMac;
use straykey::key::password::TrialBudget;
use straykey::scanner::{ScanPlan, Scanner};
use straykey::source::git::{
    ObjectId, ObjectKind, SweepOptions, Triggers, Visitor, discover, sweep,
};
use straykey::unpack::{self, Container, Members, Peek, Trouble};
use straykey::wire::members;

/// Most decoded bytes for one byte of encoded text.
const MAX_GROWTH: usize = 4;

/// The first byte picks the format, the second where its trigger is.
pub fn formats(data: &[u8]) {
    let [format, at, bytes @ ..] = data else {
        return;
    };
    let format = FORMATS[usize::from(*format) % FORMATS.len()];
    let at = usize::from(*at) % (bytes.len() + 1);
    for candidate in [Candidate::whole(bytes), Candidate::at(bytes, at)] {
        let mut found = Vec::new();
        let mut context = Context::new(bytes.len(), TrialBudget::none());
        let _ = format.parse(&candidate, &mut context, &mut found);
        for found in found {
            inside(&found.span, bytes.len(), format.spec().id);
            if let What::Key(key) = found.what {
                let _ = key.check();
            }
        }
    }
}

/// The first byte picks the decoder and the alignment, the second the place.
pub fn decode(data: &[u8]) {
    let [decoder, at, bytes @ ..] = data else {
        return;
    };
    let at = usize::from(*at) * bytes.len() / 256;
    let phase = usize::from(*decoder >> 6);
    let view = match decoder % 9 {
        0 => armor::decode(bytes, at),
        1 => base64::decode(bytes, at, phase).map(|d| d.view),
        2 => hex::decode(bytes, at, phase % 2).map(|d| d.view),
        3 => escape::decode(bytes, at, &mut escape::Literals::default()).map(|d| d.view),
        4 => utf16::decode(bytes, at).map(|d| d.view),
        5 => utf16::decode_marked(bytes),
        6 => utf32::decode(bytes),
        7 => numbers::decode(bytes, at).map(|d| d.view),
        _ => {
            let text = noise::unescape(bytes);
            assert!(text.len() <= bytes.len(), "unescaped text grew");
            entity::decode(bytes, at).map(|d| d.view)
        }
    };
    if let Some(view) = view {
        check_view(&view, bytes.len());
    }
}

fn check_view(view: &View, len: usize) {
    inside(&view.span, len, view.layer);
    assert!(
        view.bytes.len() <= MAX_GROWTH * len + 8,
        "{}: grew",
        view.layer
    );
    let end = view.bytes.len();
    for span in [0..end, 0..0, end / 2..end, end..end] {
        let parent = view.map.span(&span, &view.span);
        assert!(parent.start <= parent.end, "{}: {parent:?}", view.layer);
    }
}

fn inside(span: &Span, len: usize, what: &str) {
    assert!(
        span.start <= span.end && span.end <= len,
        "{what}: {span:?} of {len} bytes"
    );
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let plan = ScanPlan {
        challenges: ChallengeMac::ALL.to_vec(),
        ..ScanPlan::default()
    };
    Scanner::new(plan).expect("tables")
});

/// A blob, as a source hands it over.
pub fn scanner(data: &[u8]) {
    let origin = Origin::file("fuzz");
    let blob = Blob {
        bytes: data,
        origin: &origin,
        base: Base::default(),
    };
    let lines = 1 + data.iter().filter(|b| **b == b'\n').count() as u64;
    for sighting in SCANNER.scan(&blob).sightings {
        let region = sighting.region;
        let end = region.offset + region.length;
        assert!(
            end <= data.len() as u64,
            "{region:?} of {} bytes",
            data.len()
        );
        assert!(
            region.line >= 1 && region.end_line >= region.line,
            "{region:?}"
        );
        assert!(region.end_line <= lines, "{region:?} of {lines} lines");
        assert!(region.column >= 1 && region.end_column >= 1, "{region:?}");
    }
}

/// A text list: what is read is written so that it reads the same.
pub fn inventory_list(data: &[u8]) {
    let Ok(list) = List::read(data) else { return };
    let bytes = list.to_bytes().expect("memory");
    let again = List::read(&bytes).expect("what was written is a list");
    assert_eq!(again.to_bytes().expect("memory"), bytes);
    for entry in &list.entries {
        let _ = entry.spki_sha256();
    }
    let inventory = Inventory::of_list(list);
    let _ = inventory.find_kid("1").expect("memory");
}

/// A file of an export: whatever it is, the list made of it is a list.
pub fn inventory_import(data: &[u8]) {
    let dir = tempfile_dir();
    let path = dir.join("export");
    std::fs::write(&path, data).expect("written");
    let options = import::Options::default();
    let imported = import::import(&[path], &options);
    let imported = imported.unwrap_or_else(|(path, error)| panic!("{}: {error}", path.display()));
    let bytes = imported.list.to_bytes().expect("memory");
    List::read(&bytes).expect("what was imported is a list");
}

/// A folder of this process and thread.
fn tempfile_dir() -> std::path::PathBuf {
    let thread = std::thread::current();
    let name = format!("straykey-fuzz-{}-{:?}", std::process::id(), thread.id());
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&dir).expect("a folder");
    dir
}

/// What a sweep shows.
#[derive(Clone, Default)]
struct Shown(std::collections::BTreeSet<ObjectId>);

impl Triggers for Shown {
    fn window(&self) -> usize {
        4
    }

    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        bytes.windows(4).any(|word| word == b"KEY-")
    }

    fn places(&mut self, bytes: &[u8], places: &mut Vec<LiteralAt>) -> bool {
        let words = bytes.windows(4).enumerate();
        places.clear();
        places
            .extend(words.filter_map(|(at, word)| {
                (word == b"KEY-").then_some(LiteralAt { at, literal: 0 })
            }));
        places.len() < 100
    }

    fn head_len(&self) -> usize {
        4
    }

    fn tail_len(&self) -> usize {
        4
    }

    fn by_ends(&mut self, head: &[u8], tail: &[u8], _: u64) -> bool {
        head.starts_with(b"#!") || tail.ends_with(b"}\n")
    }
}

impl Visitor for Shown {
    fn triggered(
        &mut self,
        id: &ObjectId,
        _: ObjectKind,
        bytes: &[u8],
        places: Option<&[LiteralAt]>,
    ) {
        let mut all = Vec::new();
        if let Some(places) = places
            && self.places(bytes, &mut all)
        {
            assert_eq!(places, all, "places of {id}");
        }
        assert!(self.0.insert(*id), "{id} was shown twice");
    }

    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {}
}

/// A pack with its index, or without one when that is empty: the first two bytes are the length
/// of the index. Looking at what deltas bring shows what looking at every object whole does.
pub fn history(data: &[u8]) {
    let [low, high, bytes @ ..] = data else {
        return;
    };
    let at = usize::from(u16::from_le_bytes([*low, *high])).min(bytes.len());
    let (index, pack) = bytes.split_at(at);
    let root = tempfile_dir().join("repository.git");
    let _ = std::fs::remove_dir_all(&root);
    for folder in ["objects/pack", "refs/heads"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    std::fs::write(root.join("HEAD"), "ref: refs/heads/main\n").expect("written");
    let pack_name = root.join("objects/pack/pack-1.pack");
    std::fs::write(&pack_name, pack).expect("written");
    if !index.is_empty() {
        std::fs::write(pack_name.with_extension("idx"), index).expect("written");
    }
    let Some(repo) = discover(&root) else { return };
    let [naive, quick] = [true, false].map(|naive| {
        let options = SweepOptions {
            naive,
            threads: 1,
            ..SweepOptions::default()
        };
        let (_, visitors) = sweep(&repo.odb(), &Shown::default(), &options);
        let shown: Vec<ObjectId> = visitors.into_iter().flat_map(|visitor| visitor.0).collect();
        shown
    });
    assert_eq!(naive, quick, "what the two modes show");
}

/// JSON-like text, read from a place in it.
pub fn members(data: &[u8]) {
    let [at, bytes @ ..] = data else { return };
    let at = usize::from(*at) * bytes.len() / 256;
    let start = members::object_around(bytes, at, 4096);
    let list = members::list_around(bytes, at, 4096);
    let outer = list.filter(|list| members::is_pair(bytes, *list));
    let outer = outer.and_then(|list| members::list_around(bytes, list, 4096));
    let read = [
        start.map(|start| members::object(bytes, start, 4096)),
        list.map(|list| members::object(bytes, list, 4096)),
        outer.map(|outer| members::object(bytes, outer, 4096)),
        Some(members::block(bytes, at, members::MAX_BLOCK)),
    ];
    for (_, span) in read.into_iter().flatten() {
        inside(&span, bytes.len(), "members");
    }
}

/// Most bytes read of what comes out of a container.
const MAX_MEMBER: u64 = 1 << 20;

/// Reads members and forgets them.
struct Reading {
    members: usize,
}

impl Members for Reading {
    fn member(&mut self, _: &[u8], bytes: &mut dyn Read) -> ControlFlow<()> {
        self.members += 1;
        let _ = io::copy(&mut bytes.take(MAX_MEMBER), &mut io::sink());
        match self.members {
            1000 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn made(&mut self, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn passed_over(&mut self, _: &[u8], why: Trouble) {
        assert!(!why.to_string().is_empty());
    }
}

/// The first byte picks the container, by its number or, when it is large, by how
/// the bytes begin.
pub fn archives(data: &[u8]) {
    let [container, bytes @ ..] = data else {
        return;
    };
    let mut text = unpack::office::Text::new(bytes);
    let written = io::copy(&mut text, &mut io::sink()).expect("memory");
    // Each character is written once, an entity in four bytes, and line ends.
    assert!(written <= 2 * bytes.len() as u64, "text grew");
    let picked = Container::ALL.get(usize::from(*container)).copied();
    let Some(container) = picked.or_else(|| Container::of_head(bytes)) else {
        return;
    };
    let mut reading = Reading { members: 0 };
    let _ = match container {
        Container::Zip => unpack::zip::read(&mut Cursor::new(bytes), &mut reading)
            .and(unpack::read(container, &mut Peek::new(bytes), &mut reading)),
        container if !container.is_streamed() => {
            unpack::read_at(container, &mut Cursor::new(bytes), &mut reading)
        }
        container if container.is_compressed() => {
            let need = unpack::compressed::appetite(container, bytes).min(16 << 20);
            unpack::compressed::Decompressed::new(container, Peek::new(bytes), need)
                .map(|mut stream| reading.member(b"", &mut stream))
                .map(drop)
        }
        container => unpack::read(container, &mut Peek::new(bytes), &mut reading),
    };
}
