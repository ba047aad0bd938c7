//! Object ids: the hash of an object, 20 bytes in a SHA-1 repository and 32 in a SHA-256 one.
//!
//! One type for both, so that nothing above this folder has to know which kind of repository it
//! reads. A repository uses one hash throughout; the hash is part of the id so that comparing ids
//! of two repositories can never match by accident.

use std::fmt;

/// The hash function that names the objects of a repository (`extensions.objectFormat`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HashKind {
    /// 20-byte ids: every repository that does not say otherwise.
    Sha1,
    /// 32-byte ids: `git init --object-format=sha256`.
    Sha256,
}

impl HashKind {
    /// Length of an id in bytes.
    pub const fn id_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The name of one object.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectId {
    /// The hash, padded with zeros when it is shorter than 32 bytes.
    bytes: [u8; 32],
    /// Which hash, and so how many of the bytes count.
    kind: HashKind,
}

impl ObjectId {
    /// Takes the id from raw bytes as they stand in trees, packs and indexes.
    ///
    /// Returns nothing when `raw` does not have exactly the length of the hash.
    pub fn from_raw(kind: HashKind, raw: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        if raw.len() != kind.id_len() {
            return None;
        }
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { bytes, kind })
    }

    /// Takes the id from lower- or upper-case hex of exactly the right length.
    pub fn from_hex(kind: HashKind, hex: &[u8]) -> Option<Self> {
        if hex.len() != kind.id_len() * 2 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let &[high, low] = pair else { return None };
            *byte = (nibble(high)? << 4) | nibble(low)?;
        }
        Some(Self { bytes, kind })
    }

    /// The id as it stands in trees, packs and indexes.
    pub fn as_raw(&self) -> &[u8] {
        // The array is 32 bytes long and no hash is longer.
        self.bytes.get(..self.kind.id_len()).unwrap_or(&self.bytes)
    }

    /// Which hash made this id.
    pub const fn hash_kind(&self) -> HashKind {
        self.kind
    }
}

/// The value of one hex digit.
const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_raw() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::{HashKind, ObjectId};

    #[test]
    fn hex_and_raw_agree_and_wrong_lengths_are_refused() {
        let hex = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let id = ObjectId::from_hex(HashKind::Sha1, hex).unwrap();
        assert_eq!(id.to_string().as_bytes(), hex);
        assert_eq!(ObjectId::from_raw(HashKind::Sha1, id.as_raw()), Some(id));
        assert_eq!(ObjectId::from_hex(HashKind::Sha256, hex), None);
        assert_eq!(ObjectId::from_hex(HashKind::Sha1, &hex[1..]), None);
        assert_eq!(ObjectId::from_raw(HashKind::Sha256, id.as_raw()), None);
        assert_eq!(
            ObjectId::from_hex(HashKind::Sha1, b"g69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
            None
        );
    }
}
