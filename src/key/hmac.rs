//! HMAC (RFC 2104) over the SHA-2 family, block by block.
//!
//! Every run of text in a tree may be a secret, so a MAC is computed millions of
//! times: key pads are compressed once a key, messages are padded once a message,
//! and nothing is allocated. The compression functions are those of `sha2`, which
//! use the processor's SHA extensions where it has them, but for many keys at once ([`lanes`]). What is no HMAC does not come
//! here; if it did, it would be taken for HMAC-SHA256.

mod lanes;

use sha2::block_api::{compress256, compress512};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroize;

use super::symmetric::{CHALLENGE, ChallengeMac};

/// First state of SHA-224 (FIPS 180-4 section 5.3.2).
const IV224: [u32; 8] = [
    0xc105_9ed8,
    0x367c_d507,
    0x3070_dd17,
    0xf70e_5939,
    0xffc0_0b31,
    0x6858_1511,
    0x64f9_8fa7,
    0xbefa_4fa4,
];
/// First state of SHA-256 (FIPS 180-4 section 5.3.3).
const IV256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// First state of SHA-384 (FIPS 180-4 section 5.3.4).
const IV384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];
/// First state of SHA-512 (FIPS 180-4 section 5.3.5).
const IV512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// Longest MAC, in bytes.
pub(super) const MAX_MAC: usize = 64;

/// A MAC of any of the algorithms: its bytes are the first [`ChallengeMac::bytes`].
pub(super) type Answer = [u8; MAX_MAC];

/// A key whose pads have gone through the compression function.
pub(super) enum Padded {
    /// SHA-224 and SHA-256.
    Narrow { inner: [u32; 8], outer: [u32; 8] },
    /// SHA-384 and SHA-512.
    Wide { inner: [u64; 8], outer: [u64; 8] },
}

impl Drop for Padded {
    fn drop(&mut self) {
        match self {
            Self::Narrow { inner, outer } => (inner.zeroize(), outer.zeroize()),
            Self::Wide { inner, outer } => (inner.zeroize(), outer.zeroize()),
        };
    }
}

/// A message, padded as the second block and those after it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Message {
    /// For SHA-224 and SHA-256.
    Narrow(Vec<[u8; 64]>),
    /// For SHA-384 and SHA-512.
    Wide(Vec<[u8; 128]>),
}

impl Message {
    /// Returns how many blocks two messages begin with alike.
    pub(super) fn shared(&self, other: &Self) -> usize {
        match (self, other) {
            (Self::Narrow(a), Self::Narrow(b)) => {
                a.iter().zip(b).take_while(|(a, b)| a == b).count()
            }
            (Self::Wide(a), Self::Wide(b)) => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
            _ => 0,
        }
    }

    /// Pads a message for an algorithm.
    pub(super) fn new(mac: ChallengeMac, text: &[u8]) -> Self {
        match mac {
            ChallengeMac::HmacSha384 | ChallengeMac::HmacSha512 => Self::Wide(blocks(text, 16)),
            _ => Self::Narrow(blocks(text, 8)),
        }
    }
}

/// A MAC as the words of a last state, to be compared with.
pub(super) enum Signature {
    /// By SHA-224 and SHA-256, and how many words count.
    Narrow([u32; 8], usize),
    /// By SHA-384 and SHA-512, and how many words count.
    Wide([u64; 8], usize),
}

impl Signature {
    /// Takes the bytes of a MAC.
    pub(super) fn new(mac: ChallengeMac, bytes: &[u8]) -> Self {
        match mac {
            ChallengeMac::HmacSha384 | ChallengeMac::HmacSha512 => {
                let (mut words, (chunks, _)) = ([0; 8], bytes.as_chunks());
                words
                    .iter_mut()
                    .zip(chunks)
                    .for_each(|(w, c)| *w = u64::from_be_bytes(*c));
                Self::Wide(words, chunks.len().min(8))
            }
            _ => {
                let (mut words, (chunks, _)) = ([0; 8], bytes.as_chunks());
                words
                    .iter_mut()
                    .zip(chunks)
                    .for_each(|(w, c)| *w = u32::from_be_bytes(*c));
                Self::Narrow(words, chunks.len().min(8))
            }
        }
    }
}

/// Cuts a message into blocks of `N` bytes, with the padding of FIPS 180-4 section
/// 5.1 for a message that one block of key comes before.
fn blocks<const N: usize>(text: &[u8], length_bytes: usize) -> Vec<[u8; N]> {
    let bits = ((N + text.len()) as u64).wrapping_mul(8);
    let total = (text.len() + 1 + length_bytes).div_ceil(N);
    let mut blocks = vec![[0; N]; total];
    let flat = blocks.as_flattened_mut();
    if let Some((head, rest)) = flat.split_at_mut_checked(text.len()) {
        head.copy_from_slice(text);
        if let Some(first) = rest.first_mut() {
            *first = 0x80;
        }
    }
    if let Some(last) = flat.last_chunk_mut::<8>() {
        *last = bits.to_be_bytes();
    }
    blocks
}

impl Padded {
    /// Prepares a key.
    pub(super) fn new(mac: ChallengeMac, key: &[u8]) -> Self {
        match mac {
            ChallengeMac::HmacSha224 => narrow::<Sha224>(IV224, key),
            ChallengeMac::HmacSha384 => wide::<Sha384>(IV384, key),
            ChallengeMac::HmacSha512 => wide::<Sha512>(IV512, key),
            _ => narrow::<Sha256>(IV256, key),
        }
    }

    /// Calls `each` with the positions of the messages whose MAC by this key is the
    /// one beside them; the first `shared` blocks of all are the same.
    ///
    /// Of one message each block waits for the one before it. Several at a time
    /// keep the processor busy: eight take two thirds of the time of one by one.
    pub(super) fn signed(
        &self,
        lanes: &[(&Message, &Signature)],
        shared: usize,
        each: &mut impl FnMut(usize),
    ) {
        match self {
            Self::Narrow { inner, outer } => {
                in_lanes(
                    [inner, outer],
                    lanes.iter().map(narrow_lane),
                    shared,
                    compress256,
                    |state: &[u32; 8], block: &mut [u8; 64], words| {
                        write32(state, block);
                        finish(block, words * 4, 64);
                    },
                    each,
                );
            }
            Self::Wide { inner, outer } => {
                in_lanes(
                    [inner, outer],
                    lanes.iter().map(wide_lane),
                    shared,
                    compress512,
                    |state: &[u64; 8], block: &mut [u8; 128], words| {
                        write64(state, block);
                        finish(block, words * 8, 128);
                    },
                    each,
                );
            }
        }
    }

    /// Computes a MAC; all zeros if key and message are for different algorithms.
    pub(super) fn mac(&self, mac: ChallengeMac, message: &Message) -> Answer {
        let mut answer = [0; MAX_MAC];
        match (self, message) {
            (Self::Narrow { inner, outer }, Message::Narrow(blocks)) => {
                let mut state = *inner;
                compress256(&mut state, blocks);
                let mut last = [0; 64];
                write32(&state, &mut last);
                finish(&mut last, mac.bytes(), 64);
                let mut state = *outer;
                compress256(&mut state, &[last]);
                write32(&state, &mut answer);
            }
            (Self::Wide { inner, outer }, Message::Wide(blocks)) => {
                let mut state = *inner;
                compress512(&mut state, blocks);
                let mut last = [0; 128];
                write64(&state, &mut last);
                finish(&mut last, mac.bytes(), 128);
                let mut state = *outer;
                compress512(&mut state, &[last]);
                write64(&state, &mut answer);
            }
            _ => {}
        }
        answer.iter_mut().skip(mac.bytes()).for_each(|b| *b = 0);
        answer
    }
}

/// A message in blocks, the last state it should lead to, and how many words of
/// that count.
type Lane<'m, W, const N: usize> = (&'m [[u8; N]], [W; 8], usize);

fn narrow_lane<'m>(lane: &(&'m Message, &Signature)) -> Option<Lane<'m, u32, 64>> {
    match lane {
        (Message::Narrow(blocks), Signature::Narrow(wanted, words)) => {
            Some((blocks, *wanted, *words))
        }
        _ => None,
    }
}

fn wide_lane<'m>(lane: &(&'m Message, &Signature)) -> Option<Lane<'m, u64, 128>> {
    match lane {
        (Message::Wide(blocks), Signature::Wide(wanted, words)) => Some((blocks, *wanted, *words)),
        _ => None,
    }
}

/// Messages whose MACs are computed together.
pub(super) const LANES: usize = 8;

/// The work of [`Padded::signed`], for either width.
fn in_lanes<'m, W: Copy + Default + PartialEq, const N: usize>(
    [inner, outer]: [&[W; 8]; 2],
    messages: impl Iterator<Item = Option<Lane<'m, W, N>>>,
    shared: usize,
    compress: impl Fn(&mut [W; 8], &[[u8; N]]),
    last: impl Fn(&[W; 8], &mut [u8; N], usize),
    each: &mut impl FnMut(usize),
) {
    let mut lanes: [Lane<'m, W, N>; LANES] = [(&[], [W::default(); 8], 0); LANES];
    let mut count = 0;
    for (lane, message) in lanes.iter_mut().zip(messages) {
        let Some(message) = message else { return };
        *lane = message;
        count += 1;
    }
    let Some(lanes) = lanes.get(..count) else {
        return;
    };
    let mut state = *inner;
    let common = lanes.first().and_then(|(blocks, ..)| blocks.get(..shared));
    compress(&mut state, common.unwrap_or_default());
    let mut states = [state; LANES];
    let longest = lanes.iter().map(|(blocks, ..)| blocks.len()).max();
    for at in shared..longest.unwrap_or(0) {
        for ((blocks, ..), state) in lanes.iter().zip(&mut states) {
            if let Some(block) = blocks.get(at) {
                compress(state, std::slice::from_ref(block));
            }
        }
    }
    let mut blocks = [[0; N]; LANES];
    for ((state, block), (.., words)) in states.iter().zip(&mut blocks).zip(lanes) {
        last(state, block, *words);
    }
    let mut states = [*outer; LANES];
    for (state, block) in states.iter_mut().zip(&blocks).take(count) {
        compress(state, std::slice::from_ref(block));
    }
    for (at, (state, (_, wanted, words))) in states.iter().zip(lanes).enumerate() {
        if state.iter().zip(wanted).take(*words).all(|(a, b)| a == b) {
            each(at);
        }
    }
}

/// Answers the challenge with a key.
pub(super) fn answer(mac: ChallengeMac, key: &[u8]) -> Answer {
    /// The challenge in blocks: one for each width.
    static PADDED: std::sync::LazyLock<[Message; 2]> = std::sync::LazyLock::new(|| {
        [ChallengeMac::HmacSha256, ChallengeMac::HmacSha512].map(|m| Message::new(m, &CHALLENGE))
    });
    let [narrow, wide] = &*PADDED;
    let message = match mac {
        ChallengeMac::HmacSha384 | ChallengeMac::HmacSha512 => wide,
        _ => narrow,
    };
    Padded::new(mac, key).mac(mac, message)
}

/// Answers the challenge with each of several keys: those that fit go side by side.
pub(super) fn answers(mac: ChallengeMac, keys: &[&[u8]], each: &mut dyn FnMut(usize, &Answer)) {
    let first = match mac {
        ChallengeMac::HmacSha384 => Some(&IV384),
        ChallengeMac::HmacSha512 => Some(&IV512),
        _ => None,
    };
    for (at, keys) in keys.chunks(lanes::WIDTH).enumerate() {
        let fit = keys.len() > 1 && keys.iter().all(|key| key.len() <= lanes::MAX_KEY);
        let together = first.filter(|_| fit);
        let together = together.map(|first| lanes::answers(first, mac.bytes(), keys));
        for (i, key) in keys.iter().enumerate() {
            let known = together.as_ref().and_then(|answers| answers.get(i));
            let answer = known.copied().unwrap_or_else(|| answer(mac, key));
            each(at * lanes::WIDTH + i, &answer);
        }
    }
}

/// Pads the inner hash, which stands at the start of `block`, behind a block of key.
fn finish(block: &mut [u8], hash: usize, width: u64) {
    if let Some([first, rest @ ..]) = block.get_mut(hash..) {
        *first = 0x80;
        rest.fill(0);
    }
    if let Some(last) = block.last_chunk_mut::<8>() {
        *last = ((width + hash as u64) * 8).to_be_bytes();
    }
}

/// Returns the key in a block, XORed with a byte; a long key is hashed first.
fn pad<H: Digest, const N: usize>(key: &[u8], with: u8) -> [u8; N] {
    let mut block = [with; N];
    let mix = |block: &mut [u8; N], key: &[u8]| {
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
    };
    match key.len() > N {
        true => mix(&mut block, &H::digest(key)),
        false => mix(&mut block, key),
    }
    block
}

fn narrow<H: Digest>(first: [u32; 8], key: &[u8]) -> Padded {
    let with = |byte| {
        let mut block = pad::<H, 64>(key, byte);
        let mut state = first;
        compress256(&mut state, &[block]);
        block.zeroize();
        state
    };
    Padded::Narrow {
        inner: with(0x36),
        outer: with(0x5c),
    }
}

fn wide<H: Digest>(first: [u64; 8], key: &[u8]) -> Padded {
    let with = |byte| {
        let mut block = pad::<H, 128>(key, byte);
        let mut state = first;
        compress512(&mut state, &[block]);
        block.zeroize();
        state
    };
    Padded::Wide {
        inner: with(0x36),
        outer: with(0x5c),
    }
}

fn write32(state: &[u32; 8], to: &mut [u8]) {
    for (word, bytes) in state.iter().zip(to.chunks_exact_mut(4)) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}

fn write64(state: &[u64; 8], to: &mut [u8]) {
    for (word, bytes) in state.iter().zip(to.chunks_exact_mut(8)) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}
