//! A stream of which the next bytes can be looked at before they are read.
//!
//! Formats are told by their first bytes, and the end of a compressed stream is
//! followed by another one, by padding or by something else: both need a look
//! ahead of a known length, which `BufRead` does not promise.

use std::io::{self, BufRead, Read};

use super::fused::Fused;

/// Bytes read at once, of a stream that goes on.
const BUFFER_BYTES: usize = 32 << 10;
/// Bytes read first: most members are small, and there may be a million.
const FIRST_BYTES: usize = 1 << 10;

/// A buffered stream with a look ahead.
pub struct Peek<'r> {
    inner: Fused<Box<dyn Read + 'r>>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl std::fmt::Debug for Peek<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peek").finish_non_exhaustive()
    }
}

impl<'r> Peek<'r> {
    /// Wraps a stream.
    #[must_use]
    pub fn new(inner: impl Read + 'r) -> Self {
        Self {
            inner: Fused::new(Box::new(inner)),
            buffer: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    /// Returns the next `n` bytes (at most the buffer's), or what is left when
    /// the stream ends before; an error of the stream is kept for the reader.
    pub fn peek(&mut self, n: usize) -> &[u8] {
        let n = n.min(BUFFER_BYTES);
        if self.buffer.len() < n {
            self.buffer.resize(n.max(FIRST_BYTES), 0);
        }
        if self.buffer.len() - self.start < n {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        while self.end - self.start < n {
            match self.more() {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        let end = self.end.min(self.start + n);
        self.buffer.get(self.start..end).unwrap_or_default()
    }

    /// Reads once behind what is buffered.
    fn more(&mut self) -> io::Result<usize> {
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.inner.read(room) {
                Ok(n) => {
                    self.end += n.min(room.len());
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Read for Peek<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && out.len() >= BUFFER_BYTES {
            return self.inner.read(out);
        }
        let ready = self.fill_buf()?;
        let n = ready.len().min(out.len());
        if let Some((to, from)) = out.get_mut(..n).zip(ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Peek<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            let more = (4 * self.end).clamp(FIRST_BYTES, BUFFER_BYTES);
            if self.buffer.len() < more {
                self.buffer.resize(more, 0);
            }
            (self.start, self.end) = (0, 0);
            self.more()?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_ahead_across_the_buffer() {
        let bytes: Vec<u8> = (0..BUFFER_BYTES * 2 + 7).map(|i| i as u8).collect();
        let mut peek = Peek::new(bytes.as_slice());
        let mut read = vec![0; BUFFER_BYTES - 3];
        assert_eq!(peek.peek(4), &bytes[..4]);
        peek.read_exact(&mut read).expect("bytes");
        let at = read.len();
        assert_eq!(peek.peek(512), &bytes[at..at + 512]);
        let mut rest = Vec::new();
        peek.read_to_end(&mut rest).expect("bytes");
        assert_eq!(rest, bytes[at..]);
        assert!(peek.peek(1).is_empty());
    }
}
