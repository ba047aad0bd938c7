//! ar archives (static libraries, Debian packages).
//!
//! Layout: `!<arch>\n`, then members: a header of 60 bytes (name 0..16, size
//! 48..58 in decimal text, `` `\n `` at 58), the bytes, one `\n` when their number
//! is odd. Long names: `/N` is an offset in the member `//` (GNU), `#1/N` says
//! that the first N bytes are the name (BSD).

use std::io::Read;
use std::ops::ControlFlow;

use super::{Members, Peek, Trouble, array, name, skip};

/// How an archive begins.
pub(super) const MAGIC: &[u8] = b"!<arch>\n";
/// Most bytes of a table of long names that are kept.
const MAX_NAMES_BYTES: u64 = 1 << 20;

/// Reads an archive.
pub(super) fn read(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    skip(input, MAGIC.len() as u64)?;
    let mut names = Vec::new();
    while !input.peek(1).is_empty() {
        let header: [u8; 60] = array(input)?;
        if header.last_chunk::<2>() != Some(b"`\n") {
            return Err(Trouble::Damaged);
        }
        let size = number(header.get(48..58)).ok_or(Trouble::Damaged)?;
        let stated = header.get(..16).unwrap_or_default().trim_ascii_end();
        let mut left = size;
        let mut named = None;
        if stated == b"//" {
            names.clear();
            (&mut *input)
                .take(size.min(MAX_NAMES_BYTES))
                .read_to_end(&mut names)?;
            left -= names.len() as u64;
        } else if let Some(len) = stated.strip_prefix(b"#1/") {
            let len = number(Some(len)).filter(|len| *len <= size);
            let mut long = name(input, len.ok_or(Trouble::Damaged)?)?;
            left -= long.len() as u64;
            long.truncate(long.iter().position(|b| *b == 0).unwrap_or(long.len()));
            named = Some(long);
        } else if !matches!(stated, b"/" | b"/SYM64/") {
            let long = stated.strip_prefix(b"/").and_then(|at| {
                let at = usize::try_from(number(Some(at))?).ok()?;
                let rest = names.get(at..)?;
                let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                rest.get(..end)
            });
            let short = long.unwrap_or(stated);
            named = Some(short.strip_suffix(b"/").unwrap_or(short).to_vec());
        }
        if let Some(name) = named {
            let mut bytes = (&mut *input).take(left);
            let flow = members.member(&name, &mut bytes);
            left = bytes.limit();
            if flow == ControlFlow::Break(()) {
                return Ok(());
            }
        }
        skip(input, left)?;
        if size % 2 == 1 && !input.peek(1).is_empty() {
            skip(input, 1)?;
        }
    }
    Ok(())
}

/// Reads decimal text.
fn number(field: Option<&[u8]>) -> Option<u64> {
    std::str::from_utf8(field?.trim_ascii()).ok()?.parse().ok()
}
