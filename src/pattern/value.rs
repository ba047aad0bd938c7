//! Values: the literals that stand behind a name, or in the arguments of a call.
//!
//! No language is parsed. What configuration and a dozen languages have in
//! common is enough: literals have quotes, fallbacks come behind `||`, `??`,
//! `?:`, `or` or a comma, lists have brackets, `${NAME:default}` has a default,
//! and in configuration a value may stand bare until the end of its line.

use super::between::{default_within, fallback, made, named_value, operator, size, typed, within};
use super::line::Line;
use super::role;
use crate::blob::Span;

/// Bytes behind a name in which its value must begin and end: a call with a few
/// lines of arguments; longest value that is taken is 1,024 bytes.
const MAX_EXPRESSION: usize = 1400;
/// Literals taken from one expression: lists of keys for rotation are short.
const MAX_LITERALS: usize = 16;

/// Literals that are joined to one: a longer secret is not spread over more.
const MAX_JOINED: usize = 3;
/// Bytes of all pieces of a secret.
const MAX_PIECES: usize = 160;
/// Words of an expression that may stand side by side: `new`, `await`, `if`, a call without
/// brackets.
const MAX_WORDS: usize = 4;

/// A literal in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Its bytes, without quotes.
    pub(super) span: Span,
    /// How it stands there.
    pub(super) form: Form,
}

/// How a literal stands in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In quotes.
    Quoted,
    /// Bare, in a line that can only be configuration: `NAME=value`.
    Bare,
    /// Bare, in a line that could be code.
    Doubtful,
    /// In quotes or in a tag, where a name and a value stand side by side as anything may.
    Paired,
}

/// A place in text, read forwards.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    /// Whether a literal of another purpose was passed over: it is an expression.
    pub(super) passed: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        let end = bytes.len().min(at.saturating_add(MAX_EXPRESSION));
        Self {
            bytes,
            at,
            end,
            passed: false,
        }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    pub(super) fn eat(&mut self, literal: &[u8]) -> bool {
        let found = self.rest().starts_with(literal);
        self.at += if found { literal.len() } else { 0 };
        found
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Passes over white space with at most `lines` line breaks.
    pub(super) fn space(&mut self, lines: usize) {
        let mut left = lines;
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            if byte == b'\n' {
                if left == 0 {
                    return;
                }
                left -= 1;
            }
            self.at += 1;
        }
    }

    /// Reads the quoted literal that begins here; stands behind it then.
    pub(super) fn quoted(&mut self) -> Option<Span> {
        let quote = self.peek()?;
        let escaped = self.rest().starts_with(b"\\\"");
        if escaped {
            // JSON within a string: `\"name\": \"value\"`.
            let from = self.at + 2;
            let body = self.bytes.get(from..self.end)?;
            let len = memchr::memmem::find(body, b"\\\"")?;
            self.at = from + len + 2;
            return (!body.get(..len)?.contains(&b'\n')).then_some(from..from + len);
        }
        let triple = [quote; 3];
        let (open, many_lines) = match self.rest().starts_with(&triple) && quote != b'`' {
            true => (3, true),
            false => (1, quote == b'`'),
        };
        let from = self.at + open;
        let mut at = from;
        while let Some(&byte) = self.bytes.get(at).filter(|_| at < self.end) {
            let closes = byte == quote
                && (open == 1 || self.bytes.get(at..at + 3) == Some(triple.as_slice()));
            if closes {
                self.at = at + open;
                return Some(from..at);
            }
            match byte {
                b'\\' => at += 2,
                b'\n' if !many_lines => return None,
                _ => at += 1,
            }
        }
        None
    }

    pub(super) fn at_quote(&self) -> bool {
        matches!(self.peek(), Some(b'"' | b'\'' | b'`')) || self.rest().starts_with(b"\\\"")
    }

    /// Collects literals up to the end of the expression or argument.
    ///
    /// Stops behind a comma outside brackets, and returns whether there was one.
    fn literals(&mut self, out: &mut Vec<Literal>) -> bool {
        let (mut depth, mut last, mut asked) = (0_usize, b'=', false);
        let (from, mut words, mut joined) = (self.at, 0, 0);
        while let Some(byte) = self.peek() {
            if self.at_quote() {
                let before = self.bytes.get(from..self.at).unwrap_or_default();
                let quoted = self.quoted();
                // `['name' => …]`, `({"name": …})`: the key of a nest.
                let is_key = depth > 0 && self.at_arrow(!asked);
                let is_other = is_key || role::is_other(before, depth > 0, asked);
                self.passed |= is_other;
                match quoted {
                    Some(span) if out.len() < MAX_LITERALS && !is_other => out.push(Literal {
                        span,
                        form: Form::Quoted,
                    }),
                    Some(_) => {}
                    // A lone apostrophe: no expression.
                    None => return false,
                }
                joined += usize::from(b"+.\"".contains(&last));
                // Data, over many lines.
                let bytes: usize = out.iter().map(|literal| literal.span.len()).sum();
                if joined >= MAX_JOINED && bytes > MAX_PIECES {
                    out.clear();
                    return false;
                }
                last = b'"';
                if depth == 0 && self.other_begins() {
                    return false;
                }
                continue;
            }
            match byte {
                b'{' if depth == 0 && last != b')' && !self.at_list() => return false,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => match depth.checked_sub(1) {
                    Some(left) => depth = left,
                    None => return false,
                },
                b',' if depth == 0 => {
                    self.at += 1;
                    return true;
                }
                b';' => return false,
                b'?' => asked = true,
                b'#' if last != b'"' || self.before_is_blank() => self.line(),
                b'/' if self.rest().starts_with(b"//") => self.line(),
                b'\n' if depth == 0 && !self.goes_on(last) => return false,
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                // Words side by side are a sentence, but for a few that join what
                // is on both sides of them.
                if byte.is_ascii_alphabetic()
                    && last.is_ascii_alphabetic()
                    && self.before_is_blank()
                {
                    words += 1;
                    if words > MAX_WORDS {
                        return false;
                    }
                }
                last = byte;
            }
            self.at += 1;
        }
        false
    }

    /// Whether what comes next makes a literal the key of another: `=>`, and `:` where that
    /// divides no two values.
    fn at_arrow(&self, colon: bool) -> bool {
        let rest = self.rest().trim_ascii_start();
        rest.starts_with(b"=>") || colon && rest.starts_with(b":") && !rest.starts_with(b"::")
    }

    /// Whether braces with literals and nothing else open here: an array of C or Java.
    fn at_list(&self) -> bool {
        let mut ahead = Cursor {
            at: self.at + 1,
            ..*self
        };
        ahead.space(1);
        let found = ahead.at_quote() && ahead.quoted().is_some();
        ahead.space(1);
        found && matches!(ahead.peek(), Some(b',' | b'}'))
    }

    /// Whether a word that joins nothing comes next: the next attribute of a tag.
    fn other_begins(&self) -> bool {
        let rest = self.rest().trim_ascii_start();
        let joins = [
            b"or ".as_slice(),
            b"if ",
            b"else ",
            b"as ",
            b"and ",
            b"unless ",
        ];
        rest.first().is_some_and(u8::is_ascii_alphabetic)
            && !joins.iter().any(|j| rest.starts_with(j))
    }

    fn before_is_blank(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|i| self.bytes.get(i));
        before.is_some_and(u8::is_ascii_whitespace)
    }

    /// Goes to the end of the line.
    fn line(&mut self) {
        let len = memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        self.at += len.saturating_sub(1);
    }

    /// Whether an expression goes on behind a line break.
    fn goes_on(&self, last: u8) -> bool {
        let next = self.rest().iter().find(|b| !b.is_ascii_whitespace());
        // Right behind a word they are its padding or its last characters.
        let word = self.at.checked_sub(2).and_then(|i| self.bytes.get(i));
        let ends =
            b"=+".contains(&last) && word.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'=');
        !ends && b"=|&?+(.:\\".contains(&last) || next.is_some_and(|b| b"|?+.&)".contains(b))
    }

    /// Reads the bare value up to the end of the line.
    fn bare(&mut self, form: Form, out: &mut Vec<Literal>) {
        let line = memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        let line = self.rest().get(..line).unwrap_or_default();
        let comment = memchr::memmem::find(line, b" #").unwrap_or(line.len());
        let text = line.get(..comment).unwrap_or_default();
        // Escaped line breaks end a line of a file within a literal.
        let ends = [b"\\n".as_slice(), b"\\r", b"\\\""];
        let ends = ends.iter().filter_map(|e| memchr::memmem::find(text, e));
        let end = ends.chain(next_field(text)).min().unwrap_or(text.len());
        let text = text.get(..end).unwrap_or_default().trim_ascii_end();
        let (from, to) = (self.at, self.at + text.len());
        self.at = to;
        if let Some(default) = default_of(text) {
            out.push(Literal {
                span: from + default.start..from + default.end,
                form: Form::Bare,
            });
        } else if !text.is_empty() {
            out.push(Literal {
                span: from..to,
                form,
            });
        }
    }
}

/// Returns the default of `${NAME:default}` and its like, if the text is one.
pub(super) fn default_of(text: &[u8]) -> Option<Span> {
    let inner = text.strip_prefix(b"${")?;
    let colon = inner
        .iter()
        .position(|b| !b.is_ascii_alphanumeric() && !b"_.-".contains(b))?;
    if inner.get(colon) != Some(&b':') {
        return None;
    }
    let mut from = 2 + colon + 1;
    match text.get(from) {
        Some(b'-' | b'=') => from += 1,
        Some(b'?' | b'+') => return None,
        _ => {}
    }
    let to = from + memchr::memchr(b'}', text.get(from..)?)?;
    (to > from).then_some(from..to)
}

/// Returns where the next field of a form or query begins: `a&name=b`.
pub(super) fn next_field(text: &[u8]) -> Option<usize> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    memchr::memchr_iter(b'&', text).find(|at| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let name = rest.iter().take_while(|b| is_word(b)).count();
        name > 0 && rest.get(name) == Some(&b'=')
    })
}

/// How a name is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    /// Whether it is the name of a variable in `${…}`.
    pub(super) variable: bool,
    /// Whether it is the value of a `name` or `key`, whose `value` comes next.
    pub(super) named: bool,
    /// Whether it begins its line, but for blanks, `export`, `ENV` and a dash.
    pub(super) first: bool,
    /// Whether it is an option of a command.
    pub(super) option: bool,
    /// Whether it is the first argument of a call that takes names and their values, or a
    /// symbol: `:name`.
    pub(super) argument: bool,
    /// Whether it is a symbol.
    pub(super) symbol: bool,
    /// Whether it is a key in braces: `ENV{name}`.
    pub(super) braced: bool,
    /// Whether it is the name of an element: `<name>`.
    pub(super) element: bool,
    /// The quote that opens before it.
    pub(super) quote: Option<u8>,
}

/// Collects the values of a name.
pub(super) fn of_name(bytes: &[u8], name: &Span, written: Written) -> Vec<Literal> {
    let mut out = Vec::new();
    let end = name.end;
    let mut cursor = Cursor::new(bytes, end);
    if written.variable {
        let brace = memchr::memchr(b'}', cursor.rest()).filter(|len| *len > 1);
        if let Some(len) = brace
            && cursor.eat(b":")
            && !matches!(cursor.peek(), Some(b'?' | b'+'))
        {
            let from = cursor.at + usize::from(matches!(cursor.peek(), Some(b'-' | b'=')));
            out.push(Literal {
                span: from..(end + len).max(from),
                form: Form::Bare,
            });
        }
        return out;
    }
    if let Some(found) = within(&cursor, written) {
        return found;
    }
    let (mut closed, mut left, mut optional) = (false, false, false);
    while let Some(byte) = cursor.peek() {
        match byte {
            b'}' if written.braced => {
                cursor.at += 1;
                left = true;
            }
            // An array of so many: `name[]`, `name[41]`.
            b'[' if !closed && size(cursor.rest()).is_some() => {
                cursor.at += size(cursor.rest()).unwrap_or_default();
            }
            // `"name".to_string()`.
            b'.' if closed && made(cursor.rest()).is_some() => {
                cursor.at += made(cursor.rest()).unwrap_or_default();
            }
            b'\\' if cursor.rest().starts_with(b"\\\"") => {
                cursor.at += 2;
                closed = true;
            }
            b'"' | b'\'' | b'`' => {
                cursor.at += 1;
                closed = true;
            }
            b']' | b')' => {
                cursor.at += 1;
                left = true;
            }
            b'!' | b'?' if cursor.rest().get(1) == Some(&b':') => {
                cursor.at += 1;
                optional = byte == b'?';
            }
            _ => break,
        }
    }
    let tight = cursor.at;
    cursor.blanks();
    typed(&mut cursor);
    let mut apart = cursor.at > tight;
    let pair = cursor.peek() == Some(b',') && !written.argument;
    if written.named && named_value(&mut cursor) {
        apart = true;
    } else if !(closed && left && fallback(&mut cursor)
        || operator(&mut cursor, written, closed, left))
    {
        return declared(cursor, closed);
    }
    // What stands behind the literal that the name is a part of is no value of it.
    if !closed && let Some(end) = Line::before(bytes, name.start).literal_end(bytes, end) {
        cursor.end = cursor.end.min(end);
    }
    let spaced = matches!(cursor.peek(), Some(b' ' | b'\t'));
    let colon = bytes.get(cursor.at.wrapping_sub(1)) == Some(&b':');
    cursor.blanks();
    if matches!(cursor.peek(), Some(b'\r' | b'\n') | None) {
        block(&mut cursor, colon, &mut out);
        return out;
    }
    let tight = !apart && !spaced && !colon;
    if is_command(&cursor, tight && written.first) {
        return out;
    }
    if written.option && !closed {
        argument(&mut cursor, &mut out);
        return out;
    }
    let at_variable = cursor.rest().starts_with(b"${");
    if cursor.peek() == Some(b'{') && default_within(&mut cursor) || cursor.at_quote() || closed {
        let from = cursor.at;
        cursor.literals(&mut out);
        for literal in out.iter_mut().filter(|_| pair) {
            literal.form = Form::Paired;
        }
        if !out.is_empty() || cursor.passed || from != cursor.at && cursor.at_quote() {
            return out;
        }
        cursor.at = from;
    }
    if at_variable {
        cursor.bare(Form::Bare, &mut out);
        return out;
    }
    let (code, from) = (out.len(), cursor.at);
    cursor.literals(&mut out);
    // Behind `name?:` stands a type.
    if out.len() == code && !cursor.passed && !optional {
        cursor.at = from;
        // A quoted name with a bare value behind it is of a program.
        let config = written.first && !closed && (tight || (colon && spaced));
        let form = match config || written.named {
            true => Form::Bare,
            false => Form::Doubtful,
        };
        if tight && config {
            // A shell's word ends at a blank.
            word(&mut cursor, form, &mut out);
        } else {
            cursor.bare(form, &mut out);
        }
    }
    out
}

/// Whether the value is what a command prints: `$(…)`, and in a shell `` `…` ``.
fn is_command(cursor: &Cursor<'_>, shell: bool) -> bool {
    let rest = cursor.rest();
    rest.starts_with(b"$(") || rest.starts_with(b"\"$(") || shell && rest.starts_with(b"`")
}

/// Reads the value of an option, which is one word of a shell; the next one, if it is left out,
/// is none.
fn argument(cursor: &mut Cursor<'_>, out: &mut Vec<Literal>) {
    if cursor.at_quote() {
        out.extend(cursor.quoted().map(|span| Literal {
            span,
            form: Form::Quoted,
        }));
    } else if !matches!(cursor.peek(), Some(b'-' | b'\\')) {
        word(cursor, Form::Doubtful, out);
    }
}

/// Reads the value of a declaration: `variable "name" { default = "…" }`,
/// `resource "kind" "name" { value = "…" }`.
fn declared(mut cursor: Cursor<'_>, closed: bool) -> Vec<Literal> {
    let mut out = Vec::new();
    if !closed || !cursor.eat(b"{") {
        return out;
    }
    let body = memchr::memchr(b'}', cursor.rest()).unwrap_or(0);
    let body = cursor.rest().get(..body).unwrap_or_default();
    for word in [b"default".as_slice(), b"value", b"secret_string"] {
        let Some(at) = memchr::memmem::find(body, word) else {
            continue;
        };
        let mut cursor = Cursor {
            at: cursor.at + at + word.len(),
            ..cursor
        };
        cursor.blanks();
        if cursor.eat(b"=") {
            cursor.blanks();
            if cursor.at_quote() {
                cursor.literals(&mut out);
            }
        }
    }
    out
}

/// Reads the lines below `name:`: a list, or one value.
fn block(cursor: &mut Cursor<'_>, colon: bool, out: &mut Vec<Literal>) {
    cursor.space(1);
    if cursor.at_quote() {
        cursor.literals(out);
        return;
    }
    while colon && cursor.eat(b"- ") && out.len() < MAX_LITERALS {
        cursor.blanks();
        match cursor.at_quote() {
            true => drop(cursor.literals(out)),
            false => cursor.bare(Form::Bare, out),
        }
        cursor.space(1);
    }
}

/// Reads the bare value up to a blank.
fn word(cursor: &mut Cursor<'_>, form: Form, out: &mut Vec<Literal>) {
    let rest = cursor.rest();
    let len = rest
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(rest.len());
    let all = std::mem::replace(&mut cursor.end, cursor.at + len);
    cursor.bare(form, out);
    cursor.end = all;
}

/// Collects the literals of one argument, counted from 0, of the call whose name
/// stands at `call`; `None` for every argument.
pub(super) fn of_call(bytes: &[u8], call: &Span, argument: Option<usize>) -> Vec<Literal> {
    let mut cursor = Cursor::new(bytes, call.end);
    // Type arguments: `sign<Claims>(`.
    if cursor.peek() == Some(b'<') {
        cursor.at += memchr::memchr(b'>', cursor.rest()).map_or(0, |i| i + 1);
    }
    // C++ makes objects of braces; Ruby calls methods of a module without brackets.
    let name = bytes.get(call.clone()).unwrap_or_default();
    let of_module = name.iter().any(|b| b".:".contains(b));
    let opens = cursor.eat(b"(") || cursor.eat(b"{") || of_module && cursor.eat(b" ");
    if !opens {
        return Vec::new();
    }
    let mut out = Vec::new();
    for at in 0..8 {
        let mut found = Vec::new();
        cursor.space(2);
        let object = cursor.peek() == Some(b'{');
        if object {
            object_end(&mut cursor);
        }
        let more = cursor.literals(&mut found);
        if !object && argument.is_none_or(|wanted| wanted == at) {
            out.append(&mut found);
        }
        if !more {
            break;
        }
    }
    out
}

/// Goes behind the object that begins here.
fn object_end(cursor: &mut Cursor<'_>) {
    let mut depth = 0_usize;
    while let Some(byte) = cursor.peek() {
        if cursor.at_quote() {
            if cursor.quoted().is_none() {
                return;
            }
            continue;
        }
        cursor.at += 1;
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return,
            b'}' => depth -= 1,
            _ => {}
        }
    }
}
