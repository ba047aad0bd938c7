//! Runs of bytes, where they came from, and how decoded bytes map back to them.
//!
//! A source hands a [`Blob`] to the scanner. Decoders turn parts of it into
//! [`View`]s, and a view of a view, to a bounded depth; every view carries a
//! [`Map`] back to the bytes it was made from, so that a key found three
//! decodings deep is still reported at its line in the file. Formats see a
//! [`Candidate`]: the bytes of a blob or view, and where in them to look.

use std::ops::Range;
use std::path::PathBuf;

use zeroize::Zeroizing;

/// Where a blob came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Path as the source names it: the PATH argument and the way below it.
    pub path: PathBuf,
    /// Archive members, from the outermost container inwards.
    pub members: Vec<String>,
    /// Object id in a git object database, lower hex.
    pub object: Option<String>,
}

impl Origin {
    /// Returns the path of what was read: the innermost member of an archive, else the file.
    #[must_use]
    pub fn innermost(&self) -> PathBuf {
        self.members
            .last()
            .map_or_else(|| self.path.clone(), PathBuf::from)
    }

    /// Returns the origin of a plain file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }
}

/// One run of bytes with its origin.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where they came from.
    pub origin: &'a Origin,
    /// Where `bytes` begin in the origin: not 0 for a window of a huge file.
    pub base: Base,
}

/// Position of a window's first byte in the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// Bytes before the window.
    pub offset: u64,
    /// Line breaks before the window.
    pub lines: u64,
}

/// A half-open range of byte offsets.
pub type Span = Range<usize>;

/// Text armour that surrounded a candidate (RFC 7468, RFC 1421, RFC 9580).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Armor {
    /// The words between `BEGIN` and the dashes, such as `RSA PRIVATE KEY`.
    pub label: String,
    /// Whether it is closed and holds nothing but data: neither an ellipsis nor
    /// a placeholder nor words of a sentence.
    pub intact: bool,
    /// Value of the `DEK-Info` header (RFC 1421 section 4.6.1.3), if any.
    pub dek_info: Option<String>,
}

/// Bytes decoded from a part of a blob or of another view.
#[derive(Debug)]
pub struct View {
    /// The decoded bytes; they may hold a key, so they are wiped on drop.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The bytes of the parent that were decoded.
    pub span: Span,
    /// Way back from offsets in `bytes` to offsets in the parent.
    pub map: Map,
    /// Name of the decoding, as reports show it: `base64`, `utf-16le`, …
    pub layer: &'static str,
    /// Armour that the decoder read on the way.
    pub armor: Option<Armor>,
}

/// Maps offsets in decoded bytes back to offsets in the parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    pieces: Vec<Piece>,
}

/// `parent = from + (offset - at) * num / den` for offsets from `at` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    at: usize,
    from: usize,
    num: usize,
    den: usize,
}

impl Map {
    /// Returns a map for bytes that all stand at one place: compressed data.
    #[must_use]
    pub fn fixed(from: usize) -> Self {
        Self::ratio(from, 0, 1)
    }

    /// Returns a map with `num` parent bytes for each `den` decoded bytes.
    #[must_use]
    pub fn ratio(from: usize, num: usize, den: usize) -> Self {
        let mut map = Self::default();
        map.push(0, from, num, den);
        map
    }

    /// From decoded offset `at` on, goes on from parent offset `from`.
    ///
    /// Pieces must be pushed in ascending order of `at`.
    pub fn push(&mut self, at: usize, from: usize, num: usize, den: usize) {
        self.pieces.push(Piece {
            at,
            from,
            num,
            den: den.max(1),
        });
    }

    /// Returns the parent's bytes that `span` was decoded from, within the
    /// `whole` that was decoded.
    #[must_use]
    pub fn span(&self, span: &Span, whole: &Span) -> Span {
        if self.pieces.iter().all(|p| p.num == 0) {
            return whole.clone();
        }
        // The ratio of a group that is cut off leads behind its end.
        let start = self.parent(span.start).min(whole.end);
        let last = self.parent(span.end.saturating_sub(1).max(span.start));
        start..last.saturating_add(1).min(whole.end).max(start)
    }

    /// Returns the parent offset of a decoded offset.
    #[must_use]
    pub fn parent(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|p| p.at <= offset);
        match after.checked_sub(1).and_then(|i| self.pieces.get(i)) {
            Some(p) => {
                let step = (offset - p.at).saturating_mul(p.num) / p.den;
                p.from.saturating_add(step)
            }
            None => 0,
        }
    }
}

/// Bytes in which a format should look.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The blob's or view's bytes.
    pub bytes: &'a [u8],
    /// Offset of the trigger that was seen, or `None` when `bytes` as a whole
    /// are the candidate (the body of an armour, a whole file).
    pub at: Option<usize>,
    /// Armour around `bytes`, if any.
    pub armor: Option<&'a Armor>,
}

impl<'a> Candidate<'a> {
    /// Returns a candidate that is exactly these bytes.
    #[must_use]
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: None,
            armor: None,
        }
    }

    /// Returns a candidate around a trigger.
    #[must_use]
    pub fn at(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at: Some(at),
            armor: None,
        }
    }
}

/// What must be seen in a blob before a format, decoder or pattern runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The literal.
    pub bytes: &'static [u8],
    /// Bits of the last byte that count: 8, or 4 for a literal that ends in
    /// the middle of a byte (only for its base64 and hex forms).
    pub last_bits: u8,
    /// In which forms the literal is searched.
    pub forms: Forms,
}

/// Forms in which a trigger's literal is searched in raw blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forms {
    /// As it stands.
    pub plain: bool,
    /// Inside base64, at each of the three alignments.
    pub base64: bool,
    /// Inside hexadecimal digits.
    pub hex: bool,
    /// As UTF-16 text of either byte order.
    pub utf16: bool,
    /// Inside a string literal whose escapes are undone before formats look.
    pub escaped: bool,
    /// As it stands, as the first bytes of a blob or view and nowhere else.
    pub head: bool,
    /// Inside base64, as the first bytes of what was encoded.
    pub base64_head: bool,
}

impl Trigger {
    /// A literal of readable text, searched in every form.
    #[must_use]
    pub const fn text(bytes: &'static [u8]) -> Self {
        Self::new(bytes, true, true, true, true)
    }

    /// A literal searched only as it stands.
    #[must_use]
    pub const fn plain(bytes: &'static [u8]) -> Self {
        Self::new(bytes, true, false, false, false)
    }

    /// A binary literal searched as it stands, in base64 and in hex.
    #[must_use]
    pub const fn binary(bytes: &'static [u8]) -> Self {
        Self::new(bytes, true, true, true, false)
    }

    /// A binary literal too short to be searched raw; searched as it stands
    /// only in decoded bytes.
    #[must_use]
    pub const fn encoded(bytes: &'static [u8]) -> Self {
        Self::new(bytes, false, true, true, false)
    }

    /// A binary literal searched only as it stands in decoded bytes.
    #[must_use]
    pub const fn decoded(bytes: &'static [u8]) -> Self {
        Self::new(bytes, false, false, false, false)
    }

    /// As [`Trigger::encoded`], without the low half of the last byte.
    #[must_use]
    pub const fn encoded_half(bytes: &'static [u8]) -> Self {
        let mut trigger = Self::encoded(bytes);
        trigger.last_bits = 4;
        trigger
    }

    /// The first bytes of a file: a magic too common elsewhere to be searched.
    /// A blob or view that begins with it is offered whole.
    #[must_use]
    pub const fn head(bytes: &'static [u8]) -> Self {
        let mut trigger = Self::new(bytes, false, false, false, false);
        trigger.forms.head = true;
        trigger
    }

    /// As [`Trigger::head`], and searched as the first characters of base64.
    #[must_use]
    pub const fn encoded_head(bytes: &'static [u8]) -> Self {
        let mut trigger = Self::head(bytes);
        trigger.forms.base64_head = true;
        trigger
    }

    /// A literal searched only as the first characters of base64.
    #[must_use]
    pub const fn base64_head(bytes: &'static [u8]) -> Self {
        let mut trigger = Self::decoded(bytes);
        trigger.forms.base64_head = true;
        trigger
    }

    /// A literal searched as it stands, and as the first characters of base64:
    /// how a file begins that is met inside others, or encoded as a whole.
    #[must_use]
    pub const fn file(bytes: &'static [u8]) -> Self {
        let mut trigger = Self::plain(bytes);
        trigger.forms.base64_head = true;
        trigger
    }

    const fn new(bytes: &'static [u8], plain: bool, base64: bool, hex: bool, utf16: bool) -> Self {
        Self {
            bytes,
            last_bits: 8,
            forms: Forms {
                plain,
                base64,
                hex,
                utf16,
                escaped: utf16,
                head: false,
                base64_head: false,
            },
        }
    }

    /// Returns the same trigger, searched as UTF-16 text and escaped as well.
    #[must_use]
    pub const fn utf16(mut self) -> Self {
        self.forms.utf16 = true;
        self.forms.escaped = true;
        self
    }
}

/// Bytes to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What must stand behind them, if that matters.
    pub behind: Option<&'static Behind>,
}

/// Where a literal begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiteralAt {
    /// Offset of its first byte.
    pub at: usize,
    /// Which literal, as whoever searches for it counts them.
    pub literal: usize,
}

/// What must stand behind a literal.
#[derive(Debug, PartialEq, Eq)]
pub struct Behind {
    /// One of these bytes,
    pub any: &'static [u8],
    /// or a blank and one of these.
    pub after_blank: &'static [u8],
}

impl Behind {
    /// Whether `text` begins with it.
    #[must_use]
    pub fn begins(&self, text: &[u8]) -> bool {
        match text {
            [b' ', next, ..] if self.after_blank.contains(next) => true,
            [next, ..] => self.any.contains(next),
            [] => false,
        }
    }

    /// The bytes that it may begin with.
    pub fn first(&self) -> impl Iterator<Item = u8> {
        let blank = (!self.after_blank.is_empty()).then_some(b' ');
        self.any.iter().copied().chain(blank)
    }
}

impl Literal {
    /// Bytes alone.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            behind: None,
        }
    }

    /// Whether `text` begins with it.
    #[must_use]
    pub fn begins(&self, text: &[u8]) -> bool {
        let rest = text.strip_prefix(self.bytes.as_slice());
        rest.is_some_and(|rest| self.behind.is_none_or(|behind| behind.begins(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_follows_pieces() {
        let mut map = Map::ratio(10, 4, 3);
        map.push(6, 30, 1, 1);
        assert_eq!(map.parent(0), 10);
        assert_eq!(map.parent(3), 14);
        assert_eq!(map.parent(6), 30);
        assert_eq!(map.parent(9), 33);
        assert_eq!(Map::fixed(7).parent(1000), 7);
        // Two characters of base64 at the end of a text are one byte, of which
        // what read it may say that it ends a byte later.
        assert_eq!(Map::ratio(10, 4, 3).span(&(1..4), &(10..14)), 11..14);
    }
}
