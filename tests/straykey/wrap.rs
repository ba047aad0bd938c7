//! Every file with a key, wrapped as people and programs wrap files.
//!
//! A wrap that makes no sense for a file is left out by rule, not by name:
//! what works on characters needs text, and a second kind of line break is
//! only given to a file that has one kind.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rayon::prelude::*;

use straykey::blob::Trigger;
use straykey::decode::armor;
use straykey::format;

use crate::cases::{Case, Dice, GOOD, formats, sampled, scan, words};

/// A wrapped file, and where its lines went.
pub(crate) struct Wrapped {
    pub(crate) bytes: Vec<u8>,
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

impl Wrapped {
    /// Returns the lines among which one of the file is now.
    pub(crate) fn lines_of(&self, line: u64) -> (u64, u64) {
        match self.lines {
            Lines::Moved(before) => (line + before, line + before),
            Lines::Within(first, last) => (first, last),
        }
    }
}

pub(crate) type Wrap = fn(&Case) -> Option<Wrapped>;

/// What a wrap asks of a format: that its literals are searched so.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// Nothing: the file as a whole, in other characters.
    Whole,
    /// In the middle of something else.
    Plain,
    Base64,
    /// In the other alphabet, in which the first characters of binary files are
    /// not searched.
    Base64Url,
    /// In lines of so many characters, that may cut every literal in two.
    Base64Lines(usize),
    /// Base64 of base64, which no literal is derived for.
    Twice,
    Hex,
    HexLines(usize),
    /// Pairs of digits with colons.
    Colons,
    /// Numbers between separators, in lines of any length.
    Numbers,
    /// A dump with offsets, whose lines may cut a literal in two.
    Dump,
    Escaped,
    /// Base64 of escaped text.
    EscapedBase64,
    Utf16,
    /// On lines that have something before their text.
    Margin,
}

impl Form {
    /// Returns the column of the conformance table that the form counts in.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Whole => "other line ends, marks",
            Self::Plain => "inside other bytes",
            Self::Base64 | Self::Base64Url | Self::Base64Lines(_) => "base64",
            Self::Twice => "base64 twice",
            Self::Hex | Self::HexLines(_) | Self::Colons => "hex",
            Self::Numbers => "numbers",
            Self::Dump => "dumps",
            Self::Escaped => "escapes",
            Self::EscapedBase64 => "escapes in base64",
            Self::Utf16 => "UTF-16 or 32",
            Self::Margin => "comments, diffs, blocks",
        }
    }

    /// Whether the table of formats says that a file is found in this form.
    ///
    /// The raw search has room for few literals, so a format is not searched in
    /// every form (`Trigger`). Which literal stands in a file, and in which forms
    /// it is searched, decides; a format that is given one more form is tested in
    /// it from then on.
    pub(crate) fn is_promised(self, case: &Case) -> bool {
        let bytes = &case.bytes;
        match self {
            Self::Whole => true,
            Self::Twice | Self::Colons | Self::Dump => false,
            Self::Numbers => triggers(case).any(|t| {
                // Text as numbers is found by its armour only.
                let is_binary = t.bytes.iter().any(u8::is_ascii_control);
                let is_armor = t.bytes == armor::HEAD;
                let forms = t.forms.base64 || t.forms.base64_head || t.forms.plain && is_binary;
                (is_binary && forms || is_armor) && t.bytes.len() > 8 && stands_in(&t, bytes)
            }),
            Self::Plain => {
                let mut there = triggers(case).filter(|t| stands_in(t, bytes)).peekable();
                // A file without a literal holds its key encoded, or is known
                // by its head and size alone.
                match there.peek() {
                    Some(_) => there.any(|t| t.forms.plain),
                    None => {
                        let format = format::by_id(case.folder()).expect("a format");
                        let head = &bytes[..bytes.len().min(32)];
                        let small = &bytes[..bytes.len().min(512)];
                        own_triggers(case).next().is_some()
                            && case.text().is_some()
                            && !format.is_head(head, bytes.len() as u64)
                            && !format.may_hold(small, bytes.len() as u64)
                    }
                }
            }
            Self::Base64 => triggers(case).any(|t| {
                t.forms.base64 && stands_in(&t, bytes)
                    || t.forms.base64_head && bytes.starts_with(t.bytes)
            }),
            Self::Base64Url => triggers(case).any(|t| {
                let text = STANDARD.encode(t.bytes);
                t.forms.base64 && stands_in(&t, bytes)
                    || t.forms.base64_head
                        && bytes.starts_with(t.bytes)
                        && !text.contains(['+', '/'])
            }),
            Self::Base64Lines(width) => triggers(case).any(|t| {
                let whole = |at: usize| {
                    let end = (at + t.bytes.len()) * 8 / 6;
                    (at * 8).div_ceil(6) / width == end.saturating_sub(1) / width
                };
                let mut places = memchr::memmem::find_iter(bytes, t.bytes);
                t.forms.base64 && places.any(whole)
                    || t.forms.base64_head && bytes.starts_with(t.bytes) && whole(0)
            }),
            Self::HexLines(width) => triggers(case).any(|t| {
                let whole = |at: usize| at * 2 / width == ((at + t.bytes.len()) * 2 - 1) / width;
                let mut places = memchr::memmem::find_iter(bytes, t.bytes);
                t.forms.hex && places.any(whole)
            }),
            Self::Hex => triggers(case).any(|t| t.forms.hex && stands_in(&t, bytes)),
            Self::Escaped | Self::Margin => {
                triggers(case).any(|t| t.forms.escaped && stands_in(&t, bytes))
            }
            Self::EscapedBase64 => {
                let text = case
                    .text()
                    .map(|text| serde_json::to_string(text).expect("JSON"));
                let text = text.unwrap_or_default().into_bytes();
                Self::Escaped.is_promised(case)
                    && triggers(case).any(|t| t.forms.base64 && stands_in(&t, &text))
            }
            Self::Utf16 => triggers(case).any(|t| t.forms.utf16 && stands_in(&t, bytes)),
        }
    }
}

/// The literals of a file's format.
fn own_triggers(case: &Case) -> impl Iterator<Item = Trigger> {
    let format = format::by_id(case.folder()).expect("a format");
    format.spec().triggers.iter().copied()
}

/// The literals of a file's format and of armour.
fn triggers(case: &Case) -> impl Iterator<Item = Trigger> {
    own_triggers(case).chain([
        Trigger::text(armor::ANCHOR),
        Trigger::base64_head(armor::HEAD),
    ])
}

fn stands_in(trigger: &Trigger, bytes: &[u8]) -> bool {
    let Some((last, rest)) = trigger.bytes.split_last() else {
        return false;
    };
    let mask = !0 << (8 - trigger.last_bits);
    let mut places = memchr::memmem::find_iter(bytes, rest);
    if trigger.forms.head {
        return bytes.starts_with(trigger.bytes);
    }
    places.any(|at| {
        bytes
            .get(at + rest.len())
            .is_some_and(|b| b & mask == last & mask)
    })
}

pub(crate) const WRAPS: &[(&str, Form, Wrap)] = &[
    ("base64 in one line", Form::Base64, |case| {
        one_line(&STANDARD.encode(&case.bytes))
    }),
    ("base64url", Form::Base64Url, |case| {
        one_line(&URL_SAFE_NO_PAD.encode(&case.bytes))
    }),
    ("base64 in lines of 76", Form::Base64Lines(76), |case| {
        within(lines_of(76, &STANDARD.encode(&case.bytes), "\n"))
    }),
    (
        "base64 in CRLF lines of 64",
        Form::Base64Lines(64),
        |case| within(lines_of(64, &STANDARD.encode(&case.bytes), "\r\n")),
    ),
    ("base64 in YAML", Form::Base64, |case| {
        let data = STANDARD.encode(&case.bytes);
        let head = "apiVersion: v1\nkind: Secret\ndata:\n";
        at_line(
            4,
            format!("{head}  signer.key: {data}\n  other: aGVsbG8=\n"),
        )
    }),
    ("base64 in a YAML block", Form::Base64Lines(64), |case| {
        let body = lines_of(64, &STANDARD.encode(&case.bytes), "\n    ");
        within(format!("key: |\n    {body}\nnext: value\n"))
    }),
    ("base64 in .env", Form::Base64, |case| {
        let data = STANDARD.encode(&case.bytes);
        at_line(2, format!("HOST=example.com\nSIGNER_KEY={data}\nPORT=80\n"))
    }),
    ("base64 in JSON", Form::Base64, |case| {
        let data = STANDARD.encode(&case.bytes);
        at_line(
            3,
            format!("{{\n \"host\": \"example.com\",\n \"key\": \"{data}\"\n}}\n"),
        )
    }),
    ("base64 behind a data URL", Form::Base64, |case| {
        let data = STANDARD.encode(&case.bytes);
        one_line(&format!("url(data:application/octet-stream;base64,{data})"))
    }),
    ("hex", Form::Hex, |case| one_line(&hex(&case.bytes))),
    ("HEX", Form::Hex, |case| {
        one_line(&hex(&case.bytes).to_uppercase())
    }),
    ("hex in lines", Form::HexLines(64), |case| {
        within(lines_of(64, &hex(&case.bytes), "\n"))
    }),
    ("hex with colons", Form::Colons, |case| {
        within(lines_of(45, &hex_with(&case.bytes, ":"), "\n    "))
    }),
    ("a C array", Form::Numbers, |case| {
        let bytes = numbers(&case.bytes, 12, |b| format!("0x{b:02x}, "));
        within(format!("static const char key[] = {{\n{bytes}}};\n"))
    }),
    ("signed Java bytes", Form::Numbers, |case| {
        let bytes = numbers(&case.bytes, 16, |b| format!("{}, ", b as i8));
        within(format!("byte[] key = {{\n{bytes}}};\n"))
    }),
    ("JSON numbers", Form::Numbers, |case| {
        let bytes = numbers(&case.bytes, usize::MAX, |b| format!("{b},"));
        within(format!(
            "{{\"data\": [{}]}}\n",
            bytes.trim_end_matches([',', '\n'])
        ))
    }),
    ("byte escapes", Form::Numbers, |case| {
        let bytes = numbers(&case.bytes, usize::MAX, |b| format!("\\x{b:02x}"));
        within(format!("key = b'{}'\n", bytes.trim_end()))
    }),
    ("a dump", Form::Dump, |case| {
        let lines = case.bytes.chunks(16).enumerate();
        let lines: String = lines
            .map(|(i, line)| format!("{:08x}  {}\n", i * 16, hex_with(line, " ")))
            .collect();
        within(lines)
    }),
    ("base64 in string literals", Form::Base64Lines(64), |case| {
        let text = lines_of(64, &STANDARD.encode(&case.bytes), "\" +\n    \"");
        within(format!("String key =\n    \"{text}\";\n"))
    }),
    ("base64 in a form", Form::Base64Url, |case| {
        let text = STANDARD.encode(&case.bytes);
        let text = text.replace('+', "%2B").replace('/', "%2F");
        one_line(&format!("name=gate&key={}", text.replace('=', "%3D")))
    }),
    ("UTF-32LE", Form::Utf16, |case| {
        let text = case.text()?.chars();
        moved(0, text.flat_map(|c| u32::from(c).to_le_bytes()).collect())
    }),
    ("JSON string", Form::Escaped, |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        at_line(
            2,
            format!("{{\"type\": \"signer\",\n \"key\": {text},\n \"id\": 7}}\n"),
        )
    }),
    ("JSON string in a JSON string", Form::Escaped, |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        let text = serde_json::to_string(&format!("{{\"key\":{text}}}")).expect("JSON");
        at_line(1, format!("{{\"secret\": {text}}}\n"))
    }),
    ("base64 of a JSON string", Form::EscapedBase64, |case| {
        let text = serde_json::to_string(case.text()?).expect("JSON");
        one_line(&STANDARD.encode(format!("{{\"key\": {text}}}")))
    }),
    ("base64 of base64", Form::Twice, |case| {
        one_line(&STANDARD.encode(STANDARD.encode(&case.bytes)))
    }),
    ("UTF-16LE", Form::Utf16, |case| {
        utf16(case, u16::to_le_bytes, "")
    }),
    ("UTF-16BE", Form::Utf16, |case| {
        utf16(case, u16::to_be_bytes, "")
    }),
    ("UTF-16LE with a mark", Form::Whole, |case| {
        utf16(case, u16::to_le_bytes, "\u{feff}")
    }),
    ("UTF-16BE with a mark", Form::Whole, |case| {
        utf16(case, u16::to_be_bytes, "\u{feff}")
    }),
    ("UTF-8 with a mark", Form::Plain, |case| {
        moved(0, [b"\xef\xbb\xbf", case.text()?.as_bytes()].concat())
    }),
    ("CRLF", Form::Whole, |case| {
        let text = case.text()?;
        let one_kind = !text.contains('\r');
        one_kind.then(|| moved(0, text.replace('\n', "\r\n").into()))?
    }),
    ("without its last line break", Form::Whole, |case| {
        moved(0, case.text()?.strip_suffix('\n')?.into())
    }),
    ("behind three bytes", Form::Plain, |case| {
        moved(0, [b"\x8f\x01\xee", &case.bytes[..]].concat())
    }),
    ("behind and before text on its line", Form::Plain, |case| {
        let text = case.text()?.trim_end_matches(['\n', '\r']);
        moved(
            0,
            format!("2024-05-02 07:41:09 loaded: {text} in 3 ms\n").into(),
        )
    }),
    ("commented out in a script", Form::Margin, |case| {
        behind(case, "# ")
    }),
    ("commented out in code", Form::Margin, |case| {
        behind(case, "\t//")
    }),
    ("in a block comment", Form::Margin, |case| {
        behind(case, " * ")
    }),
    ("in a zone file", Form::Margin, |case| behind(case, "; ")),
    ("added by a diff", Form::Margin, |case| behind(case, "+")),
    ("taken away by a diff", Form::Margin, |case| {
        behind(case, "-")
    }),
    ("in a mail", Form::Margin, |case| behind(case, "> > ")),
    ("in a YAML block", Form::Margin, |case| {
        behind(case, "      ")
    }),
    ("in 100 KB of text", Form::Plain, |case| {
        let (before, after) = (prose(1, 50_000), prose(2, 50_000));
        let lines = before.matches('\n').count() as u64;
        moved(
            lines,
            [before.as_bytes(), &case.bytes, b"\n", after.as_bytes()].concat(),
        )
    }),
    ("in 100 KB of noise", Form::Plain, |case| {
        let mut dice = Dice::of("noise");
        let (before, after) = (dice.bytes(50_001), dice.bytes(50_000));
        within([&before[..], &case.bytes, &after].concat())
    }),
    ("in 100 KB of zeros", Form::Plain, |case| {
        within([&[0; 50_001][..], &case.bytes, &[0; 50_000]].concat())
    }),
];

/// Puts something before each line.
fn behind(case: &Case, margin: &str) -> Option<Wrapped> {
    let lines = case.text()?.lines().map(|l| format!("{margin}{l}\n"));
    let text = format!("first: |\n{}last: 1\n", lines.collect::<String>());
    moved(1, text.into())
}

/// Further ways to cut encoded text into pieces, which no table has.
const PIECES: &[(&str, Form, Wrap)] = &[
    ("base64 in comments", Form::Base64Lines(64), |case| {
        let text = lines_of(64, &STANDARD.encode(&case.bytes), "\n// ");
        within(format!("// the key:\n// {text}\n"))
    }),
    ("hex in string literals", Form::HexLines(64), |case| {
        let text = lines_of(64, &hex(&case.bytes), "\"\n    + \"");
        within(format!("String key =\n    \"{text}\";\n"))
    }),
    ("hex appended", Form::HexLines(83), |case| {
        let text = lines_of(83, &hex(&case.bytes), "\";\n  key += \"");
        within(format!("let key = \"\";\n  key += \"{text}\";\n"))
    }),
    ("hex in comments", Form::HexLines(64), |case| {
        let text = lines_of(64, &hex(&case.bytes), "\n * ");
        within(format!("/*\n * {text}\n */\n"))
    }),
    ("base64 appended", Form::Base64Lines(64), |case| {
        let text = lines_of(64, &STANDARD.encode(&case.bytes), "\")\n  .append(\"");
        within(format!(
            "key = new StringBuilder()\n  .append(\"{text}\");\n"
        ))
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
        .flat_map(|case| WRAPS.iter().chain(PIECES).map(move |wrap| (case, wrap)))
        .filter(|(case, (name, ..))| sampled(&format!("{} {name}", case.path), 8))
        .collect();
    let promised: Vec<_> = pairs
        .into_iter()
        .filter(|(case, (_, form, _))| form.is_promised(case))
        .collect();
    let results: Vec<Option<String>> = promised
        .par_iter()
        .filter_map(|(case, (name, _, wrap))| Some((*case, name, wrap(case)?)))
        .map(|(case, name, wrapped)| problem(case, name, &wrapped))
        .collect();
    assert!(results.len() > 500, "only {} wrapped files", results.len());
    let tried = results.len();
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(
        wrong.is_empty(),
        "{} of {tried} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is not promised in any file of a format: a format that loses a form, or
/// a new one without, is told here and in the documentation.
#[test]
fn what_is_not_promised_is_known() {
    let mut lost: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let forms = [
        ("base64", Form::Base64),
        ("hex", Form::Hex),
        ("escaped", Form::Escaped),
        ("utf-16", Form::Utf16),
        ("inside", Form::Plain),
    ];
    for format in formats() {
        let cases: Vec<&Case> = GOOD.iter().filter(|c| c.folder() == format).collect();
        let text = cases.iter().any(|case| case.text().is_some());
        for (name, form) in forms {
            let applies = text || !matches!(form, Form::Escaped | Form::Utf16);
            if applies && !cases.iter().any(|case| form.is_promised(case)) {
                lost.entry(format).or_default().insert(name);
            }
        }
    }
    let told: Vec<String> = lost
        .iter()
        .map(|(format, forms)| {
            let forms: Vec<&str> = forms.iter().copied().collect();
            format!("{format}: {}", forms.join(", "))
        })
        .collect();
    assert_eq!(told, NOT_PROMISED, "{told:#?}");
}

/// Formats and the forms in which none of their files is found.
const NOT_PROMISED: &[&str] = &[
    "bip39: base64, escaped, hex, utf-16",
    "bitcoin: base64, escaped, hex, utf-16",
    "bks: hex, inside",
    "capi: escaped, hex, utf-16",
    "cardano: base64, escaped, hex, utf-16",
    "cng: escaped, hex, utf-16",
    "ethereum: base64, escaped, hex, utf-16",
    "jks: escaped, hex, utf-16",
    "jwe: base64, escaped, hex, utf-16",
    "libp2p: base64, escaped, hex, utf-16",
    "nix: base64, escaped, hex, inside, utf-16",
    "nostr: base64, escaped, hex, utf-16",
    "nss: hex, inside",
    "pkcs12: escaped, utf-16",
    "pvk: hex, inside",
    "softhsm: base64, hex, inside",
    "solana: base64, escaped, hex, inside, utf-16",
    "stellar: base64, escaped, hex, utf-16",
];

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

/// Armour in the body of a form: blanks are `+`, headers have them as well.
#[test]
fn armour_with_plus_for_blanks_is_read_with_its_headers() {
    let mut missed = Vec::new();
    for case in GOOD.iter() {
        let armoured = ["ssh-com", "pem-encrypted", "openssh", "pkcs1", "sec1"];
        let Some(text) = case.text().filter(|_| armoured.contains(&case.folder())) else {
            continue;
        };
        // Only what is armour and nothing else: a `+` in prose means a blank to nobody.
        if !text.starts_with("-----BEGIN ") && !text.starts_with("---- BEGIN ") {
            continue;
        }
        let got = words(&scan(text.replace(' ', "+").as_bytes()));
        if !case.wanted().iter().all(|word| got.contains(word)) {
            missed.push(case.path.clone());
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
