//! RPM packages, version 3 and 4.
//!
//! Layout (rpm-format): a lead of 96 bytes; the signature header, filled up to
//! eight; the header; the payload, a compressed cpio archive to the end. A header
//! is `8e ad e8 01`, 4 reserved bytes, the number of index entries (16 bytes
//! each) and of data bytes, both big-endian.

use super::{Members, Peek, Trouble, array, skip};

/// Bytes of the lead, of which nothing is needed.
const LEAD_BYTES: u64 = 96;
const HEADER_MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];

/// Reads a package: its payload is a member without a name.
pub(super) fn read(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    skip(input, LEAD_BYTES)?;
    let signature = header(input)?;
    skip(input, (8 - signature % 8) % 8)?;
    header(input)?;
    // The payload is all there is.
    let _ = members.member(b"", input);
    Ok(())
}

/// Skips a header; returns its length.
fn header(input: &mut Peek<'_>) -> Result<u64, Trouble> {
    let intro: [u8; 16] = array(input)?;
    if intro.first_chunk() != Some(&HEADER_MAGIC) {
        return Err(Trouble::Damaged);
    }
    let [.., e0, e1, e2, e3, d0, d1, d2, d3] = intro;
    let entries = u64::from(u32::from_be_bytes([e0, e1, e2, e3]));
    let len = 16 * entries + u64::from(u32::from_be_bytes([d0, d1, d2, d3]));
    skip(input, len)?;
    Ok(16 + len)
}
