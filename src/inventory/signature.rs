//! Detached signatures of lists, as minisign writes them.
//!
//! ```text
//! untrusted comment: anything
//! base64 of "ED" | key id 8 | Ed25519 signature 64 of BLAKE2b-512(message)     "Ed": of the message itself
//! trusted comment: text
//! base64 of the Ed25519 signature 64 of (signature | text)
//! ```
//!
//! The message of a text list is the file. That of a compiled table is its first
//! bytes up to the hash of the header, which holds the root of all page hashes:
//! so a table is verified in a time that does not grow with it, and an altered
//! page is still refused when it is touched.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest};
use ed25519_dalek::VerifyingKey;

use super::Error;
use crate::key::minisign::SigningKey;
use crate::wire::base64 as lenient;

/// What the name of a list's signature ends in.
pub const SUFFIX: &str = "minisig";
/// Largest signature or public key that is read; minisign's have 300 bytes.
const MAX_FILE: u64 = 64 << 10;

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No signature beside the list.
    #[error("not signed: there is no {}", .0.display())]
    Missing(PathBuf),
    /// The file is no signature.
    #[error("not a minisign signature: {0}")]
    Malformed(&'static str),
    /// The file is no public key.
    #[error("not a minisign public key")]
    NotAKey,
    /// Signed by somebody else.
    #[error("signed by {0}, which is none of the keys given")]
    UnknownKey(String),
    /// The signature is not of these bytes.
    #[error("bad signature: the file is not what {0} signed")]
    Bad(String),
    /// The trusted comment was altered.
    #[error("bad signature: the trusted comment is not what {0} signed")]
    BadComment(String),
}

/// A key that verifies lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: [u8; 8],
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads the file of a public key, or its second line alone.
    pub fn read(text: &str) -> Result<Self, SignatureError> {
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let bytes = line.and_then(|line| lenient::decode_value(line.as_bytes()));
        let bytes = bytes.ok_or(SignatureError::NotAKey)?;
        let fields = bytes.strip_prefix(b"Ed").ok_or(SignatureError::NotAKey)?;
        let (id, key) = fields.split_first_chunk().ok_or(SignatureError::NotAKey)?;
        let key = key.try_into().map_err(|_| SignatureError::NotAKey)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::NotAKey)?;
        Ok(Self { id: *id, key })
    }

    /// Reads a public key from a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let text = read_small(path).map_err(|error| Error::from(error).at(path))?;
        Self::read(&text).map_err(|error| Error::from(error).at(path))
    }

    /// Returns the key's id as minisign prints it.
    #[must_use]
    pub fn id(&self) -> String {
        shown(self.id)
    }
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    prehashed: bool,
    id: [u8; 8],
    signature: [u8; 64],
    /// What the signer says of the list; covered by the signature.
    pub trusted_comment: String,
    global: [u8; 64],
}

impl Signature {
    /// Signs a message. A comment is one line: what would end it is replaced.
    #[must_use]
    pub fn sign(key: &SigningKey, message: &[u8], trusted_comment: &str) -> Self {
        let one_line = |c: char| if c.is_control() && c != '\t' { '?' } else { c };
        let trusted_comment: String = trusted_comment.chars().map(one_line).collect();
        let signature = key.sign(&Blake2b512::digest(message));
        let global = key.sign(&[&signature, trusted_comment.as_bytes()].concat());
        Self {
            prehashed: true,
            id: key.id(),
            signature,
            trusted_comment,
            global,
        }
    }

    /// Reads the file of a signature.
    pub fn read(text: &str) -> Result<Self, SignatureError> {
        use SignatureError::Malformed;
        let mut lines = text.lines();
        let untrusted = lines.next().unwrap_or_default();
        if !untrusted.starts_with("untrusted comment:") {
            return Err(Malformed("line 1 is no untrusted comment"));
        }
        let bytes = lines.next().map(str::as_bytes);
        let bytes = bytes.and_then(lenient::decode_value).unwrap_or_default();
        let prehashed = match bytes.get(..2) {
            Some(b"ED") => true,
            Some(b"Ed") => false,
            _ => return Err(Malformed("line 2 is neither `ED` nor `Ed`")),
        };
        let fields = bytes.get(2..).and_then(<[u8]>::split_first_chunk);
        let signature = fields.and_then(|(id, rest)| Some((*id, rest.try_into().ok()?)));
        let (id, signature) = signature.ok_or(Malformed("line 2 is too short or too long"))?;
        let comment = lines.next().unwrap_or_default();
        let comment = comment.strip_prefix("trusted comment: ");
        let comment = comment.ok_or(Malformed("line 3 is no trusted comment"))?;
        let global = lines.next().map(str::as_bytes);
        let global = global.and_then(lenient::decode_value).unwrap_or_default();
        let global = global.as_slice().try_into();
        Ok(Self {
            prehashed,
            id,
            signature,
            trusted_comment: comment.to_owned(),
            global: global.map_err(|_| Malformed("line 4 is no signature"))?,
        })
    }

    /// Reads the signature of a list from the file beside it.
    pub fn beside(list: &Path) -> Result<Self, Error> {
        let path = beside(list);
        let text = match read_small(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SignatureError::Missing(path).into());
            }
            Err(error) => return Err(Error::from(error).at(&path)),
        };
        Self::read(&text).map_err(|error| Error::from(error).at(&path))
    }

    /// Returns the id of the key that signed, as minisign prints it.
    #[must_use]
    pub fn signer(&self) -> String {
        shown(self.id)
    }

    /// Returns the file of the signature.
    #[must_use]
    pub fn to_text(&self) -> String {
        let head: &[u8] = if self.prehashed { b"ED" } else { b"Ed" };
        let first = STANDARD.encode([head, &self.id, &self.signature].concat());
        format!(
            "untrusted comment: signature by minisign key {}\n{first}\ntrusted comment: {}\n{}\n",
            self.signer(),
            self.trusted_comment,
            STANDARD.encode(self.global),
        )
    }

    /// Checks that one of `keys` signed this message, and returns it.
    pub fn verify<'a>(
        &self,
        message: &[u8],
        keys: &'a [PublicKey],
    ) -> Result<&'a PublicKey, SignatureError> {
        let mut known = keys.iter().filter(|key| key.id == self.id).peekable();
        if known.peek().is_none() {
            return Err(SignatureError::UnknownKey(self.signer()));
        }
        let hashed;
        let message = match self.prehashed {
            true => {
                hashed = Blake2b512::digest(message);
                &hashed[..]
            }
            false => message,
        };
        // Ids are chosen at random: two keys may share one.
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature);
        let signer = known.find(|key| key.key.verify_strict(message, &signature).is_ok());
        let signer = signer.ok_or_else(|| SignatureError::Bad(self.signer()))?;
        let global = ed25519_dalek::Signature::from_bytes(&self.global);
        let told = [&self.signature, self.trusted_comment.as_bytes()].concat();
        let said = signer.key.verify_strict(&told, &global);
        said.map_err(|_| SignatureError::BadComment(self.signer()))?;
        Ok(signer)
    }
}

/// Returns where the signature of a list is.
#[must_use]
pub fn beside(list: &Path) -> PathBuf {
    let mut name = list.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    name.into()
}

/// Minisign prints ids as little-endian numbers.
fn shown(id: [u8; 8]) -> String {
    format!("{:X}", u64::from_le_bytes(id))
}

/// Reads a small file of text.
fn read_small(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::minisign::KeyFile;

    /// `minisign -G -W -p pk -s sk`, then `printf hello > m; minisign -Sm m -s sk -t spoken`,
    /// and with `-l`.
    const PUBLIC: &str = "untrusted comment: minisign public key 65169016B9871D4\nRWTUcZhrAWlRBhI17PLCWmmSX5bsXIlDHJ6FswGx9H2NeLotmN8c2/ho\n";
    const SECRET: &str = "untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1HGYawFpUQa5g/lq7C3KYIOn69uNCrrgg4aisZSWrSHdIQKLzJT3ohI17PLCWmmSX5bsXIlDHJ6FswGx9H2NeLotmN8c2/hoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    const SIGNED: &str = "untrusted comment: signature from minisign secret key\nRUTUcZhrAWlRBrE0wXUYmDrfCLgzfN38qbnUCbJaPcnZk8PXu3Fd9Sp/aDNkiBurwR1PAjpVqGNsZfuwwOyYt9PvTShRvk922gI=\ntrusted comment: spoken\nv9dUyl9RNa3DXwvL40Yy2KFeKeaSpY6trrmZkD9h1ltF9S4AHnU1CSf5ZFli7nkKVz93JZirMGh2SmbMyqxADA==\n";
    const LEGACY: &str = "untrusted comment: signature from minisign secret key\nRWTUcZhrAWlRBtAwcZDUNqkm8r996UYp4/9IMN3sim1L2APz0278XYUV5FA99kCfr5bMZCLWi2a/I5Xl/pjr/3RWheF35KSvNwE=\ntrusted comment: spoken\niTOlfOnVRsirs9lPfK1rikYoGr9JYCCvpnH7lTLjt0JAhMp3BY59b8IFe1BK+ej3lxiN8znzlVgvCWRlIBORCA==\n";

    fn keys() -> [PublicKey; 1] {
        [PublicKey::read(PUBLIC).unwrap()]
    }

    #[test]
    fn signatures_of_minisign_are_verified() {
        for text in [SIGNED, LEGACY] {
            let signature = Signature::read(text).unwrap();
            assert_eq!(signature.trusted_comment, "spoken");
            let keys = keys();
            assert_eq!(
                signature.verify(b"hello", &keys).unwrap().id(),
                signature.signer()
            );
            let bad = signature.verify(b"hallo", &keys);
            assert!(matches!(bad, Err(SignatureError::Bad(_))), "{bad:?}");
            let none = signature.verify(b"hello", &[]);
            assert!(
                matches!(none, Err(SignatureError::UnknownKey(_))),
                "{none:?}"
            );
            let other = Signature::read(&text.replace("spoken", "forged")).unwrap();
            let bad = other.verify(b"hello", &keys);
            assert!(matches!(bad, Err(SignatureError::BadComment(_))), "{bad:?}");
        }
    }

    #[test]
    fn the_two_ways_to_sign_are_kept_apart() {
        let [key] = keys();
        let (mut hashed, mut plain) = (
            Signature::read(SIGNED).unwrap(),
            Signature::read(LEGACY).unwrap(),
        );
        (hashed.prehashed, plain.prehashed) = (false, true);
        for signature in [hashed, plain] {
            assert!(
                signature
                    .verify(b"hello", std::slice::from_ref(&key))
                    .is_err()
            );
        }
    }

    #[test]
    fn what_is_signed_here_is_read_again() {
        let key = KeyFile::read(SECRET.as_bytes()).unwrap();
        assert!(!key.is_encrypted());
        let key = key.open(b"").unwrap();
        let signature = Signature::sign(&key, b"hello", "one\nline");
        assert_eq!(signature.trusted_comment, "one?line");
        let read = Signature::read(&signature.to_text()).unwrap();
        assert_eq!(read, signature);
        assert!(read.verify(b"hello", &keys()).is_ok());
        // Ed25519 is deterministic: minisign made the same.
        assert_eq!(
            signature.signature,
            Signature::read(SIGNED).unwrap().signature
        );
    }

    #[test]
    fn malformed_files_are_refused() {
        let lines: Vec<&str> = SIGNED.lines().collect();
        for cut in 0..4 {
            assert!(Signature::read(&lines[..cut].join("\n")).is_err(), "{cut}");
        }
        assert!(Signature::read(&SIGNED.replace("RUT", "AAA")).is_err());
        for text in ["", "RWQ", "untrusted comment: x\n", &PUBLIC[..50]] {
            assert_eq!(PublicKey::read(text), Err(SignatureError::NotAKey));
        }
    }
}
