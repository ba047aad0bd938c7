//! A cursor over members, as JSON and the languages write them.
//!
//! A member is a name, what says that it is one, and a value:
//!
//! ```text
//! "kty": "EC"   kty = "EC"   "kty" => "EC"   "kty" -> "EC"   "kty" to "EC"   :kty "EC"
//! ["kty"] = "EC"   { "kty", "EC" }   ("kty", "EC")   entry("kty", "EC")   <<"kty">> => <<"EC">>
//! ```
//!
//! and `"kty", "EC"` where names and values alternate.

use super::{MAX_DEPTH, Member};

/// Functions that make a pair of their arguments, or put one into the map that is being made.
const PAIRS: [&[u8]; 6] = [
    b"entry",
    b"Map.entry",
    b"put",
    b"Pair",
    b"pair",
    b"make_pair",
];

/// What stands between brackets.
pub(super) enum Enclosed<'a> {
    /// A name alone.
    Name(&'a [u8]),
    /// A name and its value.
    Pair(Member<'a>),
    /// Something else.
    Other,
}

/// A place in a text.
pub(super) struct Cursor<'a> {
    /// The text.
    pub(super) text: &'a [u8],
    /// The place.
    pub(super) at: usize,
}

/// Returns the bracket that closes what another one opens.
pub(super) fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Steps over what follows if it is this.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Steps over white space, commas and comments; returns whether there was a comma.
    pub(super) fn gap(&mut self) -> bool {
        let mut comma = false;
        loop {
            let rest = self.rest();
            let step = match rest {
                [b' ' | b'\t' | b'\r' | b'\n' | b',' | b';', ..] => 1,
                [b'/', b'/', ..] | [b'#', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |i| i + 2),
                _ => return comma,
            };
            comma |= rest.first() == Some(&b',');
            self.at += step;
        }
    }

    /// Reads one member; `Some(None)` when its value is nested. Names and values may `alternate`.
    pub(super) fn member(&mut self, alternate: bool) -> Option<Option<Member<'a>>> {
        let start = self.at;
        if matches!(self.peek(), Some(b'{' | b'[' | b'(')) {
            return match self.enclosed()? {
                Enclosed::Name(name) => {
                    self.gap();
                    self.separator().then(|| self.value(name))?
                }
                Enclosed::Pair(member) => Some(Some(member)),
                Enclosed::Other => Some(None),
            };
        }
        // A keyword of Clojure, a symbol of Ruby.
        let is_keyword = self.take(b":");
        let name = self.word()?;
        if self.peek() == Some(b'(') && PAIRS.contains(&name) {
            return match self.enclosed()? {
                Enclosed::Pair(member) => Some(Some(member)),
                _ => Some(None),
            };
        }
        let is_bare = self.at == start + name.len();
        let comma = self.gap();
        let is_told = self.separator() || is_keyword || alternate && comma && !is_bare;
        is_told.then(|| self.value(name))?
    }

    /// Reads what brackets enclose; `None` when they are not closed.
    pub(super) fn enclosed(&mut self) -> Option<Enclosed<'a>> {
        let open = self.peek().filter(|b| matches!(b, b'{' | b'[' | b'('))?;
        let start = self.at + 1;
        self.nested().then_some(())?;
        // No further, so that brackets with something else between them are read twice at most.
        let mut inner = Cursor {
            text: self.text.get(..self.at - 1)?,
            at: start,
        };
        inner.gap();
        let Some(name) = inner.word() else {
            return Some(Enclosed::Other);
        };
        // As in Lua and C#: the value is behind them.
        if open == b'[' && inner.rest().is_empty() {
            return Some(Enclosed::Name(name));
        }
        let comma = inner.gap();
        let is_told = inner.separator() || comma;
        let member = is_told.then(|| inner.value(name)).flatten().flatten();
        inner.gap();
        let is_all = inner.rest().is_empty();
        Some(
            member
                .filter(|_| is_all)
                .map_or(Enclosed::Other, Enclosed::Pair),
        )
    }

    /// Steps over what stands between a name and its value, if something does.
    pub(super) fn separator(&mut self) -> bool {
        let len = match self.rest() {
            [b'=', b'>', ..] | [b'-', b'>', ..] => 2,
            [b't', b'o', next, ..] if !next.is_ascii_alphanumeric() => 2,
            [b':' | b'=', ..] => 1,
            _ => 0,
        };
        self.at += len;
        len > 0
    }

    /// Reads the value of a name; `Some(None)` when it is nested.
    pub(super) fn value(&mut self, name: &'a [u8]) -> Option<Option<Member<'a>>> {
        self.gap();
        self.take(b":");
        if matches!(self.peek(), Some(b'{' | b'[' | b'(')) {
            return self.nested().then_some(None);
        }
        let start = self.at;
        let value = self.word()?;
        let is_bare = self.at == start + value.len();
        // What a call is made of is no value: `f(key)`, `module:f(Key)`, `store::f(key)`.
        if is_bare {
            self.at += self.qualified();
            if matches!(self.peek(), Some(b'[' | b'(')) {
                return self.nested().then_some(None);
            }
        }
        Some(Some(Member {
            name,
            value,
            is_bare,
        }))
    }

    /// Returns the length of what makes the word before it the name of a function's module.
    fn qualified(&self) -> usize {
        let rest = self.rest();
        let colons = rest.iter().take(2).take_while(|b| **b == b':').count();
        let name = rest.iter().skip(colons);
        let name = name.take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
        let len = colons + name.count();
        let is_call = colons > 0 && len > colons && rest.get(len) == Some(&b'(');
        if is_call { len } else { 0 }
    }

    /// Reads a quoted or bare word.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        let is_binary = match self.rest() {
            // Prefixes of string literals: b'', u'', r'', @"".
            [b'b' | b'u' | b'r' | b'@', b'"' | b'\'', ..] => {
                self.at += 1;
                false
            }
            // A binary of Erlang.
            [b'<', b'<', b'"', ..] => {
                self.at += 2;
                true
            }
            _ => false,
        };
        let quote = self.peek()?;
        if matches!(quote, b'"' | b'\'' | b'`') {
            let start = self.at + 1;
            let mut end = start;
            loop {
                match *self.text.get(end)? {
                    b'\\' => end += 2,
                    byte if byte == quote => break,
                    _ => end += 1,
                }
            }
            self.at = end + 1;
            if is_binary {
                self.take(b"/utf8");
                self.take(b">>");
            }
            return self.text.get(start..end);
        }
        let rest = self.rest();
        let is_bare = |b: &u8| {
            b.is_ascii_alphanumeric()
                || matches!(*b, b'_' | b'-' | b'$' | b'.' | b'+' | b'/' | b'@')
        };
        let len = rest.iter().take_while(|b| is_bare(b)).count();
        self.at += len;
        rest.get(..len).filter(|w| !w.is_empty())
    }

    /// Steps over a nested value; `false` when it does not end.
    fn nested(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => {
                    if self.word().is_none() {
                        return false;
                    }
                    continue;
                }
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return true;
            }
            if depth > MAX_DEPTH {
                return false;
            }
        }
        false
    }
}
