//! Bytes that several cases are made of.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A gzip file of this many zeros, without having them.
pub(super) fn gzip_of_zeros(mebibytes: usize, end: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        encoder.write_all(&block).expect("memory");
    }
    encoder.write_all(end).expect("memory");
    encoder.finish().expect("memory")
}

/// A DER element.
pub(super) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        short @ 0..=127 => bytes.push(short as u8),
        long => {
            let digits = long.to_be_bytes();
            let from = digits.iter().position(|b| *b != 0).expect("not 0");
            bytes.push(0x80 | (digits.len() - from) as u8);
            bytes.extend_from_slice(&digits[from..]);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// A body in PEM armour.
pub(super) fn armor(label: &str, body: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(body);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(str::from_utf8(line).expect("text"));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem.into_bytes()
}

/// The bytes inside of PEM armour.
pub(super) fn body(pem: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(pem).expect("text");
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).expect("base64")
}

/// Puts other bytes in the place of the first that are these.
#[track_caller]
pub(super) fn with(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(&bytes, from).expect("the bytes are there");
    bytes.splice(at..at + from.len(), to.iter().copied());
    bytes
}

/// A zip file of stored or deflated members, whose records may say anything.
#[derive(Default)]
pub(crate) struct Zip {
    bytes: Vec<u8>,
    records: Vec<u8>,
    count: usize,
}

impl Zip {
    /// Writes a local header and bytes; returns where.
    pub(crate) fn local(
        &mut self,
        method: u16,
        name: impl AsRef<[u8]>,
        packed: &[u8],
        stated: u32,
    ) -> u32 {
        let name = name.as_ref();
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0");
        self.bytes.extend_from_slice(&method.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 8]);
        self.bytes.extend_from_slice(&stated.to_le_bytes());
        self.bytes.extend_from_slice(&stated.to_le_bytes());
        let len = u16::try_from(name.len()).expect("short");
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(packed);
        at
    }

    /// Writes a record of the directory, of a file with these attributes of Unix.
    pub(crate) fn record(
        &mut self,
        method: u16,
        name: impl AsRef<[u8]>,
        stated: u32,
        at: u32,
        mode: u32,
    ) {
        let name = name.as_ref();
        self.count += 1;
        let records = &mut self.records;
        records.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0\0\0");
        records.extend_from_slice(&method.to_le_bytes());
        records.extend_from_slice(&[0; 8]);
        records.extend_from_slice(&stated.to_le_bytes());
        records.extend_from_slice(&stated.to_le_bytes());
        let len = u16::try_from(name.len()).expect("short");
        records.extend_from_slice(&len.to_le_bytes());
        records.extend_from_slice(&[0; 8]);
        records.extend_from_slice(&(mode << 16).to_le_bytes());
        records.extend_from_slice(&at.to_le_bytes());
        records.extend_from_slice(name);
    }

    /// Writes a whole member.
    pub(super) fn member(&mut self, name: &[u8], bytes: &[u8]) {
        let packed = deflate(bytes);
        let at = self.local(8, name, &packed, packed.len() as u32);
        self.record(8, name, packed.len() as u32, at, 0o100_644);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let (at, len) = (self.bytes.len() as u32, self.records.len() as u32);
        self.bytes.append(&mut self.records);
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(&at.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes
    }
}

/// The header of a tar member: name, size, kind, target of a link.
pub(super) fn tar_header(name: &[u8], size: u64, kind: u8, target: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[157..157 + target.len()].copy_from_slice(target);
    block[257..265].copy_from_slice(b"ustar\x0000");
    sum(&mut block);
    block
}

/// Sets the checksum of a tar header.
pub(super) fn sum(block: &mut [u8]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block[..512].iter().map(|b| u32::from(*b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

/// A tar file of one member.
pub(super) fn tar(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut tar = tar_header(name, bytes.len() as u64, b'0', b"");
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}
