//! Hexadecimal digits: plain, wrapped, with colons and spaces between, or cut into
//! lines of comments and string literals ([`gap`]), also in the middle of a pair.

use zeroize::Zeroizing;

use super::gap::{self, Alphabet, MAX_PIECE};
use super::{Decoded, Extent};
use crate::blob::{Map, View};
use crate::wire::hex::digit;

/// The header and the first byte of an RSA modulus of 1,024, 2,048, 3,072 and 4,096 bits: where
/// every element of a key stands on a line of its own, no longer literal is in one piece.
pub const ANCHORS: [&[u8]; 4] = [b"02818100", b"0282010100", b"0282018100", b"0282020100"];

/// Longest run decoded around one trigger, to each side.
const MAX_RUN: usize = 4 << 20;

/// The digits, of either case.
struct Hex;

impl Alphabet for Hex {
    const MARKS: &'static [u8] = b"#>|*;/+-";

    fn has(byte: u8) -> bool {
        digit(byte).is_some()
    }
}

/// Whether a byte may stand between two pairs of digits wherever they are.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b':'
}

/// Decodes the run around the digit at `at`, which is the first (`phase` 0)
/// or the second (`phase` 1) of its pair.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<Decoded> {
    if is_escaped_break(bytes, at) || is_escaped_break(bytes, at.saturating_sub(1)) {
        return None;
    }
    let start = run_start(bytes, at);
    let end = at.saturating_add(MAX_RUN).min(bytes.len());
    let run = bytes.get(..end)?;
    let lead = Digits::new(bytes.get(..at)?, start).count();
    let digits = Digits::new(run, start).skip((lead + phase) % 2);
    let mut map = Map::default();
    let mut seams = Vec::new();
    let mut out = Zeroizing::new(Vec::with_capacity(((end - start) / 2).min(64 << 10)));
    let (mut high, mut next, mut end) = (None, usize::MAX, at);
    for (count, (place, d)) in digits.enumerate() {
        if place != next {
            seams.push((place, count));
            // The byte of a pair that was cut begins before the gap.
            let cut = usize::from(high.is_some());
            map.push(out.len() + cut, place + cut, 2, 1);
        }
        next = place + 1;
        end = next;
        match high.take() {
            None => high = Some(d),
            Some(h) => out.push(h << 4 | d),
        }
    }
    let first = seams.first()?.0;
    Some(Decoded {
        view: View {
            bytes: out,
            span: first..end,
            map,
            layer: "hex",
            armor: None,
        },
        extent: Extent {
            span: first..end,
            seams,
            unit: 2,
        },
    })
}

/// Goes back from `at` to where the run begins.
fn run_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_RUN);
    let mut start = at;
    loop {
        let before = bytes.get(floor..start).unwrap_or_default();
        let is_other = |b: &u8| digit(*b).is_none() && !is_blank(*b);
        let other = before.iter().rposition(is_other).map_or(0, |i| i + 1);
        let near = before.get(other..).unwrap_or_default();
        if let Some(first) = near.iter().position(|b| digit(*b).is_some()) {
            start = floor + other + first;
        }
        // The digits of an escaped line break look like some of the run.
        if is_escaped_break(bytes, start) && start + 2 <= at {
            start += 2;
        }
        let Some(gap) = gap::gap_before::<Hex>(bytes, start, floor) else {
            return start;
        };
        let piece = bytes.get(floor..start - gap.len).unwrap_or_default();
        let piece = gap::run_before::<Hex>(piece, MAX_PIECE + 1);
        if !gap.is_behind(piece) {
            return start;
        }
        start -= gap.len;
    }
}

/// Whether the digits at `at` are those of a line break that was escaped for a URL.
fn is_escaped_break(bytes: &[u8], at: usize) -> bool {
    let text = at.checked_sub(1).and_then(|start| bytes.get(start..));
    matches!(text, Some([b'%', b'0', b'A' | b'a' | b'D' | b'd', ..]))
}

/// The digits of a run: place and value.
struct Digits<'a> {
    bytes: &'a [u8],
    place: usize,
    /// Digits since the last gap.
    piece: usize,
}

impl<'a> Digits<'a> {
    fn new(bytes: &'a [u8], place: usize) -> Self {
        Self {
            bytes,
            place,
            piece: 0,
        }
    }
}

impl Iterator for Digits<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.bytes.get(self.place..)?;
            if let Some(value) = digit(*rest.first()?) {
                self.place += 1;
                self.piece += 1;
                return Some((self.place - 1, value));
            }
            let blanks = rest.iter().take_while(|b| is_blank(**b)).count();
            self.place += match rest.get(blanks) {
                Some(b) if digit(*b).is_some() => blanks,
                _ => {
                    let gap = gap::gap::<Hex>(rest)?;
                    gap.is_behind(self.piece).then_some(gap.len)?
                }
            };
            self.piece = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_phases_and_gaps() {
        for text in ["x=3082010A02", "x=30:82:01:0a:02", "x=30 82\n01 0a 02"] {
            let decoded = decode(text.as_bytes(), 2, 0).expect("a run");
            assert_eq!(
                decoded.view.bytes.as_slice(),
                [0x30, 0x82, 1, 10, 2],
                "{text}"
            );
        }
        let decoded = decode(b"x=3082010A02", 5, 1).expect("a run");
        assert_eq!(decoded.view.bytes.as_slice(), [0x30, 0x82, 1, 10, 2]);
    }

    /// Bytes without a pair of digits twice, so that each is found where it is.
    fn data() -> Vec<u8> {
        (0..200).collect()
    }

    fn pieces(width: usize) -> Vec<String> {
        let digits = crate::wire::hex::encode(&data());
        let pieces = digits.as_bytes().chunks(width);
        pieces
            .map(|piece| String::from_utf8_lossy(piece).into_owned())
            .collect()
    }

    #[test]
    fn pieces_are_joined_from_any_of_them() {
        for width in [64, 63, 83, 128] {
            let pieces = pieces(width);
            let each = |open: &str, close: &str| -> String {
                let each = pieces.iter().map(|p| format!("{open}{p}{close}"));
                each.collect()
            };
            for text in [
                each("    \"", "\" +\n"),
                each("    + \"", "\"\n"),
                each("  \"", "\\n\" +\r\n"),
                each("+    \"", "\"\n"),
                each("-    \"", "\"\n"),
                each(" '", "' .\n"),
                each(" \"", "\" & vbCrLf & _\n"),
                each(" \"", "\" & _\n"),
                each(" \"", "\"\n"),
                each(" b'", "' \\\n"),
                each("@\"", "\"\n"),
                each(" b'", "'"),
                each("\"", "\" + "),
                each("  '", "',\n"),
                each("k += \"", "\";\n"),
                each("k += \"", "\";"),
                each("k+='", "'\n"),
                each("$this->k .= \"", "\";\n"),
                each("k = k & \"", "\"\n"),
                each("$k = $k . '", "';\n"),
                each("k = k .. '", "'\n"),
                each("  .append(\"", "\")\n"),
                each("b.append(\"", "\");\n"),
                each("s->append(\"", "\");\n"),
                each("s.push_str(\"", "\");\n"),
                each("# ", "\n"),
                each("// ", "\n"),
                each("//", "\r\n"),
                each("-- ", "\n"),
                each(" * ", "\n"),
                each("> ", "\n"),
                each("+", "\n"),
                format!("k = \"{}\"", pieces.join("\\\n")),
                format!("k = \"{}\"", pieces.join("\\n")),
                format!("k = \"{}\"", pieces.join("`\r\n")),
                pieces.join("%0D%0A"),
                pieces.join("&#10;"),
                pieces.join("\n"),
            ] {
                let text = format!("the code {{ {text}\n}} of it");
                let bytes = text.as_bytes();
                let mut met = 0;
                for byte in data() {
                    let Some(at) = text.find(&format!("{:02x}{:02x}", byte, byte + 1)) else {
                        // Cut by a seam.
                        continue;
                    };
                    met += 1;
                    let decoded = decode(bytes, at, 0).expect("a run");
                    let got = decoded.view.bytes.as_slice();
                    let place = got.windows(200).position(|w| w == data());
                    let place = place.unwrap_or_else(|| panic!("{byte} of {text}: {got:02x?}"));
                    assert!(decoded.extent.covers(at, 0) && !decoded.extent.covers(at, 1));
                    assert_eq!(
                        decoded.view.map.parent(place + usize::from(byte)),
                        at,
                        "{text}"
                    );
                }
                assert!(met > 150, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_piece_of_one_text_ends_it() {
        let piece = "00112233445566778899aabbccddeeff";
        let long = piece.repeat(7);
        for (text, last) in [
            (format!("\"{piece}\", \"{piece}\""), piece),
            (format!("\"{piece}\" \"{piece}\""), piece),
            (format!("- \"{piece}\"\n- \"{piece}\""), piece),
            (format!("a(\"{piece}\");\nb(\"{piece}\");"), piece),
            (format!("a = \"{piece}\";\nb = \"{piece}\";"), piece),
            (format!("{{\"{piece}\": \"{piece}\"}}"), piece),
            (format!("\"{long}\",\n\"{long}\""), &long),
            (format!("\"001122334455\",\n\"{piece}\""), piece),
            (format!("0x{piece},\n0x{piece}"), piece),
        ] {
            let at = text.find("001122").expect("a piece");
            let decoded = decode(text.as_bytes(), at, 0).expect("a run");
            let end = text.get(at..).and_then(|rest| rest.find(['"', ',']));
            assert_eq!(decoded.view.bytes.len() * 2, end.expect("an end"), "{text}");
            let at = text.rfind(last).expect("a piece");
            let decoded = decode(text.as_bytes(), at, 0).expect("a run");
            assert_eq!(decoded.view.span.start, at, "{text}");
        }
    }
}
