//! Text armour around private keys: `-----BEGIN … PRIVATE KEY-----`.
//!
//! RFC 7468 describes the strict form; RFC 1421 section 4.6 the `Proc-Type`
//! and `DEK-Info` headers; RFC 9580 section 6.2 the OpenPGP form. What people
//! really have is that text indented, quoted, commented, escaped into one
//! line, or split over string literals. Rather than a grammar for each, the
//! body is read in several ways, and the first reading whose bytes are
//! complete (the DER length fits, the magic is there) is taken. A reading
//! never invents data: formats check the maths of whatever comes out.

use zeroize::Zeroizing;

use super::{noise, pieces};
use crate::blob::{Armor, Map, Span, View};
use crate::wire::base64;
use crate::wire::big_endian::Reader;
use crate::wire::distinct;
use crate::wire::pgp::Packets;

/// Longest body, in bytes of text: a 16,384-bit RSA key takes 13 KB of PEM,
/// an OpenPGP key with a photograph about 100 KB, twice that when escaped.
const MAX_BODY: usize = 256 << 10;
/// Longest label; the longest in use is `ENCRYPTED SIGSTORE PRIVATE KEY`.
const MAX_LABEL: usize = 48;
/// Shortest body worth a look: an Ed25519 seed alone is 32 bytes, PKCS#8
/// around it 48; anything below 16 is an ellipsis or a placeholder.
const MIN_BODY: usize = 16;

/// The fixed word that triggers this decoder.
pub const ANCHOR: &[u8] = b"PRIVATE KEY";
/// The same in URLs and in the bodies of forms.
pub const ANCHORS_IN_URLS: [&[u8]; 2] = [b"PRIVATE%20KEY", b"PRIVATE+KEY"];
/// How a file that begins with an armour begins.
pub const HEAD: &[u8] = b"-----BEGIN ";

/// Fewest characters of a body that must be data and no placeholder: 48 bytes,
/// the smallest PKCS#8 key.
const MIN_INTACT: usize = 64;
/// Fewest different characters in so many of random base64: 64 have 40 of 64 on
/// average, and below 24 once in 10^8 or so; a placeholder has a handful.
const MIN_DIFFERENT: usize = 24;

/// Decodes the armour whose label holds the [`ANCHOR`] at `at`.
///
/// Returns `None` when there is no opening line here or no body in it.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<View> {
    let frame = Frame::around(bytes, at)?;
    let text = bytes.get(frame.body.clone())?;
    let prefix = bytes.get(frame.line_start..frame.span.start)?;
    let literals = || {
        let text = frame.closed.then(|| pieces::joined(text, frame.quote?));
        // The rest of the line is none of the text.
        Body::read(&text.flatten()?, &[], true).filter(|body| body.is_whole)
    };
    let body = literals().or_else(|| Body::read(text, prefix, frame.closed))?;
    Some(View {
        map: Map::fixed(frame.span.start),
        span: frame.span,
        bytes: body.bytes,
        layer: "pem",
        armor: Some(Armor {
            label: frame.label,
            intact: frame.closed && body.is_intact,
            dek_info: body.dek_info,
        }),
    })
}

/// What stands between the lines of an armour.
struct Body {
    bytes: Zeroizing<Vec<u8>>,
    dek_info: Option<String>,
    /// Whether that can be all of it: the lengths say so, or it is encrypted.
    is_whole: bool,
    is_intact: bool,
}

impl Body {
    /// Reads a body, given what stands before the opening line and whether there is a closing one.
    fn read(text: &[u8], prefix: &[u8], closed: bool) -> Option<Self> {
        let text = noise::unescape(text);
        let (dek_info, data) = headers(&text);
        let data = if closed { data } else { until_prose(data) };
        let (bytes, is_whole) = read(data, prefix, dek_info.is_some())?;
        Some(Self {
            bytes,
            dek_info,
            is_whole,
            is_intact: is_intact(data, prefix),
        })
    }
}

/// Returns where the opening line of an armour begins, whose body begins at `body`
/// and whose label names a key without saying that it is a private or a public one:
/// `RSA TESTING KEY`. The body is found by what it encodes.
#[must_use]
pub fn relabelled(bytes: &[u8], body: usize) -> Option<usize> {
    let from = body.saturating_sub(2 * MAX_LABEL);
    let mut before = bytes.get(from..body)?.trim_ascii_end();
    for escape in [b"\\n", b"\\r", b"\\n"] {
        before = before.strip_suffix(escape).unwrap_or(before);
    }
    let before = before.trim_ascii_end().strip_suffix(b"-----")?;
    let begin = memchr::memmem::rfind(before, b"-----BEGIN ")?;
    let label = before.get(begin + 11..)?;
    let is_label = |b: &u8| b.is_ascii_alphanumeric() || b" _-.".contains(b);
    let names = |word: &[u8]| memchr::memmem::find(label, word).is_some();
    let is_other = label.iter().all(is_label)
        && names(b"KEY")
        && ![&b"PUBLIC"[..], ANCHOR].into_iter().any(names);
    is_other.then_some(from + begin)
}

/// Where the parts of an armour stand.
struct Frame {
    span: Span,
    body: Span,
    line_start: usize,
    /// The quote of the string literal that the armour begins in.
    quote: Option<u8>,
    label: String,
    closed: bool,
}

impl Frame {
    fn around(bytes: &[u8], at: usize) -> Option<Self> {
        let from = at.saturating_sub(MAX_LABEL);
        let before = bytes.get(from..at)?;
        let begin = memchr::memmem::rfind(before, b"BEGIN")?;
        let words = before.get(begin + 5..)?;
        let here = bytes.get(at..)?;
        let anchors = ANCHORS_IN_URLS.iter().chain([&ANCHOR]);
        let anchor = anchors.copied().find(|a| here.starts_with(a))?;
        let space = blank(anchor);
        let words = String::from_utf8_lossy(words).replace(space, " ");
        let is_word =
            |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-');
        if !words.bytes().all(is_word) || words.contains("--") {
            return None;
        }
        let dashes = before.get(..begin)?;
        let dashes = dashes.strip_suffix(space.as_bytes()).unwrap_or(dashes);
        let opening = dashes
            .iter()
            .rev()
            .take_while(|&&b| b == b'-')
            .count()
            .min(5);
        if opening < 2 {
            return None;
        }
        let start = from + dashes.len() - opening;

        let mut after = at + anchor.len();
        let mut label = words.trim_start().to_owned() + "PRIVATE KEY";
        let block = bytes.get(after..)?.strip_prefix(space.as_bytes());
        if block.is_some_and(|block| block.starts_with(b"BLOCK")) {
            label.push_str(" BLOCK");
            after += space.len() + 5;
        }
        let closing = bytes.get(after..)?;
        let space = usize::from(closing.starts_with(space.as_bytes())) * space.len();
        let closing = closing
            .iter()
            .skip(space)
            .take_while(|&&b| b == b'-')
            .count();
        if closing < 2 {
            return None;
        }
        let body_start = after + space + closing.min(5);
        let (body_end, mut span_end, closed) = body_end(bytes, body_start);
        if !closed {
            // What follows the data is somebody else's to read.
            let body = bytes.get(body_start..body_end).unwrap_or_default();
            let line = memchr::memchr(b'\n', body).unwrap_or(body.len());
            span_end = body_start + until_prose(body).len().max(line);
        }
        Some(Self {
            span: start..span_end,
            body: body_start..body_end,
            line_start: line_start(bytes, start),
            quote: pieces::open_quote(line_before(bytes, start)),
            label,
            closed,
        })
    }
}

/// Returns what stands for a blank where the label is written so.
fn blank(anchor: &[u8]) -> &'static str {
    match anchor {
        b"PRIVATE%20KEY" => "%20",
        b"PRIVATE+KEY" => "+",
        _ => " ",
    }
}

/// Returns what stands before `at` on its line, or the last 256 bytes of that.
fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = bytes.get(at.saturating_sub(256)..at).unwrap_or_default();
    let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |i| i + 1);
    before.get(start..).unwrap_or_default()
}

/// Returns the start of the line, real or escaped, on which `at` stands.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = line_before(bytes, at);
    let escaped = memchr::memmem::rfind(before, b"\\n").map_or(0, |i| i + 2);
    at - before.len() + escaped
}

/// Returns where the body ends, where the armour ends, and whether a closing
/// line was there.
fn body_end(bytes: &[u8], start: usize) -> (usize, usize, bool) {
    let limit = start.saturating_add(MAX_BODY).min(bytes.len());
    let mut from = start;
    while let Some(i) = bytes
        .get(from..limit)
        .and_then(|b| memchr::memmem::find(b, b"--"))
    {
        let dash = from + i;
        let rest = bytes.get(dash..limit).unwrap_or_default();
        let dashes = rest.iter().take_while(|&&b| b == b'-').count();
        let word = rest.get(dashes..).unwrap_or_default();
        let blanks: [&[u8]; 3] = [b" ", b"+", b"%20"];
        let behind = blanks.iter().find_map(|blank| word.strip_prefix(*blank));
        let word = behind.unwrap_or(word);
        if word.starts_with(b"END") {
            let label = label_len(word.get(..MAX_LABEL * 2).unwrap_or(word));
            let closing = word.get(label..).unwrap_or_default();
            let closing = closing.iter().take(5).take_while(|&&b| b == b'-').count();
            let word_at = dash + rest.len() - word.len();
            return (dash, word_at + label + closing, true);
        }
        if word.starts_with(b"BEGIN") {
            return (dash, dash, false);
        }
        from = dash + dashes;
    }
    (limit, limit, false)
}

/// Returns the length of the words of a closing line; `RSA-PSS` is one of them.
fn label_len(line: &[u8]) -> usize {
    let is_word = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let inside = |i: usize| match line.get(i) {
        Some(b' ' | b'+' | b'%') => true,
        Some(b'-') => is_word(line.get(i + 1)),
        byte => is_word(byte),
    };
    (0..line.len()).take_while(|&i| inside(i)).count()
}

/// Splits the headers of RFC 1421 off a body; returns the `DEK-Info` value.
fn headers(body: &[u8]) -> (Option<String>, &[u8]) {
    if let Some(i) = memchr::memmem::find(body, b"DEK-Info:") {
        let rest = body.get(i + 9..).unwrap_or_default();
        let rest = rest.trim_ascii_start();
        // Blanks of armour in a URL.
        let bare = rest
            .strip_prefix(b"+")
            .or_else(|| rest.strip_prefix(b"%20"));
        let rest = bare.unwrap_or(rest);
        let len = rest
            .iter()
            .take_while(|&&b| b.is_ascii_alphanumeric() || b == b'-' || b == b',')
            .count();
        let (value, data) = rest.split_at(len);
        let value = String::from_utf8_lossy(value).into_owned();
        return (Some(value), without_headers(data));
    }
    (None, without_headers(body))
}

/// Returns a body without blank lines and headers: of OpenPGP, or of programs of their own
/// (`role: root` of Notary).
fn without_headers(body: &[u8]) -> &[u8] {
    let mut data = body;
    for line in body.split(|&b| b == b'\n').take(16) {
        let text = line.trim_ascii();
        let is_header = text.iter().position(|&b| b == b':').is_some_and(|colon| {
            colon > 0
                && matches!(text.get(colon + 1), Some(b' ' | b'+' | b'%'))
                && text
                    .iter()
                    .take(colon)
                    .rev()
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
                    .count()
                    >= 3
        });
        let next = data.get(line.len() + 1..).unwrap_or_default();
        match (text.is_empty(), is_header) {
            (true, _) | (_, true) => data = next,
            (false, false) => break,
        }
    }
    data
}

/// A way to take the base64 out of a body, given what stood before its opening
/// line.
type Reading = fn(&[u8], &[u8]) -> Zeroizing<Vec<u8>>;

/// Reads the data lines in the ways they are met, likeliest first.
///
/// What is not complete was damaged, cut off, or never a key: where somebody
/// left out a part of it, or wrote `xxxx`, there is nothing to tell. Returns whether
/// it is complete as well.
fn read(data: &[u8], prefix: &[u8], encrypted: bool) -> Option<(Zeroizing<Vec<u8>>, bool)> {
    let readings: [Reading; 4] = [same_prefix, filtered, same_column, quoted];
    let mut fallback = None;
    for reading in readings {
        let text = reading(data, prefix);
        let mut decoded = base64::decode_text(&text);
        if let Some(len) = complete_len(&decoded) {
            decoded.truncate(len);
            return Some((decoded, true));
        }
        if is_redacted(data) || is_placeholder(&text) {
            continue;
        }
        if encrypted && decoded.len().is_multiple_of(8) && decoded.len() >= MIN_BODY {
            return Some((decoded, true));
        }
        if fallback.is_none() && decoded.len() >= MIN_BODY {
            fallback = Some((decoded, false));
        }
    }
    fallback
}

/// Whether a body says that a part of it was left out.
fn is_redacted(data: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] = [
        b"...",
        "\u{2026}".as_bytes(),
        &[noise::ELLIPSIS],
        b"***",
        b"snip",
        b"redacted",
        b"REDACTED",
        b"truncated",
    ];
    let mut words = WORDS.iter();
    words.any(|word| memchr::memmem::find(data, word).is_some())
}

/// Whether the data of a body are a few characters over and over.
fn is_placeholder(text: &[u8]) -> bool {
    distinct(text) < 8
}

/// Whether a body is lines of random base64 and nothing else.
fn is_intact(data: &[u8], prefix: &[u8]) -> bool {
    let marker = prefix.trim_ascii();
    let mut lines = data.split(|&b| b == b'\n').map(|line| {
        let line = line.trim_ascii();
        line.strip_prefix(marker).unwrap_or(line).trim_ascii()
    });
    let text = same_prefix(data, prefix);
    lines.all(|line| line.iter().all(|&b| is_base64(b)))
        && text.len() >= MIN_INTACT
        && distinct(&text) >= MIN_DIFFERENT
}

/// Cuts a body without closing line where it stops looking like base64.
fn until_prose(data: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in data.split_inclusive(|&b| b == b'\n') {
        let text = line.trim_ascii();
        let spaces = text.iter().filter(|&&b| b == b' ').count();
        let foreign = text.iter().filter(|&&b| !is_base64(b) && b != b' ').count();
        if foreign > 12 || spaces > 12 {
            break;
        }
        end += line.len();
    }
    data.get(..end).unwrap_or_default()
}

/// Returns the length of the complete structure at the start of `bytes`.
fn complete_len(bytes: &[u8]) -> Option<usize> {
    let total = match bytes {
        [0x30, short, ..] if *short < 0x80 => usize::from(*short) + 2,
        [0x30, 0x81, a, ..] => usize::from(*a) + 3,
        [0x30, 0x82, a, b, ..] => (usize::from(*a) << 8 | usize::from(*b)) + 4,
        [0x3f, 0x6f, 0xf9, 0xeb, len @ ..] => usize::try_from(Reader::new(len).u32().ok()?).ok()?,
        _ => openssh_len(bytes).or_else(|| openpgp_len(bytes))?,
    };
    // A few stray bytes may follow: a last word that was taken for data.
    (total <= bytes.len() && bytes.len() - total <= 8 && total >= MIN_BODY).then_some(total)
}

/// Returns the length of an OpenSSH key (PROTOCOL.key) by its own lengths.
fn openssh_len(bytes: &[u8]) -> Option<usize> {
    let mut fields = Reader::new(bytes.strip_prefix(b"openssh-key-v1\0")?);
    for _ in 0..3 {
        fields.string().ok()?;
    }
    let keys = fields.u32().ok()?;
    for _ in 0..keys.min(16) {
        fields.string().ok()?;
    }
    fields.string().ok()?;
    // Of aes-gcm and chacha20-poly1305 the tag stands behind the last string.
    let rest = fields.rest().len();
    Some(bytes.len() - if rest == 16 { 0 } else { rest })
}

/// Returns the length of an OpenPGP key (RFC 9580 section 10.1) by the packets
/// behind its own, whose checksum the decoder left out with the padding.
fn openpgp_len(bytes: &[u8]) -> Option<usize> {
    let mut packets = Packets::new(bytes, 0);
    let mut key = packets.read().ok()??;
    if !matches!(key.tag, 5 | 7) {
        return None;
    }
    while let Ok(Some(next)) = packets.read() {
        key = next;
    }
    Some(key.end)
}

fn is_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')
}

/// Every line without the prefix that the opening line has: comments, quotes,
/// diffs. Without such a prefix, as [`filtered`].
fn same_prefix(data: &[u8], prefix: &[u8]) -> Zeroizing<Vec<u8>> {
    let marker = prefix.trim_ascii();
    let mut out = Zeroizing::new(Vec::with_capacity(data.len()));
    for line in data.split(|&b| b == b'\n') {
        let line = line.trim_ascii();
        let line = line.strip_prefix(marker).unwrap_or(line);
        out.extend(line.iter().copied().filter(|&b| is_base64(b)));
    }
    out
}

/// Every base64 character there is, with leading comment marks taken off.
fn filtered(data: &[u8], _prefix: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(data.len()));
    for line in data.split(|&b| b == b'\n') {
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"//").unwrap_or(line);
        out.extend(line.iter().copied().filter(|&b| is_base64(b)));
    }
    out
}

/// Every line from the column of the opening line on: numbers and times.
fn same_column(data: &[u8], prefix: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(data.len()));
    for line in data.split(|&b| b == b'\n') {
        let line = line.get(prefix.len()..).unwrap_or_default();
        let line = line.trim_ascii();
        let len = line.iter().take_while(|&&b| is_base64(b)).count();
        out.extend_from_slice(line.get(..len).unwrap_or_default());
    }
    out
}

/// Of every line what stands in its quotes, else its longest run: string
/// literals joined by operators, array elements, table cells.
fn quoted(data: &[u8], _prefix: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(data.len()));
    for line in data.split(|&b| b == b'\n') {
        let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
        let pieces = line.split(|b| !is_base64(*b)).filter(|p| !p.is_empty());
        let piece = match line.iter().position(is_quote) {
            Some(q) => {
                let inner = line.get(q + 1..).unwrap_or_default();
                let len = inner.iter().take_while(|b| is_base64(**b)).count();
                inner.get(..len)
            }
            None => pieces.max_by_key(|p| p.len()),
        };
        out.extend_from_slice(piece.unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut anchors = ANCHORS_IN_URLS.iter().chain([&ANCHOR]);
        let at = anchors.find_map(|a| memchr::memmem::find(text.as_bytes(), a))?;
        decode(text.as_bytes(), at).map(|v| v.bytes.to_vec())
    }

    #[test]
    fn every_placement_gives_the_same_bytes() {
        // A DER SEQUENCE of 0x2e bytes, so that completeness can be seen.
        let lines = [
            "MC4CAQAwBQYDK2VwBCIEIB",
            "obHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5",
        ];
        let want = base64::decode_text(lines.concat().as_bytes()).to_vec();
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        let join = |sep: &str| [begin, lines[0], lines[1], end].join(sep);
        let each = |pre: &str, post: &str| {
            [begin, lines[0], lines[1], end]
                .map(|l| format!("{pre}{l}{post}\n"))
                .concat()
        };
        let numbered: String = [begin, lines[0], lines[1], end]
            .iter()
            .enumerate()
            .map(|(i, l)| format!("2024-01-0{i}T00:00:00Z info {l}\n"))
            .collect();
        for text in [
            join("\n"),
            join("\r\n"),
            join("\\n"),
            join("\\\\r\\\\n"),
            join(" "),
            join(""),
            join("&#10;"),
            each("    ", "  "),
            each("// ", ""),
            each(" * ", ""),
            each("+", ""),
            each("-", ""),
            each("> ", ""),
            each("\"", "\\n\" +"),
            each("'", "',"),
            join("%0A").replace(' ', "%20").replace('+', "%2B"),
            join("%0D%0A").replace(' ', "+"),
            each("\"", "\" & vbCrLf & _"),
            numbered,
            format!("key={begin}\n{}\n{}", lines[0], lines[1]),
        ] {
            assert_eq!(decoded(&text).as_deref(), Some(&want[..]), "{text}");
        }
    }

    #[test]
    fn another_label_is_seen_before_a_body() {
        let start = |text: &str| relabelled(text.as_bytes(), text.len());
        assert_eq!(start("x\n-----BEGIN RSA TESTING KEY-----\n"), Some(2));
        assert_eq!(start("\"-----BEGIN TESTING KEY-----\\r\\n"), Some(1));
        for text in [
            "-----BEGIN PUBLIC KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\n",
            "-----END TESTING KEY-----\n",
            "KEY-----\n",
        ] {
            assert_eq!(start(text), None, "{text}");
        }
    }

    #[test]
    fn text_about_headers_is_no_armor() {
        for text in [
            "the `-----BEGIN RSA PRIVATE KEY-----` line",
            "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
            "BEGIN RSA PRIVATE KEY",
            "a PRIVATE KEY",
        ] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
