//! Key databases of NSS: `key4.db` of Firefox, Thunderbird and servers.
//!
//! ```text
//! SQLite; table nssPrivate: id, and a column for each attribute of PKCS#11, "a" and
//! its number in hexadecimal: a0 CKA_CLASS, a3 CKA_LABEL, a11 CKA_VALUE, a100
//! CKA_KEY_TYPE, a120 … CKA_MODULUS and the other numbers of RSA, a130 … of DSA,
//! a180 CKA_EC_PARAMS, ad5a0db00 the public half (modulus, point or y)
//! table metaData: id, item1, item2; the row `password`: salt, encrypted known text
//! ```
//!
//! Numbers of PKCS#11 stand in four bytes. Secret attributes are encrypted one by
//! one, public ones are in clear: keys are matched without the password. Without a
//! master password, which is the default, the empty one opens all. Secret keys
//! (class 4), with which Firefox encrypts logins, do not sign and are passed over,
//! and so are `cert9.db` and databases without keys.

use std::ops::ControlFlow;

use super::structure::{dsa_key, ec_key_on, secret};
use super::{Context, Format, Found, Spec, What, label};
use crate::blob::{Candidate, Trigger};
use crate::identity::algorithm::{self, EcParameters};
use crate::key::password::NssWord;
use crate::key::{Key, PublicKey, Reject, RsaKey};
use crate::wire::der;
use crate::wire::sqlite::record::{Value, values};
use crate::wire::sqlite::walk::{Piece, walk};
use crate::wire::sqlite::{Held, MAGIC};
use crate::wire::trim_zeros;

/// Reader of key databases.
pub(super) struct Nss;

/// Table of private objects.
const PRIVATE: &str = "nssPrivate";
const META: &str = "metaData";
/// CKO_PRIVATE_KEY.
const PRIVATE_KEY: &[u8] = &[0, 0, 0, 3];
/// CKK_RSA, CKK_DSA, CKK_EC.
const RSA: &[u8] = &[0, 0, 0, 0];
const DSA: &[u8] = &[0, 0, 0, 1];
const EC: &[u8] = &[0, 0, 0, 3];
/// How an empty attribute is written.
const EMPTY: &[u8] = b"\xa5\x00\x5a";
/// Most keys of a database.
const MAX_KEYS: usize = 1024;

static SPEC: Spec = Spec {
    id: "nss",
    name: "NSS key database",
    source: "NSS softoken, sdb.c and sftkdb.c",
    about: "`key4.db` of browser profiles, mail programs, web and directory servers: client and server keys. Matched even when encrypted; without a master password it is open.",
    triggers: &[Trigger::encoded_head(MAGIC)],
};

impl Format for Nss {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let bytes = candidate.bytes;
        // Most databases are of something else: the name of the table tells.
        let is_ours = candidate.at.is_none()
            && bytes.starts_with(MAGIC)
            && memchr::memmem::find(bytes, PRIVATE.as_bytes()).is_some();
        if !is_ours {
            return Err(Reject::NotThisFormat);
        }
        let database = Database::read(bytes);
        let password = database.password.as_ref();
        let word =
            password.and_then(|(salt, value)| NssWord::find(salt, value, &mut context.trials));
        for row in &database.keys {
            found.push(row.found(0..bytes.len(), word.as_ref(), context));
        }
        match found.is_empty() {
            true => Err(Reject::NotThisFormat),
            false => Ok(()),
        }
    }
}

/// What is needed of a database.
#[derive(Default)]
struct Database {
    password: Option<(Vec<u8>, Vec<u8>)>,
    keys: Vec<Row>,
}

/// The attributes of a private key, as they stand in the database.
struct Row(Vec<(String, Vec<u8>)>);

impl Database {
    fn read(bytes: &[u8]) -> Self {
        let mut database = Self::default();
        // However it ends: what was read is used.
        let _ = walk(&mut Held(bytes), bytes.len() as u64, &mut |_, piece| {
            if let Piece::Row { table, record, .. } = piece {
                match table.name.as_str() {
                    PRIVATE if database.keys.len() < MAX_KEYS => {
                        let named = table.columns.iter().zip(values(record));
                        let row = named.filter_map(|(name, value)| match value {
                            Value::Blob(bytes) | Value::Text(bytes) => {
                                Some((name.clone(), bytes.to_vec()))
                            }
                            _ => None,
                        });
                        let row = Row(row.collect());
                        if row.get("a0") == PRIVATE_KEY {
                            database.keys.push(row);
                        }
                    }
                    META => database.meta(record),
                    _ => {}
                }
            }
            ControlFlow::Continue(())
        });
        database
    }

    fn meta(&mut self, record: &[u8]) {
        let mut values = values(record);
        let mut next = || values.next().and_then(Value::bytes);
        if next() == Some(b"password")
            && let (Some(salt), Some(value)) = (next(), next())
        {
            self.password = Some((salt.to_vec(), value.to_vec()));
        }
    }
}

impl Row {
    fn get(&self, name: &str) -> &[u8] {
        let value = self.0.iter().find(|(known, _)| known == name);
        let value = value.map_or(&[][..], |(_, value)| value);
        if value == EMPTY { &[] } else { value }
    }

    fn found(
        &self,
        span: crate::blob::Span,
        word: Option<&NssWord<'_>>,
        context: &mut Context,
    ) -> Found {
        let opened = word.and_then(|word| Some((word, self.key(word, context)?)));
        let mut found = match (opened, self.public()) {
            (Some((word, key)), _) => {
                let mut found = Found::key(span, key);
                found.opened_with = Some(word.shown());
                found
            }
            (None, Some(public)) => Found::new(span, What::Sealed(public)),
            (None, None) => Found::opaque(span, self.encrypted()),
        };
        found.kid = label(self.get("a3"));
        found
    }

    /// Returns the attribute that is the key, encrypted.
    fn encrypted(&self) -> &[u8] {
        match self.get("a11") {
            [] => self.get("a123"),
            value => value,
        }
    }

    fn public(&self) -> Option<PublicKey> {
        let half = self.get("ad5a0db00");
        match self.get("a100") {
            RSA => PublicKey::rsa(trim_zeros(self.get("a120")), trim_zeros(self.get("a122"))).ok(),
            DSA => {
                let [p, q, g] = ["a130", "a131", "a132"].map(|name| trim_zeros(self.get(name)));
                PublicKey::dsa(p, q, g, trim_zeros(half)).ok()
            }
            EC => match self.curve()? {
                EcParameters::Named(curve) => PublicKey::ec_point(curve, half).ok(),
                EcParameters::Explicit(parameters) => PublicKey::ec_explicit(parameters, half).ok(),
            },
            _ => None,
        }
    }

    fn curve(&self) -> Option<EcParameters<'_>> {
        let parameters = der::Reader::new(self.get("a180")).read_tlv().ok()?;
        algorithm::curve(&parameters).ok()?
    }

    /// Opens what the key needs.
    fn key(&self, word: &NssWord<'_>, context: &mut Context) -> Option<Key> {
        let mut open = |name: &str| word.open(self.get(name), &mut context.trials);
        let half = self.get("ad5a0db00");
        match self.get("a100") {
            RSA => {
                let public = |name: &str| Some(trim_zeros(self.get(name)).to_vec());
                let mut number = |name: &str| open(name).and_then(|n| secret(trim_zeros(&n)));
                Some(Key::Rsa(RsaKey {
                    n: public("a120"),
                    e: public("a122"),
                    d: Some(number("a123")?),
                    p: number("a124"),
                    q: number("a125"),
                    dp: number("a126"),
                    dq: number("a127"),
                    qi: number("a128"),
                    more_primes: Vec::new(),
                }))
            }
            DSA => {
                let [p, q, g] = ["a130", "a131", "a132"].map(|name| trim_zeros(self.get(name)));
                let y = (!half.is_empty()).then(|| trim_zeros(half));
                Some(Key::Dsa(dsa_key(p, q, g, y, trim_zeros(&open("a11")?))))
            }
            EC => {
                let point = (!half.is_empty()).then_some(half);
                let d = open("a11")?;
                Some(Key::Ec(ec_key_on(self.curve()?, &d, point)))
            }
            _ => None,
        }
    }
}
