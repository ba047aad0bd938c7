//! Tests of the compiled table.

use std::io::Write;

use super::*;
use crate::inventory::{Entry, EntryIds, Holding, IdKind, Inventory, List, Match};

/// A list of `n` entries with several fingerprints each, and key ids that are
/// shared.
fn list(n: u64) -> List {
    let hex = |kind: &str, i: u64| crate::wire::hex::encode(&Sha256::digest(format!("{kind}{i}")));
    let entries = (0..n).map(|i| Entry {
        entry: i * 3 + 1,
        name: format!("key-{i}"),
        kind: "rsa".to_owned(),
        bits: Some(2048),
        ids: EntryIds {
            spki_sha256: Some(hex("spki", i)),
            keygrip: Some(hex("grip", i)[..40].to_owned()),
            chal_hmac_sha256: (i % 7 == 0).then(|| hex("chal", i)),
            kid: vec![format!("kid-{}", i / 4)],
            ..EntryIds::default()
        },
        holdings: vec![Holding {
            source: format!("vault:transit/key-{i}"),
            env: Some(if i % 2 == 0 { "prod" } else { "dev" }.to_owned()),
            state: Some(if i % 5 == 0 { "disabled" } else { "active" }.to_owned()),
            ..Holding::default()
        }],
        ..Entry::default()
    });
    List {
        entries: entries.collect(),
        ..List::default()
    }
}

use sha2::{Digest, Sha256};

fn open(bytes: &[u8]) -> Result<Inventory, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Inventory::open(file.path())
}

use crate::inventory::Error;

/// Every fingerprint of a list, and some that are in no list.
fn questions(list: &List) -> Vec<(IdKind, String)> {
    let mut questions = Vec::new();
    for entry in &list.entries {
        entry
            .ids
            .for_each(|kind, value| questions.push((kind, value.to_owned())));
    }
    for i in 0..50 {
        questions.push((
            IdKind::SpkiSha256,
            crate::wire::hex::encode(&Sha256::digest(format!("none{i}"))),
        ));
        questions.push((IdKind::Kid, format!("none-{i}")));
    }
    questions
}

#[test]
fn table_and_text_answer_alike() {
    for n in [0, 1, 2, 203, 204, 205, 1000] {
        let list = list(n);
        let text = Inventory::of_list(list.clone());
        let table = open(&compile(&list, Options::default()).unwrap()).unwrap();
        let bare = open(&compile(&list, Options { bare: true }).unwrap()).unwrap();
        assert_eq!(table.info().entries, n);
        assert!(table.challenge_macs().eq(text.challenge_macs()));
        assert_eq!(table.challenge_algorithms(), text.challenge_algorithms());
        for (kind, value) in questions(&list) {
            let expected = text.find_id(kind, &value).unwrap();
            assert_eq!(
                table.find_id(kind, &value).unwrap(),
                expected,
                "{n} {value}"
            );
            let least = |found: Match| (found.entry, found.standing, found.by);
            let found = bare.find_id(kind, &value).unwrap();
            assert!(
                found
                    .as_ref()
                    .is_none_or(|found| found.name.is_empty() && found.source.is_none())
            );
            assert_eq!(found.map(least), expected.map(least), "{n} {value}");
        }
    }
}

#[test]
fn bytes_depend_on_the_list_alone_and_a_bare_table_tells_no_name() {
    let list = list(300);
    let bare = compile(&list, Options { bare: true }).unwrap();
    assert_eq!(bare, compile(&list, Options { bare: true }).unwrap());
    let whole = compile(&list, Options::default()).unwrap();
    assert_eq!(whole, compile(&list, Options::default()).unwrap());
    let has = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    assert!(has(&whole, "transit/key-7"));
    assert!(!has(&bare, "key-7") && !has(&bare, "transit") && !has(&bare, "kid-1"));
}

/// Whatever is altered, a lookup gives the same answer or an error.
#[test]
fn a_flipped_byte_is_refused_or_irrelevant() {
    let list = list(260);
    let bytes = compile(&list, Options::default()).unwrap();
    let text = Inventory::of_list(list.clone());
    let questions: Vec<_> = questions(&list).into_iter().step_by(37).collect();
    let expected: Vec<_> = questions
        .iter()
        .map(|(kind, value)| text.find_id(*kind, value).unwrap())
        .collect();
    let mut refused = 0;
    // Every byte of the header, then one in each 89.
    for at in (0..PROLOGUE + FIXED + 600).chain((PROLOGUE + FIXED + 600..bytes.len()).step_by(89)) {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        let Ok(table) = open(&altered) else {
            refused += 1;
            continue;
        };
        for ((kind, value), expected) in questions.iter().zip(&expected) {
            match table.find_id(*kind, value) {
                Ok(found) => assert_eq!(found, *expected, "byte {at}"),
                Err(Error::Damaged(_)) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_truncated_table_is_refused_when_opened() {
    let bytes = compile(&list(260), Options::default()).unwrap();
    for end in (16..bytes.len()).step_by(61) {
        let error = open(&bytes[..end]).unwrap_err().to_string();
        assert!(
            error.contains("damaged compiled inventory"),
            "{end}: {error}"
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(open(&longer).is_err());
}

#[test]
fn pages_are_under_more_than_one_level_of_hashes() {
    // 128 pages and more need a second level.
    let list = list(9000);
    let bytes = compile(&list, Options::default()).unwrap();
    let layout = Layout::new(1, (bytes.len() / PAGE) as u64).unwrap();
    assert_eq!(layout.levels.len(), 2);
    let table = open(&bytes).unwrap();
    for (kind, value) in questions(&list).into_iter().step_by(101) {
        let found = table.find_id(kind, &value).unwrap();
        assert_eq!(
            found.is_some(),
            !value.starts_with("none") && is_there(&list, kind, &value),
            "{value}"
        );
    }
}

fn is_there(list: &List, kind: IdKind, value: &str) -> bool {
    list.entries.iter().any(|entry| {
        let mut found = false;
        entry.ids.for_each(|k, v| found |= k == kind && v == value);
        found
    })
}

#[test]
fn a_file_appears_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.table");
    compile_file(&list(3), Options::default(), &path).unwrap();
    assert_eq!(Inventory::open(&path).unwrap().info().entries, 3);
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let error =
        compile_file(&list(3), Options::default(), &folder.path().join("no/list")).unwrap_err();
    assert!(error.to_string().contains("no/list"), "{error}");
}
