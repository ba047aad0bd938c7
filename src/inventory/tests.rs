//! Tests of lists and lookups.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::key::{Okp, PublicKey};

/// A list of keys of every kind of fingerprint.
fn sample() -> String {
    let hex = |digit: &str, n: usize| digit.repeat(2 * n);
    let lines = [
        json!({
            "format": FORMAT, "list_id": "example", "org": "Example Pass", "version": 7,
            "issued_at": "2026-11-02T09:00:00Z", "expires_at": "2026-12-02T09:00:00+01:00",
            "prev_sha256": hex("a", 32), "sources": [{"source": "vault:transit", "files": 3}],
            "counts": {"entries": 3, "rsa": 1, "okp": 1, "hmac": 1, "frobnicators": 9},
            "challenge": "3b0834566f4e903bede96be13751872cbcef0f0de495611ac9f9b9b45733fc8b",
            "from_the_future": {"nested": [1, -2.5, null, "\u{1f511}"]}
        }),
        json!({
            "entry": 17, "name": "auth/pass-signer", "kind": "rsa", "alg": ["RS256"], "bits": 2048,
            "ids": {"spki-sha256": hex("1", 32), "keygrip": hex("2", 20), "kid": ["pass-2024-04"],
                    "x5t-s256": [hex("3", 32)], "pgp-fpr": [hex("4", 20)], "newer-id": "x"},
            "holdings": [
                {"source": "vault:transit/pass-signer", "version": "3", "state": "active",
                 "env": "prod", "owner": "auth", "quorum": 2},
                {"source": "arn:aws:kms:eu-west-1:1:key/2", "state": "disabled", "env": "dev"}],
            "custodians": [{"id": "ada", "from": "2024-01-01", "badge": 7}],
            "allowed": ["kms"], "trusted_by": ["https://id.example/jwks.json"], "zone": {"b": 1, "a": 2}
        }),
        json!({
            "entry": 18, "name": "ops", "kind": "okp",
            "ids": {"ssh-sha256": "SHA256:FXfYyJfEVpQFwsrh58VtrsncP5+rRUfSPzznnc+D56o"},
            "holdings": [], "trusted_by": ["gate"]
        }),
        json!({
            "entry": 3, "name": "webhook", "kind": "hmac", "bits": 256,
            "ids": {"chal-hmac-sha256": hex("5", 32), "sha256-raw": hex("6", 32)}, "holdings": []
        }),
    ];
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

fn malformed(text: &str) -> (u64, u64, String) {
    match List::read(text.as_bytes()) {
        Err(Error::Malformed {
            line,
            column,
            reason,
        }) => (line, column, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn round_trip_keeps_unknown_fields() {
    let text = sample();
    let list = List::read(text.as_bytes()).unwrap();
    let again = List::read(&list.to_bytes().unwrap()).unwrap();
    assert_eq!(list, again);
    let values = |text: &[u8]| -> Vec<serde_json::Value> {
        serde_json::Deserializer::from_slice(text)
            .into_iter()
            .map(Result::unwrap)
            .collect()
    };
    assert_eq!(values(&list.to_bytes().unwrap()), values(text.as_bytes()));
}

#[test]
fn marks_and_line_ends_are_tolerated() {
    let text = sample();
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let expected = List::read(text.as_bytes()).unwrap();
    assert_eq!(List::read(windows.as_bytes()).unwrap(), expected);
    assert_eq!(List::read(text.trim_end().as_bytes()).unwrap(), expected);
    assert_eq!(
        List::read(format!("{text}\n \n").as_bytes()).unwrap(),
        expected
    );
}

#[test]
fn malformed_lists_are_refused_with_their_place() {
    let text = sample();
    let lines: Vec<&str> = text.lines().collect();
    let column = |line: usize, of: &str| lines[line].find(of).unwrap() as u64 + 1;
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        malformed(&text.replace(from, to))
    };

    assert_eq!(malformed("").2, "empty file: there is no header line");
    let (line, at, reason) = malformed(&lines[1..].join("\n"));
    assert_eq!((line, at), (1, lines[1].len() as u64));
    assert!(
        reason.starts_with("no header line: missing field `format`"),
        "{reason}"
    );
    assert_eq!(malformed("\n{}").0, 1);

    let (line, at, reason) = with("straykey-inventory/1", "straykey-inventory/9");
    assert_eq!((line, at), (1, column(0, "\"format\"")));
    assert!(reason.contains("straykey-inventory/9"));
    assert_eq!(
        with("3b0834566f", "4b0834566f").1,
        column(0, "\"challenge\"")
    );
    assert_eq!(
        with("2026-12-02T09:00:00+01:00", "soon").1,
        column(0, "\"expires_at\"")
    );
    assert_eq!(
        with("\"version\":7", "\"version\":-7").1,
        column(0, "\"version\"")
    );

    assert_eq!(with("\"entry\":18", "\"entry\":17").0, 3);
    assert_eq!(
        with("\"entry\":18", "\"entry\":17").2,
        "entry number 17 is also on line 2"
    );
    assert_eq!(
        with("\"entry\":18", "\"entry\":\"18\"").1,
        column(2, "\"entry\"")
    );
    assert_eq!(with("SHA256:FX", "FX").1, column(2, "\"ssh-sha256\""));
    assert_eq!(
        with(&"1".repeat(64), &"1".repeat(63)).1,
        column(1, "\"spki-sha256\"")
    );
    assert_eq!(
        with(&"1".repeat(64), &"A".repeat(64)).1,
        column(1, "\"spki-sha256\"")
    );
    assert_eq!(
        with("\"version\":\"3\"", "\"version\":3").1,
        column(1, "\"version\"")
    );
    assert_eq!(
        with("\"from\":\"2024-01-01\"", "\"from\":[]").1,
        column(1, "\"from\"")
    );
    assert_eq!(with("\"kind\":\"okp\"", "\"kind\":\"okp").0, 3);

    // Cut off: in a line, between lines, and down to the header.
    for end in 1..text.len() - 1 {
        let cut = List::read(&text.as_bytes()[..end]);
        let whole_lines = end == text.trim_end().len();
        assert!(cut.is_err() || whole_lines, "{end}");
    }
    let (line, _, reason) = malformed(&lines[..3].join("\n"));
    assert_eq!(
        (line, reason.as_str()),
        (1, "the header counts 3 entries, the list holds 2")
    );

    let long = format!(
        "{}\n{{\"entry\":1,\"name\":\"{}\"}}\n",
        lines[0],
        "x".repeat(MAX_LINE)
    );
    assert_eq!(malformed(&long).0, 2);
}

/// An identity to look up, made of a seed.
fn identity(seed: u8) -> Identity {
    Identity::of(&PublicKey::okp(Okp::Ed25519, &[seed; 32]).unwrap())
}

#[test]
fn a_key_is_found_by_whatever_its_entry_has() {
    for (number, (name, value)) in identity(1).ids().enumerate() {
        let mut ids = EntryIds::default();
        *ids.one_mut(IdKind::from_name(name).unwrap()).unwrap() = Some(value.to_owned());
        let entry = Entry {
            entry: number as u64,
            ids,
            ..Entry::default()
        };
        let list = List {
            entries: vec![entry],
            ..List::default()
        };
        let inventory = Inventory::of_list(list);
        let found = inventory.find(&identity(1)).unwrap().unwrap();
        assert_eq!((found.entry, found.by.as_str()), (number as u64, name));
        assert_eq!(inventory.find(&identity(2)).unwrap(), None);
    }
}

#[test]
fn an_entry_with_nothing_but_a_key_is_found() {
    let key = PublicKey::okp(Okp::Ed25519, &[9; 32]).unwrap();
    let spki = STANDARD.encode(spki::encode(&key));
    let text = format!(
        "{{\"format\":\"{FORMAT}\"}}\n{{\"entry\":5,\"kind\":\"okp\",\"spki\":\"{spki}\"}}\n"
    );
    let inventory = Inventory::of_list(List::read(text.as_bytes()).unwrap());
    assert_eq!(inventory.find(&identity(9)).unwrap().unwrap().entry, 5);
    let (line, column, _) = malformed(&text.replace(&spki, "**"));
    assert_eq!((line, column), (2, 25));
}

#[test]
fn of_several_entries_the_worst_is_told() {
    let entry = |number, state: &str, env: &str| Entry {
        entry: number,
        ids: EntryIds {
            kid: vec!["1".to_owned()],
            ..EntryIds::default()
        },
        holdings: vec![Holding {
            state: Some(state.to_owned()),
            env: Some(env.to_owned()),
            ..Holding::default()
        }],
        ..Entry::default()
    };
    let entries = vec![
        entry(1, "revoked", "prod"),
        entry(2, "active", "dev"),
        entry(3, "active", "prod"),
    ];
    let list = List {
        entries,
        ..List::default()
    };
    let found = Inventory::of_list(list).find_kid("1").unwrap().unwrap();
    assert_eq!((found.entry, found.standing), (3, Standing::ManagedProd));
}

#[test]
fn the_list_says_what_a_scan_must_compute_and_when_it_ends() {
    let inventory = Inventory::of_list(List::read(sample().as_bytes()).unwrap());
    assert!(
        inventory
            .challenge_macs()
            .eq(["chal-hmac-sha256", "sha256-raw"])
    );
    let info = inventory.info();
    assert_eq!((info.header.version, info.entries), (7, 3));
    assert!(!info.expired("2026-12-02T07:59:59Z".parse().unwrap()));
    assert!(info.expired("2026-12-02T08:00:00Z".parse().unwrap()));
    let answer = |name, digit: &str| inventory.find_secret(&[(name, digit.repeat(64))]).unwrap();
    assert_eq!(answer("chal-hmac-sha256", "5").unwrap().entry, 3);
    assert_eq!(answer("sha256-raw", "6").unwrap().by, "sha256-raw");
    assert_eq!(answer("sha256-raw", "5"), None);
    assert_eq!(answer("spki-sha256", "1"), None);
    for (kind, digit) in [(IdKind::Keygrip, "2"), (IdKind::PgpFpr, "4")] {
        let found = inventory.find_id(kind, &digit.repeat(40)).unwrap();
        assert_eq!(found.unwrap().entry, 17);
    }
}

#[test]
fn merge_joins_what_is_one_key() {
    let read = |lines: &[serde_json::Value]| {
        let mut text = json!({"format": FORMAT}).to_string();
        lines.iter().for_each(|line| text += &format!("\n{line}"));
        List::read(text.as_bytes()).unwrap()
    };
    let (a, b) = (identity(1), identity(2));
    let id = |identity: &Identity, name: &str| identity.ids.named(name).unwrap().to_owned();
    let vault = read(&[
        json!({"entry": 1, "name": "signer", "kind": "okp", "ids": {"spki-sha256": id(&a, "spki-sha256"), "ssh-sha256": id(&a, "ssh-sha256")},
               "holdings": [{"source": "vault:transit/signer", "version": "1", "state": "active", "env": "prod"}]}),
        json!({"entry": 2, "name": "other", "kind": "okp", "ids": {"spki-sha256": id(&b, "spki-sha256"), "kid": ["1"]},
               "holdings": [{"source": "vault:transit/other", "version": "1"}]}),
    ]);
    let trust = read(&[
        json!({"entry": 1, "name": "k1", "kind": "okp", "ids": {"ssh-sha256": id(&a, "ssh-sha256"), "kid": ["1"]}, "trusted_by": ["gate"]}),
        json!({"entry": 2, "name": "signer", "kind": "okp", "ids": {"spki-sha256": id(&a, "spki-sha256")},
               "holdings": [{"source": "vault:transit/signer", "version": "1", "owner": "auth"}, {"source": "azure:x"}]}),
    ]);
    let merged = merge(vec![vault.clone(), trust.clone()]);
    assert_eq!(merged.entries.len(), 2, "key ids join nothing");
    assert!(merged.entries.iter().map(|entry| entry.entry).eq([1, 2]));
    let signer = merged
        .entries
        .iter()
        .find(|entry| entry.name == "signer")
        .unwrap();
    assert_eq!(signer.trusted_by, ["gate"]);
    assert_eq!(signer.holdings.len(), 2);
    assert_eq!(signer.holdings[1].owner.as_deref(), Some("auth"));
    assert_eq!(signer.holdings[1].state.as_deref(), Some("active"));
    // The order of the lists changes who is asked first, not the numbers.
    let reversed = merge(vec![trust, vault]);
    let numbers = |list: &List| -> Vec<_> {
        list.entries
            .iter()
            .map(|entry| (entry.entry, entry.spki_sha256()))
            .collect()
    };
    assert_eq!(numbers(&reversed), numbers(&merged));
}

/// What a system tells by its name alone is the same in the next list, unless a list names it twice.
#[test]
fn merge_joins_what_has_no_fingerprint_by_system_and_version() {
    let entry = |name: &str, version: &str, id: Option<&str>| Entry {
        name: name.into(),
        ids: EntryIds {
            chal_hmac_sha256: id.map(|digit| digit.repeat(64)),
            ..EntryIds::default()
        },
        holdings: vec![Holding {
            source: "vault:transit/a".into(),
            version: Some(version.into()),
            ..Holding::default()
        }],
        ..Entry::default()
    };
    let list = |entries: Vec<Entry>| List {
        header: Header {
            list_id: "keys".into(),
            ..Header::default()
        },
        entries,
    };
    let count = |lists: Vec<List>| merge(lists).entries.len();
    let plain = || list(vec![entry("a", "1", None), entry("a", "2", None)]);
    assert_eq!(count(vec![plain(), plain()]), 2);
    assert_eq!(
        count(vec![plain(), list(vec![entry("b", "2", Some("4"))])]),
        2
    );
    // Fingerprints that differ are other keys, and what stands twice in one list is not told apart.
    let two = || list(vec![entry("b", "2", Some("4"))]);
    assert_eq!(
        count(vec![two(), list(vec![entry("b", "2", Some("5"))])]),
        2
    );
    assert_eq!(
        count(vec![plain(), two(), list(vec![entry("b", "2", Some("5"))])]),
        4
    );
    let twice = list(vec![entry("a", "1", None), entry("a", "1", None)]);
    assert_eq!(count(vec![twice, plain()]), 4);
    // Two clusters may name their keys alike, unless all of it is the same.
    let without_id = |mut list: List| {
        list.header.list_id.clear();
        list
    };
    assert_eq!(count(vec![without_id(plain()), without_id(two())]), 3);
    assert_eq!(count(vec![without_id(plain()), without_id(plain())]), 2);
    // Nor is it one key in two environments.
    let of_env = |env: &str| {
        let mut one = entry("a", "1", None);
        one.holdings[0].env = Some(env.into());
        list(vec![one])
    };
    assert_eq!(count(vec![of_env("prod"), of_env("dev")]), 2);
    assert_eq!(count(vec![of_env("prod"), of_env("prod")]), 1);
}

#[test]
fn merge_keeps_rsa_keys_that_differ_in_their_exponent() {
    let mut n = vec![0xC5; 256];
    n[255] |= 1;
    let ids = |e: &[u8]| Identity::of(&PublicKey::rsa(&n, e).unwrap());
    let (three, f4) = (ids(&[3]), ids(&[1, 0, 1]));
    let entry = |identity: &Identity, names: &[&str]| {
        let mut entry = Entry::default();
        for name in names {
            let kind = IdKind::from_name(name).unwrap();
            *entry.ids.one_mut(kind).unwrap() = identity.ids.named(name).map(str::to_owned);
        }
        entry
    };
    let entries = vec![
        entry(&three, &["spki-sha256", "modulus-sha256"]),
        entry(&f4, &["spki-sha256", "modulus-sha256"]),
        entry(&f4, &["modulus-sha256"]),
    ];
    assert_eq!(
        merge(vec![List {
            entries,
            ..List::default()
        }])
        .entries
        .len(),
        2
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = List::read(&bytes);
    }

    #[test]
    fn a_changed_byte_never_makes_the_list_shorter(at in 0..1800_usize, to in any::<u8>()) {
        let mut bytes = sample().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        if let Ok(list) = List::read(&bytes) {
            prop_assert_eq!(list.entries.len(), 3);
        }
    }
}
