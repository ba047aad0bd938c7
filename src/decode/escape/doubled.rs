//! Quoted text in which a quote is written twice: verbatim strings of C#, strings of VB,
//! cells of CSV.
//!
//! ```text
//! @"{""kty"": ""EC""}"      "{""kty"":" & _      1,"{""kty"": ""EC""}"
//! ```
//!
//! Such text goes over line breaks, so it is told by the name that a trigger is in: both quotes of it
//! are doubled. In the text quotes stand in runs of an even number; the first run of an odd
//! number before it opens it.

use zeroize::Zeroizing;

use super::joint;
use crate::blob::{Map, View};
use crate::decode::{Decoded, Extent};

/// Most text before a trigger and behind it: as much as is read of an object.
const MAX_SIDE: usize = 64 << 10;
/// Most bytes of the name that a trigger is in.
const MAX_NAME: usize = 64;

/// What is known of the quotes before a place, so that each is looked at once.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    double: Known,
    single: Known,
}

/// What is known of one kind of quotes.
#[derive(Debug, Default)]
struct Known {
    /// Bytes looked at.
    looked: usize,
    /// Where the text begins that is open there.
    opened: Option<usize>,
}

impl Quotes {
    /// Decodes the text around the name at `at`, and the literals that it is joined to; `None` if it is not
    /// quoted so.
    pub(super) fn decode(&mut self, bytes: &[u8], at: usize) -> Option<Decoded> {
        let is_quote = |b: &&u8| matches!(b, b'"' | b'\'');
        let end = at + usize::from(bytes.get(at).filter(is_quote).is_some());
        let quote = *bytes.get(end.checked_sub(1)?).filter(is_quote)?;
        let is_doubled = end.checked_sub(2).and_then(|i| bytes.get(i)) == Some(&quote);
        is_doubled.then_some(())?;
        let behind = bytes.get(end..end.saturating_add(MAX_NAME).min(bytes.len()))?;
        let name = memchr::memchr(quote, behind).filter(|len| *len > 0)?;
        (behind.get(name + 1) == Some(&quote)).then_some(())?;
        let known = match quote {
            b'"' => &mut self.double,
            _ => &mut self.single,
        };
        let open = known.open(bytes, end, quote)?;
        let floor = end.saturating_sub(MAX_SIDE);
        (open >= floor).then_some(())?;
        let mut start = open;
        while let Some(earlier) = before(bytes, start, quote, floor) {
            start = earlier;
        }
        let ceiling = end.saturating_add(MAX_SIDE).min(bytes.len());
        let decoded = undoubled(bytes.get(..ceiling)?, start, quote);
        (decoded.view.span.end > at).then_some(decoded)
    }
}

impl Known {
    /// Returns where the text begins that is open at `end`.
    fn open(&mut self, bytes: &[u8], end: usize, quote: u8) -> Option<usize> {
        let floor = end.saturating_sub(MAX_SIDE);
        let is_known = (floor..=end).contains(&self.looked);
        let from = if is_known { self.looked } else { floor };
        let opened = match last_odd(bytes.get(from..end)?, quote) {
            // What stands before may belong to the same run.
            Some(0) if from > 0 && bytes.get(from - 1) == Some(&quote) => None,
            Some(at) => Some(from + at + 1),
            None => self.opened.filter(|_| is_known),
        };
        (self.looked, self.opened) = (end, opened);
        opened
    }
}

/// Returns where the last run of quotes begins whose number is odd.
fn last_odd(text: &[u8], quote: u8) -> Option<usize> {
    let mut rest = text;
    loop {
        let last = memchr::memrchr(quote, rest)?;
        let run = rest.get(..=last)?.iter().rev();
        let run = run.take_while(|b| **b == quote).count();
        let first = last + 1 - run;
        if run % 2 == 1 {
            return Some(first);
        }
        rest = rest.get(..first)?;
    }
}

/// Returns where the literal begins that the one at `start` goes on with.
fn before(bytes: &[u8], start: usize, quote: u8, floor: usize) -> Option<usize> {
    let end = super::end_before(bytes, start, quote, floor)?;
    let text = bytes.get(floor..end)?;
    let open = last_odd(text, quote)?;
    let is_line = memchr::memchr(b'\n', text.get(open..)?).is_none();
    is_line.then_some(floor + open + 1)
}

/// Decodes from the beginning of a text to its end, and to that of those that go on with it.
fn undoubled(bytes: &[u8], start: usize, quote: u8) -> Decoded {
    let text = bytes.get(start..).unwrap_or_default();
    let mut out = Zeroizing::new(Vec::with_capacity(text.len().min(8 << 10)));
    let mut map = Map::ratio(start, 1, 1);
    let mut i = 0;
    while let Some(&byte) = text.get(i) {
        i += 1;
        if byte == quote {
            if text.get(i) == Some(&quote) {
                i += 1;
                out.push(quote);
            } else if let Some(joint) = joint(text.get(i - 1..).unwrap_or_default(), quote) {
                i += joint - 1;
            } else {
                i -= 1;
                break;
            }
            map.push(out.len(), start + i, 1, 1);
        } else {
            out.push(byte);
        }
    }
    let span = start..start + i;
    Decoded {
        extent: Extent::whole(span.clone()),
        view: View {
            bytes: out,
            span,
            map,
            layer: "escaped",
            armor: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Literals, decode};

    const WANT: &str = r#"{"crv": "P-256","kty": "EC","d": ""}"#;

    fn around(text: &str) -> Option<String> {
        let at = text.find("kty").expect("there") - 1;
        let decoded = decode(text.as_bytes(), at, &mut Literals::default())?;
        let view = decoded.view;
        assert_eq!(view.map.parent(0), view.span.start, "{text}");
        let name = memchr::memmem::find(&view.bytes, b"kty").expect("there");
        assert_eq!(view.map.parent(name), at + 1, "{text}");
        Some(String::from_utf8_lossy(&view.bytes).into_owned())
    }

    #[test]
    fn doubled_quotes_are_single_ones() {
        for text in [
            r#"x = @"{""crv"": ""P-256"",""kty"": ""EC"",""d"": """"}"; y = "";"#,
            r#"1,"{""crv"": ""P-256"",""kty"": ""EC"",""d"": """"}""#,
            "Dim k = \"{\" & _\r\n  \"\"\"crv\"\": \"\"P-256\"\",\" & _\r\n  \"\"\"kty\"\": \"\"EC\"\",\" & _\r\n  \"\"\"d\"\": \"\"\"\"\" & \"}\"\r\n",
            "x = '{''crv'': ''P-256'',''kty'': ''EC'',''d'': ''''}'",
        ] {
            let read = around(text).map(|read| read.replace('\'', "\""));
            assert_eq!(read.as_deref(), Some(WANT), "{text}");
        }
        let lines = "x = @\"{\n ''a''\n \"\"kty\"\": \"\"EC\"\"\n}\";";
        let read = around(lines);
        assert_eq!(read.as_deref(), Some("{\n ''a''\n \"kty\": \"EC\"\n}"));
        for text in [
            r#"{"a":"","kty":"EC"}"#,
            r#"x = ""kty"" "#,
            r#""" + ""kty":""EC"""#,
        ] {
            assert_eq!(around(text), None, "{text}");
        }
    }

    /// Text that nothing opens must not be looked through for every name in it: this would take hours.
    #[test]
    fn quotes_are_looked_at_once() {
        for names in ["\"\"kty\"\" ", "\"\"kty\"\" ''kty'' "] {
            let text = names.repeat(200_000);
            let mut quotes = super::Quotes::default();
            for (at, _) in text.match_indices("kty") {
                assert!(quotes.decode(text.as_bytes(), at - 1).is_none());
            }
        }
    }
}
