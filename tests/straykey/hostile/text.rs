//! Text: nesting, runs without end, lines without end, keys without end.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Case, before_a_key, pem, put, testfile};
use crate::cases::Dice;

const FOUND: &str = "exit 1; 1 private-key";

/// 10 MB of something on one line, a key in the middle of it in base64.
fn long_line(filler: &str) -> Vec<u8> {
    let half = filler.repeat((5 << 20) / filler.len());
    let key = STANDARD.encode(pem());
    format!("{half} {key} {half}").into_bytes()
}

/// Ed25519 keys, each another, one a line in base64 of PKCS#8.
fn keys(count: usize) -> Vec<u8> {
    let mut der = testfile("pkcs8/good-ed25519.der");
    let mut dice = Dice::of("keys");
    let mut text = String::new();
    for _ in 0..count {
        der[16..].copy_from_slice(&dice.bytes(32));
        writeln!(text, "key: {}", STANDARD.encode(&der)).expect("memory");
    }
    text.into_bytes()
}

/// Odd numbers of 2048 bits behind words of keys.
fn strangers(count: usize) -> Vec<u8> {
    let mut dice = Dice::of("numbers");
    let mut text = String::new();
    for _ in 0..count {
        text.push_str("RSAParameters\n");
        for _ in 0..32 {
            for byte in dice.bytes(255) {
                write!(text, "{byte:02x}").expect("memory");
            }
            text.push_str("01;\n");
        }
    }
    text.into_bytes()
}

fn one(dir: &Path, bytes: impl AsRef<[u8]>) {
    put(dir, "it.txt", bytes);
}

pub(super) const CASES: &[Case] = &[
    Case::new(
        "line-10-mb",
        "a key in the middle of a line of 10 MB of words",
        |dir| one(dir, long_line("lorem ipsum ")),
        FOUND,
    ),
    Case::new(
        "line-10-mb-quotes",
        "the same in a line of quotes",
        |dir| one(dir, long_line("\"'`\"")),
        FOUND,
    ),
    Case::new(
        "line-10-mb-brackets",
        "the same in a line of brackets",
        |dir| one(dir, long_line("{[(<")),
        FOUND,
    ),
    Case::new(
        "line-10-mb-backslashes",
        "the same in a line of backslashes",
        |dir| one(dir, long_line("\\")),
        FOUND,
    ),
    Case::new(
        "pem-plus",
        "20,000 times armour with `+` for blanks that begins and does not end, before a key",
        |dir| one(dir, before_a_key("--+BEGIN+PRIVATE+KEY--\n".repeat(20_000))),
        FOUND,
    ),
    Case::new(
        "base64-escapes",
        "the beginning of gzip in base64 behind `\\u`, 10,000 times in one run, before a key",
        |dir| one(dir, before_a_key("\\uH4sIAA".repeat(10_000))),
        FOUND,
    ),
    Case::new(
        "number-words",
        "`privateExponent ` 200,000 times, before a key",
        |dir| one(dir, before_a_key("privateExponent ".repeat(200_000))),
        FOUND,
    ),
    Case::new(
        "numbers",
        "a word of RSA keys and 32 numbers of 2048 bits that belong to none, 400 times, before a key",
        |dir| one(dir, before_a_key(strangers(400))),
        "exit 1; 1 private-key; 1 undecoded",
    ),
    Case::new(
        "tink-types",
        "`google.crypto.tink.` 100,000 times, before a key",
        |dir| one(dir, before_a_key("google.crypto.tink.".repeat(100_000))),
        "exit 1; 1 private-key; 1 undecoded",
    ),
    Case::new(
        "json-depth",
        "1,000,000 nested JSON arrays and objects around `\"kty\":\"RSA\"`, before a key",
        |dir| {
            one(
                dir,
                before_a_key(
                    [
                        b"[".repeat(1_000_000),
                        b"{\"a\":".repeat(200_000),
                        b"\"kty\":\"RSA\",\"d\":\"AAAA\"".to_vec(),
                    ]
                    .concat(),
                ),
            );
        },
        FOUND,
    ),
    Case::new(
        "json-members",
        "a JWK of 200,000 members, before a key",
        |dir| {
            let mut text = String::from("{\"kty\":\"EC\"");
            (0..200_000).for_each(|n| write!(text, ",\"d{n}\":\"{n}\"").expect("memory"));
            one(dir, before_a_key(text + "}"));
        },
        FOUND,
    ),
    Case::new(
        "json-kty-20000",
        "20,000 times `\"kty\":\"RSA\"` in one object, before a key",
        |dir| {
            one(
                dir,
                before_a_key(format!("{{{}}}", "\"kty\":\"RSA\",".repeat(20_000))),
            );
        },
        "exit 1; 1 private-key; 1 undecoded",
    ),
    Case::new(
        "jwk-number-10-mb",
        "a JWK whose private number has 10 MB, before a key",
        |dir| {
            one(
                dir,
                before_a_key(format!(
                    "{{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"{}\"}}",
                    "QUJD".repeat(2_500_000)
                )),
            );
        },
        FOUND,
    ),
    Case::new(
        "xml-entities",
        "an XML key behind ten levels of entities, each ten of the one before",
        |dir| {
            let mut text = String::from("<!DOCTYPE a [<!ENTITY e0 \"AAAA\">");
            for n in 1..10 {
                write!(
                    text,
                    "<!ENTITY e{n} \"{}\">",
                    format!("&e{};", n - 1).repeat(10)
                )
                .expect("memory");
            }
            text += "]><RSAKeyValue><Modulus>&e9;</Modulus><Exponent>AQAB</Exponent><P>&e9;</P><Q>&e9;</Q><D>&e9;</D></RSAKeyValue>\n";
            one(dir, before_a_key(text));
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "pem-never-ends",
        "20,000 lines `BEGIN PRIVATE KEY` and none that ends, before a key",
        |dir| {
            one(
                dir,
                before_a_key("-----BEGIN PRIVATE KEY-----\n".repeat(20_000)),
            );
        },
        FOUND,
    ),
    Case::new(
        "pem-body-10-mb",
        "a PEM body of 10 MB, before a key",
        |dir| {
            let body = format!("{}\n", "QUJD".repeat(16)).repeat(160_000);
            one(
                dir,
                before_a_key(format!(
                    "-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n"
                )),
            );
        },
        FOUND,
    ),
    Case::new(
        "pem-headers",
        "PEM with 100,000 headers, before a key",
        |dir| {
            one(
                dir,
                before_a_key(format!(
                    "-----BEGIN RSA PRIVATE KEY-----\n{}\nAAAA\n-----END RSA PRIVATE KEY-----\n",
                    "Proc-Type: 4,ENCRYPTED\n".repeat(100_000)
                )),
            );
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "base64-depth",
        "a key under 60 layers of base64",
        |dir| {
            let mut text = STANDARD.encode(pem());
            while text.len() < 8 << 20 {
                text = STANDARD.encode(&text);
            }
            one(dir, before_a_key(text));
        },
        FOUND,
    ),
    Case::new(
        "base64-triggers",
        "the beginning of a key in base64, 100,000 times in one run, before a key",
        |dir| {
            one(
                dir,
                before_a_key("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t".repeat(100_000)),
            );
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "hex-4-mb",
        "4 MB of hexadecimal with the beginning of a key every 40 digits, before a key",
        |dir| {
            one(
                dir,
                before_a_key("3082010102010030819f300d06092a8648860000".repeat(100_000)),
            );
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "numbers-630000",
        "an array of 630,000 numbers that begin as keys do, before a key",
        |dir| {
            one(
                dir,
                before_a_key("0x30,0x82,0x01,0x01,0x02,0x01,0x00,".repeat(90_000)),
            );
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "escapes-nested",
        "a key in JSON in JSON in JSON, ten times, and a key",
        |dir| {
            let mut text = String::from_utf8(testfile("jwk/good-rsa-2048.jwk")).expect("text");
            for _ in 0..10 {
                text = serde_json::Value::String(text).to_string();
            }
            one(dir, before_a_key(text));
        },
        FOUND,
    ),
    Case::new(
        "utf16-odd",
        "a key in UTF-16 with one byte more in its middle, and a key",
        |dir| {
            let text = String::from_utf8(pem()).expect("text");
            let mut wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            wide.insert(101, 0);
            one(dir, before_a_key(wide));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "utf8-invalid",
        "a key between two MB of bytes that are no UTF-8",
        |dir| {
            let odd = b"\xff\xfe\xc0\x80\xed\xa0\x80\xf8".repeat(130_000);
            one(dir, [odd.as_slice(), b"\n", &pem(), b"\n", &odd].concat());
        },
        FOUND,
    ),
    Case::new(
        "line-ends",
        "a key whose lines end with CR alone, and one with LF CR",
        |dir| {
            let text = String::from_utf8(pem()).expect("text");
            put(dir, "cr.pem", text.replace('\n', "\r"));
            put(dir, "lfcr.pem", text.replace('\n', "\n\r"));
        },
        FOUND,
    ),
    Case::new(
        "keys-copies",
        "one key 100,000 times in one file",
        |dir| {
            one(dir, pem().repeat(100_000));
        },
        FOUND,
    ),
    Case::new(
        "keys-different",
        "2,000 different keys in one file",
        |dir| one(dir, keys(2_000)),
        "exit 1; 2000 private-key",
    ),
    Case::new(
        "tokens",
        "200,000 tokens and a secret that signed none of them",
        |dir| {
            let mut text = String::from("JWT_SECRET=tR8vQ2mZ6xK1bN9cW4yH7jL0pS5dF3gA\n");
            let mut dice = Dice::of("tokens");
            for _ in 0..200_000 {
                let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
                let id = base64.encode(dice.bytes(32));
                writeln!(text, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.{id}").expect("memory");
            }
            put(dir, ".env", text);
        },
        "exit 1; 1 signing-secret",
    ),
    Case::new(
        "secret-10-mb",
        "a signing secret of 10 MB, before a key",
        |dir| {
            put(
                dir,
                ".env",
                before_a_key(format!("JWT_SECRET={}", "kT9x".repeat(2_500_000))),
            );
        },
        FOUND,
    ),
    Case::new(
        "secrets-100000",
        "100,000 lines `JWT_SECRET=`, each with another value",
        |dir| {
            let mut text = String::new();
            (0..100_000).for_each(|n| {
                writeln!(text, "JWT_SECRET=")
                    .and(writeln!(text, "X{n}="))
                    .expect("memory")
            });
            put(dir, ".env", before_a_key(text));
        },
        FOUND,
    ),
    Case::new(
        "words",
        "1,000,000 words of seed phrases, before a key",
        |dir| {
            one(dir, before_a_key("abandon ability able about above absent absorb abstract absurd abuse access accident\n".repeat(80_000)));
        },
        FOUND,
    ),
];
