//! Every file with a key, wrapped as people and programs wrap files.
//!
//! A wrap that makes no sense for a file is left out by rule, not by name:
//! what works on characters needs text, and a second kind of line break is
//! only given to a file that has one kind.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rayon::prelude::*;

use crate::cases::{Case, Dice, GOOD, scan, words};

/// A wrapped file, and where its lines went.
struct Wrapped {
    bytes: Vec<u8>,
    lines: Lines,
}

/// What became of the lines of a file.
#[derive(Clone, Copy, PartialEq)]
enum Lines {
    /// So many stand before them now.
    Moved(u64),
    /// All of them are within this range now.
    Within(u64, u64),
}

type Wrap = fn(&Case) -> Option<Wrapped>;

const WRAPS: &[(&str, Wrap)] = &[
    ("base64 in one line", |case| {
        one_line(&STANDARD.encode(&case.bytes))
    }),
    ("base64url", |case| {
        one_line(&URL_SAFE_NO_PAD.encode(&case.bytes))
    }),
    ("base64 in lines of 76", |case| {
        within(lines_of(76, &STANDARD.encode(&case.bytes), "\n"))
    }),
    ("base64 in CRLF lines of 64", |case| {
        within(lines_of(64, &STANDARD.encode(&case.bytes), "\r\n"))
    }),
    ("base64 in YAML", |case| {
        let data = STANDARD.encode(&case.bytes);
        let head = "apiVersion: v1\nkind: Secret\ndata:\n";
        at_line(
            4,
            format!("{head}  signer.key: {data}\n  other: aGVsbG8=\n"),
        )
    }),
    ("base64 in a YAML block", |case| {
        let body = lines_of(64, &STANDARD.encode(&case.bytes), "\n    ");
        within(format!("key: |\n    {body}\nnext: value\n"))
    }),
    ("base64 in .env", |case| {
        let data = STANDARD.encode(&case.bytes);
        at_line(2, format!("HOST=example.com\nSIGNER_KEY={data}\nPORT=80\n"))
    }),
    ("base64 in JSON", |case| {
        let data = STANDARD.encode(&case.bytes);
        at_line(
            3,
            format!("{{\n \"host\": \"example.com\",\n \"key\": \"{data}\"\n}}\n"),
        )
    }),
    ("base64 behind a data URL", |case| {
        let data = STANDARD.encode(&case.bytes);
        one_line(&format!("url(data:application/octet-stream;base64,{data})"))
    }),
    ("hex", |case| one_line(&hex(&case.bytes))),
    ("HEX", |case| one_line(&hex(&case.bytes).to_uppercase())),
    ("hex in lines", |case| {
        within(lines_of(64, &hex(&case.bytes), "\n"))
    }),
    ("hex with colons", |case| {
        within(lines_of(45, &hex_with(&case.bytes, ":"), "\n    "))
    }),
    ("a C array", |case| {
        let bytes = numbers(&case.bytes, 12, |b| format!("0x{b:02x}, "));
        within(format!("static const char key[] = {{\n{bytes}}};\n"))
    }),
    ("signed Java bytes", |case| {
        let bytes = numbers(&case.bytes, 16, |b| format!("{}, ", b as i8));
        within(format!("byte[] key = {{\n{bytes}}};\n"))
    }),
    ("JSON numbers", |case| {
        let bytes = numbers(&case.bytes, usize::MAX, |b| format!("{b},"));
        within(format!(
            "{{\"data\": [{}]}}\n",
            bytes.trim_end_matches([',', '\n'])
        ))
    }),
    ("byte escapes", |case| {
        let bytes = numbers(&case.bytes, usize::MAX, |b| format!("\\x{b:02x}"));
        within(format!("key = b'{}'\n", bytes.trim_end()))
    }),
    ("a dump", |case| {
        let lines = case.bytes.chunks(16).enumerate();
        let lines: String = lines
            .map(|(i, line)| format!("{:08x}  {}\n", i * 16, hex_with(line, " ")))
            .collect();
        within(lines)
    }),
    ("base64 in string literals", |case| {
        let text = lines_of(64, &STANDARD.encode(&case.bytes), "\" +\n    \"");
        within(format!("String key =\n    \"{text}\";\n"))
    }),
    ("base64 in a form", |case| {
        let text = STANDARD.encode(&case.bytes);
        let text = text.replace('+', "%2B").replace('/', "%2F");
        one_line(&format!("name=gate&key={}", text.replace('=', "%3D")))
    }),
    ("UTF-32LE", |case| {
        let text = case.text()?.chars();
        moved(0, text.flat_map(|c| u32::from(c).to_le_bytes()).collect())
    }),
    ("JSON string", |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        at_line(
            2,
            format!("{{\"type\": \"signer\",\n \"key\": {text},\n \"id\": 7}}\n"),
        )
    }),
    ("JSON string in a JSON string", |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        let text = serde_json::to_string(&format!("{{\"key\":{text}}}")).expect("JSON");
        at_line(1, format!("{{\"secret\": {text}}}\n"))
    }),
    ("base64 of a JSON string", |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        one_line(&STANDARD.encode(format!("{{\"key\": {text}}}")))
    }),
    ("base64 of base64", |case| {
        one_line(&STANDARD.encode(STANDARD.encode(&case.bytes)))
    }),
    ("UTF-16LE", |case| utf16(case, u16::to_le_bytes, "")),
    ("UTF-16BE", |case| utf16(case, u16::to_be_bytes, "")),
    ("UTF-16LE with a mark", |case| {
        utf16(case, u16::to_le_bytes, "\u{feff}")
    }),
    ("UTF-16BE with a mark", |case| {
        utf16(case, u16::to_be_bytes, "\u{feff}")
    }),
    ("UTF-8 with a mark", |case| {
        moved(0, [b"\xef\xbb\xbf", case.text()?.as_bytes()].concat())
    }),
    ("CRLF", |case| {
        let text = case.text()?;
        let one_kind = !text.contains('\r');
        one_kind.then(|| moved(0, text.replace('\n', "\r\n").into()))?
    }),
    ("without its last line break", |case| {
        moved(0, case.text()?.strip_suffix('\n')?.into())
    }),
    ("behind three bytes", |case| {
        moved(0, [b"\x8f\x01\xee", &case.bytes[..]].concat())
    }),
    ("behind and before text on its line", |case| {
        let text = case.text()?.trim_end_matches(['\n', '\r']);
        moved(
            0,
            format!("2024-05-02 07:41:09 loaded: {text} in 3 ms\n").into(),
        )
    }),
    ("in 100 KB of text", |case| {
        let (before, after) = (prose(1, 50_000), prose(2, 50_000));
        let lines = before.matches('\n').count() as u64;
        moved(
            lines,
            [before.as_bytes(), &case.bytes, b"\n", after.as_bytes()].concat(),
        )
    }),
    ("in 100 KB of noise", |case| {
        let mut dice = Dice::of("noise");
        let (before, after) = (dice.bytes(50_001), dice.bytes(50_000));
        within([&before[..], &case.bytes, &after].concat())
    }),
    ("in 100 KB of zeros", |case| {
        within([&[0; 50_001][..], &case.bytes, &[0; 50_000]].concat())
    }),
];

fn moved(before: u64, bytes: Vec<u8>) -> Option<Wrapped> {
    let lines = Lines::Moved(before);
    Some(Wrapped { bytes, lines })
}

fn within(bytes: impl Into<Vec<u8>>) -> Option<Wrapped> {
    let bytes = bytes.into();
    let last = 1 + bytes.iter().filter(|b| **b == b'\n').count() as u64;
    let lines = Lines::Within(1, last);
    Some(Wrapped { bytes, lines })
}

fn at_line(line: u64, text: String) -> Option<Wrapped> {
    let lines = Lines::Within(line, line);
    Some(Wrapped {
        bytes: text.into(),
        lines,
    })
}

fn one_line(text: &str) -> Option<Wrapped> {
    at_line(1, format!("{text}\n"))
}

fn lines_of(width: usize, text: &str, seam: &str) -> String {
    let lines = text.as_bytes().chunks(width);
    let lines: Vec<&str> = lines
        .map(|l| std::str::from_utf8(l).expect("ASCII"))
        .collect();
    lines.join(seam)
}

fn hex(bytes: &[u8]) -> String {
    hex_with(bytes, "")
}

fn hex_with(bytes: &[u8], seam: &str) -> String {
    let pairs: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    pairs.join(seam)
}

/// Bytes as numbers, so many in a line.
fn numbers(bytes: &[u8], width: usize, write: fn(u8) -> String) -> String {
    let lines = bytes.chunks(width.min(bytes.len()).max(1));
    lines
        .map(|line| format!("{}\n", line.iter().map(|b| write(*b)).collect::<String>()))
        .collect()
}

fn utf16(case: &Case, order: fn(u16) -> [u8; 2], mark: &str) -> Option<Wrapped> {
    let units = mark.encode_utf16().chain(case.text()?.encode_utf16());
    moved(0, units.flat_map(order).collect())
}

/// Words in lines, as in any documentation.
fn prose(seed: u32, len: usize) -> String {
    const WORDS: [&str; 12] = [
        "the",
        "key",
        "of",
        "a",
        "gate",
        "opens",
        "private",
        "doors",
        "begin",
        "end",
        "and",
        "ferries.\n",
    ];
    let mut dice = Dice::of(&format!("prose {seed}"));
    let mut text = String::with_capacity(len + 16);
    while text.len() < len {
        text.push_str(WORDS[dice.below(WORDS.len())]);
        text.push(' ');
    }
    text.push('\n');
    text
}

#[test]
fn every_key_in_every_wrap() {
    let pairs: Vec<_> = GOOD
        .iter()
        .flat_map(|case| WRAPS.iter().map(move |wrap| (case, wrap)))
        .collect();
    let results: Vec<Option<String>> = pairs
        .par_iter()
        .filter_map(|(case, (name, wrap))| Some((*case, name, wrap(case)?)))
        .map(|(case, name, wrapped)| problem(case, name, &wrapped))
        .collect();
    assert!(
        results.len() > 2_000,
        "only {} wrapped files",
        results.len()
    );
    let tried = results.len();
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(
        wrong.is_empty(),
        "{} of {tried} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn problem(case: &Case, name: &str, wrapped: &Wrapped) -> Option<String> {
    let seen = scan(&wrapped.bytes);
    let (want, got) = (case.wanted(), words(&seen));
    if want != got {
        return Some(format!(
            "{name}: {}: expected {want:?}, got {got:?}",
            case.path
        ));
    }
    let mut lines: Vec<u64> = seen.iter().map(|s| s.region.line).collect();
    lines.sort_unstable();
    let fits = match wrapped.lines {
        Lines::Within(first, last) => lines.iter().all(|l| (first..=last).contains(l)),
        Lines::Moved(before) => {
            let mut want: Vec<u64> = case.keys.iter().map(|key| key.line + before).collect();
            want.sort_unstable();
            lines == want
        }
    };
    (!fits).then(|| format!("{name}: {}: lines {lines:?}", case.path))
}
