//! Cursors on bytes written by hand from X.690 and RFC 4251.

use proptest::prelude::*;

use super::der::{self, Reader, Tlv, sequence_before};
use super::writer::{DerWriter, SshWriter};
use super::{Error, big_endian};

#[test]
fn lengths_are_read_in_every_definite_form() {
    let forms: [&[u8]; 5] = [
        &[0x04, 0x01, 7],
        &[0x04, 0x81, 0x01, 7],
        &[0x04, 0x82, 0x00, 0x01, 7],
        &[0x04, 0x83, 0x00, 0x00, 0x01, 7],
        &[0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 7],
    ];
    for whole in forms {
        let tlv = Tlv {
            tag: 0x04,
            value: &[7],
            whole,
        };
        assert_eq!(Reader::new(whole).read_tlv(), Ok(tlv));
        assert_eq!(Reader::new(whole).read_tlv_ber(), Ok(tlv));
    }
}

#[test]
fn malformed_headers_are_refused() {
    let cases: [(&[u8], Error); 8] = [
        (&[], Error::Truncated),
        (&[0x30], Error::Truncated),
        (&[0x30, 0x82, 0x01], Error::Truncated),
        (&[0x30, 0x03, 1, 2], Error::Truncated),
        (&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], Error::Truncated),
        (&[0x30, 0x85, 0, 0, 0, 0, 0], Error::BadLength),
        (&[0x30, 0x80, 0, 0], Error::BadLength),
        (&[0x1F, 0x81, 0x01, 0], Error::BadTag),
    ];
    for (input, error) in cases {
        assert_eq!(Reader::new(input).read_tlv(), Err(error), "{input:02x?}");
    }
}

#[test]
fn indefinite_lengths_end_at_their_own_marker() {
    // [0] { OCTET STRING (constructed) { 04 01 AA } }, then a NULL.
    let input = [
        0xA0, 0x80, 0x24, 0x80, 0x04, 0x01, 0xAA, 0, 0, 0, 0, 0x05, 0x00,
    ];
    let mut reader = Reader::new(&input);
    let tlv = reader.read_tlv_ber().expect("BER");
    assert_eq!(
        (tlv.tag, tlv.value, tlv.whole),
        (0xA0, &input[2..9], &input[..11])
    );
    assert_eq!(reader.rest(), [0x05, 0x00]);
    assert_eq!(
        Reader::new(&input[..10]).read_tlv_ber(),
        Err(Error::Truncated)
    );
    let deep = [0x30, 0x80].repeat(40);
    assert_eq!(Reader::new(&deep).read_tlv_ber(), Err(Error::TooDeep));
    // A primitive element has no indefinite length (X.690 8.1.3.2).
    assert_eq!(
        Reader::new(&[0x04, 0x80, 0, 0]).read_tlv_ber(),
        Err(Error::BadLength)
    );
}

#[test]
fn integers_are_unsigned_and_trimmed() {
    let integer = |bytes: &'static [u8]| Reader::new(bytes).integer();
    assert_eq!(integer(&[2, 1, 0]), Ok(&[][..]));
    assert_eq!(integer(&[2, 2, 0, 0x80]), Ok(&[0x80][..]));
    assert_eq!(integer(&[2, 1, 0x80]), Err(Error::Negative));
    assert_eq!(integer(&[2, 0]), Err(Error::BadValue));
    assert_eq!(integer(&[4, 1, 1]), Err(Error::BadTag));
    assert_eq!(Reader::new(&[2, 3, 1, 0, 1]).small_int(), Ok(65537));
    assert_eq!(
        Reader::new(&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]).small_int(),
        Err(Error::BadValue)
    );
}

#[test]
fn an_element_of_another_tag_is_not_read() {
    let mut reader = Reader::new(&[0x05, 0x00]);
    assert_eq!(reader.optional(der::OID), Ok(None));
    assert_eq!(reader.expect(der::OID), Err(Error::BadTag));
    assert_eq!(reader.expect(der::NULL), Ok(&[][..]));
    assert!(reader.is_empty());
    assert_eq!(Reader::new(&[3, 2, 1, 0x80]).bits(), Err(Error::BadValue));
    assert_eq!(Reader::new(&[3, 2, 0, 0x80]).bits(), Ok(&[0x80][..]));
    assert_eq!(Reader::new(&[6, 0]).oid(), Err(Error::BadValue));
}

#[test]
fn a_sequence_is_found_from_its_content() {
    for len in [0usize, 1, 0x7F, 0x80, 0xFF, 0x100, 0x3005, 0xFFFF, 0x1_0000] {
        let mut der = DerWriter::new();
        der.tlv(der::SEQUENCE, &vec![2; len]);
        let sequence = der.finish();
        let header = sequence.len() - len;
        let blob = [&[0x30, 0x82][..], &sequence, b"tail"].concat();
        let found = sequence_before(&blob, 2 + header);
        assert_eq!(found, Some(2..2 + sequence.len()), "{len:#x}");
        // The length bytes 30 05 are a header of their own once the long one fails.
        let cut = (len == 0x3005).then_some(4..11);
        assert_eq!(
            sequence_before(&blob[..blob.len() - 5], 2 + header),
            cut,
            "{len:#x}"
        );
    }
    assert_eq!(
        sequence_before(&[0x30, 0x82, 0x00, 0x02, 5, 0], 4),
        Some(0..6)
    );
    assert_eq!(
        sequence_before(&[9, 0x30, 0x80, 5, 0, 0, 0, 9], 3),
        Some(1..7)
    );
    assert_eq!(sequence_before(&[0x31, 0x02, 5, 0], 2), None);
    assert_eq!(sequence_before(&[], 7), None);
}

#[test]
fn writers_are_minimal() {
    let mut der = DerWriter::new();
    der.sequence(|der| {
        der.integer(&[0, 0, 0x80])
            .integer(&[])
            .octets(&[1])
            .bits(&[2])
            .oid(&[3])
            .null();
    });
    let expected = [
        0x30, 19, 2, 2, 0, 0x80, 2, 1, 0, 4, 1, 1, 3, 2, 0, 2, 6, 1, 3, 5, 0,
    ];
    assert_eq!(der.finish(), expected);

    // RFC 4251 section 5: the examples of mpint.
    let mut ssh = SshWriter::new();
    ssh.mpint(&[0])
        .mpint(&[0x09, 0xa3, 0x78, 0xf9])
        .mpint(&[0x80])
        .string(b"testing");
    let expected = b"\0\0\0\0\0\0\0\x04\x09\xa3\x78\xf9\0\0\0\x02\0\x80\0\0\0\x07testing";
    assert_eq!(ssh.finish(), expected);
}

#[test]
fn ssh_fields_are_read() {
    let input = b"\0\0\0\x02\0\x80\0\0\0\x01\xFF\0\0\0\x02hi\0\0\0\x09no";
    let mut reader = big_endian::Reader::new(input);
    assert_eq!(reader.mpint(), Ok(&[0x80][..]));
    assert_eq!(reader.mpint(), Err(Error::Negative));
    assert_eq!(reader.string(), Ok(&b"hi"[..]));
    assert_eq!(reader.string(), Err(Error::Truncated));
    assert_eq!(reader.u32(), Ok(9));
    assert_eq!(reader.u8(), Ok(b'n'));
    assert_eq!(reader.take(2), Err(Error::Truncated));
    assert_eq!(reader.rest(), b"o");
}

#[test]
fn fields_of_java_and_openpgp_are_read() {
    let mut reader = big_endian::Reader::new(b"\0\x02ab\0\0\0\x01c\x07\0\x09\x01\xff\0");
    assert_eq!(reader.utf(), Ok(&b"ab"[..]));
    assert_eq!(reader.string(), Ok(&b"c"[..]));
    assert_eq!(reader.u8(), Ok(7));
    assert_eq!(reader.mpi(), Ok(&b"\x01\xff"[..]));
    assert_eq!(reader.u16(), Err(Error::Truncated));
}

proptest! {
    #[test]
    fn what_is_written_is_read(number in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut der = DerWriter::new();
        der.integer(&number);
        let der = der.finish();
        prop_assert_eq!(Reader::new(&der).integer(), Ok(super::trim_zeros(&number)));
        let mut ssh = SshWriter::new();
        ssh.mpint(&number);
        let ssh = ssh.finish();
        prop_assert_eq!(big_endian::Reader::new(&ssh).mpint(), Ok(super::trim_zeros(&number)));
    }

    #[test]
    fn no_input_makes_a_cursor_panic(
        input in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x30), Just(0x80), Just(0x82), Just(0)], 0..80),
        pos in 0usize..90,
    ) {
        if let Some(range) = sequence_before(&input, pos) {
            prop_assert!(range.start < pos && range.end <= input.len());
        }
        let mut reader = Reader::new(&input);
        while let Ok(tlv) = reader.read_tlv_ber() {
            prop_assert!(tlv.whole.len() >= tlv.value.len() + 2);
        }
        let mut reader = big_endian::Reader::new(&input);
        while reader.mpint().is_ok() {}
        prop_assert!(reader.rest().len() <= input.len());
    }
}
