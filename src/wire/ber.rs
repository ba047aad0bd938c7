//! ASN.1 as BER (X.690), rewritten as DER so that one reader serves both.
//!
//! PKCS#12 files of Java's and Windows' older versions, of NSS and Bouncy
//! Castle have indefinite lengths and OCTET STRINGs in pieces
//! (`24 80 04 .. 04 .. 00 00`). What is inside an OCTET STRING is left alone:
//! it is rewritten when it is read in its turn.

use zeroize::Zeroizing;

use super::Error;
use super::der::{OCTET_STRING, Reader};
use super::writer::header;

/// Nesting that is followed; PKCS#12 has 9.
const MAX_DEPTH: usize = 24;
/// Constructed form of OCTET STRING.
const PIECES: u8 = OCTET_STRING | 0x20;

/// Returns the first element of `bytes` with definite lengths and whole OCTET
/// STRINGs, and how many bytes it took before.
pub fn definite(bytes: &[u8]) -> Result<(Zeroizing<Vec<u8>>, usize), Error> {
    let mut reader = Reader::new(bytes);
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len().min(1 << 16)));
    element(&mut reader, &mut out, MAX_DEPTH)?;
    Ok((out, bytes.len() - reader.rest().len()))
}

/// Returns the bytes of an OCTET STRING that is in pieces, or of an implicitly
/// tagged one: the values of the OCTET STRINGs in `content`.
pub fn pieces(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut out = Zeroizing::new(Vec::with_capacity(content.len()));
    join(content, &mut out, MAX_DEPTH)?;
    Ok(out)
}

fn element(
    reader: &mut Reader<'_>,
    out: &mut Zeroizing<Vec<u8>>,
    depth: usize,
) -> Result<(), Error> {
    let depth = depth.checked_sub(1).ok_or(Error::TooDeep)?;
    let tlv = reader.read_tlv_ber()?;
    if tlv.tag == PIECES {
        let mut whole = Zeroizing::new(Vec::with_capacity(tlv.value.len()));
        join(tlv.value, &mut whole, depth)?;
        write(OCTET_STRING, &whole, out);
    } else if tlv.tag & 0x20 != 0 {
        let mut inner = Reader::new(tlv.value);
        let mut content = Zeroizing::new(Vec::with_capacity(tlv.value.len()));
        while !inner.is_empty() {
            element(&mut inner, &mut content, depth)?;
        }
        write(tlv.tag, &content, out);
    } else {
        write(tlv.tag, tlv.value, out);
    }
    Ok(())
}

fn join(content: &[u8], out: &mut Zeroizing<Vec<u8>>, depth: usize) -> Result<(), Error> {
    let depth = depth.checked_sub(1).ok_or(Error::TooDeep)?;
    let mut pieces = Reader::new(content);
    while !pieces.is_empty() {
        let piece = pieces.read_tlv_ber()?;
        match piece.tag {
            OCTET_STRING => out.extend_from_slice(piece.value),
            PIECES => join(piece.value, out, depth)?,
            _ => return Err(Error::BadTag),
        }
    }
    Ok(())
}

/// Writes one element with the shortest length.
fn write(tag: u8, value: &[u8], out: &mut Zeroizing<Vec<u8>>) {
    out.extend(header(tag, value.len()));
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indefinite_becomes_definite() {
        let ber = b"\x30\x80\x02\x01\x03\x24\x80\x04\x02ab\x04\x01c\x00\x00\xa0\x80\x05\x00\x00\x00\x00\x00rest";
        let (der, read) = definite(ber).expect("BER");
        assert_eq!(
            der.as_slice(),
            b"\x30\x0c\x02\x01\x03\x04\x03abc\xa0\x02\x05\x00"
        );
        assert_eq!(&ber[read..], b"rest");
        assert_eq!(
            pieces(b"\x04\x01a\x24\x03\x04\x01b")
                .expect("pieces")
                .as_slice(),
            b"ab"
        );
    }

    #[test]
    fn depth_is_bounded() {
        let bomb = b"\x30\x80".repeat(100_000);
        assert!(definite(&bomb).is_err());
        let definite_bomb: Vec<u8> = (0..200_u32).fold(vec![5, 0], |inner, _| {
            let mut out = vec![0x30, 0x82];
            out.extend_from_slice(&(inner.len() as u16).to_be_bytes());
            out.extend_from_slice(&inner);
            out
        });
        assert!(matches!(definite(&definite_bomb), Err(Error::TooDeep)));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = definite(&bytes);
            let _ = pieces(&bytes);
        }
    }
}
