//! Memory images, core dumps and captured packets: DER in the middle of binary
//! data, at any offset.

use rayon::prelude::*;

use crate::cases::{Case, Dice, GOOD, scan, words};
use crate::wrap::Form;

/// Keys that stand as DER in a file, of kinds that are searched as they stand. The
/// check of an SLH-DSA key alone takes a second.
fn binary() -> Vec<&'static Case> {
    let folders = ["pkcs1", "pkcs8", "sec1"];
    let is_binary = |case: &Case| folders.contains(&case.folder()) && case.name().ends_with(".der");
    let keys = GOOD
        .iter()
        .filter(|case| is_binary(case) && Form::Plain.is_promised(case));
    let keys: Vec<&Case> = keys.collect();
    assert!(keys.len() > 8, "{} files", keys.len());
    keys
}

/// A core dump: the header of an ELF file, pages of zeros, and a heap in which
/// blocks of the allocator stand around the key.
fn core(key: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0\x3e\0\x01\0\0\0".to_vec();
    bytes.resize(8192, 0);
    bytes.extend(Dice::of("heap").bytes(3000 + offset));
    bytes.extend_from_slice(&(key.len() as u64 + 17).to_le_bytes());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&[0x21, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(Dice::of("more heap").bytes(5000));
    bytes.resize(bytes.len() + 4096, 0);
    bytes
}

/// A captured TCP segment (pcap 2.4, Ethernet, IPv4).
fn packet(key: &[u8], offset: usize) -> Vec<u8> {
    let payload = [&Dice::of("sent before").bytes(offset), key].concat();
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    let len = u32::try_from(54 + payload.len()).expect("a segment");
    for word in [0x6000_0000, 7, len, len] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0]);
    bytes.extend_from_slice(&u16::try_from(len - 14).expect("a segment").to_be_bytes());
    bytes.extend_from_slice(&[0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend_from_slice(&[0x1f, 0x90, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18]);
    bytes.extend_from_slice(&[1, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&payload);
    bytes
}

#[test]
fn der_at_any_offset_of_binary_data() {
    let images: [(&str, fn(&[u8], usize) -> Vec<u8>); 2] = [("core", core), ("pcap", packet)];
    let wrong: Vec<String> = binary()
        .par_iter()
        .flat_map_iter(|case| {
            let wanted = case.wanted();
            (0..9).flat_map(move |offset| {
                let wanted = wanted.clone();
                images.into_iter().filter_map(move |(name, image)| {
                    let got = words(&scan(&image(&case.bytes, offset)));
                    (got != wanted).then(|| format!("{} in {name} at {offset}: {got:?}", case.path))
                })
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
