//! How bytes are written as numbers: the literals that wake the decoder.

/// Most bytes of a literal that are searched for as numbers: more would reach
/// the end of a line too often.
const MAX_LITERAL: usize = 6;
/// Fewest numbers worth it.
const MIN_LITERAL: usize = 4;

/// Returns how a literal is written as numbers: its first few, and the next, as a
/// line may break within either.
///
/// Object identifiers begin alike in keys and certificates: of these the end is
/// searched for first.
#[must_use]
pub fn forms(literal: &[u8]) -> Vec<Vec<u8>> {
    let first = |part: &[u8]| part.get(..MAX_LITERAL).unwrap_or(part).to_vec();
    let (piece, other) = match literal.first() {
        Some(6) => {
            let (before, end) = literal.split_at(literal.len().saturating_sub(MAX_LITERAL));
            (end.to_vec(), first(before))
        }
        _ => {
            let rest = literal.get(MAX_LITERAL..).unwrap_or_default();
            (first(literal), first(rest))
        }
    };
    let mut forms = forms_of(&piece);
    if other.len() >= MIN_LITERAL {
        forms.extend(forms_of(&other));
    }
    forms
}

fn forms_of(piece: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::with_capacity(96);
    for writing in WRITINGS {
        forms.push(writing.list(piece));
    }
    for digits in [Digits::Decimal, Digits::Signed] {
        for join in [
            ",",
            ", ",
            " ",
            ",\n  ",
            ",\n    ",
            ",\n      ",
            ",\n        ",
            ",\n\t",
        ] {
            forms.push(Writing("", digits, "", join, MAX_LITERAL).list(piece));
        }
    }
    for digits in [Digits::Lower, Digits::Upper] {
        for (prefix, suffix, join, most) in HEX {
            forms.push(Writing(prefix, digits, suffix, join, *most).list(piece));
        }
        forms.extend([0, 1].map(|odd| words(piece, digits, odd)));
    }
    // Words of `hexdump` and `od -x`.
    let mut swapped = Vec::new();
    for pair in piece.chunks_exact(2) {
        separate(&mut swapped, " ");
        pair.iter()
            .rev()
            .for_each(|b| Digits::Lower.push(*b, &mut swapped));
    }
    forms.push(swapped);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Dumps in words of two bytes: the literal may begin in the middle of one.
fn words(piece: &[u8], digits: Digits, odd: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(3 * piece.len());
    for (i, byte) in piece.iter().enumerate() {
        if i % 2 == odd {
            separate(&mut text, " ");
        }
        digits.push(*byte, &mut text);
    }
    text
}

fn separate(text: &mut Vec<u8>, join: &str) {
    if !text.is_empty() {
        text.extend_from_slice(join.as_bytes());
    }
}

/// How one number is written.
#[derive(Clone, Copy)]
enum Digits {
    /// `0a`.
    Lower,
    /// `0A`.
    Upper,
    /// `a`.
    Short,
    /// `10`.
    Decimal,
    /// Of 246: `-10`.
    Signed,
    /// ` 10`, in three places.
    Padded,
    /// `012`.
    Octal,
}

impl Digits {
    fn push(self, byte: u8, text: &mut Vec<u8>) {
        let digit = |text: &mut Vec<u8>, value: u8| {
            let digit = char::from_digit(u32::from(value & 15), 16);
            text.extend(digit.map(|d| d as u8));
        };
        let start = text.len();
        match self {
            Self::Lower | Self::Upper => {
                digit(text, byte >> 4);
                digit(text, byte);
            }
            Self::Short => {
                if byte > 15 {
                    digit(text, byte >> 4);
                }
                digit(text, byte);
            }
            Self::Signed if byte > 127 => {
                text.push(b'-');
                Self::Decimal.push(byte.wrapping_neg(), text);
            }
            Self::Decimal | Self::Signed | Self::Padded => {
                for (least, value) in [(100, byte / 100), (10, byte / 10 % 10), (0, byte % 10)] {
                    match byte >= least {
                        true => digit(text, value),
                        false if matches!(self, Self::Padded) => text.push(b' '),
                        false => {}
                    }
                }
            }
            Self::Octal => [6, 3, 0].iter().for_each(|at| digit(text, byte >> at & 7)),
        }
        if matches!(self, Self::Upper) {
            text.get_mut(start..)
                .unwrap_or_default()
                .make_ascii_uppercase();
        }
    }
}

/// How several are written: what stands before each, its digits, what stands
/// behind it and between two, and how many are searched for.
struct Writing(&'static str, Digits, &'static str, &'static str, usize);

const WRITINGS: &[Writing] = &[
    Writing("", Digits::Padded, "", ",", MAX_LITERAL),
    Writing("", Digits::Padded, "", ", ", MAX_LITERAL),
    Writing("\\", Digits::Octal, "", "", MAX_LITERAL),
    Writing("", Digits::Octal, "", " ", MAX_LITERAL),
    Writing("0x", Digits::Short, "", ", ", MAX_LITERAL),
    Writing("0x", Digits::Short, "", ",", MAX_LITERAL),
];

/// Of two hexadecimal digits, small and capital: as in [`Writing`].
const HEX: &[(&str, &str, &str, usize)] = &[
    ("", "", " ", MAX_LITERAL),
    ("", "", ":", MAX_LITERAL),
    ("", "", "-", MAX_LITERAL),
    ("", "", ",", MAX_LITERAL),
    ("0x", "", ", ", MAX_LITERAL),
    ("0x", "", ",", MAX_LITERAL),
    ("&H", "", ", ", MAX_LITERAL),
    ("&H", "", ",", MAX_LITERAL),
    ("$", "", ", ", MAX_LITERAL),
    ("$", "", ",", MAX_LITERAL),
    ("0x", "u8", ", ", MAX_LITERAL),
    ("\\x", "", "", MAX_LITERAL),
    ("\\u00", "", "", MAX_LITERAL),
    ("%", "", "", MAX_LITERAL),
    // Casts make short lines, but are rare enough themselves.
    ("(byte)0x", "", ", ", 2),
    ("(byte) 0x", "", ", ", 2),
    ("0x", ".toByte()", ", ", 2),
];

impl Writing {
    fn list(&self, piece: &[u8]) -> Vec<u8> {
        let Self(prefix, digits, suffix, join, most) = self;
        let mut text = Vec::with_capacity(64);
        for byte in piece.iter().take(*most) {
            separate(&mut text, join);
            text.extend_from_slice(prefix.as_bytes());
            digits.push(*byte, &mut text);
            text.extend_from_slice(suffix.as_bytes());
        }
        text
    }
}
