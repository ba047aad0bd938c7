//! What a key without context cannot be: cheap looks, before a MAC is computed.

/// Whether a text can be base64 of a random key: one of 40 characters that lacks
/// either case is met once in a thousand million.
pub(super) fn may_be_base64(text: &[u8]) -> bool {
    text.len() < 40
        || text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase)
}

/// Whether bytes begin as text in UTF-8, perhaps cut within a character.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

/// What stretches of a length that may be random look like.
///
/// All but one of a thousand random ones do: three eighths of their bytes are printable, give
/// or take three and a half standard deviations; of n bytes about n²/512 were there before,
/// give or take four times the root of that. Text is tried as a run.
#[derive(Clone, Copy)]
pub(super) struct Random {
    len: usize,
    /// Most printable bytes.
    most: usize,
    /// Fewest different bytes.
    fewest: usize,
}

impl Random {
    pub(super) fn new(len: usize) -> Self {
        let usual = len * len / 512;
        let again = match len > 128 {
            true => len,
            false => usual + 4 * (usual + 1).isqrt(),
        };
        Self {
            len,
            most: (len * 3 + (184 * len).isqrt()) / 8,
            fewest: len.saturating_sub(again),
        }
    }

    /// Whether the stretch at a place may be random.
    pub(super) fn stands(&self, bytes: &[u8], at: usize) -> bool {
        let Some(stretch) = bytes.get(at..at + self.len) else {
            return false;
        };
        let printable: usize = stretch.iter().map(|b| usize::from(is_printable(*b))).sum();
        if printable > self.most {
            return false;
        }
        let mut seen = [0_u64; 4];
        for byte in stretch {
            if let Some(seen) = seen.get_mut(usize::from(byte >> 6)) {
                *seen |= 1 << (byte & 63);
            }
        }
        let different: u32 = seen.iter().map(|bits| bits.count_ones()).sum();
        different as usize >= self.fewest
    }

    /// Returns where all that may be random begin: a window goes along the blob.
    pub(super) fn places(&self, bytes: &[u8]) -> Vec<usize> {
        let mut counts = [0_u16; 256];
        let (mut different, mut printable) = (0, 0);
        let mut places = Vec::new();
        for (at, &comes) in bytes.iter().enumerate() {
            if let Some(count) = counts.get_mut(usize::from(comes)) {
                different += usize::from(*count == 0);
                *count += 1;
            }
            printable += usize::from(is_printable(comes));
            let leaves = at.checked_sub(self.len).and_then(|at| bytes.get(at));
            if let Some(&leaves) = leaves
                && let Some(count) = counts.get_mut(usize::from(leaves))
            {
                *count -= 1;
                different -= usize::from(*count == 0);
                printable -= usize::from(is_printable(leaves));
            }
            if at + 1 >= self.len && printable <= self.most && different >= self.fewest {
                places.push(at + 1 - self.len);
            }
        }
        places
    }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Whether most of a blob looks random: it is compressed or encrypted.
pub(super) fn is_mostly_random(bytes: &[u8]) -> bool {
    let random = Random::new(SAMPLE);
    let stretches = (0..bytes.len() / SAMPLE).filter(|n| random.stands(bytes, n * SAMPLE));
    stretches.count() * 2 > bytes.len() / SAMPLE
}

/// Length of the stretches that are looked at for that, in bytes.
const SAMPLE: usize = 64;

/// Whether a blob has a structure in which a key stands behind its length: a module of
/// Python as bytecode, or DER.
pub(super) fn is_structured(bytes: &[u8]) -> bool {
    // A module; a SEQUENCE of more than 127 bytes, in which there is another or a number.
    matches!(
        bytes,
        [_, 0x0d, 0x0d, 0x0a, ..]
            | [0x30, 0x82, _, _, 0x30 | 2, ..]
            | [0x30, 0x81, _, 0x30 | 2, ..]
    )
}

/// Whether a file is a picture, a font, a program or a table of time zones by its first
/// bytes: no key stands in the middle of one.
pub(super) fn is_media(bytes: &[u8]) -> bool {
    let magics = [
        b"\x89PNG".as_slice(),
        b"GIF8",
        b"\xff\xd8\xff",
        b"RIFF",
        b"\x7fELF",
        b"\xca\xfe\xba\xbe",
        b"wOF",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"%PDF",
        b"\0\0\x01\0",
        b"MZ",
        b"\0asm",
        b"!<arch>",
        b"TZif",
        b"\0\0\xff\xff",
    ];
    // Objects of COFF, without an optional header; and of an import library.
    let object = matches!(
        bytes,
        [0x64, 0x86 | 0xaa, _, 0, ..] | [0x4c | 0xc4, 1, _, 0, ..] if bytes.get(16..18) == Some(&[0, 0])
    );
    object || magics.iter().any(|m| bytes.starts_with(m))
}
