//! No report, message or log holds a byte of a key.
//!
//! Collected are all runs of eight bytes of every decoded private key of
//! `testdata`, and every line of their bodies. Then everything that the binary
//! prints is taken apart: raw, as hex at both alignments and as base64 at all
//! four, and no run may be among them. Public halves inside private keys count
//! as secret here; reports hold hashes of them only.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize;

use crate::cases::{Case, GOOD, Key, folder, is_full, sampled, testdata};
use crate::program::{Run, run_in, run_with};
use crate::truncation::pem_body;

/// Length of the runs.
const RUN: usize = 8;
/// Runs with fewer different bytes are padding, zeros or text.
const DIFFERENT: usize = 6;
/// Shortest line of a body that is looked for as it stands.
const LINE: usize = 20;

/// Types that hold a secret cannot be copied or printed; this does not compile
/// when one of them can.
const _: fn() = || {
    trait Unless<A> {
        fn here() {}
    }
    struct Debugs;
    struct Clones;
    impl<T: ?Sized> Unless<()> for T {}
    impl<T: ?Sized + std::fmt::Debug> Unless<Debugs> for T {}
    impl<T: Clone> Unless<Clones> for T {}
    <straykey::key::Key as Unless<_>>::here();
    <straykey::key::RsaKey as Unless<_>>::here();
    <straykey::key::EcKey as Unless<_>>::here();
    <straykey::key::OkpKey as Unless<_>>::here();
    <straykey::key::DsaKey as Unless<_>>::here();
    <straykey::key::Secret as Unless<_>>::here();
    fn wiped<T: Zeroize>() {}
    wiped::<zeroize::Zeroizing<Vec<u8>>>();
};

/// What must not be printed.
struct Secrets {
    runs: HashSet<[u8; RUN]>,
    lines: aho_corasick::AhoCorasick,
    named: Vec<String>,
    /// SHA-256 of the public keys.
    publics: HashSet<Vec<u8>>,
}

impl Secrets {
    fn collect() -> Self {
        // What stands in two keys is their structure, not their secret.
        let mut runs: HashMap<[u8; RUN], Option<String>> = HashMap::new();
        let mut lines: Vec<String> = Vec::new();
        let mut publics = HashSet::new();
        let placements = folder("placement");
        let demo = folder("demo");
        let all = GOOD.iter().chain(&placements).chain(&demo);
        for case in all.filter(|case| !case.keys.is_empty()) {
            let bytes = private_bytes(case);
            let ids = case
                .keys
                .iter()
                .filter_map(|key| key.ids.get("spki-sha256"));
            publics.extend(ids.map(|id| unhex(id.as_bytes())));
            // Certificates and signatures hold hashes of the public key; what a
            // reference tool computed of that is no secret.
            let public: Vec<Vec<u8>> = case.keys.iter().flat_map(fingerprints).collect();
            for run in bytes.windows(RUN) {
                let is_public = |id: &Vec<u8>| memchr::memmem::find(id, run).is_some();
                if public.iter().any(is_public) {
                    continue;
                }
                let run: [u8; RUN] = run.try_into().expect("a run");
                let different: HashSet<u8> = run.iter().copied().collect();
                let is_text = run.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
                if different.len() >= DIFFERENT && !is_text {
                    let key = case.keys.first().and_then(|key| key.finding_id());
                    let key = key.unwrap_or(&case.path);
                    let of = runs.entry(run).or_insert_with(|| Some(key.to_owned()));
                    if of.as_deref() != Some(key) {
                        *of = None;
                    }
                }
            }
            lines.extend(body_lines(case));
        }
        let of_one_key = runs.into_iter().filter(|(_, key)| key.is_some());
        let runs: HashSet<[u8; RUN]> = of_one_key.map(|(run, _)| run).collect();
        lines.sort();
        lines.dedup();
        assert!(runs.len() > 50_000, "only {} runs", runs.len());
        assert!(lines.len() > 1_000, "only {} lines", lines.len());
        Self {
            runs,
            lines: aho_corasick::AhoCorasick::new(&lines).expect("an automaton"),
            named: lines,
            publics,
        }
    }

    /// Returns what of the secrets stands in printed bytes.
    fn in_printed(&self, printed: &[u8]) -> Option<String> {
        if let Some(found) = self.lines.find(printed) {
            return Some(format!(
                "the line {}",
                self.named[found.pattern().as_usize()]
            ));
        }
        let has = |bytes: &[u8], how: &str| {
            let mut runs = bytes.windows(RUN);
            let run = runs.find(|run| self.runs.contains(*run))?;
            Some(format!("{how}: {run:02x?}"))
        };
        if let Some(found) = has(printed, "raw") {
            return Some(found);
        }
        for digits in runs_of(printed, u8::is_ascii_hexdigit, 2 * RUN) {
            for phase in 0..2 {
                if let Some(found) = has(&unhex(&digits[phase..]), "hex") {
                    return Some(found);
                }
            }
        }
        let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
        for text in runs_of(printed, is_base64, 11) {
            let text: Vec<u8> = text.iter().map(url_to_standard).collect();
            for phase in 0..4 {
                let whole = (text.len() - phase) / 4 * 4;
                let bytes = LENIENT.decode(&text[phase..phase + whole]).expect("base64");
                if let Some(found) = has(&bytes, "base64") {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Takes out the public keys that a list holds on purpose: what stands as
    /// `spki` and has the SHA-256 that a reference tool gave one of the keys.
    fn without_public_keys(&self, printed: &[u8]) -> Vec<u8> {
        const NAME: &[u8] = b"\"spki\":\"";
        let mut out = printed.to_vec();
        for at in memchr::memmem::find_iter(printed, NAME) {
            let start = at + NAME.len();
            let len = memchr::memchr(b'"', &printed[start..]).expect("a closing quote");
            let der = STANDARD.decode(&printed[start..start + len]);
            let hash = Sha256::digest(der.expect("base64"));
            if self.publics.contains(&hash[..]) {
                out[start..start + len].fill(b'#');
            }
        }
        out
    }

    #[track_caller]
    fn absent(&self, run: &Run) {
        let out = self.without_public_keys(&run.out);
        for (stream, bytes) in [("output", &out[..]), ("errors", run.err.as_bytes())] {
            if let Some(found) = self.in_printed(bytes) {
                panic!("{}: {stream} hold a secret: {found}", run.asked);
            }
        }
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn url_to_standard(byte: &u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    }
}

fn unhex(digits: &[u8]) -> Vec<u8> {
    let value = |d: &u8| char::from(*d).to_digit(16).expect("a digit") as u8;
    digits
        .chunks_exact(2)
        .map(|pair| value(&pair[0]) << 4 | value(&pair[1]))
        .collect()
}

fn runs_of(bytes: &[u8], belongs: impl Fn(&u8) -> bool, least: usize) -> Vec<&[u8]> {
    let runs = bytes.split(|b| !belongs(b));
    runs.filter(|run| run.len() >= least).collect()
}

/// Returns the fingerprints of a key that are written in hex.
fn fingerprints(key: &Key) -> Vec<Vec<u8>> {
    let is_hex = |id: &&String| id.bytes().all(|b| b.is_ascii_hexdigit());
    let ids = key.ids.values().filter(is_hex);
    ids.map(|id| unhex(id.as_bytes())).collect()
}

/// Returns the decoded private key of a file, as far as a few lines can.
fn private_bytes(case: &Case) -> Vec<u8> {
    let Some(text) = case.text() else {
        return case.bytes.clone();
    };
    if text.contains("PuTTY-User-Key-File") {
        let lines = text.lines().skip_while(|l| !l.starts_with("Private-Lines"));
        let body: String = lines.skip(1).take_while(|l| !l.contains(':')).collect();
        return STANDARD.decode(body).expect("base64");
    }
    if let Ok(json) = serde_json::from_str(text) {
        let mut bytes = Vec::new();
        members(&json, &mut bytes);
        return bytes;
    }
    pem_body(text)
}

/// Collects the private members of every JWK in a document.
fn members(value: &serde_json::Value, bytes: &mut Vec<u8>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                let private = ["d", "p", "q", "dp", "dq", "qi", "k"].contains(&name.as_str());
                match value.as_str() {
                    Some(text) if private => {
                        let text: Vec<u8> = text.bytes().map(|b| url_to_standard(&b)).collect();
                        bytes.extend(LENIENT.decode(text).unwrap_or_default());
                    }
                    _ => members(value, bytes),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| members(item, bytes)),
        _ => {}
    }
}

/// Returns the lines of a body, without what stands around them.
fn body_lines(case: &Case) -> Vec<String> {
    let text = case.text().unwrap_or_default();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_=".contains(c);
    // Of a JWK the numbers of the public half are no secret.
    let is_name = |word: &str| case.folder() == "jwk" && ["x", "y", "n"].contains(&word);
    let mut words = text
        .split(|c| !is_base64(c))
        .filter(|word| !word.is_empty());
    let mut lines = Vec::new();
    while let Some(word) = words.next() {
        if is_name(word) {
            words.next();
        } else if word.len() >= LINE && is_random(word) {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Whether a word is of a key rather than of a language: mixed case and digits.
fn is_random(word: &str) -> bool {
    let has = |kind: fn(&char) -> bool| word.chars().filter(kind).count() >= 2;
    has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit)
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let secrets = Secrets::collect();
    let case = GOOD.iter().find(|c| c.path == "pkcs8/good-rsa-2048.der");
    let key = &case.expect("the key").bytes[500..];
    let hex: String = key[..9].iter().map(|b| format!("{b:02X}")).collect();
    assert!(secrets.in_printed(&key[..9]).is_some(), "raw");
    assert!(
        secrets
            .in_printed(format!("id: {hex}!").as_bytes())
            .is_some(),
        "hex"
    );
    assert!(
        secrets
            .in_printed(format!("id: 0{hex}!").as_bytes())
            .is_some(),
        "shifted hex"
    );
    for shift in 0..3 {
        let text = STANDARD.encode([&[7; 3][..shift], &key[..10]].concat());
        assert!(
            secrets.in_printed(text.as_bytes()).is_some(),
            "base64 {shift}"
        );
        let url = text.replace('+', "-").replace('/', "_");
        assert!(
            secrets.in_printed(url.as_bytes()).is_some(),
            "base64url {shift}"
        );
    }
    assert!(
        secrets
            .in_printed(b"nothing to see in 0123456789abcdef0123456789abcdef")
            .is_none()
    );
}

const FORMATS: [&[&str]; 9] = [
    &["human"],
    &["json"],
    &["jsonl"],
    &["sarif"],
    &["sarif", "--sarif-profile", "github"],
    &["github"],
    &["gitlab"],
    &["junit"],
    &["markdown"],
];

/// The folders that a report of this shape is made of: all of them, or for shapes that
/// say the same in other words each folder in one of them.
fn folders_for(shape: usize) -> Vec<String> {
    let has_all = |shape: usize| matches!(FORMATS[shape], ["human" | "json"] | ["sarif"]);
    if has_all(shape) || is_full() {
        return vec![".".to_owned()];
    }
    let others: Vec<usize> = (0..FORMATS.len())
        .filter(|shape| !has_all(*shape))
        .collect();
    let entries = fs::read_dir(testdata()).expect("test data").flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name()).collect();
    names.sort();
    let own = names.iter().enumerate();
    let own = own.filter(|(i, _)| others.get(i % others.len()) == Some(&shape));
    own.map(|(_, name)| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn no_report_holds_a_secret() {
    let secrets = Secrets::collect();
    for (shape, format) in FORMATS.iter().enumerate() {
        for more in [
            &[][..],
            &["-v"],
            &["-vv", "--inventory", "demo/inventory.jsonl"],
        ] {
            // All is said with the last; the others are for the full matrix.
            if more.len() < 3 && !sampled(&format!("{format:?}{more:?}"), 8) {
                continue;
            }
            // What passwords open is the same in all shapes: two of them take the time.
            let trials = match format.first() {
                Some(&"human" | &"sarif") => "on",
                _ => "off",
            };
            let scan = ["scan", "--history", "skip", "--trials", trials, "--format"];
            let asked = scan.iter().chain(*format).chain(more);
            let asked = asked.map(|word| (*word).to_owned());
            let run = run_in(&testdata(), asked.chain(folders_for(shape))).ended(1);
            assert!(run.out.len() > 2_000, "{}: a short report", run.asked);
            secrets.absent(&run);
        }
    }
}

/// What goes wrong around a run: what a shell does to it, and what it is asked besides.
#[cfg(unix)]
const TROUBLES: [(&str, &[&str]); 9] = [
    ("exec \"$0\" \"$@\" >/dev/full", &[]),
    ("exec \"$0\" \"$@\" 2>/dev/full", &[]),
    ("exec \"$0\" \"$@\" >&-", &[]),
    ("\"$0\" \"$@\" | head -c 100", &[]),
    ("exec \"$0\" \"$@\"", &["--output", "/dev/full"]),
    ("exec \"$0\" \"$@\"", &["--output", "no/such/folder"]),
    ("exec \"$0\" \"$@\"", &["--also", "sarif=/dev/full"]),
    ("exec \"$0\" \"$@\"", &["--state", "/dev/null/state"]),
    // Threads are refused, which panics; or memory, which aborts.
    ("ulimit -v 450000; exec \"$0\" \"$@\"", &["-j", "256"]),
];

/// All shapes of a report, all levels of talk, with all that may go wrong: a part of the product,
/// always the same, or all of it with `STRAYKEY_FULL`.
#[cfg(unix)]
#[test]
fn no_failing_run_prints_a_secret() {
    use rayon::prelude::*;
    let secrets = Secrets::collect();
    let mut runs = Vec::new();
    for format in FORMATS {
        for level in [&[][..], &["-q"], &["-v"], &["-vv"]] {
            for (number, (script, more)) in TROUBLES.iter().enumerate() {
                if sampled(&format!("{format:?}{level:?}{number}"), 20) {
                    runs.push((format, level, *script, *more));
                }
            }
        }
    }
    assert!(runs.len() > 8, "{} runs", runs.len());
    let failed = runs.par_iter().filter(|(format, level, script, more)| {
        // Files that come and go while they are read.
        let dir = tempfile::tempdir().expect("a folder");
        let vanishing = dir.path().join("vanishing");
        fs::create_dir(&vanishing).expect("a folder");
        for (number, case) in GOOD.iter().enumerate().take(20) {
            put(&vanishing, &number.to_string(), &case.bytes);
        }
        let removed = vanishing.clone();
        let remover = std::thread::spawn(move || {
            for number in 0..20 {
                std::thread::sleep(std::time::Duration::from_millis(3));
                let _ = fs::remove_file(removed.join(number.to_string()));
            }
        });
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_straykey")]);
        command.args(["scan", "--history", "skip", "--trials", "off", "--format"]);
        command.args(*format).args(*level).args(*more);
        command.args(["ppk", "sec1"]).arg(&vanishing);
        command
            .current_dir(testdata())
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        let output = command.output().expect("a shell");
        remover.join().expect("removed");
        secrets.absent(&Run {
            asked: format!("{command:?}"),
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
        output.status.code() != Some(1)
    });
    // Not everything fails: a report that nobody reads is none, and a full standard error is not told.
    assert!(failed.count() * 3 > runs.len());
}

#[test]
fn no_other_command_prints_a_secret() {
    let secrets = Secrets::collect();
    let names = GOOD.iter().map(|case| case.path.as_str());
    let files: Vec<&str> = names.chain(["demo/inventory.jsonl"]).collect();
    for start in [
        &["identify"][..],
        &["identify", "--json"],
        &["inventory", "import"],
    ] {
        let run = run_in(&testdata(), start.iter().chain(&files));
        assert!(
            run.out.len() + run.err.len() > 1_000,
            "{}: says nothing",
            run.asked
        );
        secrets.absent(&run);
    }
    for case in some_files() {
        let input = ["scan", "--stdin", "-vv"];
        secrets.absent(&run_with(&testdata(), input, &case.bytes));
    }
}

/// Some of the files, each of them a few runs of the program.
fn some_files() -> impl Iterator<Item = &'static Case> {
    GOOD.iter().filter(|case| sampled(&case.path, 16))
}

/// Key files where another file was expected.
#[test]
fn no_error_message_quotes_a_secret() {
    let secrets = Secrets::collect();
    let empty = tempfile::tempdir().expect("a folder");
    let table = empty.path().join("table");
    let table = table.to_str().expect("UTF-8");
    for case in some_files() {
        let path = testdata().join(&case.path);
        let path = path.to_str().expect("UTF-8");
        for asked in [
            &["scan", "--inventory", path, "."][..],
            &["identify", "--inventory", path, path],
            &["inventory", "show", path],
            &["inventory", "merge", path],
            &["inventory", "compile", path, "-o", table],
            &["inventory", "import", "--from", "jwks", path],
            &["inventory", "import", "--from", "vault", path],
        ] {
            secrets.absent(&run_in(empty.path(), asked));
        }
    }
}

#[test]
fn no_configuration_error_quotes_a_secret() {
    let secrets = Secrets::collect();
    let dir = tempfile::tempdir().expect("a folder");
    for case in some_files() {
        let bytes = case.bytes.clone();
        let line = case
            .text()
            .and_then(|t| body_lines_of(t).into_iter().next());
        let config = line.map(|line| format!("[scan]\nkey = \"{line}\"\nexclude = {line}\n"));
        for text in [Some(bytes), config.map(Into::into)].into_iter().flatten() {
            put(dir.path(), "straykey.toml", &text);
            let run = run_in(dir.path(), ["scan", "-vv", "/dev/null"]);
            // A key file may be empty of TOML, but not valid TOML.
            secrets.absent(&run);
        }
    }
}

fn body_lines_of(text: &str) -> Vec<String> {
    let words = text
        .split_whitespace()
        .filter(|w| w.len() >= LINE && is_random(w));
    words.map(str::to_owned).collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("written");
}
