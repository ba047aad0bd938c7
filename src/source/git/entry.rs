//! Pack entry headers: what an entry is, how large, and what it is based on.
//!
//! Layout (gitformat-pack): one byte with a continuation bit, three bits of type and four of size;
//! further size bytes, seven bits each, low first. An offset delta goes on with the distance back
//! to its base (seven bits a byte, high first, each continuation adding one); a reference delta
//! with the id of its base. Then the zlib stream.

use super::id::{HashKind, ObjectId};
use super::object::ObjectKind;
use super::skip::SkipReason;

/// No header is longer: ten bytes of size, then ten of distance or 32 of id.
pub(super) const MAX_HEADER: usize = 48;

/// What an entry says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    /// What it is, or what it changes.
    pub(super) form: Form,
    /// What its stream inflates to: the object, or the delta.
    pub(super) size: u64,
    /// Where its stream begins in the pack.
    pub(super) data_at: u64,
}

/// How an entry holds its object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// As changes to the entry at this offset.
    OffsetDelta(u64),
    /// Whole.
    Plain(ObjectKind),
    /// As changes to the object of this name.
    ReferenceDelta(ObjectId),
}

impl Entry {
    /// Reads the header of the entry at `offset`; `bytes` is what stands there, `MAX_HEADER` of it
    /// if the pack goes on for that long.
    pub(super) fn parse(bytes: &[u8], offset: u64, kind: HashKind) -> Result<Self, SkipReason> {
        let bad = SkipReason::BadHeader;
        let mut rest = bytes.iter();
        let first = *rest.next().ok_or(bad)?;
        let mut size = u64::from(first & 0x0f);
        let mut more = first & 0x80 != 0;
        let mut shift = 4;
        while more {
            let byte = *rest.next().ok_or(bad)?;
            let bits = u64::from(byte & 0x7f);
            if shift > 60 || bits > u64::MAX >> shift {
                return Err(bad);
            }
            size |= bits << shift;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        let form = match (first >> 4) & 7 {
            1 => Form::Plain(ObjectKind::Commit),
            2 => Form::Plain(ObjectKind::Tree),
            3 => Form::Plain(ObjectKind::Blob),
            4 => Form::Plain(ObjectKind::Tag),
            6 => {
                let mut byte = *rest.next().ok_or(bad)?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = *rest.next().ok_or(bad)?;
                    back = back
                        .checked_add(1)
                        .filter(|&back| back <= u64::MAX >> 7)
                        .ok_or(bad)?;
                    back = (back << 7) | u64::from(byte & 0x7f);
                }
                // A distance of zero would be an entry based on itself.
                let base = offset.checked_sub(back).filter(|_| back > 0).ok_or(bad)?;
                Form::OffsetDelta(base)
            }
            7 => {
                let raw = rest.as_slice().get(..kind.id_len()).ok_or(bad)?;
                for _ in raw {
                    rest.next();
                }
                Form::ReferenceDelta(ObjectId::from_raw(kind, raw).ok_or(bad)?)
            }
            _ => return Err(bad),
        };
        let used = bytes.len() - rest.as_slice().len();
        Ok(Self {
            form,
            size,
            data_at: offset.saturating_add(used as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Form, HashKind, ObjectKind, SkipReason};

    #[test]
    fn plain_offset_and_reference_entries() {
        // 0x95 = more, commit, low bits 5; 0x0a = 10: 5 + (10 << 4) = 165, as git writes it.
        let entry = Entry::parse(&[0x95, 0x0a, 0x78], 12, HashKind::Sha1).unwrap();
        assert_eq!(
            entry,
            Entry {
                form: Form::Plain(ObjectKind::Commit),
                size: 165,
                data_at: 14
            }
        );
        // Distance bytes 0x80 0x00 mean 128: the continuation adds one before shifting.
        let entry = Entry::parse(&[0x63, 0x80, 0x00], 1000, HashKind::Sha1).unwrap();
        assert_eq!(
            entry,
            Entry {
                form: Form::OffsetDelta(872),
                size: 3,
                data_at: 1003
            }
        );
        let mut bytes = vec![0x71];
        bytes.extend([0xab; 32]);
        let entry = Entry::parse(&bytes, 0, HashKind::Sha256).unwrap();
        assert!(matches!(entry.form, Form::ReferenceDelta(id) if id.as_raw() == [0xab; 32]));
        assert_eq!(entry.data_at, 33);
    }

    #[test]
    fn impossible_headers_are_refused() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x00],
            &[0x50],
            &[0x60, 0x00],
            &[0x60, 0x7f],
            &[0x71, 1, 2, 3],
            &[
                0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
            ],
        ] {
            assert_eq!(
                Entry::parse(bytes, 100, HashKind::Sha1),
                Err(SkipReason::BadHeader),
                "{bytes:x?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_parse_or_are_refused(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60),
            offset in proptest::num::u64::ANY,
        ) {
            for kind in [HashKind::Sha1, HashKind::Sha256] {
                if let Ok(entry) = Entry::parse(&bytes, offset, kind) {
                    proptest::prop_assert!(entry.data_at > offset || offset > u64::MAX - 60);
                    if let Form::OffsetDelta(base) = entry.form {
                        proptest::prop_assert!(base < offset);
                    }
                }
            }
        }
    }
}
