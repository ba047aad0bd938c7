//! OpenPGP packets (RFC 9580 section 4.2, RFC 4880 section 4.2).
//!
//! ```text
//! old: 10 tttt ll | length of 1, 2 or 4 bytes, or none: up to the end
//! new: 11 tttttt  | length of 1, 2 or 5 bytes, or a chain of partial lengths
//! ```
//!
//! Partial lengths are only allowed for data, never for keys, so a packet that
//! has them is stepped over, chunk by chunk, and shows its first chunk only.

use super::Error;

/// One packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its type.
    pub tag: u8,
    /// Its content; of a packet in parts, the first part.
    pub body: &'a [u8],
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind it.
    pub end: usize,
}

/// The head of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The packet's type.
    pub tag: u8,
    /// Bytes of the header.
    pub bytes: usize,
    /// How long the body is.
    pub length: Length,
}

/// The length of a packet's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes.
    Exact(usize),
    /// So many bytes, and then another length.
    Partial(usize),
    /// Up to the end of the bytes.
    ToEnd,
}

/// Reads the header at the start of `bytes`.
pub fn header(bytes: &[u8]) -> Result<Header, Error> {
    let (&first, rest) = bytes.split_first().ok_or(Error::Truncated)?;
    if first & 0x80 == 0 {
        return Err(Error::BadTag);
    }
    if first & 0x40 != 0 {
        let (length, used) = new_length(rest)?;
        return Ok(Header {
            tag: first & 0x3f,
            bytes: 1 + used,
            length,
        });
    }
    let (length, used) = match first & 3 {
        0 => (Length::Exact(big_endian(rest, 1)?), 1),
        1 => (Length::Exact(big_endian(rest, 2)?), 2),
        2 => (Length::Exact(big_endian(rest, 4)?), 4),
        _ => (Length::ToEnd, 0),
    };
    Ok(Header {
        tag: first >> 2 & 0x0f,
        bytes: 1 + used,
        length,
    })
}

/// Reads a length of the new format, and how many bytes it takes.
fn new_length(bytes: &[u8]) -> Result<(Length, usize), Error> {
    match *bytes {
        [short @ 0..192, ..] => Ok((Length::Exact(usize::from(short)), 1)),
        [high @ 192..224, low, ..] => {
            let high = usize::from(high - 192) << 8;
            Ok((Length::Exact(high + usize::from(low) + 192), 2))
        }
        [255, ..] => {
            let rest = bytes.get(1..).unwrap_or_default();
            Ok((Length::Exact(big_endian(rest, 4)?), 5))
        }
        [power @ 224..255, ..] => Ok((Length::Partial(1 << (power & 0x1f)), 1)),
        _ => Err(Error::Truncated),
    }
}

fn big_endian(bytes: &[u8], len: usize) -> Result<usize, Error> {
    let digits = bytes.get(..len).ok_or(Error::Truncated)?;
    Ok(digits.iter().fold(0, |n, &b| n << 8 | usize::from(b)))
}

/// A cursor over packets.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Packets<'a> {
    /// Starts at an offset of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Reads the next packet; `None` at the end of the bytes.
    pub fn read(&mut self) -> Result<Option<Packet<'a>>, Error> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let header = header(rest)?;
        let after = rest.get(header.bytes..).ok_or(Error::Truncated)?;
        let mut end = start + header.bytes;
        let body = match header.length {
            Length::ToEnd => {
                end = self.bytes.len();
                after
            }
            Length::Exact(len) => {
                end += len;
                after.get(..len).ok_or(Error::Truncated)?
            }
            Length::Partial(len) => {
                let mut length = header.length;
                end -= 1;
                // Each turn reads a byte at least.
                while let Length::Partial(len) = length {
                    end = end.saturating_add(1).saturating_add(len);
                    let more = self.bytes.get(end..).ok_or(Error::Truncated)?;
                    let (next, used) = new_length(more)?;
                    length = next;
                    if let Length::Exact(len) = next {
                        end = end.saturating_add(used).saturating_add(len);
                    }
                }
                if end > self.bytes.len() {
                    return Err(Error::Truncated);
                }
                after.get(..len).ok_or(Error::Truncated)?
            }
        };
        self.at = end;
        Ok(Some(Packet {
            tag: header.tag,
            body,
            start,
            end,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_both_formats() {
        let exact = |bytes: &[u8], tag, len, used| {
            let want = Header {
                tag,
                bytes: used,
                length: Length::Exact(len),
            };
            assert_eq!(header(bytes), Ok(want));
        };
        // The examples of RFC 9580 section 4.2.1, and old ones.
        exact(&[0xc5, 0x64], 5, 100, 2);
        exact(&[0xc7, 0xc5, 0xfb], 7, 1723, 3);
        exact(&[0xc5, 0xff, 0, 1, 0x86, 0xa0], 5, 100_000, 6);
        exact(&[0x95, 0x03, 0x98], 5, 0x398, 3);
        exact(&[0x9c, 0x20], 7, 32, 2);
        assert!(header(&[0x05, 0]).is_err());
        assert!(header(&[0x96, 0, 0]).is_err());
    }

    #[test]
    fn parts_are_stepped_over() {
        // 2 + 1 + 0 bytes of tag 11, then an empty marker.
        let bytes = [0xcb, 0xe1, 7, 7, 0xe0, 7, 0x00, 0xca, 0x00];
        let mut packets = Packets::new(&bytes, 0);
        let first = packets.read().expect("packet").expect("not the end");
        assert_eq!((first.tag, first.body.len(), first.end), (11, 2, 7));
        assert_eq!(packets.read().map(|p| p.map(|p| p.tag)), Ok(Some(10)));
        assert!(matches!(packets.read(), Ok(None)));
        assert!(Packets::new(&bytes[..6], 0).read().is_err());
    }
}
