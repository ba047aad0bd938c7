//! The `link` extension of a split index: the name of the shared file, and two bitmaps over its
//! entries, of those that are deleted and of those that are replaced.
//!
//! Layout (gitformat-index, gitformat-bitmap): the checksum of the shared file, then each bitmap in
//! EWAH: number of bits, number of 64-bit words, the words, the place of the last marker word. A
//! marker word holds from its lowest bit on: the value of a run, the length of the run in words
//! (32 bits), the number of literal words behind it (31 bits).

use super::id::{HashKind, ObjectId};
use super::index_file::IndexError;

/// What stands in the extension.
#[derive(Debug)]
pub(super) struct Link {
    /// The shared file; none when there is none.
    pub(super) base: Option<ObjectId>,
    /// Words of the bitmap of deleted entries.
    pub(super) deleted: Vec<u64>,
    /// Words of the bitmap of replaced entries.
    pub(super) replaced: Vec<u64>,
}

impl Link {
    /// Takes the extension apart.
    pub(super) fn parse(body: &[u8], kind: HashKind) -> Result<Self, IndexError> {
        let (raw, rest) = body
            .split_at_checked(kind.id_len())
            .ok_or(IndexError::Damaged)?;
        let base = ObjectId::from_raw(kind, raw).filter(|_| raw.iter().any(|&byte| byte != 0));
        // Without bitmaps nothing differs.
        let (deleted, rest) = words(rest)?;
        let (replaced, _) = words(rest)?;
        Ok(Self {
            base,
            deleted,
            replaced,
        })
    }
}

/// Takes the words of one bitmap from the front.
fn words(bytes: &[u8]) -> Result<(Vec<u64>, &[u8]), IndexError> {
    if bytes.is_empty() {
        return Ok((Vec::new(), bytes));
    }
    let (head, rest) = bytes.split_first_chunk::<8>().ok_or(IndexError::Damaged)?;
    let [_, _, _, _, c0, c1, c2, c3] = *head;
    let len = u32::from_be_bytes([c0, c1, c2, c3]) as usize;
    let (raw, rest) = len
        .checked_mul(8)
        .and_then(|len| rest.split_at_checked(len))
        .ok_or(IndexError::Damaged)?;
    let (_, rest) = rest.split_at_checked(4).ok_or(IndexError::Damaged)?;
    let words = raw.chunks_exact(8).filter_map(<[u8]>::first_chunk);
    Ok((words.map(|word| u64::from_be_bytes(*word)).collect(), rest))
}

/// Unpacks a bitmap over `count` entries; one that is set beyond them is damaged.
pub(super) fn bits(words: &[u64], count: usize) -> Result<Vec<bool>, IndexError> {
    let mut bits = vec![false; count];
    let mut at: usize = 0;
    let mut words = words.iter();
    while let Some(&marker) = words.next() {
        let run = (marker >> 1) as u32 as usize * 64;
        if marker & 1 == 1 {
            // The last word of a run may reach beyond the entries by its unused bits.
            if run > 0 && at.saturating_add(run) > count.saturating_add(63) {
                return Err(IndexError::Damaged);
            }
            let end = at.saturating_add(run).min(count);
            bits.get_mut(at..end).unwrap_or_default().fill(true);
        }
        at = at.saturating_add(run);
        for _ in 0..marker >> 33 {
            let literal = words.next().ok_or(IndexError::Damaged)?;
            for bit in 0..64 {
                if literal >> bit & 1 == 1 {
                    *at.checked_add(bit)
                        .and_then(|at| bits.get_mut(at))
                        .ok_or(IndexError::Damaged)? = true;
                }
            }
            at = at.saturating_add(64);
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn runs_and_literals() {
        // One word of ones, then one literal word with its lowest two bits set.
        let marker = 1 | 1 << 1 | 1 << 33;
        let set = bits(&[marker, 0b11], 70).unwrap();
        assert_eq!(set.iter().filter(|&&bit| bit).count(), 66);
        assert!(set[65] && !set[66]);
        assert!(bits(&[marker, 1 << 40], 70).is_err());
        assert!(bits(&[marker], 70).is_err());
        // A run of zeros as long as it likes.
        assert_eq!(bits(&[0xffff_ffff << 1], 3).unwrap(), [false; 3]);
    }
}
