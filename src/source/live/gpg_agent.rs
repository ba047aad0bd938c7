//! gpg-agent: which keys it holds, over the Assuan protocol (doc/agent.texi of GnuPG).
//!
//! ```text
//! S: OK Pleased to meet you
//! C: KEYINFO --list            S: S KEYINFO <keygrip> <type> …   D on disk, T on a card, - unknown
//! C: READKEY <keygrip>         S: D (10:public-key(3:rsa(1:n…)(1:e…)))   with %25 %0A %0D escaped
//! ```
//!
//! A key on a card did not stray. Looking does not unlock anything and asks nobody for a passphrase.

use std::io;
use std::path::Path;

use super::socket::{Agent, MAX_BYTES, nonsense};
use crate::key::{Curve, Okp, PublicKey};
use crate::wire::sexp::Node;

/// Most keys that are asked for: an agent has a few dozen.
const MAX_KEYS: usize = 1_000;

/// Asks an agent for the public halves of its keys.
pub(super) fn list(socket: &Path) -> io::Result<Vec<PublicKey>> {
    let mut talk = Talk {
        agent: Agent::connect(socket)?,
        unread: Vec::new(),
        taken: 0,
    };
    if !talk.line()?.starts_with(b"OK") {
        return Err(nonsense());
    }
    let (info, _) = talk.ask("KEYINFO --list")?;
    let grips = info.iter().filter_map(|line| on_disk(line));
    let mut keys = Vec::new();
    for grip in grips.take(MAX_KEYS) {
        let (_, data) = talk.ask(&format!("READKEY {grip}"))?;
        keys.extend(public(&data));
    }
    Ok(keys)
}

/// Returns the keygrip of a line about a key on disk.
fn on_disk(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.strip_prefix("S KEYINFO ")?.split(' ');
    let (grip, kind) = (words.next()?, words.next()?);
    let is_grip = grip.len() == 40 && grip.bytes().all(|b| b.is_ascii_hexdigit());
    (is_grip && kind == "D").then(|| grip.to_owned())
}

/// Reads a public key.
fn public(data: &[u8]) -> Option<PublicKey> {
    let (node, _) = Node::parse(data).ok()?;
    let numbers = node
        .list()
        .get(1)
        .filter(|_| node.name() == b"public-key")?;
    match numbers.name() {
        b"rsa" => PublicKey::rsa(numbers.value(b"n")?, numbers.value(b"e")?).ok(),
        b"dsa" => {
            let value = |name| numbers.value(name);
            PublicKey::dsa(value(b"p")?, value(b"q")?, value(b"g")?, value(b"y")?).ok()
        }
        b"ecc" => {
            let name = std::str::from_utf8(numbers.value(b"curve")?).ok()?;
            let q = numbers.value(b"q")?;
            let okp = match name {
                "Curve25519" | "cv25519" => Some(Okp::X25519),
                "cv448" | "X448" => Some(Okp::X448),
                _ => Okp::from_name(name),
            };
            match okp {
                // Libgcrypt marks a native point with 0x40.
                Some(kind) => {
                    let native = q
                        .strip_prefix(&[0x40])
                        .filter(|rest| rest.len() == kind.bytes());
                    PublicKey::okp(kind, native.unwrap_or(q)).ok()
                }
                None => PublicKey::ec_point(Curve::from_name(name)?, q).ok(),
            }
        }
        _ => None,
    }
}

/// A conversation.
struct Talk {
    agent: Agent,
    /// What was read behind the last line.
    unread: Vec<u8>,
    /// Bytes read of all answers.
    taken: usize,
}

impl Talk {
    /// Returns the lines and the data that a command is answered with. What the agent refuses is
    /// answered with nothing.
    fn ask(&mut self, command: &str) -> io::Result<(Vec<Vec<u8>>, Vec<u8>)> {
        self.agent.send(format!("{command}\n").as_bytes())?;
        let (mut lines, mut data) = (Vec::new(), Vec::new());
        loop {
            let line = self.line()?;
            if line.starts_with(b"OK") || line.starts_with(b"ERR") {
                return Ok((lines, data));
            }
            match line.strip_prefix(b"D ") {
                Some(escaped) => data.extend(unescaped(escaped)),
                // It wants to know something that is not known here.
                None if line.starts_with(b"INQUIRE") => self.agent.send(b"CAN\n")?,
                None => lines.push(line),
            }
        }
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut looked = 0;
        loop {
            let behind = self.unread.get(looked..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', behind) {
                let mut line: Vec<u8> = self.unread.drain(..=looked + at).collect();
                line.pop();
                return Ok(line);
            }
            looked = self.unread.len();
            let mut buffer = [0; 4096];
            let read = self.agent.some(&mut buffer)?;
            self.taken += read;
            if self.taken > MAX_BYTES {
                return Err(nonsense());
            }
            self.unread
                .extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
    }
}

/// Undoes the escapes of a data line.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let digits = rest.first_chunk::<2>().filter(|_| byte == b'%');
        let escaped = digits.and_then(|pair| std::str::from_utf8(pair).ok());
        match escaped.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) => {
                out.push(value);
                rest = rest.get(2..).unwrap_or_default();
            }
            None => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_agent_writes_them() {
        let grip = "0123456789ABCDEF0123456789ABCDEF01234567";
        let line = format!("S KEYINFO {grip} D - - - P - - -");
        assert_eq!(on_disk(line.as_bytes()).as_deref(), Some(grip));
        let card = line.replace(" D ", " T ");
        assert_eq!(on_disk(card.as_bytes()), None);
        assert_eq!(on_disk(b"S KEYINFO ; rm D"), None);
        assert_eq!(unescaped(b"a%25b%0A%"), b"a%b\n%");
        assert!(public(b"(10:public-key(3:rsa(1:n1:x)").is_none());
    }
}
