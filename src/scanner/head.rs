//! What the first bytes of a blob say: formats that are told by them, and keys without
//! armour; and what its name says of the key in it.

use crate::blob::Origin;
use crate::format::Format;

/// Bytes at the start of a blob that formats are told by.
pub(super) const HEAD_BYTES: usize = 32;
/// Bytes of a blob in which keys are looked for that nothing marks.
pub(super) const SMALL_BYTES: usize = 512;

/// Whether a blob may be of a format, or be a small one that holds a key of it.
pub(super) fn begins(format: &dyn Format, bytes: &[u8], size: u64) -> bool {
    let first = |n: usize| bytes.get(..n).unwrap_or(bytes);
    format.is_head(first(HEAD_BYTES), size) || format.may_hold(first(SMALL_BYTES), size)
}

/// Bytes behind a structure that a file may have: a line break, or the zeros
/// that some exports are filled up with.
const MAX_TRAILER: u64 = 16;

/// Whether a blob is one DER structure that begins as a private key does, or a
/// PKCS#12 file of indefinite length.
pub(super) fn is_der_key(head: &[u8], size: u64) -> bool {
    let (header, len) = match head {
        [0x30, 0x80, 0x02, 0x01, 0x03, 0x30, ..] => return true,
        [0x30, 0x81, a, ..] => (3, u64::from(*a)),
        [0x30, 0x82, a, b, ..] => (4, u64::from(*a) << 8 | u64::from(*b)),
        [0x30, 0x83, a, b, c, ..] => (5, u64::from(*a) << 16 | u64::from(*b) << 8 | u64::from(*c)),
        [0x30, 0x84, 0, a, b, c, ..] => {
            (6, u64::from(*a) << 16 | u64::from(*b) << 8 | u64::from(*c))
        }
        [0x30, a, ..] if *a < 0x80 => (2, u64::from(*a)),
        _ => return false,
    };
    let version = head.get(header..).unwrap_or_default();
    let begins_as_key = match version {
        [0x02, 0x01, 0x00 | 0x01 | 0x03, ..] => true,
        // EncryptedPrivateKeyInfo: an AlgorithmIdentifier of PKCS#5 or #12.
        // One level deeper: the encrypted object store of BCFKS.
        [0x30, ..] => memchr::memmem::find(head, b"\x2a\x86\x48\x86\xf7\x0d\x01")
            .is_some_and(|i| matches!(head.get(i + 7), Some(0x05 | 0x0c))),
        _ => false,
    };
    let trailer = size.checked_sub(len + header as u64);
    begins_as_key && trailer.is_some_and(|trailer| trailer <= MAX_TRAILER)
}

/// Beginnings of the names under which Apple hands out keys, once.
const APPLE: [&str; 3] = ["AuthKey_", "SubscriptionKey_", "ApiKey_"];
/// Characters of the id behind it.
const APPLE_ID: usize = 10;

/// Returns the key id that a file's name says: `AuthKey_<key id>.p8` (Apple: "Creating API Keys
/// for App Store Connect API").
pub(super) fn kid_of_name(origin: &Origin) -> Option<String> {
    let path = origin.members.last().map(std::path::Path::new);
    let path = path.unwrap_or(&origin.path);
    let name = path.file_name()?.to_str()?.strip_suffix(".p8")?;
    let id = APPLE.iter().find_map(|start| name.strip_prefix(start))?;
    let is_id = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    (id.len() == APPLE_ID && id.bytes().all(is_id)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_apple_tell_the_key() {
        let of = |path: &str| kid_of_name(&Origin::file(path));
        assert_eq!(of("a/AuthKey_2X9R4HXF34.p8").as_deref(), Some("2X9R4HXF34"));
        assert_eq!(of("a/AuthKey_2X9R4HXF34.pem"), None);
        assert_eq!(of("a/AuthKey_2x9r4hxf34.p8"), None);
        assert_eq!(of("a/AuthKey_2X9R4HXF345.p8"), None);
        let mut origin = Origin::file("backup.zip");
        origin
            .members
            .push("keys/SubscriptionKey_2X9R4HXF34.p8".to_owned());
        assert_eq!(kid_of_name(&origin).as_deref(), Some("2X9R4HXF34"));
    }
}
