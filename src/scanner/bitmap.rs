//! Which words may be some of ours: a bitmap of their hashes.
//!
//! Measured on 64 MB of source text in the second-level cache, one thread, Zen 4: 5.0 GB/s with the
//! gathers of AVX2, 4.2 with those of AVX-512 and without any; with a bitmap of 64 KiB 5.6, but nearly
//! three times the blocks in which words are to be compared. Two bits of each word in a bitmap of 32 KiB (a Bloom filter)
//! flagged fewer words than one bit, and was slower.

use fearless_simd::{Level, dispatch};

/// Bytes of a word.
pub(super) const WORD: usize = 4;
/// Bytes looked at between two branches.
pub(super) const BLOCK: usize = 64;
/// Blocks that are flagged before the flagged ones are looked at.
pub(super) const BATCH: usize = 64;
/// Words of the bitmap, as a power of two: 256 KiB. Looks at it wait for nothing, so
/// that the second-level cache is near enough.
const SLOT_BITS: u32 = 16;
/// Of the multiplicative hash: of four thousand odd numbers the one by which the words of our
/// literals share a bit with the fewest common words of files.
const MULTIPLIER: u32 = 0x1b04_7645;

type Slots = [u32; 1 << SLOT_BITS];

/// Of each hash, whether a word of ours has it.
#[derive(Debug)]
pub(super) struct Bitmap {
    slots: Box<Slots>,
    /// What the processor can do.
    level: Level,
}

impl Bitmap {
    /// Returns one without a word.
    pub(super) fn new() -> Self {
        Self {
            slots: Box::new([0; 1 << SLOT_BITS]),
            level: level(),
        }
    }

    /// Adds a word.
    pub(super) fn set(&mut self, word: u32) {
        let (slot, bit) = slot(word.to_le_bytes());
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot |= 1_u32.wrapping_shl(bit);
        }
    }

    /// Returns the blocks of a batch that may have words of ours, with a bit for each such word, and
    /// their number.
    pub(super) fn flagged(&self, batch: &[u8]) -> ([(usize, u32); BATCH], usize) {
        // With the widest instructions that are quick.
        dispatch!(self.level, _ => flagged(&self.slots, batch))
    }

    /// Whether a word may be one of ours.
    #[cfg(test)]
    pub(super) fn has(&self, word: [u8; WORD]) -> bool {
        flag(&self.slots, word) & 1 == 1
    }
}

/// Returns which instructions look words up the quickest.
fn level() -> Level {
    let level = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(avx2) = level.as_avx2() {
        return Level::Avx2(avx2);
    }
    level
}

/// See [`Bitmap::flagged`]. Inlined, so that it is compiled for each level.
#[inline(always)]
fn flagged(slots: &Slots, batch: &[u8]) -> ([(usize, u32); BATCH], usize) {
    let mut flagged = [(0, 0); BATCH];
    let mut count = 0;
    for (block, bytes) in batch.chunks(BLOCK).enumerate() {
        let words = bytes.as_chunks::<WORD>().0;
        let flags = match <&[[u8; WORD]; BLOCK / WORD]>::try_from(words) {
            // Of known length, so that it is done for many words at once.
            Ok(words) => flags(slots, words),
            Err(_) => flags(slots, words),
        };
        if let Some(next) = flagged.get_mut(count) {
            *next = (block, flags);
        }
        count += usize::from(flags != 0);
    }
    (flagged, count)
}

/// Returns which words may be some of ours: a bit for each.
#[inline(always)]
fn flags(slots: &Slots, words: &[[u8; WORD]]) -> u32 {
    let flag = |(i, word): (usize, &[u8; WORD])| (flag(slots, *word) & 1) << i;
    words.iter().enumerate().map(flag).fold(0, |all, f| all | f)
}

/// Returns a number whose lowest bit says whether the word may be one of ours.
#[inline(always)]
fn flag(slots: &Slots, word: [u8; WORD]) -> u32 {
    let (slot, bit) = slot(word);
    slots.get(slot).map_or(0, |bits| bits.wrapping_shr(bit))
}

/// Returns a word's place in the bitmap: the index, and the bit modulo 32.
#[inline(always)]
fn slot(word: [u8; WORD]) -> (usize, u32) {
    let hash = product(u32::from_le_bytes(word));
    let slot = hash >> (u32::BITS - SLOT_BITS);
    (slot as usize, hash >> (u32::BITS - SLOT_BITS - 5))
}

/// Returns the top bits of a word's multiplicative hash (Knuth, TAOCP 6.4).
pub(super) fn hash(word: u32, bits: u32) -> usize {
    (product(word) >> (u32::BITS - bits)) as usize
}

/// Returns the whole hash, of which the top bits are the best.
#[inline(always)]
pub(super) fn product(word: u32) -> u32 {
    word.wrapping_mul(MULTIPLIER)
}
