//! What must stand in a text for an expression to match, and what is searched for to
//! see it.
//!
//! Keywords of foreign rules are found in either case of their letters; triggers are
//! found as they are written. So a keyword becomes a short piece of itself in every
//! case. A rule without keywords has those that its expression cannot do without.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Shortest piece that can be a trigger.
pub(super) const SHORTEST: usize = super::super::MIN_TRIGGER;
/// Length from which on a trigger costs nothing, with the number of its cases bounded.
const FREE: usize = 7;
/// Most alternatives of which one must stand in a text.
const MAX_ALTERNATIVES: usize = 64;

/// Returns lower-case words of which one stands in every text that an expression, in the
/// syntax of the `regex` crate, matches.
pub(super) fn required(expression: &str) -> Vec<String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let found = parser.parse(expression).ok().and_then(|hir| of(&hir));
    let words = found.unwrap_or_default().into_iter();
    // Text that is not UTF-8 is none of a keyword.
    let words = words.map(String::from_utf8).collect::<Result<Vec<_>, _>>();
    words.unwrap_or_default()
}

fn of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(of(branch)?);
            }
            (all.len() <= MAX_ALTERNATIVES).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut best: Option<Vec<Vec<u8>>> = None;
            let mut take = |words: Vec<Vec<u8>>| {
                let better = best
                    .as_ref()
                    .is_none_or(|best| length(&words) > length(best));
                if better && length(&words) > 0 {
                    best = Some(words);
                }
            };
            let mut run = Vec::new();
            for part in parts {
                match letters(part) {
                    Some(text) => run.extend(text),
                    None => {
                        take(vec![std::mem::take(&mut run)]);
                        if let Some(words) = of(part) {
                            take(words);
                        }
                    }
                }
            }
            take(vec![run]);
            best
        }
        _ => letters(hir).map(|text| vec![text]),
    }
}

/// Returns the length of the shortest.
fn length(words: &[Vec<u8>]) -> usize {
    words.iter().map(Vec::len).min().unwrap_or(0)
}

/// Returns the text that is matched, in lower case, if it is one.
fn letters(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Bytes(class)) => {
            let mut bytes = class.ranges().iter().flat_map(|r| r.start()..=r.end());
            let first = bytes.next()?.to_ascii_lowercase();
            bytes
                .all(|b| b.to_ascii_lowercase() == first)
                .then(|| vec![first])
        }
        _ => None,
    }
}

/// Returns literals of which one stands in every text that has a lower-case keyword in
/// either case; `None` if it is too short.
pub(super) fn triggers(keyword: &str) -> Option<Vec<Vec<u8>>> {
    let keyword = keyword.as_bytes();
    let len = if keyword.len() < FREE { SHORTEST } else { FREE };
    let letters = |piece: &&[u8]| piece.iter().filter(|b| b.is_ascii_lowercase()).count();
    let piece = keyword.windows(len).min_by_key(letters)?;
    let mut all = vec![Vec::with_capacity(len)];
    for &byte in piece {
        if byte.is_ascii_lowercase() {
            let mut upper = all.clone();
            upper
                .iter_mut()
                .for_each(|text| text.push(byte.to_ascii_uppercase()));
            all.iter_mut().for_each(|text| text.push(byte));
            all.append(&mut upper);
        } else {
            all.iter_mut().for_each(|text| text.push(byte));
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_expression_needs_is_found() {
        for (expression, needed) in [
            (r"\b(ghp_[0-9a-zA-Z]{36})\b", vec!["ghp_"]),
            (r"(?i)[\w.-]{0,50}?(?:adobe)(?:[ \t]{0,20})=", vec!["adobe"]),
            (r"(?:sk|rk)_(?:test|live)_[a-z]{10}", vec!["test", "live"]),
            (r"(xox[bp]-[0-9]+)+", vec!["xox"]),
            (r"(abcdef)?x", vec!["x"]),
            (r"[0-9a-f]{32}", vec![]),
            (r"(?:secret|[0-9]+)", vec![]),
        ] {
            assert_eq!(required(expression), needed, "{expression}");
        }
    }

    #[test]
    fn a_keyword_is_sought_in_every_case() {
        assert_eq!(triggers("key"), None);
        let all = triggers("secret").unwrap();
        assert_eq!(all.len(), 16);
        assert!(all.contains(&b"SeCr".to_vec()) && all.iter().all(|t| t.len() == 4));
        // Of longer ones the piece with the fewest letters.
        let all = triggers("some_1234567").unwrap();
        assert_eq!(all, [b"_123456".to_vec()]);
    }
}
