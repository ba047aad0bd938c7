//! Base64 (RFC 4648 sections 4 and 5), with any wrapping, at any alignment.
//!
//! [`decode`] starts from a trigger that was seen inside encoded text. The
//! trigger's alignment fixes the four-character quantum, so the run can be
//! decoded in both directions without knowing where it begins.

use zeroize::Zeroizing;

use super::gap::{self, Alphabet, LINE_RUN, MAX_PIECE};
use super::{Decoded, Extent};
use crate::blob::{Map, View};
use crate::wire::base64::value;
use crate::wire::entity;

/// How the base64 of armour begins, whatever is in it.
pub const ARMOR: &[u8] = b"LS0tLS1CRUdJTi";

/// Longest run decoded around one trigger, to each side: a base64 keystore or
/// a small archive in a CI variable; larger ones are met as files.
const MAX_RUN: usize = 4 << 20;

/// Both alphabets.
struct Base64;

impl Alphabet for Base64 {
    const MARKS: &'static [u8] = b"#>|*;";

    fn has(byte: u8) -> bool {
        value(byte).is_some()
    }
}

/// Decodes the run around the character at `at`, whose place in its quantum
/// of four characters is `phase`.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<Decoded> {
    if is_inside_escape(bytes, at) {
        return None;
    }
    let start = run_start(bytes, at);
    let limit = at.saturating_add(MAX_RUN).min(bytes.len());
    // The number of characters before the trigger decides how many are left
    // over at the start of the run.
    let before = Characters::new(bytes, start, at).count();
    let lead = (before + 4 - phase % 4) % 4;
    let mut map = Map::default();
    let mut seams = Vec::new();
    let mut out = Zeroizing::new(Vec::with_capacity(((limit - start) / 4 * 3).min(64 << 10)));
    let (mut quantum, mut next, mut end) = (0_u32, usize::MAX, start);
    let mut count = 0_usize;
    for (place, v) in Characters::new(bytes, start, limit).skip(lead) {
        if place != next {
            seams.push((place, count));
            map.push(out.len(), place, 4, 3);
        }
        next = place + 1;
        end = next;
        quantum = quantum << 6 | u32::from(v);
        count += 1;
        if count.is_multiple_of(4) {
            let [_, a, b, c] = quantum.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            quantum = 0;
        }
    }
    match count % 4 {
        3 => out.extend_from_slice(&[(quantum >> 10) as u8, (quantum >> 2) as u8]),
        2 => out.push((quantum >> 4) as u8),
        _ => {}
    }
    let first = seams.first()?.0;
    Some(Decoded {
        view: View {
            bytes: out,
            span: first..end,
            map,
            layer: "base64",
            armor: None,
        },
        extent: Extent {
            span: first..end,
            seams,
            unit: 4,
        },
    })
}

/// Goes back from `at` to where the run begins.
fn run_start(bytes: &[u8], at: usize) -> usize {
    /// Before an escape: text that was escaped four times has fifteen.
    const MAX_SLASHES: usize = 16;
    let floor = at.saturating_sub(MAX_RUN);
    let mut start = at;
    // Characters since the last way from one piece to the next.
    let mut piece = 0_usize;
    while start > floor {
        let Some(&byte) = bytes.get(start - 1) else {
            break;
        };
        if value(byte).is_some() {
            start -= 1;
            piece += 1;
            continue;
        }
        let rest = bytes.get(start - 1..).unwrap_or_default();
        let slashes = rest.iter().take(MAX_SLASHES);
        let slashes = slashes.take_while(|b| **b == b'\\').count();
        if slashes > 0 && matches!(rest.get(slashes), Some(b'n' | b'r'))
            || matches!(byte, b'%' | b'\\') && escaped_character(rest).is_some()
        {
            start -= 1;
            continue;
        }
        if is_escaped_other(rest) {
            return (start + 5).min(at);
        }
        // The line before is as long as this one, unless this is the last.
        let Some(gap) = gap::gap_before::<Base64>(bytes, start, floor) else {
            break;
        };
        let line = bytes.get(floor..start - gap.len).unwrap_or_default();
        let longest = gap.quoted.then_some(MAX_PIECE);
        let before = gap::run_before::<Base64>(line, longest.unwrap_or(LINE_RUN) + 1);
        let fits = match longest {
            Some(most) => (LINE_RUN..=most).contains(&before) && piece <= before,
            None => before >= LINE_RUN,
        };
        if !fits {
            break;
        }
        start -= gap.len;
        piece = 0;
    }
    start
}

/// Whether `text` begins with an escape of JSON for a character that is not of the alphabet.
fn is_escaped_other(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"\\u").and_then(|rest| rest.get(..4));
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// Returns the value of a character of the alphabet that was escaped for a URL,
/// for XML or for JSON, and the length of its escape.
fn escaped_character(text: &[u8]) -> Option<(u8, usize)> {
    let (byte, len) = match text {
        [b'%', b'2', b'B' | b'b', ..] => (b'+', 3),
        [b'%', b'2', b'F' | b'f', ..] => (b'/', 3),
        [b'%', b'0', b'A' | b'a' | b'D' | b'd', ..] => (b'\n', 3),
        [b'\\', b'u', b'0', b'0', b'2', b'B' | b'b', ..] => (b'+', 6),
        [b'\\', b'u', b'0', b'0', b'2', b'F' | b'f', ..] => (b'/', 6),
        [b'&', name @ ..] if name.first() == Some(&b'#') => {
            let (byte, len) = entity::read(name)?;
            (byte, len + 1)
        }
        _ => return None,
    };
    Some((value(byte).unwrap_or(u8::MAX), len))
}

/// Whether the character at `at` is part of an escape, so that it is none of a run.
fn is_inside_escape(bytes: &[u8], at: usize) -> bool {
    /// Of a character reference.
    const LONGEST: usize = 10;
    let from = |back: usize| at.checked_sub(back).and_then(|from| bytes.get(from..));
    let escaped = |back: usize| escaped_character(from(back)?).filter(|(_, len)| *len > back);
    matches!(from(1), Some([b'\\', b'n' | b'r' | b't', ..]))
        || (1..LONGEST).any(|back| escaped(back).is_some())
}

/// The significant characters of a run: place and value.
struct Characters<'a> {
    bytes: &'a [u8],
    place: usize,
    end: usize,
    /// Characters since the last gap.
    piece: usize,
}

impl<'a> Characters<'a> {
    fn new(bytes: &'a [u8], place: usize, end: usize) -> Self {
        Self {
            bytes,
            place,
            end,
            piece: 0,
        }
    }
}

impl Iterator for Characters<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.place >= self.end {
                return None;
            }
            let &byte = self.bytes.get(self.place)?;
            if let Some(v) = value(byte) {
                self.place += 1;
                self.piece += 1;
                return Some((self.place - 1, v));
            }
            let rest = self.bytes.get(self.place..)?;
            let escaped = escaped_character(rest).filter(|(v, _)| *v < 64);
            if let Some((v, len)) = escaped {
                let place = self.place;
                self.place += len;
                self.piece += 1;
                return Some((place, v));
            }
            let gap = gap::gap::<Base64>(rest)?;
            if gap.quoted && !(LINE_RUN..=MAX_PIECE).contains(&self.piece) {
                return None;
            }
            self.piece = 0;
            self.place += gap.len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn a_line_of_armour_is_not_the_line_before() {
        let text = b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUTn\n";
        let at = text.iter().position(|b| *b == b'M').unwrap();
        let decoded = decode(text, at + 12, 0).unwrap();
        assert!(decoded.view.bytes.starts_with(&[0x30, 0x82, 0x01, 0xb3]));
        assert_eq!(decoded.view.span.start, at);
    }

    #[test]
    fn an_escape_of_another_character_is_not_of_the_run() {
        let data: Vec<u8> = (0..60).collect();
        let run = STANDARD.encode(&data);
        for before in ["\\u003e", "\\\\u003e", "\\\\\\u0026", "x\\u003c\\u003E"] {
            let text = format!("\"{before}{run}\"");
            let at = text.find(&run).unwrap();
            let decoded = decode(text.as_bytes(), at + 20, 0).expect("a run");
            assert_eq!(decoded.view.bytes.as_slice(), data, "{before}");
        }
    }

    #[test]
    fn a_run_is_decoded_from_its_middle() {
        let data: Vec<u8> = (0..200).collect();
        let text = STANDARD.encode(&data);
        let wrapped: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|c| std::str::from_utf8(c).ok())
            .collect();
        let each = |open: &str, close: &str| -> String {
            wrapped
                .iter()
                .map(|l| format!("{open}{l}{close}"))
                .collect()
        };
        for text in [
            format!("k: {text}"),
            format!("k: {}", wrapped.join("\n  ")),
            wrapped.join("\\n"),
            wrapped.join("\\\\r\\\\n"),
            wrapped.join("%0A").replace('+', "%2B").replace('/', "%2f"),
            wrapped
                .join("&#10;")
                .replace('+', "&#43;")
                .replace('/', "&#x2F;"),
            wrapped
                .join("\\n")
                .replace('+', "\\u002b")
                .replace('/', "\\/"),
            format!("k = \"{}\"", wrapped.join("\\\n")),
            format!("k = \"{}\"", wrapped.join("`\r\n")),
            each("    \"", "\" +\n"),
            each("    \"", "\\n\" +\r\n"),
            each("    '", "' .\n"),
            each("    \"", "\" & vbCrLf & _\n"),
            each("    \"", "\"\n"),
            each("    b'", "' \\\n"),
            each("    '", "',\n"),
            each("# ", "\n"),
            each("    |", "\n"),
            each("// ", "\n"),
            each("/// ", "\r\n"),
            each("-- ", "\n"),
            each("k += \"", "\";\n"),
            each("$k .= '", "';\n"),
            each("  .append(\"", "\")\n"),
            each("out.append(\"", "\");\n"),
            each("\"", "\" + "),
            each("b'", "' "),
        ] {
            let text = text.as_bytes();
            // Bytes 48, 49 and 50 are one quantum, without characters to escape.
            let quantum = STANDARD.encode([48, 49, 50]);
            let at = memchr::memmem::find(text, quantum.as_bytes()).expect("quantum");
            let decoded = decode(text, at, 0).expect("a run");
            assert!(
                decoded.view.bytes.starts_with(&data[..198]),
                "{}",
                String::from_utf8_lossy(text)
            );
            let quantum = text.get(decoded.view.map.parent(48)..).expect("within");
            assert!(quantum.starts_with(STANDARD.encode([48, 49, 50]).as_bytes()));
            assert!(decoded.extent.covers(at, 0));
            assert!(!decoded.extent.covers(at, 1));
        }
    }
}
