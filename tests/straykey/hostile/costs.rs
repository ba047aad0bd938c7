//! Encrypted keys that are dear to try a password on. All are told; none is paid for.

use super::bytes::{armor, body, with};
use super::{Case, pem, put, testfile};

/// The encrypted key, and that passwords were not tried on it; and the key beside it.
const UNTRIED: &str = "exit 1; 1 private-key; 1 sealed-private-key; 1 untried";

fn edited(dir: &std::path::Path, file: &str, from: &str, to: &str) {
    let text = testfile(file);
    put(dir, "it", with(text, from.as_bytes(), to.as_bytes()));
    put(dir, "key.pem", pem());
}

/// The number of rounds becomes one of four bytes; the sequences around it grow by two.
fn pkcs8(dir: &std::path::Path, file: &str, edits: &[(&[u8], &[u8])]) {
    let mut key = body(&testfile(file));
    for (from, to) in edits {
        key = with(key, from, to);
    }
    put(dir, "it.pem", armor("ENCRYPTED PRIVATE KEY", &key));
    put(dir, "key.pem", pem());
}

pub(super) const CASES: &[Case] = &[
    Case::new(
        "bcrypt-rounds",
        "an OpenSSH key with 2^32 - 1 rounds of bcrypt",
        |dir| {
            let key = with(
                body(&testfile("openssh/good-ed25519-aes256-ctr")),
                &[0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0x33],
                &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0x33],
            );
            put(dir, "it", armor("OPENSSH PRIVATE KEY", &key));
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "bcrypt-salt",
        "an OpenSSH key whose salt says to have 4 GB",
        |dir| {
            let key = with(
                body(&testfile("openssh/good-ed25519-aes256-ctr")),
                &[0, 0, 0, 0x18, 0, 0, 0, 0x10],
                &[0, 0, 0, 0x18, 0xff, 0xff, 0xff, 0xff],
            );
            put(dir, "it", armor("OPENSSH PRIVATE KEY", &key));
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "argon2-memory",
        "a PuTTY key that wants 4 TB for Argon2",
        |dir| {
            edited(
                dir,
                "ppk/good-v3-ed25519-encrypted.ppk",
                "Memory: 8192",
                "Memory: 4294967295",
            );
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "argon2-passes",
        "a PuTTY key that wants 2^32 - 1 passes of Argon2",
        |dir| {
            edited(
                dir,
                "ppk/good-v3-ed25519-encrypted.ppk",
                "Passes: 8",
                "Passes: 4294967295",
            );
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "argon2-lanes",
        "a PuTTY key that wants 2^32 - 1 lanes of Argon2",
        |dir| {
            edited(
                dir,
                "ppk/good-v3-ed25519-encrypted.ppk",
                "Parallelism: 1",
                "Parallelism: 4294967295",
            );
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "argon2-zero",
        "a PuTTY key with no memory, no passes and no lanes",
        |dir| {
            let mut text = testfile("ppk/good-v3-ed25519-encrypted.ppk");
            for (from, to) in [
                ("Memory: 8192", "Memory: 0"),
                ("Passes: 8", "Passes: 0"),
                ("Parallelism: 1", "Parallelism: 0"),
            ] {
                text = with(text, from.as_bytes(), to.as_bytes());
            }
            put(dir, "it", text);
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "ppk-lines",
        "a PuTTY key that says to have 4,294,967,295 lines",
        |dir| {
            edited(
                dir,
                "ppk/good-v3-ed25519.ppk",
                "Private-Lines: 1",
                "Private-Lines: 4294967295",
            );
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "pbkdf2-rounds",
        "an encrypted PKCS#8 key with 2^31 - 1 rounds of PBKDF2",
        |dir| {
            pkcs8(
                dir,
                "pkcs8-encrypted/good-ec-p256-pbes2-aes128-sha1.pem",
                &[
                    (
                        &[0x30, 0x81, 0xde, 0x30, 0x49],
                        &[0x30, 0x81, 0xe0, 0x30, 0x4b],
                    ),
                    (&[0x30, 0x3c, 0x30, 0x1b], &[0x30, 0x3e, 0x30, 0x1d]),
                    (&[0x30, 0x0e, 4, 8], &[0x30, 0x10, 4, 8]),
                    (&[2, 2, 8, 0], &[2, 4, 0x7f, 0xff, 0xff, 0xff]),
                ],
            );
        },
        UNTRIED,
    ),
    Case::new(
        "pbkdf2-zero",
        "an encrypted PKCS#8 key with no rounds of PBKDF2",
        |dir| {
            pkcs8(
                dir,
                "pkcs8-encrypted/good-ec-p256-pbes2-aes128-sha1.pem",
                &[(&[2, 2, 8, 0], &[2, 2, 0, 0])],
            );
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "scrypt-cost",
        "an encrypted PKCS#8 key that wants 16 GB for scrypt",
        |dir| {
            pkcs8(
                dir,
                "pkcs8-encrypted/good-ec-p256-scrypt.pem",
                &[
                    (
                        &[0x30, 0x81, 0xe4, 0x30, 0x4f],
                        &[0x30, 0x81, 0xe6, 0x30, 0x51],
                    ),
                    (&[0x30, 0x42, 0x30, 0x21], &[0x30, 0x44, 0x30, 0x23]),
                    (&[0x30, 0x14, 4, 8], &[0x30, 0x16, 4, 8]),
                    (&[2, 2, 0x40, 0, 2, 1, 8], &[2, 4, 0x01, 0, 0, 0, 2, 1, 8]),
                ],
            );
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "scrypt-lanes",
        "an encrypted PKCS#8 key with 127 blocks and 127 lanes of scrypt",
        |dir| {
            pkcs8(
                dir,
                "pkcs8-encrypted/good-ec-p256-scrypt.pem",
                &[(&[2, 1, 8, 2, 1, 1], &[2, 1, 0x7f, 2, 1, 0x7f])],
            );
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "pkcs12-rounds",
        "a PKCS#12 store with 32,767 rounds for its MAC, ten different ones",
        |dir| {
            let store = testfile("pkcs12/good-rsa-2048-changeit.p12");
            let end = store.len() - 2;
            let store = [&store[..end], &[0x7f, 0xff]].concat();
            for number in 0..10_u32 {
                // Each another salt, so that no verdict is had from another copy.
                let at = end - 4;
                let mut copy = store.clone();
                copy[at - 4..at].copy_from_slice(&number.to_be_bytes());
                put(dir, &format!("{number}.p12"), copy);
            }
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key; 1 sealed-private-key; 10 untried",
    ),
    Case::new(
        "jwe-rounds",
        "a JWE with 4,294,967,295 rounds of PBKDF2",
        |dir| {
            use base64::Engine as _;
            use base64::engine::general_purpose::URL_SAFE_NO_PAD;
            let text = String::from_utf8(testfile("jwe/good-changeit.jwe")).expect("text");
            let (header, rest) = text.split_once('.').expect("parts");
            let header = with(
                URL_SAFE_NO_PAD.decode(header).expect("base64"),
                b"1000",
                b"4294967295",
            );
            put(
                dir,
                "it.jwe",
                format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header)),
            );
            put(dir, "key.pem", pem());
        },
        UNTRIED,
    ),
    Case::new(
        "minisign-cost",
        "a minisign key that wants 2^60 bytes for scrypt",
        |dir| {
            use base64::Engine as _;
            use base64::engine::general_purpose::STANDARD;
            let text = String::from_utf8(testfile("minisign/good-encrypted.key")).expect("text");
            let (comment, body) = text.split_once('\n').expect("lines");
            let mut key = STANDARD.decode(body.trim()).expect("base64");
            key[38..54].copy_from_slice(
                &[[0, 0, 0, 0, 0, 0, 0, 0x10], [0, 0, 0, 0, 0, 0, 0, 0x10]].concat(),
            );
            put(
                dir,
                "it.key",
                format!("{comment}\n{}\n", STANDARD.encode(key)),
            );
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
    Case::new(
        "keystore-cost",
        "an Ethereum keystore with n = 2^62 for scrypt",
        |dir| {
            let text = String::from_utf8(testfile("ethereum/good-keystore.json")).expect("text");
            let at = text.find("\"n\":").expect("a cost");
            let rest = text[at + 4..]
                .trim_start()
                .trim_start_matches(|c: char| c.is_ascii_digit());
            put(
                dir,
                "it.json",
                format!("{}\"n\":4611686018427387904{rest}", &text[..at]),
            );
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key; 1 sealed-private-key",
    ),
];
