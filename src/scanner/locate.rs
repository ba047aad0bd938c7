//! Lines and columns of spans, in one pass over a blob.

use crate::blob::{Base, Span};
use crate::finding::Region;

/// Finds the lines of ascending spans without reading a byte twice.
pub(super) struct Locator<'a> {
    bytes: &'a [u8],
    base: Base,
    at: usize,
    line: u64,
    column: u64,
}

impl<'a> Locator<'a> {
    pub(super) fn new(bytes: &'a [u8], base: Base) -> Self {
        Self {
            bytes,
            base,
            at: 0,
            line: base.lines + 1,
            column: 1,
        }
    }

    /// Returns the region of a span; spans must be asked for in the order in
    /// which they start.
    pub(super) fn region(&mut self, span: &Span) -> Region {
        let (line, column) = self.advance(span.start);
        let body = self.bytes.get(span.clone()).unwrap_or_default();
        let first_line = memchr::memchr(b'\n', body).unwrap_or(body.len());
        let first = body.get(..first_line).unwrap_or_default();
        let first = first.strip_suffix(b"\r").unwrap_or(first);
        let more = memchr::memchr_iter(b'\n', body.strip_suffix(b"\n").unwrap_or(body)).count();
        Region {
            line,
            column,
            end_column: column + characters(first).max(1),
            end_line: line + more as u64,
            offset: self.base.offset + span.start as u64,
            length: span.len() as u64,
        }
    }

    fn advance(&mut self, to: usize) -> (u64, u64) {
        if to > self.at {
            let passed = self.bytes.get(self.at..to).unwrap_or_default();
            match memchr::memrchr(b'\n', passed) {
                Some(last) => {
                    self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
                    self.column = 1 + characters(passed.get(last + 1..).unwrap_or_default());
                }
                None => self.column += characters(passed),
            }
            self.at = to;
        }
        (self.line, self.column)
    }
}

/// Counts UTF-8 characters: bytes that do not continue one.
fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let bytes = "a\nbé---\nxx\ny".as_bytes();
        let mut locator = Locator::new(bytes, Base::default());
        let at = 5;
        let region = locator.region(&(at..bytes.len()));
        assert_eq!(
            (
                region.line,
                region.column,
                region.end_column,
                region.end_line
            ),
            (2, 3, 6, 4)
        );
        let base = Base {
            offset: 100,
            lines: 7,
        };
        let region = Locator::new(bytes, base).region(&(2..4));
        assert_eq!((region.line, region.offset), (9, 102));
    }
}
