//! From the syntax of Go's regular expressions (RE2) to that of the `regex` crate.
//!
//! Both know the same constructs; they differ in what they take for one. RE2 reads
//! braces that count nothing, brackets within classes, doubled signs within classes and
//! escaped punctuation as characters, knows `\Q…\E` and octal escapes, and its `\w`,
//! `\d`, `\s` and `\b` are of ASCII. So every character that is none of its constructs is
//! written here in a form that means itself. What is no RE2 either is passed on: the
//! compiler then says what is wrong.

use std::iter::Peekable;
use std::str::Chars;

use regex::bytes::{Regex, RegexBuilder};

/// Bytes that one compiled expression may take.
const MAX_COMPILED: usize = 16 << 20;
/// Bytes of the cache that searching with one may take.
const MAX_CACHE: usize = 4 << 20;

/// Compiles an expression of RE2.
pub(super) fn compile(expression: &str) -> Result<Regex, String> {
    let translated = translated(expression)?;
    let mut builder = RegexBuilder::new(&translated);
    let builder = builder.unicode(false).size_limit(MAX_COMPILED);
    let built = builder.dfa_size_limit(MAX_CACHE).build();
    // The compiler quotes the expression over several lines; its last one says why.
    built.map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    })
}

/// Returns an expression that means to the `regex` crate what this one means to RE2.
pub(super) fn translated(expression: &str) -> Result<String, String> {
    let mut reader = Reader {
        rest: expression.chars().peekable(),
        out: String::with_capacity(expression.len() * 2),
    };
    reader.all()?;
    Ok(reader.out)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

/// An item of a class.
enum Item {
    /// One character.
    Char(char),
    /// A class of its own, as it is written.
    Class(String),
}

impl Reader<'_> {
    fn all(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '{' => match counted(self.rest.clone()) {
                    Some(text) => {
                        self.rest.nth(text.chars().count() - 1);
                        self.out.push('{');
                        self.out.push_str(&text);
                    }
                    None => self.character('{'),
                },
                '}' | ']' => self.character(c),
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    /// Writes a character that means itself, in a class or outside.
    fn character(&mut self, c: char) {
        match c {
            c if c.is_ascii_alphanumeric() || !c.is_ascii() => self.out.push(c),
            c => self.out.push_str(&format!("\\x{:02x}", u32::from(c))),
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some('Q') => self.quoted(),
            Some(c @ ('p' | 'P' | 'x')) => {
                let text = self.braced(c);
                self.out.push_str(&text);
            }
            Some(c @ '0'..='7') => {
                let c = self.octal(c)?;
                self.character(c);
            }
            Some(c) if c.is_ascii_alphabetic() => self.out.extend(['\\', c]),
            Some(c) => self.character(c),
            None => return Err("it ends in a backslash".to_owned()),
        }
        Ok(())
    }

    /// Reads what stands between `\Q` and `\E`, or the end.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.character(c);
        }
    }

    /// Reads an escape that may have braces behind it.
    fn braced(&mut self, letter: char) -> String {
        let mut text = format!("\\{letter}");
        if self.rest.peek() == Some(&'{') {
            for c in self.rest.by_ref() {
                text.push(c);
                if c == '}' {
                    break;
                }
            }
        } else {
            let most = if letter == 'x' { 2 } else { 1 };
            text.extend(self.rest.by_ref().take(most));
        }
        text
    }

    /// Reads an octal escape: of a digit other than 0 there must be more.
    fn octal(&mut self, first: char) -> Result<char, String> {
        let mut value = first.to_digit(8).unwrap_or(0);
        let mut digits = 1;
        while digits < 3
            && let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8))
        {
            self.rest.next();
            value = value * 8 + digit;
            digits += 1;
        }
        if first != '0' && digits == 1 {
            return Err("it refers back to a group".to_owned());
        }
        char::from_u32(value).ok_or_else(|| "an octal escape is no character".to_owned())
    }

    fn class(&mut self) -> Result<(), String> {
        let before = std::mem::take(&mut self.out);
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if !first && self.rest.next_if_eq(&']').is_some() {
                break;
            }
            first = false;
            let low = match self.item()? {
                Item::Class(text) => {
                    self.out.push_str(&text);
                    continue;
                }
                Item::Char(low) => low,
            };
            self.character(low);
            let mut ahead = self.rest.clone();
            let ranges = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
            if ranges {
                self.rest.next();
                let Item::Char(high) = self.item()? else {
                    return Err("a range of a class ends in a class".to_owned());
                };
                self.out.push('-');
                self.character(high);
            }
        }
        self.out.push(']');
        let class = std::mem::replace(&mut self.out, before);
        match class.is_ascii() {
            true => self.out.push_str(&class),
            // Of bytes it would be the parts of a character.
            false => self.out.push_str(&format!("(?u:{class})")),
        }
        Ok(())
    }

    fn item(&mut self) -> Result<Item, String> {
        let open = || "a class is not closed".to_owned();
        match self.rest.next().ok_or_else(open)? {
            '[' if self.rest.peek() == Some(&':') => {
                let name: String = self.rest.clone().take_while(|c| *c != ']').collect();
                if !name.ends_with(':') || name.len() < 3 {
                    return Ok(Item::Char('['));
                }
                self.rest.nth(name.chars().count());
                Ok(Item::Class(format!("[{name}]")))
            }
            '\\' => match self.rest.next().ok_or_else(open)? {
                c @ ('d' | 'D' | 's' | 'S' | 'w' | 'W') => Ok(Item::Class(format!("\\{c}"))),
                c @ ('p' | 'P') => Ok(Item::Class(self.braced(c))),
                'x' => {
                    let text = self.braced('x');
                    let digits = text.trim_start_matches("\\x").trim_matches(['{', '}']);
                    let value = u32::from_str_radix(digits, 16).ok();
                    let c = value.and_then(char::from_u32);
                    c.map(Item::Char)
                        .ok_or_else(|| format!("`{text}` is no character"))
                }
                'n' => Ok(Item::Char('\n')),
                't' => Ok(Item::Char('\t')),
                'r' => Ok(Item::Char('\r')),
                'f' => Ok(Item::Char('\x0c')),
                'v' => Ok(Item::Char('\x0b')),
                'a' => Ok(Item::Char('\x07')),
                c @ '0'..='7' => self.octal(c).map(Item::Char),
                c if c.is_ascii_alphanumeric() => Err(format!("`\\{c}` within a class")),
                c => Ok(Item::Char(c)),
            },
            c => Ok(Item::Char(c)),
        }
    }
}

/// Returns what is left of a repetition behind its opening brace, if it is one.
fn counted(rest: Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    for c in rest.take(16) {
        text.push(c);
        if c == '}' {
            let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
            let inner = text.strip_suffix('}')?;
            let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
            return (!least.is_empty() && digits(least) && digits(most)).then_some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(expression: &str, text: &str) -> bool {
        compile(expression).unwrap().is_match(text.as_bytes())
    }

    #[test]
    fn what_re2_takes_for_a_character_is_one() {
        // Each is valid in Go, and means something else, or nothing, to the crate.
        for (expression, matches, misses) in [
            (r"^[[a]+$", "[a[", "b"),
            (r"^[a&&b]+$", "a&b", "c"),
            (r"^[\w-.]+$", "a-.", ","),
            (r"^[+--]+$", "+,-", "*"),
            (r"^[a~~b]$", "~", "c"),
            (r"^[]a]+$", "]a", "b"),
            (r"^[^]a]$", "b", "]"),
            (r"^[a-z-9]+$", "b-9", "8"),
            (r"^${A}$", "never", "never "),
            (r"^\${x}$", "${x}", "$x"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^a{2}$", "aa", "a"),
            (r"^a{1,2}b{2,}$", "aabb", "aab"),
            (r"^{{x}}$", "{{x}}", "{x}"),
            (r"^a]b$", "a]b", "ab"),
            (r"^\<a\>$", "<a>", "a"),
            (r"^\_\-\/\ \@$", "_-/ @", "x"),
            (r"^\Qa.b*\E+$", "a.b**", "axb"),
            (r"^\x41\x{42}\103\0$", "ABC\0", "ABC"),
            (r"^[\x41-\x43\n\103]+$", "AB\nC", "D"),
            (r"^[[:alpha:]_[:digit:]]+$", "a_1", "-"),
            (r"(?i)^key$", "KeY", "ke"),
            (r"^\w\d\s\b$", "never", "é"),
            (r"^[é]$", "é", "e"),
            (r"(?s)^a.b$", "a\nb", "ab"),
            (r"^(?P<n>a)(?:b)$", "ab", "a"),
        ] {
            assert_eq!(
                is_match(expression, matches),
                matches != "never",
                "{expression} on {matches}"
            );
            assert!(!is_match(expression, misses), "{expression} on {misses}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_says_why() {
        for (expression, why) in [
            (r"(a)\1", "refers back"),
            (r"(?=a)b", "look-around"),
            (r"[a", "not closed"),
            (r"(a", "unclosed group"),
            (r"a\", "ends in a backslash"),
            (r"((a{1000}){1000}){1000}", "size limit"),
        ] {
            let error = compile(expression).unwrap_err();
            assert!(error.contains(why), "{expression}: {error}");
        }
    }

    #[test]
    fn classes_of_perl_are_of_ascii() {
        assert!(!is_match(r"^\w$", "é"));
        assert!(!is_match(r"^\d$", "٣"));
        assert!(is_match(r"^[^x]$", "e"));
    }
}
