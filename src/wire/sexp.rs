//! S-expressions (RFC 9804), canonical and advanced.
//!
//! ```text
//! canonical  (3:rsa(1:n3:\x00\x01\x02))
//! advanced   (rsa (n #000102#) "quoted" |YmFzZTY0| [hint]token)
//! ```
//!
//! Both are read at once, since a length before a colon tells them apart. What
//! libgcrypt and GnuPG write is shallow and small; limits stop everything else.

use zeroize::Zeroizing;

use super::{Error, base64, hex};

/// Deepest nesting; a protected key of GnuPG takes 5.
const MAX_DEPTH: usize = 12;
/// Most nodes; an RSA key of GnuPG takes about 30.
const MAX_NODES: usize = 512;
/// Longest text; a 16,384-bit RSA key takes 20 KB in hexadecimal digits.
const MAX_BYTES: usize = 64 << 10;

/// A list or an atom.
pub enum Node<'a> {
    /// Bytes that stand in the text as they are.
    Raw(&'a [u8]),
    /// Bytes that stood in the text encoded.
    Decoded(Zeroizing<Vec<u8>>),
    /// Nodes in parentheses.
    List(Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    /// Reads the node at the start of `text`, and how many bytes it takes.
    pub fn parse(text: &'a [u8]) -> Result<(Self, usize), Error> {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        let mut reader = Reader {
            text,
            at: 0,
            nodes: 0,
        };
        let node = reader.node(0)?;
        Ok((node, reader.at))
    }

    /// Returns an atom's bytes; a list has none.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Raw(bytes) => bytes,
            Self::Decoded(bytes) => bytes,
            Self::List(_) => &[],
        }
    }

    /// Returns the nodes of a list; an atom has none.
    #[must_use]
    pub fn list(&self) -> &[Node<'a>] {
        match self {
            Self::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// Returns the first atom of a list: what it is about.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.list().first().map_or(&[], Node::bytes)
    }

    /// Returns the list of that name in this list.
    #[must_use]
    pub fn child(&self, name: &[u8]) -> Option<&Node<'a>> {
        self.list().iter().find(|node| node.name() == name)
    }

    /// Returns the atom behind the name, in the list of that name.
    #[must_use]
    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let value = self.child(name)?.list().get(1)?;
        Some(value.bytes())
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    }

    fn node(&mut self, depth: usize) -> Result<Node<'a>, Error> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(Error::TooDeep);
        }
        self.blanks();
        match self.rest().first().ok_or(Error::Truncated)? {
            b'(' => self.list(depth),
            b'#' => self.hex(),
            b'|' => {
                let text = self.delimited(b'|')?;
                Ok(Node::Decoded(base64::decode_text(text)))
            }
            b'"' => self.quoted(),
            b'[' => {
                let _hint = self.delimited(b']')?;
                self.node(depth + 1)
            }
            b'0'..=b'9' => self.counted(),
            _ => self.token(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node<'a>, Error> {
        self.at += 1;
        let mut nodes = Vec::new();
        loop {
            self.blanks();
            if self.rest().first() == Some(&b')') {
                self.at += 1;
                return Ok(Node::List(nodes));
            }
            nodes.push(self.node(depth + 1)?);
        }
    }

    /// Reads up to the closing delimiter, and steps over both.
    fn delimited(&mut self, close: u8) -> Result<&'a [u8], Error> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let len = memchr::memchr(close, rest).ok_or(Error::Truncated)?;
        self.at += len + 2;
        rest.get(..len).ok_or(Error::Truncated)
    }

    fn hex(&mut self) -> Result<Node<'a>, Error> {
        let text = self.delimited(b'#')?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
        let mut high = None;
        for &byte in text.iter().filter(|b| !b.is_ascii_whitespace()) {
            let digit = hex::digit(byte).ok_or(Error::BadValue)?;
            match high.take() {
                Some(high) => bytes.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        if high.is_some() {
            return Err(Error::BadLength);
        }
        Ok(Node::Decoded(bytes))
    }

    fn quoted(&mut self) -> Result<Node<'a>, Error> {
        let text = self.delimited(b'"')?;
        // Escapes are met in names and comments only, which nobody asks for.
        if text.last() == Some(&b'\\') {
            return Err(Error::BadValue);
        }
        Ok(Node::Raw(text))
    }

    /// Reads `length:bytes`, or a token that begins with a digit.
    fn counted(&mut self) -> Result<Node<'a>, Error> {
        let rest = self.rest();
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if rest.get(digits) != Some(&b':') {
            return self.token();
        }
        let number = rest.get(..digits).unwrap_or_default();
        let len = std::str::from_utf8(number)
            .ok()
            .and_then(|n| n.parse::<usize>().ok())
            .filter(|&len| len <= MAX_BYTES)
            .ok_or(Error::BadLength)?;
        let bytes = rest.get(digits + 1..).and_then(|r| r.get(..len));
        self.at += digits + 1 + len;
        bytes.map(Node::Raw).ok_or(Error::Truncated)
    }

    fn token(&mut self) -> Result<Node<'a>, Error> {
        let rest = self.rest();
        let is_token = |b: &u8| b.is_ascii_graphic() && !b"()[]{}\"#|&;,'\\".contains(b);
        let len = rest.iter().take_while(|b| is_token(b)).count();
        if len == 0 {
            return Err(Error::BadTag);
        }
        self.at += len;
        rest.get(..len).map(Node::Raw).ok_or(Error::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_one_tree() {
        let canonical: &[u8] = b"(11:private-key(3:rsa(1:n3:\x00#))(1:e1:\x03))) tail";
        let advanced = b"( private-key (rsa\n (n #00 23\n29#)(e |Aw==|) ) )";
        for (text, read) in [(canonical, 40), (advanced, 50)] {
            let (node, len) = Node::parse(text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(node.name(), b"private-key");
            let rsa = node.child(b"rsa").expect("rsa");
            assert_eq!(rsa.value(b"n"), Some(&b"\x00#)"[..]));
            assert_eq!(rsa.value(b"e"), Some(&b"\x03"[..]));
            assert!(len.abs_diff(read) <= 3 && text[len - 1] == b')', "{len}");
        }
    }

    #[test]
    fn limits_stop_it() {
        assert!(Node::parse(&b"(".repeat(1000)).is_err());
        assert!(Node::parse(&[b"(".as_slice(), &b"a ".repeat(1000), b")"].concat()).is_err());
        for text in [
            &b"(9:short)"[..],
            b"(99999999999999999999:x)",
            b"(#0#)",
            b"(a",
            b"",
            b")",
        ] {
            assert!(Node::parse(text).is_err());
        }
    }
}
