//! Text in XML and HTML, where a quote is `&quot;`, `&#34;` or `&#x22;`.
//!
//! Only the content of the element or attribute around a trigger is decoded, one level at a
//! time; text that was escaped twice (`&amp;quot;`) is decoded by a view of the view. PEM needs
//! none of this: the armour decoder reads entities itself.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};
use crate::wire::entity;

/// Most text before a trigger and behind it: as much as is read of an object.
const MAX_SIDE: usize = 64 << 10;

/// Quotes, and how they are written.
const QUOTES: [(u8, &[&[u8]]); 2] = [
    (b'"', &[b"&quot;", b"&#34;", b"&#x22;", b"&amp;quot;"]),
    (b'\'', &[b"&apos;", b"&#39;", b"&#x27;", b"&amp;apos;"]),
];

/// Returns how a literal is written that has quotes in it.
pub fn forms(literal: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let written = |quote: u8, form: &[u8]| {
        let parts: Vec<&[u8]> = literal.split(|b| *b == quote).collect();
        (parts.len() > 1).then(|| parts.join(form))
    };
    let all = QUOTES.iter().map(|(quote, forms)| {
        let forms = forms.iter().map(|form| written(*quote, form));
        forms.flatten().collect::<Vec<_>>()
    });
    all.flatten().collect::<Vec<_>>().into_iter()
}

/// Decodes the content around `at`; `None` when nothing in it is escaped.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<Decoded> {
    // Whoever escapes quotes escapes these.
    let floor = at.saturating_sub(MAX_SIDE);
    let before = memchr::memrchr3(b'<', b'>', b'"', bytes.get(floor..at)?);
    let start = before.map_or(floor, |i| floor + i + 1);
    let ceiling = at.saturating_add(MAX_SIDE).min(bytes.len());
    let behind = memchr::memchr3(b'<', b'>', b'"', bytes.get(at..ceiling)?);
    let span = start..behind.map_or(ceiling, |i| at + i);
    let text = bytes.get(span.clone())?;
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut map = Map::ratio(start, 1, 1);
    let mut from = 0;
    for sign in memchr::memchr_iter(b'&', text) {
        let Some((value, len)) = text.get(sign + 1..).and_then(entity::read) else {
            continue;
        };
        out.extend_from_slice(text.get(from..sign)?);
        out.push(value);
        from = sign + 1 + len;
        map.push(out.len(), start + from, 1, 1);
    }
    out.extend_from_slice(text.get(from..)?);
    (from > 0).then(|| Decoded {
        extent: Extent::whole(span.clone()),
        view: View {
            bytes: out,
            span,
            map,
            layer: "entities",
            armor: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_around_a_trigger_is_read() {
        let want = r#"{"kty": "EC", "u": "a&b", "d": "x"}"#;
        for text in [
            "<k a=\"b\">{&quot;kty&quot;: &quot;EC&quot;, &quot;u&quot;: &quot;a&amp;b&quot;, &quot;d&quot;: &quot;x&quot;}</k>",
            "<k v=\"{&#34;kty&#x22;: &#34;EC&#34;, &#34;u&#34;: &#34;a&b&#34;, &#34;d&#34;: &#34;x&#34;}\"/>",
        ] {
            let at = text.find("kty").expect("there");
            let view = decode(text.as_bytes(), at).expect("escaped").view;
            assert_eq!(String::from_utf8_lossy(&view.bytes), want);
            assert_eq!(view.map.parent(0), text.find('{').expect("there"));
            assert_eq!(view.map.parent(2), at);
        }
        assert!(decode(b"<k>\"kty\"&quot;", 4).is_none());
        let twice = b"<k>&amp;quot;kty&amp;quot;</k>";
        let view = decode(twice, 13).expect("escaped").view;
        assert_eq!(view.bytes.as_slice(), b"&quot;kty&quot;");
    }

    #[test]
    fn literals_with_quotes_are_sought_as_they_are_written() {
        let forms: Vec<Vec<u8>> = forms(b"\"kty\"").collect();
        assert!(forms.contains(&b"&quot;kty&quot;".to_vec()), "{forms:?}");
        assert_eq!((forms.len(), super::forms(b"kty: ").count()), (4, 0));
    }
}
