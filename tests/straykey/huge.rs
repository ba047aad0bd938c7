//! Files that are larger than what is held whole.

use std::fs;

use straykey::source::read::HOLD_BYTES;

use crate::cases::{Case, Dice, folder};
use crate::program::{command, report, run_command, told};

/// Lines of an ordinary log, of different lengths.
fn log(dice: &mut Dice, len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 100);
    while text.len() < len {
        let line = format!(
            "{:08} gate {} opened\n",
            dice.next() % 100_000_000,
            dice.below(9_999)
        );
        text.extend_from_slice(line.as_bytes());
    }
    text
}

fn case(path: &str) -> Case {
    let (name, _) = path.split_once('/').expect("a folder");
    let mut cases = folder(name).into_iter();
    cases.find(|case| case.path == path).expect("the file")
}

/// One key in the middle of a window, others wherever the seams of windows may
/// be: keys are laid so that one covers every place around the first seams.
#[test]
fn keys_in_the_middle_and_across_windows() {
    let keys = [
        case("pkcs8/good-rsa-4096.pem"),
        case("openssh/good-ed25519"),
        case("jwk/good-rsa-2048.jwk"),
        case("sec1/good-ec-secp384r1.pem"),
        case("ppk/good-v3-rsa-2048.ppk"),
        case("pkcs1/good-rsa-2048.pem"),
    ];
    let mut dice = Dice::of("huge");
    let mut text = Vec::new();
    let mut want = Vec::new();
    let mut lay = |text: &mut Vec<u8>, case: &Case| {
        let line = text.iter().filter(|b| **b == b'\n').count() as u64;
        let key = &case.keys[0];
        want.push((line + key.line, key.finding_id().expect("an id").to_owned()));
        text.extend_from_slice(&case.bytes);
        text.push(b'\n');
    };
    let overlap = 512 << 10;
    // The first seam, the start of what the next window repeats, and so on.
    let seams = [
        HOLD_BYTES - overlap,
        HOLD_BYTES,
        2 * HOLD_BYTES - 2 * overlap,
    ];
    let middle = log(&mut dice, HOLD_BYTES / 2);
    text.extend(middle);
    lay(&mut text, &keys[0]);
    for (i, seam) in seams.into_iter().enumerate() {
        let until = seam - text.len() - keys[i + 1].bytes.len() / 2;
        let lines = log(&mut dice, until);
        text.extend(&lines[lines.len() - until..]);
        text.push(b'\n');
        lay(&mut text, &keys[i + 1]);
        assert!(text.len() > seam, "key {i} lies across the seam");
    }
    text.extend(log(&mut dice, 100_000));
    lay(&mut text, &keys[4]);
    lay(&mut text, &keys[5]);

    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("big.log"), &text).expect("written");
    let (json, code) = report(dir.path(), &["big.log"]);
    assert_eq!(code, 1);
    let mut got: Vec<(u64, String)> = told(&json)
        .into_iter()
        .map(|t| (t.line, t.id.unwrap_or(t.rule)))
        .collect();
    got.sort();
    assert_eq!(got, want);

    // Without a place for temporary files: what comes from a pipe may be a secret
    // that was on no disk.
    let mut asked = command(dir.path());
    asked
        .args(["scan", "--stdin", "--format", "json"])
        .env("TMPDIR", dir.path().join("nowhere"));
    let run = run_command(asked, &text).ended(1);
    let lines: Vec<u64> = {
        let mut lines: Vec<u64> = told(&run.json()).iter().map(|t| t.line).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(
        lines,
        want.iter().map(|w| w.0).collect::<Vec<_>>(),
        "standard input"
    );
}

/// The context of a value may stand in the window before.
#[test]
fn a_value_behind_the_seam_of_its_context() {
    let case = case("tsig/good-rndc.key");
    let secret = memchr::memmem::find(&case.bytes, b"secret \"").expect("a secret") + 8;
    let seam = HOLD_BYTES - (512 << 10);
    let dir = tempfile::tempdir().expect("a folder");
    for before in [0, 1, 300] {
        let lines = log(&mut Dice::of("context"), seam + before);
        let mut text = lines[lines.len() - (seam + before - secret)..].to_vec();
        text.extend_from_slice(&case.bytes);
        text.extend(log(&mut Dice::of("behind"), HOLD_BYTES));
        fs::write(dir.path().join("big.conf"), &text).expect("written");
        let (json, code) = report(dir.path(), &["big.conf"]);
        assert_eq!((code, told(&json).len()), (1, 1), "{before} bytes behind");
    }
}
