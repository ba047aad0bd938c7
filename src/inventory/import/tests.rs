//! Tests of the importers.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use toml::Value as Toml;

use super::*;
use crate::inventory::{Entry, IdKind, Inventory};

fn kms() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata", "kms"]
        .iter()
        .collect()
}

/// Imports files given by name and content.
fn import_files(files: &[(&str, &str)], options: &Options<'_>) -> Imported {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    import(&[folder.path().to_owned()], options).unwrap()
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// Every name that an entry has for its key.
fn names(entry: &Entry) -> Vec<String> {
    let mut names = entry.ids.kid.clone();
    names.push(entry.name.clone());
    for holding in &entry.holdings {
        names.push(holding.source.clone());
        names.extend(
            holding
                .source
                .split_once(':')
                .map(|(_, name)| name.to_owned()),
        );
        names.extend(
            holding
                .source
                .rsplit_once('/')
                .map(|(_, name)| name.to_owned()),
        );
    }
    names
}

/// The folder of exports, against what reference tools say of the keys in it.
#[test]
fn exports_are_read_as_recorded() {
    let expected: Toml = fs::read_to_string(kms().join("expect.toml"))
        .unwrap()
        .parse::<toml::Table>()
        .unwrap()
        .into();
    let imported = import(&[kms()], &Options::default()).unwrap();
    let inventory = Inventory::of_list(imported.list.clone());
    let (errors, violations) = (told(&imported.errors), told(&imported.violations));
    let mut keys = 0;
    let mut refused = 0;
    for (file, says) in expected.as_table().unwrap() {
        let text = |name: &str| says.get(name).and_then(Toml::as_str);
        for key in says
            .get("key")
            .and_then(Toml::as_array)
            .into_iter()
            .flatten()
        {
            keys += 1;
            let id = |kind: IdKind| key.get(kind.name()).and_then(Toml::as_str);
            let (kind, value) = [IdKind::SpkiSha256, IdKind::ChalHmacSha256]
                .into_iter()
                .find_map(|kind| Some((kind, id(kind)?)))
                .unwrap();
            let found = inventory
                .find_id(kind, value)
                .unwrap()
                .unwrap_or_else(|| panic!("{file}: {value}"));
            let entry = imported
                .list
                .entries
                .iter()
                .find(|entry| entry.entry == found.entry)
                .unwrap();
            for kind in IdKind::ALL {
                if let Some(value) = id(kind) {
                    let has = entry.ids.one(kind) == Some(value)
                        || entry.ids.many(kind).iter().any(|id| id == value);
                    assert!(has, "{file}: {} {value}", kind.name());
                }
            }
            for name in ["name", "kid"]
                .iter()
                .filter_map(|name| key.get(*name)?.as_str())
            {
                let resource = name
                    .rsplit_once("/cryptoKeyVersions/")
                    .map_or(name, |(key, _)| key);
                assert!(
                    names(entry)
                        .iter()
                        .any(|known| known == name || known == resource),
                    "{file}: {name}"
                );
            }
            if let Some(version) = key.get("version").and_then(Toml::as_str) {
                assert!(
                    entry
                        .holdings
                        .iter()
                        .any(|h| h.version.as_deref() == Some(version)),
                    "{file}"
                );
            }
            if let Some(state) = key.get("state").and_then(Toml::as_str) {
                assert!(
                    entry
                        .holdings
                        .iter()
                        .any(|h| h.state.as_deref() == Some(state)),
                    "{file}"
                );
            }
        }
        if let (Some(name), Some(state)) = (text("describes"), text("state")) {
            let described = imported
                .list
                .entries
                .iter()
                .flat_map(|entry| &entry.holdings);
            let holding = described.clone().find(|holding| holding.source == name);
            let holding = holding.unwrap_or_else(|| panic!("{file}: {name}"));
            assert_eq!(holding.state.as_deref(), Some(state), "{file}");
            assert!(holding.created.is_some(), "{file}");
        }
        let path = format!("{file}: ");
        let error = errors.iter().find(|error| error.starts_with(&path));
        if says.get("understood").and_then(Toml::as_bool) == Some(false) {
            assert!(
                imported.not_understood.iter().any(|n| n.path == *file),
                "{file}"
            );
        }
        if let (Some(line), Some(column)) = (says.get("line"), says.get("column")) {
            let place = format!(
                "line {}, column {}",
                line.as_integer().unwrap(),
                column.as_integer().unwrap()
            );
            assert!(error.unwrap().contains(&place), "{error:?}: {place}");
            refused += 1;
        } else if text("refused").is_some() {
            assert!(error.unwrap().contains("separate key"), "{error:?}");
            refused += 1;
        } else {
            assert_eq!(error, None, "{file}");
        }
    }
    assert!(keys >= 25 && refused >= 2, "{keys} {refused}");
    assert_eq!(violations, Vec::<String>::new());
    assert_eq!(errors.len(), refused, "{errors:?}");
}

#[test]
fn the_same_key_in_two_accounts_is_one_entry() {
    let imported = import(
        &[kms().join("aws"), kms().join("jwks")],
        &Options::default(),
    )
    .unwrap();
    let entry = imported
        .list
        .entries
        .iter()
        .find(|entry| entry.name == "refresh-prod")
        .unwrap();
    let places: Vec<_> = entry
        .holdings
        .iter()
        .map(|h| {
            (
                h.source.split(':').next().unwrap(),
                h.env.as_deref().unwrap(),
                h.origin.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places
            .iter()
            .filter(|place| **place == ("arn", "prod", "imported"))
            .count(),
        1,
        "{places:?}"
    );
    assert_eq!(places.iter().filter(|place| place.0 == "arn").count(), 2);
    assert_eq!(places.iter().filter(|place| place.0 == "jwks").count(), 1);
    for kid in [
        "alias/refresh-prod",
        "6f1c2a9e-0b7d-4c35-9a4e-3d2f5b8c7e10",
        "refresh-1",
    ] {
        assert!(entry.ids.kid.iter().any(|known| known == kid), "{kid}");
    }
    assert_eq!(entry.alg, ["ECDSA_SHA_256"]);
}

#[test]
fn what_verifiers_trust_is_no_holding() {
    let options = Options {
        trusted_by: Some("https://id.pass.example/jwks.json"),
        ..Options::default()
    };
    let imported = import(&[kms().join("jwks"), kms().join("vault")], &options).unwrap();
    let kid = |kid: &str| {
        imported
            .list
            .entries
            .iter()
            .find(|entry| entry.ids.kid.iter().any(|k| k == kid))
            .unwrap()
    };
    let shadow = kid("night-shift");
    assert_eq!((shadow.holdings.len(), shadow.trusted_by.len()), (0, 1));
    let managed = kid("pass-2024-04");
    assert_eq!(managed.name, "pass-signer");
    assert_eq!((managed.holdings.len(), managed.trusted_by.len()), (1, 1));
    assert_eq!(managed.holdings[0].origin.as_deref(), Some("imported"));
    assert_eq!(managed.holdings[0].extractable, Some(true));
}

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/6f1c2a9e-0b7d-4c35-9a4e-3d2f5b8c7e10";

#[test]
fn tags_find_their_key_by_the_name_of_the_file() {
    let described = format!(
        r#"{{"KeyMetadata":{{"Arn":"{ARN}","KeyState":"Enabled","KeySpec":"RSA_2048","Origin":"AWS_KMS"}}}}"#
    );
    let tags = r#"{"Tags":[{"TagKey":"Owner","TagValue":"auth"},{"TagKey":"environment","TagValue":"Production"}],"Truncated":false}"#;
    let by_id = "tags-6f1c2a9e-0b7d-4c35-9a4e-3d2f5b8c7e10.json";
    for (name, fits) in [
        (by_id, true),
        ("list-resource-tags-signer.json", true),
        ("a/list-resource-tags-signer.json", false),
        ("tags.json", false),
    ] {
        let imported = import_files(
            &[("describe-key-signer.json", &described), (name, tags)],
            &Options::default(),
        );
        assert_eq!(imported.list.entries.len(), 1, "{name}");
        let holding = &imported.list.entries[0].holdings[0];
        let (owner, env) = if fits {
            (Some("auth"), Some("prod"))
        } else {
            (None, Some("unknown"))
        };
        assert_eq!(
            (holding.owner.as_deref(), holding.env.as_deref()),
            (owner, env),
            "{name}"
        );
        assert_eq!(imported.errors.is_empty(), fits, "{name}");
    }
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let answer = |message: &str, mac: &str| {
        let json = format!(
            r#"{{"KeyId":"{ARN}","MacAlgorithm":"HMAC_SHA_256","Message":"{message}","Mac":"{mac}"}}"#
        );
        import_files(&[("mac.json", &json)], &Options::default())
    };
    // M and 32 bytes, each in base64.
    let (m, mac) = (
        "Owg0Vm9OkDvt6WvhN1GHLLzvDw3klWEayfm5tFcz/Is=",
        "MtR34SXAm5EJH9DZJkCNLpptkb7h6tWYubp4sNyMe2A=",
    );
    let imported = answer(m, mac);
    let ids = &imported.list.entries[0].ids;
    assert_eq!(
        ids.chal_hmac_sha256.as_deref(),
        Some("32d477e125c09b91091fd0d926408d2e9a6d91bee1ead598b9ba78b0dc8c7b60")
    );
    assert_eq!(told(&answer("aGVsbG8=", mac).errors).len(), 1);
    assert!(answer("aGVsbG8=", mac).list.entries.is_empty());
    assert_eq!(
        told(&answer(m, "aGVsbG8=").errors),
        ["mac.json: Mac: 5 bytes are no HMAC of 256 bits"]
    );
}

#[test]
fn secrets_in_exports_are_reported_and_not_kept() {
    // RFC 7515 appendix A.1.
    let strong =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let set = format!(
        r#"{{"keys":[{{"kty":"oct","kid":"s","k":"{strong}"}},{{"kty":"oct","kid":"w","k":"c2VjcmV0"}},
        {{"kty":"OKP","crv":"Ed25519","kid":"d","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}]}}"#
    );
    let imported = import_files(&[("set.json", &set)], &Options::default());
    assert_eq!(told(&imported.errors).len(), 2);
    assert_eq!(
        told(&imported.violations).len(),
        3,
        "{:?}",
        told(&imported.violations)
    );
    let kinds: Vec<_> = imported
        .list
        .entries
        .iter()
        .map(|e| (e.name.as_str(), e.kind.as_str()))
        .collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(kinds.contains(&("s", "hmac")) && kinds.contains(&("d", "okp")));
    let list = String::from_utf8(imported.list.to_bytes().unwrap()).unwrap();
    let everything = format!("{list}{imported:?}");
    for secret in [
        strong,
        "c2VjcmV0",
        "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ] {
        assert!(!everything.contains(secret), "{secret}");
    }
    // RFC 8037 appendix A.3.
    let entry = imported
        .list
        .entries
        .iter()
        .find(|entry| entry.name == "d")
        .unwrap();
    assert_eq!(
        entry.ids.jwk_sha256.as_deref(),
        Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    );
}

/// Private keys in every container: the public half is the one that the tools say.
#[test]
fn private_keys_give_their_public_half() {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "testdata"].iter().collect();
    let mut checked = 0;
    for folder in ["pkcs1", "pkcs8", "sec1", "openssh"] {
        let expected = fs::read_to_string(root.join(folder).join("expect.toml")).unwrap();
        for (file, says) in expected.parse::<toml::Table>().unwrap() {
            let path = root.join(folder).join(&file);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let whole_file =
                name.starts_with("good-") && (name.ends_with(".pem") || name.ends_with(".der"));
            let Some(keys) = says.get("key").and_then(Toml::as_array) else {
                continue;
            };
            // Of a key that was cut off an export has nothing.
            if !whole_file || keys.len() != 1 || name.contains("-cut-") {
                continue;
            }
            let imported = import(&[path], &Options::default()).unwrap();
            assert_eq!(imported.violations.len(), 1, "{file}: {imported:?}");
            if let Some(entry) = imported.list.entries.first() {
                let hash = keys[0].get("spki-sha256").and_then(Toml::as_str);
                assert_eq!(entry.ids.spki_sha256.as_deref(), hash, "{file}");
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn broken_records_are_errors_with_file_record_and_field() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "a.json",
            r#"{"KeyId":"k","PublicKey":"AA*"}"#,
            "a.json: PublicKey: not base64",
        ),
        (
            "a.json",
            r#"{"KeyId":"k","PublicKey":"MAA="}"#,
            "a.json: PublicKey: truncated",
        ),
        (
            "a.json",
            r#"{"Keys":[{"KeyArn":"arn:aws:kms:e:1:key/2"},{"KeyId":"3"}]}"#,
            "a.json: Keys[1]: KeyArn: missing",
        ),
        (
            "g.json",
            r#"[{"name":"p/cryptoKeys/k/cryptoKeyVersions/1","pem":"x","algorithm":"EC"}]"#,
            "g.json: [0]: pem: no PEM",
        ),
        (
            "g.json",
            r#"{"name":"p/cryptoKeys/k/cryptoKeyVersions/1","mac":"AAAA"}"#,
            "g.json: mac: answers by a hash of 24 bits are not searched for",
        ),
        (
            "z.json",
            r#"{"key":{"kty":"EC","crv":"P-256","x":"AA"},"attributes":{}}"#,
            "z.json: key: crv, x, y: numbers are missing",
        ),
        (
            "v.json",
            r#"{"data":{"type":"ed25519","name":"n","latest_version":1,"keys":{"1":{"public_key":"AAAA"}}}}"#,
            "v.json: keys.1: public_key: a length is malformed",
        ),
        (
            "v.json",
            r#"{"data":{"hmac":"vault:v1:AAAA"}}"#,
            "v.json: hmac: no key of this name",
        ),
        (
            "j.json",
            r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
            "j.json: keys[0]: n, e: a number is out of range",
        ),
        (
            "p.pem",
            "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
            "p.pem: PUBLIC KEY: no public key that is known",
        ),
        (
            "p.pem",
            "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
            "p.pem: CERTIFICATE REQUEST: a request",
        ),
        (
            "s.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAw a\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g b\n",
            "s.pub: line 1: ",
        ),
        (
            "f.txt",
            "sha256:00 name\n",
            "f.txt: line 1: sha256: not `sha256:`",
        ),
        (
            "cut.json",
            "{\"a\": [1,",
            "cut.json: line 1, column 9: malformed JSON",
        ),
    ];
    for (name, content, expected) in cases {
        let imported = import_files(&[(name, content)], &Options::default());
        let errors = told(&imported.errors);
        assert!(
            errors.iter().any(|error| error.starts_with(expected)),
            "{errors:?} lacks {expected}"
        );
    }
}

#[test]
fn what_nobody_recognises_is_listed() {
    let files = [
        ("a.txt", "Dear all,\n"),
        ("b.bin", "\0\u{1}"),
        ("c.json", "{\"a\":1}"),
        ("d.json", ""),
        ("e.toml", "[a]\nb = 1\n"),
        (
            "openid-configuration",
            r#"{"issuer":"https://id","jwks_uri":"https://id/keys"}"#,
        ),
        ("f.json", "[]"),
        ("g.json", "[{},{}]"),
    ];
    let imported = import_files(&files, &Options::default());
    let listed: Vec<_> = imported
        .not_understood
        .iter()
        .map(|n| n.path.as_str())
        .chain(imported.errors.iter().map(|e| e.path.as_str()))
        .collect();
    for (name, _) in files {
        assert_eq!(
            listed.iter().filter(|path| **path == name).count(),
            1,
            "{name}: {listed:?}"
        );
    }
    assert_eq!(imported.files, files.len());
    assert!(imported.list.entries.is_empty());
}

#[test]
fn lists_without_keys_become_entries_unless_the_key_is_there() {
    let names = r#"["pass-signer","forgotten"]"#;
    let imported = import_files(
        &[
            ("list.json", names),
            (
                "transit-pass-signer.json",
                &fs::read_to_string(kms().join("vault/transit-pass-signer.json")).unwrap(),
            ),
        ],
        &Options::default(),
    );
    let mut names: Vec<_> = imported
        .list
        .entries
        .iter()
        .map(|e| (e.name.as_str(), e.kind.as_str()))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            ("forgotten", "opaque"),
            ("pass-signer", "rsa"),
            ("pass-signer", "rsa"),
            ("pass-signer", "rsa")
        ]
    );
}

#[test]
fn one_key_id_with_two_public_keys_stays_two_entries() {
    let of = |file: &str| fs::read_to_string(kms().join("aws").join(file)).unwrap();
    let (a, b) = (
        of("get-public-key-ledger.json"),
        of("get-public-key-old-build-box.json"),
    );
    let arn = |text: &str| {
        text.split('"')
            .find(|word| word.starts_with("arn:"))
            .unwrap()
            .to_owned()
    };
    let b = b.replace(&arn(&b), &arn(&a));
    let imported = import_files(&[("a.json", &a), ("b.json", &b)], &Options::default());
    assert_eq!(imported.list.entries.len(), 2);
    assert!(
        told(&imported.errors)[0]
            .starts_with("b.json: public key: another file has another public key")
    );
}

/// Every file of the folder of exports, as bytes.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in [
        "aws",
        "azure",
        "gcp",
        "vault",
        "jwks",
        "pem",
        "ssh",
        "certificates",
    ] {
        for item in fs::read_dir(kms().join(folder)).unwrap() {
            let path = item.unwrap().path();
            files.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read(path).unwrap(),
            ));
        }
    }
    files.sort();
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_exports_never_make_an_import_panic(
        file in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), with in proptest::collection::vec(any::<u8>(), 0..6), cut_off in any::<bool>(),
    ) {
        let corpus = corpus();
        let (name, mut bytes) = file.get(&corpus).clone();
        let from = at.index(bytes.len());
        let to = (from + with.len()).min(bytes.len());
        bytes.splice(from..to, with);
        if cut_off {
            bytes.truncate(cut.index(bytes.len()));
        }
        let drafts = read::import_bytes(&name, &bytes, &Options::default());
        let _ = join::join(drafts, &Options::default());
    }

    #[test]
    fn every_importer_takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0..IMPORTERS.len()) {
        let options = Options { from: IMPORTERS.get(which).copied(), ..Options::default() };
        let drafts = read::import_bytes("f", &bytes, &options);
        let _ = join::join(drafts, &options);
    }
}

/// Exports of the smaller systems, against what the tools that made them say.
#[test]
fn exports_of_other_systems_are_read_as_recorded() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "testdata", "exports"]
        .iter()
        .collect();
    let expected = fs::read_to_string(folder.join("expect.toml")).unwrap();
    let imported = import(std::slice::from_ref(&folder), &Options::default()).unwrap();
    let inventory = Inventory::of_list(imported.list.clone());
    let mut keys = 0;
    for (file, says) in expected.parse::<toml::Table>().unwrap() {
        for key in says.as_array().unwrap() {
            let id = |kind: IdKind| Some((kind, key.get(kind.name())?.as_str()?));
            let (kind, value) = IdKind::ALL.into_iter().find_map(id).unwrap();
            let found = inventory
                .find_id(kind, value)
                .unwrap()
                .unwrap_or_else(|| panic!("{file}: {value}"));
            if let Some(name) = key.get("name").and_then(Toml::as_str) {
                let entry = imported
                    .list
                    .entries
                    .iter()
                    .find(|entry| entry.entry == found.entry)
                    .unwrap();
                assert_eq!(entry.name, name, "{file}");
            }
            keys += 1;
        }
    }
    assert_eq!(keys, 14);
    // The script that made the folder talks of DKIM records as well.
    let mut errors = told(&imported.errors);
    errors.retain(|error| !error.starts_with("make.sh"));
    assert_eq!(errors, ["dkim.txt: line 4: p: empty: the key was revoked"]);
    let unread: Vec<_> = imported
        .not_understood
        .iter()
        .map(|n| n.path.as_str())
        .collect();
    assert_eq!(unread, ["expect.toml", "make.sh"]);

    let named = |name: &str| {
        imported
            .list
            .entries
            .iter()
            .find(|entry| entry.name == name)
            .unwrap()
    };
    let gate = &named("gate").holdings[0];
    assert_eq!(
        (gate.extractable, gate.origin.as_deref()),
        (Some(false), Some("kms-generated"))
    );
    assert_eq!(
        named("imported").holdings[0].origin.as_deref(),
        Some("imported")
    );
    assert_eq!(
        named("imported").ids.kid,
        ["00112233445566778899aabbccddeeff00112233"]
    );
    assert_eq!(
        (named("webhook").kind.as_str(), named("webhook").bits),
        ("hmac", Some(256))
    );
    assert_eq!(named("old").holdings[0].owner.as_deref(), Some("build"));
    assert_eq!(named("root root").holdings.len(), 2);
}
