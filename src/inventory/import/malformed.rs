//! Malformed input of every importer: the error names file, record and field, and the
//! records around it are taken.

use std::collections::BTreeSet;

use super::{IMPORTERS, Options, import, importer};

/// A file whose second record is broken where it can have two.
struct Case {
    importer: &'static str,
    file: &'static str,
    text: &'static str,
    /// Record and field, as they are told.
    record: &'static str,
    field: &'static str,
    /// Entries that come of the rest.
    rest: usize,
}

fn cases() -> Vec<Case> {
    let case = |importer, file, text, record, field, rest| Case {
        importer,
        file,
        text,
        record,
        field,
        rest,
    };
    vec![
        case(
            "answer",
            "a.json",
            r#"{"straykey_answer":{"source":"kmip:a","algorithm":"HMAC-SHA256","mac":"AAAA"}}"#,
            "straykey_answer",
            "mac",
            0,
        ),
        case(
            "aws-payment",
            "p.json",
            r#"{"Keys":[{"KeyArn":"arn:aws:payment-cryptography:e:1:key/a","KeyAttributes":{},"KeyCheckValue":"A1B2C3"},
                {"KeyArn":"arn:aws:payment-cryptography:e:1:key/b","KeyAttributes":{},"KeyCheckValue":"A1B2"}]}"#,
            "Keys[1]",
            "KeyCheckValue",
            1,
        ),
        case(
            "cloudhsm",
            "h.json",
            r#"{"error_code":0,"data":{"matched_keys":[{"key-reference":"0x01","attributes":{"key-type":"aes","label":"a","check-value":"0xa1b2c3"}},
                {"key-reference":"0x02","attributes":{"key-type":"ec","label":"b","ec-point":"0x0400"}}]}}"#,
            "matched_keys[1]",
            "ec-point",
            1,
        ),
        case(
            "aws-kms",
            "k.json",
            r#"{"Keys":[{"KeyId":"1","KeyArn":"arn:aws:kms:e:1:key/1"},{"KeyId":"2"}]}"#,
            "Keys[1]",
            "KeyArn",
            1,
        ),
        case(
            "aws-ec2",
            "e.json",
            r#"{"KeyPairs":[{"KeyPairId":"key-1","KeyType":"rsa","PublicKey":"ssh-rsa AAAA x"}]}"#,
            "KeyPairs[0]",
            "PublicKey",
            0,
        ),
        case(
            "aws-ec2",
            "f.json",
            r#"{"KeyPairs":[{"KeyPairId":"key-1","KeyType":"rsa","KeyFingerprint":"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"},
                {"KeyPairId":"key-2","KeyType":"rsa","KeyFingerprint":"00:11"}]}"#,
            "KeyPairs[1]",
            "KeyFingerprint",
            1,
        ),
        case(
            "aws-ec2",
            "g.json",
            r#"{"KeyPairs":[{"KeyPairId":"key-1","KeyType":"ed25519","KeyFingerprint":"29:ca"}]}"#,
            "KeyPairs[0]",
            "KeyFingerprint",
            0,
        ),
        case(
            "gcp-kms",
            "g.json",
            r#"[{"name":"p/cryptoKeys/k/cryptoKeyVersions/1","state":"ENABLED"},
                {"name":"p/cryptoKeys/k/cryptoKeyVersions/2","pem":"x","algorithm":"EC_SIGN_P256_SHA256"}]"#,
            "[1]",
            "pem",
            1,
        ),
        case(
            "azure",
            "z.json",
            r#"{"key":{"kid":"https://v.vault.azure.net/keys/a/1","kty":"RSA","n":"AQAB"},"attributes":{}}"#,
            "key",
            "n, e",
            0,
        ),
        case(
            "vault-pki",
            "i.json",
            r#"{"data":{"issuer_id":"6b2f","issuer_name":"root","certificate":"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"}}"#,
            "6b2f",
            "certificate",
            0,
        ),
        case(
            "vault-kv",
            "kv-a.json",
            r#"{"data":{"current_version":2,"versions":{"1":{"created_time":"2026-01-02T03:04:05Z","deletion_time":"","destroyed":false},
                "2":{"created_time":"soon"}}}}"#,
            "versions.2",
            "created_time",
            1,
        ),
        case(
            "vault",
            "v.json",
            r#"{"data":{"type":"ed25519","name":"n","latest_version":2,"keys":{"1":{"public_key":"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},"2":{"public_key":"AAAA"}}}}"#,
            "keys.2",
            "public_key",
            1,
        ),
        case(
            "kmip",
            "m.json",
            r#"{"tag":"ResponsePayload","value":[{"tag":"UniqueIdentifier","type":"TextString","value":"42"},
                {"tag":"Attributes","value":[{"tag":"CryptographicAlgorithm","type":"Enumeration","value":"AES"},
                {"tag":"Digest","value":[{"tag":"HashingAlgorithm","type":"Enumeration","value":"SHA_256"},{"tag":"DigestValue","type":"ByteString","value":"00ff"},
                {"tag":"KeyFormatType","type":"Enumeration","value":"Raw"}]}]}]}"#,
            "42",
            "Digest.DigestValue",
            0,
        ),
        case(
            "cyclonedx",
            "b.json",
            r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"cryptographic-asset","name":"a","cryptoProperties":{"assetType":"related-crypto-material",
                "relatedCryptoMaterialProperties":{"type":"public-key","value":"MAA="}}}]}"#,
            "components[0]",
            "value",
            0,
        ),
        case(
            "jwks",
            "j.json",
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#,
            "keys[1]",
            "crv, x",
            1,
        ),
        case(
            "tuf",
            "root.json",
            r#"{"signed":{"_type":"root","keys":{"aa":{"keytype":"ed25519","keyval":{"public":"zz"}}},"roles":{}}}"#,
            "keys.aa",
            "keyval.public",
            0,
        ),
        case(
            "openpgp",
            "k.asc",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxgQEAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "block 1, packet 1",
            "public key",
            0,
        ),
        case(
            "pem",
            "two.pem",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
            "block 2",
            "PUBLIC KEY",
            1,
        ),
        case("der", "k.der", "0\u{0}", "", "PUBLIC KEY", 0),
        case(
            "badkeys",
            "b.dat",
            "0123456789abcdef0123456",
            "record 2",
            "hash",
            1,
        ),
        case(
            "boulder",
            "b.yaml",
            "blocked:\n  - not base64!\n",
            "line 2",
            "blocked",
            0,
        ),
        case(
            "debian-blacklist",
            "blacklist.RSA-2048",
            "# comment\n0123456789abcdef0123\n0123456789abcdef012\n",
            "line 3",
            "hash",
            1,
        ),
        case(
            "saml",
            "idp.xml",
            "<X509Certificate>MAA=</X509Certificate>",
            "X509Certificate[0]",
            "X509Certificate",
            0,
        ),
        case(
            "pkcs11",
            "o.txt",
            "Public Key Object; EC  EC_POINT 256 bits\n  EC_POINT:   0400\n  EC_PARAMS:  06082a8648ce3d030107\n  label:      a\n  ID:         0a\n",
            "line 1",
            "EC_POINT",
            0,
        ),
        case(
            "minisign",
            "m.pub",
            "untrusted comment: minisign public key\nRWQAAA\n",
            "line 2",
            "public key",
            0,
        ),
        case(
            "gpg",
            "g.txt",
            "pub:u:2048:1:C027AA28BE4D2287:1700000000:::u:::scSC:\nfpr:::::::::xyz:\n",
            "line 1",
            "fpr, grp",
            0,
        ),
        case(
            "dkim",
            "d.txt",
            "a._domainkey.x. TXT \"v=DKIM1; k=rsa; p=MAA=\"\n",
            "line 1",
            "p",
            0,
        ),
        case(
            "signing-certificate",
            "assetlinks.json",
            r#"[{"relation":["x"],"target":{"namespace":"android_app","package_name":"a","sha256_cert_fingerprints":["AB:CD"]}}]"#,
            "[0], target",
            "sha256_cert_fingerprints[0]",
            0,
        ),
        case(
            "ssh",
            "k.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g b\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAw a\n",
            "line 2",
            "key",
            1,
        ),
        case(
            "plain",
            "f.txt",
            "kcv:aes-cmac:a1b2c3  a\nsha256:00 b\n",
            "line 2",
            "sha256",
            1,
        ),
    ]
}

#[test]
fn every_importer_names_file_record_and_field() {
    let mut named = BTreeSet::new();
    for case in cases() {
        let id = case.importer;

        let from = importer(id).unwrap_or_else(|| panic!("no importer `{id}`"));
        // Both as it is recognised and as it is forced.
        for forced in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(case.file);
            std::fs::write(&path, case.text).unwrap();
            let options = Options {
                from: forced.then_some(from),
                ..Options::default()
            };
            // A file that is no DER, or no list of records, is nobody's.
            if !forced && matches!(id, "der" | "badkeys") {
                continue;
            }
            let imported = import(&[path], &options).unwrap();
            let [error] = imported.errors.as_slice() else {
                panic!("{id}, forced {forced}: {imported:?}");
            };
            assert_eq!(error.path, case.file, "{id}");
            assert_eq!(error.record, case.record, "{id}: {error}");
            assert_eq!(error.field, case.field, "{id}: {error}");
            assert!(!error.why.is_empty(), "{id}");
            assert_eq!(imported.list.entries.len(), case.rest, "{id}: {imported:?}");
        }
        named.insert(id);
    }
    let all: BTreeSet<&str> = IMPORTERS.iter().map(|importer| importer.id()).collect();
    assert_eq!(named, all);
}
