//! git bundles (gitformat-bundle(5)) and the pack in them (gitformat-pack(5)).
//!
//! Layout: `# v2 git bundle\n`, prerequisites and references one a line, an empty
//! line, a pack. A pack is `PACK`, version and number of objects; each object has
//! a kind and size in a variable-length number and a zlib stream, of the object or
//! of a delta to another one before it. The pack is read front to back, so bases
//! are kept, the latest [`KEPT_BYTES`] of them: git writes deltas near their base.
//! Members are blobs, commits and tags under their object ids.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use flate2::bufread::ZlibDecoder;
use sha1::Digest as _;

use super::{Members, Peek, Trouble, array};
use crate::wire::hex;

/// How bundles begin.
pub(super) const V2: &[u8] = b"# v2 git bundle\n";
pub(super) const V3: &[u8] = b"# v3 git bundle\n";
/// Memory for bases of deltas, in bytes: a delta seldom reaches further back
/// than its window of ten objects.
const KEPT_BYTES: usize = 12 << 20;
/// Largest object that is made, in bytes.
const MAX_OBJECT_BYTES: u64 = 4 << 20;
/// Memory that reading takes, in bytes: the bases, an object and its delta.
pub const MEMORY_BYTES: u64 = KEPT_BYTES as u64 + 2 * MAX_OBJECT_BYTES;
/// Longest line of the header, in bytes.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// Kinds of objects in a pack.
const TREE: u8 = 2;
const OFFSET_DELTA: u8 = 6;
const NAMED_DELTA: u8 = 7;

/// Reads a bundle.
pub(super) fn read(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    let mut wide = false;
    loop {
        let mut line = Vec::new();
        input.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(Trouble::Truncated);
        }
        wide |= line == b"@object-format=sha256\n";
        if line == b"\n" {
            break;
        }
    }
    let [p, a, c, k, _, _, _, _, count @ ..]: [u8; 12] = array(input)?;
    if [p, a, c, k] != *b"PACK" {
        return Err(Trouble::Damaged);
    }
    let mut objects = Objects {
        wide,
        ..Objects::default()
    };
    let mut at = 12;
    for _ in 0..u32::from_be_bytes(count) {
        let object = objects.next(input, &mut at)?;
        let flow = match object {
            Ok((kind, _, _)) if kind == TREE => members.made(objects.made),
            Ok((_, id, bytes)) => {
                members.member(hex::encode(&id).as_bytes(), &mut bytes.as_slice())
            }
            Err(why) => {
                members.passed_over(b"", why);
                members.made(objects.made)
            }
        };
        if flow == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

type Object = (u8, Vec<u8>, Rc<Vec<u8>>);

/// Objects that deltas may be based on.
#[derive(Default)]
struct Objects {
    wide: bool,
    by_place: HashMap<u64, Object>,
    by_id: HashMap<Vec<u8>, u64>,
    order: VecDeque<u64>,
    bytes: usize,
    /// Bytes that were made for the latest object.
    made: u64,
}

impl Objects {
    /// Reads the object at `at`, and moves on; inside, why it cannot be had.
    fn next(
        &mut self,
        input: &mut Peek<'_>,
        at: &mut u64,
    ) -> Result<Result<Object, Trouble>, Trouble> {
        let place = *at;
        let [mut byte] = counted(input, at)?;
        let kind = byte >> 4 & 7;
        let (mut size, mut shift) = (u64::from(byte & 15), 4);
        while byte & 0x80 != 0 && shift < 60 {
            [byte] = counted(input, at)?;
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        let base = match kind {
            OFFSET_DELTA => {
                let [mut byte] = counted(input, at)?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    [byte] = counted(input, at)?;
                    back = (back.saturating_add(1).saturating_mul(128)) | u64::from(byte & 0x7f);
                }
                place.checked_sub(back)
            }
            NAMED_DELTA => {
                let mut id = vec![0; if self.wide { 32 } else { 20 }];
                input.read_exact(&mut id)?;
                *at += id.len() as u64;
                self.by_id.get(&id).copied()
            }
            _ => None,
        };
        let mut inflate = ZlibDecoder::new(&mut *input);
        let mut bytes = Vec::new();
        (&mut inflate)
            .take(size.min(MAX_OBJECT_BYTES))
            .read_to_end(&mut bytes)?;
        std::io::copy(&mut inflate, &mut std::io::sink())?;
        *at += inflate.total_in();
        self.made = inflate.total_out();
        if size > MAX_OBJECT_BYTES {
            return Ok(Err(Trouble::TooMuchMemory));
        }
        if bytes.len() as u64 != size {
            return Err(Trouble::Damaged);
        }
        let (kind, bytes) = match kind {
            1..=4 => (kind, bytes),
            OFFSET_DELTA | NAMED_DELTA => {
                // In a thin pack it is in the repository that the bundle is for.
                let Some((kind, _, base)) = base.and_then(|place| self.by_place.get(&place)) else {
                    return Ok(Err(Trouble::Unsupported));
                };
                match apply(base, &bytes) {
                    Some(bytes) => {
                        self.made += bytes.len() as u64;
                        (*kind, bytes)
                    }
                    None => return Ok(Err(Trouble::Damaged)),
                }
            }
            _ => return Err(Trouble::Damaged),
        };
        let object = (kind, self.id(kind, &bytes), Rc::new(bytes));
        self.keep(place, &object);
        Ok(Ok(object))
    }

    fn id(&self, kind: u8, bytes: &[u8]) -> Vec<u8> {
        let name = ["", "commit", "tree", "blob", "tag"];
        let name = name.get(usize::from(kind)).copied().unwrap_or_default();
        let lead = format!("{name} {}\0", bytes.len());
        if self.wide {
            let digest = sha2::Sha256::new().chain_update(lead).chain_update(bytes);
            digest.finalize().to_vec()
        } else {
            let digest = sha1::Sha1::new().chain_update(lead).chain_update(bytes);
            digest.finalize().to_vec()
        }
    }

    fn keep(&mut self, place: u64, object: &Object) {
        self.bytes += object.2.len();
        self.by_id.insert(object.1.clone(), place);
        self.by_place.insert(place, object.clone());
        self.order.push_back(place);
        while self.bytes > KEPT_BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some((_, id, bytes)) = self.by_place.remove(&oldest) {
                self.bytes -= bytes.len();
                self.by_id.remove(&id);
            }
        }
    }
}

fn counted<const N: usize>(input: &mut Peek<'_>, at: &mut u64) -> Result<[u8; N], Trouble> {
    *at += N as u64;
    array(input)
}

/// Applies a delta: sizes of base and result, then copies and insertions.
fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut code = delta.iter();
    let mut size = || {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = *code.next()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
    };
    let (from, to) = (size()?, size()?);
    if from != base.len() as u64 || to > MAX_OBJECT_BYTES {
        return None;
    }
    let mut out = Vec::new();
    while let Some(&op) = code.next() {
        if op & 0x80 == 0 {
            let (bytes, rest) = code.as_slice().split_at_checked(usize::from(op))?;
            if bytes.is_empty() {
                return None;
            }
            out.extend_from_slice(bytes);
            code = rest.iter();
        } else {
            let mut field = |bits: std::ops::Range<u32>| {
                bits.clone().try_fold(0_usize, |value, bit| {
                    let byte = if op >> bit & 1 == 1 { *code.next()? } else { 0 };
                    Some(value | usize::from(byte) << (8 * (bit - bits.start)))
                })
            };
            let (at, len) = (field(0..4)?, field(4..7)?);
            let len = if len == 0 { 0x1_0000 } else { len };
            out.extend_from_slice(base.get(at..)?.get(..len)?);
        }
        if out.len() as u64 > to {
            return None;
        }
    }
    (out.len() as u64 == to).then_some(out)
}
