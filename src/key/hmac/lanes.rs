//! SHA-512 (FIPS 180-4 section 6.4) of several messages side by side, for answers to the challenge.
//!
//! Processors have instructions for SHA-256, and few for SHA-512. But eight keys go through the
//! same steps, so that one instruction can do a step of all of them: a block takes a fifth of
//! the time of `sha2`'s with AVX-512, which can rotate words, and three quarters with AVX2. The loops
//! over lanes are written so that the compiler finds the wide instructions of each level itself.

use std::sync::LazyLock;

use fearless_simd::{Level, dispatch};
use zeroize::Zeroize as _;

use super::{Answer, CHALLENGE, MAX_MAC};

/// Keys that are hashed together.
pub(super) const WIDTH: usize = 8;
/// Longest key that is not hashed first, in bytes: a block.
pub(super) const MAX_KEY: usize = 128;

/// A word of each message.
type Words = [u64; WIDTH];

/// What the processor can do.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Returns the first `bytes` of the HMAC of the challenge by each key, with the hash that begins
/// with `first`; keys behind the eighth, and longer ones than a block, are not for this.
pub(super) fn answers(first: &[u64; 8], bytes: usize, keys: &[&[u8]]) -> [Answer; WIDTH] {
    let mut block = [[0; WIDTH]; 16];
    for (lane, key) in keys.iter().enumerate().take(WIDTH) {
        let mut padded = [0; MAX_KEY];
        if let Some(room) = padded.get_mut(..key.len()) {
            room.copy_from_slice(key);
        }
        for (words, chunk) in block.iter_mut().zip(padded.as_chunks().0) {
            if let Some(word) = words.get_mut(lane) {
                *word = u64::from_be_bytes(*chunk);
            }
        }
        padded.zeroize();
    }
    let mut message = [0; 16];
    for (word, chunk) in message.iter_mut().zip(CHALLENGE.as_chunks().0) {
        *word = u64::from_be_bytes(*chunk);
    }
    end(&mut message, CHALLENGE.len());
    let mut inner = padded(first, &mut block, 0x36);
    compress(&mut inner, &message.map(|word| [word; WIDTH]));
    // The inner hash, behind which the padding stands.
    let mut padding = [0; 16];
    end(&mut padding, bytes);
    let mut hash = padding.map(|word| [word; WIDTH]);
    for (to, from) in hash.iter_mut().zip(&inner).take(bytes / 8) {
        *to = *from;
    }
    let mut outer = padded(first, &mut block, 0x36 ^ 0x5c);
    compress(&mut outer, &hash);
    block.zeroize();
    let mut answers = [[0; MAX_MAC]; WIDTH];
    for (lane, answer) in answers.iter_mut().enumerate() {
        let words = outer.iter().take(bytes / 8);
        for (to, words) in answer.as_chunks_mut().0.iter_mut().zip(words) {
            *to = words.get(lane).copied().unwrap_or_default().to_be_bytes();
        }
    }
    // The states answer like the keys that they were made of.
    inner.as_flattened_mut().zeroize();
    outer.as_flattened_mut().zeroize();
    hash.as_flattened_mut().zeroize();
    answers
}

/// Ends a message of so many bytes in its last block (FIPS 180-4 section 5.1.2), behind a block
/// of key.
fn end(block: &mut [u64; 16], bytes: usize) {
    if let Some(word) = block.get_mut(bytes / 8) {
        *word = 1 << 63;
    }
    if let Some(last) = block.last_mut() {
        *last = (MAX_KEY + bytes) as u64 * 8;
    }
}

/// Mixes a byte into every byte of the keys, and compresses them.
fn padded(first: &[u64; 8], keys: &mut [Words; 16], with: u8) -> [Words; 8] {
    let with = u64::from_ne_bytes([with; 8]);
    keys.as_flattened_mut().iter_mut().for_each(|w| *w ^= with);
    let mut state = first.map(|word| [word; WIDTH]);
    compress(&mut state, keys);
    state
}

/// Compresses a block of each message.
fn compress(state: &mut [Words; 8], block: &[Words; 16]) {
    dispatch!(*LEVEL, _ => rounds(state, block));
}

/// Inlined, so that it is compiled for each level.
#[inline(always)]
fn rounds(state: &mut [Words; 8], block: &[Words; 16]) {
    let mut schedule = *block;
    let mut work = *state;
    for (part, constants) in CONSTANTS.as_chunks::<16>().0.iter().enumerate() {
        if part > 0 {
            extend(&mut schedule);
        }
        for (constant, words) in constants.iter().zip(&schedule) {
            round(&mut work, *constant, words);
        }
    }
    for (to, from) in state.iter_mut().zip(&work) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = to.wrapping_add(*from);
        }
    }
    schedule.as_flattened_mut().zeroize();
}

/// Replaces sixteen words of the message schedule by the next ones.
#[inline(always)]
fn extend(schedule: &mut [Words; 16]) {
    for at in 0..16 {
        let (next, early, late, middle) = (
            schedule[at],
            schedule[(at + 1) % 16],
            schedule[(at + 14) % 16],
            schedule[(at + 9) % 16],
        );
        schedule[at] = std::array::from_fn(|i| {
            let (early, late) = (early[i], late[i]);
            let early = early.rotate_right(1) ^ early.rotate_right(8) ^ (early >> 7);
            let late = late.rotate_right(19) ^ late.rotate_right(61) ^ (late >> 6);
            let sum = next[i].wrapping_add(early).wrapping_add(middle[i]);
            sum.wrapping_add(late)
        });
    }
}

/// Does one round.
#[inline(always)]
fn round(work: &mut [Words; 8], constant: u64, words: &Words) {
    let [a, b, c, d, e, f, g, h] = *work;
    let (mut first, mut fifth) = ([0; WIDTH], [0; WIDTH]);
    for i in 0..WIDTH {
        let sum = e[i].rotate_right(14) ^ e[i].rotate_right(18) ^ e[i].rotate_right(41);
        let choice = (e[i] & f[i]) ^ (!e[i] & g[i]);
        let added = h[i].wrapping_add(sum).wrapping_add(choice);
        let added = added.wrapping_add(constant).wrapping_add(words[i]);
        let sum = a[i].rotate_right(28) ^ a[i].rotate_right(34) ^ a[i].rotate_right(39);
        let majority = (a[i] & b[i]) ^ (a[i] & c[i]) ^ (b[i] & c[i]);
        fifth[i] = d[i].wrapping_add(added);
        first[i] = added.wrapping_add(sum).wrapping_add(majority);
    }
    *work = [first, a, b, c, fifth, e, f, g];
}

/// Constants of the rounds (FIPS 180-4 section 4.2.3): of the cube roots of the first primes.
const CONSTANTS: [u64; 80] = [
    0x428a_2f98_d728_ae22,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538,
    0x59f1_11f1_b605_d019,
    0x923f_82a4_af19_4f9b,
    0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242,
    0x1283_5b01_4570_6fbe,
    0x2431_85be_4ee4_b28c,
    0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f,
    0x80de_b1fe_3b16_96b1,
    0x9bdc_06a7_25c7_1235,
    0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2,
    0xefbe_4786_384f_25e3,
    0x0fc1_9dc6_8b8c_d5b5,
    0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275,
    0x4a74_84aa_6ea6_e483,
    0x5cb0_a9dc_bd41_fbd4,
    0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab,
    0xa831_c66d_2db4_3210,
    0xb003_27c8_98fb_213f,
    0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2,
    0xd5a7_9147_930a_a725,
    0x06ca_6351_e003_826f,
    0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc,
    0x2e1b_2138_5c26_c926,
    0x4d2c_6dfc_5ac4_2aed,
    0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de,
    0x766a_0abb_3c77_b2a8,
    0x81c2_c92e_47ed_aee6,
    0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364,
    0xa81a_664b_bc42_3001,
    0xc24b_8b70_d0f8_9791,
    0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218,
    0xd699_0624_5565_a910,
    0xf40e_3585_5771_202a,
    0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8,
    0x1e37_6c08_5141_ab53,
    0x2748_774c_df8e_eb99,
    0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63,
    0x4ed8_aa4a_e341_8acb,
    0x5b9c_ca4f_7763_e373,
    0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc,
    0x78a5_636f_4317_2f60,
    0x84c8_7814_a1f0_ab72,
    0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28,
    0xa450_6ceb_de82_bde9,
    0xbef9_a3f7_b2c6_7915,
    0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c,
    0xd186_b8c7_21c0_c207,
    0xeada_7dd6_cde0_eb1e,
    0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba,
    0x0a63_7dc5_a2c8_98a6,
    0x113f_9804_bef9_0dae,
    0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84,
    0x32ca_ab7b_40c7_2493,
    0x3c9e_be0a_15c9_bebc,
    0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6,
    0x597f_299c_fc65_7e2a,
    0x5fcb_6fab_3ad6_faec,
    0x6c44_198c_4a47_5817,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{IV384, IV512, answer};
    use super::*;
    use crate::key::ChallengeMac;

    proptest! {
        // The other way goes through `sha2`, whose answers are compared with those of openssl.
        #[test]
        fn answers_are_those_of_one_key_at_a_time(
            keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..=MAX_KEY), 1..=WIDTH),
        ) {
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            for (mac, first) in [(ChallengeMac::HmacSha384, IV384), (ChallengeMac::HmacSha512, IV512)] {
                let together = answers(&first, mac.bytes(), &keys);
                for (key, together) in keys.iter().zip(together) {
                    prop_assert_eq!(answer(mac, key), together);
                }
            }
        }
    }
}
