//! What is found is what is found when every piece is read at once, one byte after the other.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::inventory::{Entry, EntryIds, Inventory, List};
use crate::key::{ChallengeMac, Secret};
use crate::wire::hex;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The secrets of the list: of texts and of bytes, some longer than a block.
static SECRETS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    for (n, len) in [16, 24, 32, 40, 48, 63, 64, 65, 128, 129, 200, 700]
        .into_iter()
        .enumerate()
    {
        let of = |i: usize, most: usize| {
            let mixed = (i * 7919 + n * 104_729 + 13).wrapping_mul(2_654_435_761) >> 9;
            u8::try_from(mixed % most).unwrap()
        };
        secrets.push((0..len).map(|i| of(i, 256)).collect());
        let letters = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/";
        let text = (0..len).map(|i| letters[usize::from(of(i + 1000, letters.len()))]);
        secrets.push(text.collect());
    }
    secrets.push(b"a phrase with blanks, Kq7Zx9w in it and more".to_vec());
    secrets
});

/// Several algorithms; of every third key nobody knows the length.
fn sought() -> Sought {
    let macs = [
        ChallengeMac::HmacSha256,
        ChallengeMac::HmacSha512,
        ChallengeMac::HmacSha384,
        ChallengeMac::HmacSha512,
    ];
    let entries = SECRETS.iter().zip(macs.iter().cycle()).zip(1..);
    let entries = entries.map(|((secret, &mac), entry)| {
        let answer = hex::encode(&Secret::new(Zeroizing::new(secret.clone())).challenge(mac));
        let mut ids = EntryIds::default();
        match mac {
            ChallengeMac::HmacSha384 => ids.chal_hmac_sha384 = Some(answer),
            ChallengeMac::HmacSha512 => ids.chal_hmac_sha512 = Some(answer),
            _ => ids.chal_hmac_sha256 = Some(answer),
        }
        Entry {
            entry,
            kind: "hmac".to_owned(),
            bits: Some(u32::try_from(secret.len() * 8).unwrap()),
            ids,
            ..Entry::default()
        }
    });
    let list = List {
        entries: entries.collect(),
        ..List::default()
    };
    Sought::new(Inventory::of_list(list).answers().expect("answers"))
}

type Found = BTreeSet<(usize, usize, Option<&'static str>)>;

fn simple(sought: &Sought, bytes: &[u8]) -> Found {
    let mut found = Found::new();
    let mut take = |span: Span, text: &[u8], escaped: bool| {
        if sought.is_worth(text, escaped)
            && let Some(layer) = sought.read(text, false)
        {
            found.insert((span.start, span.end, layer));
        }
    };
    let in_run = |b: &u8| (0x21..0x7f).contains(b) && !b"\"'`".contains(b);
    let mut start = 0;
    for text in bytes.split(|b| !in_run(b)) {
        let from = start;
        start += text.len() + 1;
        if text.len() < sought.shortest {
            continue;
        }
        let escaped = text.contains(&b'\\');
        take(from..from + text.len(), text, escaped);
        let inner = trimmed(text);
        let (from, part) = (from + inner.start, &text[inner]);
        take(from..from + part.len(), part, escaped);
        let class = |at: usize| part.get(at).map_or(0, |b| CLASSES[usize::from(*b)]);
        let (mut names, mut word) = (0, 0);
        while let Some(rest) = part.get(word..) {
            let len = rest
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || b"+/-_".contains(b)));
            let at = word + len.unwrap_or(rest.len());
            if at - word >= sought.shortest && at - word < part.len() {
                let padding = (at..at + 2).take_while(|at| class(*at) & PADDING != 0);
                let end = at + padding.count();
                take(from + word..from + end, &part[word..end], escaped);
                let digits = (word..at).rev().take_while(|at| class(*at) & HEX != 0);
                let first = at - digits.count();
                if first > word {
                    take(from + first..from + at, &part[first..at], escaped);
                }
            }
            word = at + 1;
            let double =
                class(at) & COLON != 0 && (class(at + 1) | class(at.wrapping_sub(1))) & COLON != 0;
            if class(at) & SPLITS != 0 && names < 4 && part.len() - at > sought.shortest && !double
            {
                names += 1;
                take(from + at + 1..from + part.len(), &part[at + 1..], escaped);
            }
        }
    }
    for (at, quote) in bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| b"\"'`".contains(b))
    {
        let Some(open) = bytes[..at].iter().rposition(|b| b == quote) else {
            continue;
        };
        let text = &bytes[open + 1..at];
        let inner = text.trim_ascii();
        let escaped = text.contains(&b'\\');
        let worth = [text, inner]
            .into_iter()
            .filter(|t| sought.is_worth(t, escaped));
        let worth: Vec<&[u8]> = worth.collect();
        if (MIN_TOKEN..=MAX_TOKEN).contains(&text.len())
            && worth
                .first()
                .is_some_and(|t| t.contains(&b' ') && !t.contains(&b'\n'))
        {
            worth.iter().for_each(|text| take(open + 1..at, text, true));
        }
    }
    found
}

/// A secret in one of its encodings.
fn written(secret: &[u8], how: usize) -> Vec<u8> {
    let digits = hex::encode(secret);
    let pairs = || {
        digits
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair))
    };
    match how {
        0 => digits.into_bytes(),
        1 => digits.to_ascii_uppercase().into_bytes(),
        2 => pairs().collect::<Vec<_>>().join(":").into_bytes(),
        3 => pairs()
            .map(|pair| format!("\\x{pair}"))
            .collect::<String>()
            .into_bytes(),
        4 => STANDARD.encode(secret).into_bytes(),
        5 => STANDARD_NO_PAD.encode(secret).into_bytes(),
        6 => URL_SAFE_NO_PAD.encode(secret).into_bytes(),
        7 => format!("base64:{}", STANDARD.encode(secret)).into_bytes(),
        8 => format!("0x{digits}").into_bytes(),
        _ => secret.to_vec(),
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let secret =
        (0..SECRETS.len(), 0..13_usize).prop_map(|(which, how)| written(&SECRETS[which], how));
    let mark =
        prop::sample::select(b"\"'` \n=:,;()[]{}<>\\.-_&%\t\0".to_vec()).prop_map(|b| vec![b]);
    let word = "[a-zA-Z0-9+/]{0,70}".prop_map(String::into_bytes);
    let name = prop::sample::select(vec![
        "key=", "k::", "secret: ", "x-", "\\n", "\\u0041", "==",
    ]);
    let name = name.prop_map(|name| name.as_bytes().to_vec());
    let piece = prop_oneof![3 => secret, 4 => mark, 2 => word, 1 => name];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_waits_is_found_as_what_is_tried_at_once(text in text()) {
        let sought = sought();
        let mut hits = Vec::new();
        let mut trials = Trials::default();
        let mut at = 0;
        while let Some(run) = next_run(sought.level, &text, at, sought.shortest) {
            at = run.end + 1;
            sought.run(&text, &run, &mut trials, &mut hits);
        }
        sought.quoted(&text, &mut trials, &mut hits);
        trials.settle(&sought.answers, &mut hits, &mut |hash| sought.set_tried(hash));
        let found: Found = hits.iter().map(|hit| (hit.span.start, hit.span.end, hit.layer)).collect();
        prop_assert_eq!(found, simple(&sought, &text));
    }
}
