//! 7-Zip archives (7zFormat.txt of the LZMA SDK).
//!
//! Layout: `37 7a bc af 27 1c`, version, CRC, place and size of the header; packed
//! streams; the header, which is itself packed as a rule. Members lie one behind
//! the other in folders, each a chain of coders over a packed stream. Chains of
//! LZMA, LZMA2, deflate, bzip2, copy, delta and the branch filter of x86 are
//! read; AES is counted as encrypted, and the rest (PPMd, BCJ2 …) as unsupported.

use std::io::{Cursor, Read, SeekFrom};
use std::ops::ControlFlow;

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;
use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::fused::Fused;
use super::{Members, Peek, Positioned, Trouble, array, skip};

/// Memory that reading takes, in bytes: dictionaries (32 MiB at the usual level,
/// 64 MiB at the highest) and the header.
pub const MEMORY_BYTES: u64 = MAX_DICTIONARY_BYTES as u64 + MAX_HEADER_BYTES;
const MAX_DICTIONARY_BYTES: u32 = 48 << 20;
/// Largest header, packed or not, in bytes: 100,000 members with long names.
const MAX_HEADER_BYTES: u64 = 8 << 20;
/// Most members, empty ones as well: their list is held.
const MAX_MEMBERS: usize = 200_000;
/// Most coders in a chain, as in 7-Zip itself.
const MAX_CODERS: u64 = 32;

/// Reads an archive.
pub fn read(input: &mut dyn Positioned, members: &mut dyn Members) -> Result<(), Trouble> {
    read_within(input, MAX_DICTIONARY_BYTES, members)
}

/// Reads an archive whose dictionaries take no more than so many bytes.
pub fn read_within(
    input: &mut dyn Positioned,
    dictionaries: u32,
    members: &mut dyn Members,
) -> Result<(), Trouble> {
    let start: [u8; 32] = array(input)?;
    let field = |at: usize| {
        let bytes = start.get(at..).and_then(|b| b.first_chunk());
        bytes.map_or(0, |b| u64::from_le_bytes(*b))
    };
    let (at, size) = (field(12), field(20));
    if size == 0 {
        return Ok(());
    }
    if size > MAX_HEADER_BYTES {
        return Err(Trouble::TooMuchMemory);
    }
    let at = at.checked_add(32).ok_or(Trouble::Damaged)?;
    input.seek(SeekFrom::Start(at))?;
    let mut header = Vec::new();
    input.take(size).read_to_end(&mut header)?;
    if header.len() as u64 != size {
        return Err(Trouble::Truncated);
    }
    // A header that is packed may hold one that is packed.
    for _ in 0..4 {
        let mut fields = Fields(&header);
        match fields.byte()? {
            0x01 => return Archive::parse(&mut fields)?.read(input, dictionaries, members),
            0x17 => {
                let streams = Streams::parse(&mut fields)?;
                let folder = streams.folders.first().ok_or(Trouble::Damaged)?;
                if folder.size() > MAX_HEADER_BYTES {
                    return Err(Trouble::TooMuchMemory);
                }
                let mut bytes = Vec::new();
                let packed = streams.packed(0).ok_or(Trouble::Damaged)?;
                let mut stream = folder.open(input, packed, dictionaries)?;
                stream.read_to_end(&mut bytes)?;
                drop(stream);
                header = bytes;
            }
            _ => return Err(Trouble::Damaged),
        }
    }
    Err(Trouble::TooDeep)
}

/// A cursor over a header.
struct Fields<'h>(&'h [u8]);

impl<'h> Fields<'h> {
    fn byte(&mut self) -> Result<u8, Trouble> {
        let (byte, rest) = self.0.split_first().ok_or(Trouble::Truncated)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn bytes(&mut self, len: u64) -> Result<&'h [u8], Trouble> {
        let len = usize::try_from(len).map_err(|_| Trouble::Truncated)?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(Trouble::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Reads a number: leading ones of the first byte say how many follow.
    fn number(&mut self) -> Result<u64, Trouble> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let low = self.bytes(u64::from(more))?;
        let low = low.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
        let mask = 0xff_u64.checked_shr(more + 1).unwrap_or(0);
        let high = u64::from(first) & mask;
        Ok(high.checked_shl(8 * more).unwrap_or(0) | low)
    }

    /// Reads the number of things that each take a byte or a bit here.
    fn count(&mut self) -> Result<usize, Trouble> {
        let count = self.number()?;
        // Nothing is taken for what cannot be there.
        match usize::try_from(count) {
            Ok(count) if count <= self.0.len().saturating_mul(8) => Ok(count),
            _ => Err(Trouble::Truncated),
        }
    }

    fn bits(&mut self, count: usize) -> Result<Vec<bool>, Trouble> {
        let bytes = self.bytes(count.div_ceil(8) as u64)?;
        let bit = |i: usize| bytes.get(i / 8).is_some_and(|b| b >> (7 - i % 8) & 1 == 1);
        Ok((0..count).map(bit).collect())
    }

    /// Skips digests of `count` streams; returns which have one.
    fn digests(&mut self, count: usize) -> Result<Vec<bool>, Trouble> {
        let known = match self.byte()? {
            0 => self.bits(count)?,
            _ => vec![true; count],
        };
        self.bytes(4 * known.iter().filter(|k| **k).count() as u64)?;
        Ok(known)
    }
}

/// One way of unpacking.
struct Coder<'h> {
    id: &'h [u8],
    properties: &'h [u8],
    is_simple: bool,
}

/// A chain of coders.
struct Folder<'h> {
    /// In the order in which they unpack.
    coders: Vec<Coder<'h>>,
    /// Size of what each coder makes, as the header lists them.
    sizes: Vec<u64>,
    /// Which of `sizes` is that of each coder in `coders`.
    order: Vec<usize>,
    streams: usize,
    has_digest: bool,
}

impl<'h> Folder<'h> {
    fn parse(fields: &mut Fields<'h>) -> Result<Self, Trouble> {
        let count = fields.number()?;
        if count == 0 || count > MAX_CODERS {
            return Err(Trouble::Damaged);
        }
        let mut coders = Vec::new();
        let (mut inputs, mut outputs) = (0, 0);
        for _ in 0..count {
            let flags = fields.byte()?;
            let id = fields.bytes(u64::from(flags & 15))?;
            let (mut ins, mut outs) = (1, 1);
            if flags & 16 != 0 {
                (ins, outs) = (fields.number()?, fields.number()?);
            }
            if ins > MAX_CODERS || outs > MAX_CODERS {
                return Err(Trouble::Damaged);
            }
            let len = if flags & 32 != 0 { fields.number()? } else { 0 };
            coders.push(Coder {
                id,
                properties: fields.bytes(len)?,
                is_simple: ins == 1 && outs == 1,
            });
            (inputs, outputs) = (inputs + ins, outputs + outs);
        }
        let bound = outputs.saturating_sub(1);
        let pairs: Vec<(u64, u64)> = (0..bound)
            .map(|_| Ok((fields.number()?, fields.number()?)))
            .collect::<Result<_, Trouble>>()?;
        let packed = inputs.saturating_sub(bound);
        if packed > 1 {
            for _ in 0..packed {
                fields.number()?;
            }
        }
        // From the packed stream on: who reads what the last one made.
        let mut order = Vec::new();
        let first = (0..count).find(|i| pairs.iter().all(|(input, _)| input != i));
        let mut next = first.filter(|_| packed == 1);
        while let Some(at) = next.filter(|_| order.len() < coders.len()) {
            order.push(usize::try_from(at).unwrap_or(usize::MAX));
            let reader = pairs.iter().find(|(_, output)| *output == at);
            next = reader.map(|(input, _)| *input);
        }
        Ok(Self {
            coders,
            sizes: vec![0; usize::try_from(outputs).unwrap_or(0)],
            order,
            streams: 1,
            has_digest: false,
        })
    }

    /// Size of what comes out.
    fn size(&self) -> u64 {
        let last = self.order.last().and_then(|at| self.sizes.get(*at));
        last.copied().unwrap_or(0)
    }

    /// Begins to unpack.
    fn open<'r>(
        &self,
        input: &'r mut dyn Positioned,
        (at, len): (u64, u64),
        mut dictionaries: u32,
    ) -> Result<Box<dyn Read + 'r>, Trouble> {
        let is_aes = |coder: &Coder<'_>| coder.id == [0x06, 0xf1, 0x07, 0x01];
        if self.coders.iter().any(is_aes) {
            return Err(Trouble::Encrypted);
        }
        let is_chain = self.order.len() == self.coders.len();
        if !is_chain || !self.coders.iter().all(|c| c.is_simple) {
            return Err(Trouble::Unsupported);
        }
        input.seek(SeekFrom::Start(at))?;
        let mut stream: Box<dyn Read + 'r> = Box::new(Peek::new(input.take(len)));
        for at in &self.order {
            let (Some(coder), Some(size)) = (self.coders.get(*at), self.sizes.get(*at)) else {
                return Err(Trouble::Damaged);
            };
            stream = Box::new(Fused::new(coder.open(stream, *size, &mut dictionaries)?));
        }
        Ok(Box::new(stream.take(self.size())))
    }
}

impl Coder<'_> {
    fn open<'r>(
        &self,
        input: Box<dyn Read + 'r>,
        size: u64,
        dictionaries: &mut u32,
    ) -> Result<Box<dyn Read + 'r>, Trouble> {
        // A window larger than all that comes out serves nobody. Those of one chain
        // are held at once.
        let mut window = |dictionary: u32| {
            let most = u32::try_from(size).unwrap_or(u32::MAX).max(4096);
            let window = dictionary.min(most);
            let left = dictionaries.checked_sub(window);
            *dictionaries = left.ok_or(Trouble::TooMuchMemory)?;
            Ok::<u32, Trouble>(window)
        };
        Ok(match (self.id, self.properties) {
            ([0x00], _) => input,
            ([0x21], [bits]) => {
                let bits = u32::from(*bits);
                if bits >= 40 {
                    return Err(Trouble::TooMuchMemory);
                }
                let window = window((2 | bits & 1) << (bits / 2 + 11))?;
                Box::new(Lzma2Reader::new(input, window, None))
            }
            ([0x03, 0x01, 0x01], [modes, size0, size1, size2, size3]) => {
                let window = window(u32::from_le_bytes([*size0, *size1, *size2, *size3]))?;
                let reader = LzmaReader::new_with_props(input, size, *modes, window, None);
                Box::new(reader?)
            }
            ([0x03], [distance]) => Box::new(DeltaReader::new(input, usize::from(*distance) + 1)),
            ([0x03, 0x03, 0x01, 0x03] | [0x04], _) => Box::new(BcjReader::new_x86(input, 0)),
            ([0x04, 0x01, 0x08], _) => {
                Box::new(flate2::bufread::DeflateDecoder::new(Peek::new(input)))
            }
            ([0x04, 0x02, 0x02], _) => {
                Box::new(bzip2::bufread::MultiBzDecoder::new(Peek::new(input)))
            }
            _ => return Err(Trouble::Unsupported),
        })
    }
}

/// Where packed streams are, and what they unpack to.
#[derive(Default)]
struct Streams<'h> {
    start: u64,
    packed: Vec<u64>,
    folders: Vec<Folder<'h>>,
    /// Size of each member with bytes, in the order of the folders.
    sizes: Vec<u64>,
}

impl<'h> Streams<'h> {
    fn parse(fields: &mut Fields<'h>) -> Result<Self, Trouble> {
        let mut streams = Self::default();
        loop {
            match fields.byte()? {
                0x00 => break,
                0x06 => streams.pack(fields)?,
                0x07 => streams.unpack(fields)?,
                0x08 => streams.substreams(fields)?,
                _ => return Err(Trouble::Damaged),
            }
        }
        if streams.sizes.is_empty() {
            streams.sizes = streams.folders.iter().map(Folder::size).collect();
        }
        Ok(streams)
    }

    fn pack(&mut self, fields: &mut Fields<'h>) -> Result<(), Trouble> {
        self.start = fields.number()?.checked_add(32).ok_or(Trouble::Damaged)?;
        let count = fields.count()?;
        loop {
            match fields.byte()? {
                0x00 => return Ok(()),
                0x09 => {
                    let sizes = (0..count).map(|_| fields.number());
                    self.packed = sizes.collect::<Result<_, _>>()?;
                }
                0x0a => drop(fields.digests(count)?),
                _ => return Err(Trouble::Damaged),
            }
        }
    }

    fn unpack(&mut self, fields: &mut Fields<'h>) -> Result<(), Trouble> {
        if fields.byte()? != 0x0b {
            return Err(Trouble::Damaged);
        }
        let count = fields.count()?;
        if fields.byte()? != 0 {
            return Err(Trouble::Unsupported);
        }
        for _ in 0..count {
            self.folders.push(Folder::parse(fields)?);
        }
        loop {
            match fields.byte()? {
                0x00 => return Ok(()),
                0x0c => {
                    let sizes = self.folders.iter_mut().flat_map(|f| f.sizes.iter_mut());
                    for size in sizes {
                        *size = fields.number()?;
                    }
                }
                0x0a => {
                    let known = fields.digests(count)?;
                    for (folder, known) in self.folders.iter_mut().zip(known) {
                        folder.has_digest = known;
                    }
                }
                _ => return Err(Trouble::Damaged),
            }
        }
    }

    fn substreams(&mut self, fields: &mut Fields<'h>) -> Result<(), Trouble> {
        let mut kind = fields.byte()?;
        if kind == 0x0d {
            for folder in &mut self.folders {
                folder.streams = fields.count()?;
            }
            kind = fields.byte()?;
        }
        // The last of a folder is what is left of it.
        let all = self.folders.iter().map(|f| f.streams);
        if all.fold(0, usize::saturating_add) > MAX_MEMBERS {
            return Err(Trouble::TooMany);
        }
        for folder in &self.folders {
            let mut left = folder.size();
            for _ in 1..folder.streams {
                let size = if kind == 0x09 { fields.number()? } else { 0 };
                self.sizes.push(size);
                left = left.checked_sub(size).ok_or(Trouble::Damaged)?;
            }
            if folder.streams > 0 {
                self.sizes.push(left);
            }
        }
        if kind == 0x09 {
            kind = fields.byte()?;
        }
        while kind != 0x00 {
            if kind != 0x0a {
                return Err(Trouble::Damaged);
            }
            let unknown = self
                .folders
                .iter()
                .filter(|f| f.streams != 1 || !f.has_digest);
            let unknown = unknown.map(|f| f.streams).sum();
            fields.digests(unknown)?;
            kind = fields.byte()?;
        }
        Ok(())
    }

    /// Returns place and size of the packed stream of a folder; each has one.
    fn packed(&self, folder: usize) -> Option<(u64, u64)> {
        let before = self.packed.get(..folder)?;
        let at = before
            .iter()
            .try_fold(self.start, |at, size| at.checked_add(*size));
        Some((at?, *self.packed.get(folder)?))
    }
}

/// An archive's streams, and the names of the members with bytes.
struct Archive<'h> {
    streams: Streams<'h>,
    names: Vec<Vec<u8>>,
}

impl<'h> Archive<'h> {
    fn parse(fields: &mut Fields<'h>) -> Result<Self, Trouble> {
        let (mut streams, mut names) = (Streams::default(), Vec::new());
        loop {
            match fields.byte()? {
                0x00 => return Ok(Self { streams, names }),
                0x02 => loop {
                    if fields.byte()? == 0 {
                        break;
                    }
                    let len = fields.number()?;
                    fields.bytes(len)?;
                },
                0x03 => drop(Streams::parse(fields)?),
                0x04 => streams = Streams::parse(fields)?,
                0x05 => names = files(fields)?,
                _ => return Err(Trouble::Damaged),
            }
        }
    }

    fn read(
        &self,
        input: &mut dyn Positioned,
        dictionaries: u32,
        members: &mut dyn Members,
    ) -> Result<(), Trouble> {
        let mut sizes = self.streams.sizes.iter();
        let mut names = self.names.iter();
        for (at, folder) in self.streams.folders.iter().enumerate() {
            let opened = match self.streams.packed(at) {
                Some(packed) => folder.open(input, packed, dictionaries),
                None => Err(Trouble::Damaged),
            };
            let mut broken = opened.as_ref().err().copied();
            let mut stream = opened.unwrap_or_else(|_| Box::new(Cursor::new([])));
            for (size, name) in sizes.by_ref().zip(names.by_ref()).take(folder.streams) {
                if let Some(why) = broken {
                    members.passed_over(name, why);
                    continue;
                }
                let mut bytes = (&mut stream).take(*size);
                if members.member(name, &mut bytes) == ControlFlow::Break(()) {
                    return Ok(());
                }
                let left = bytes.limit();
                broken = skip(&mut stream, left).err();
            }
        }
        Ok(())
    }
}

/// Reads the list of files: returns the names of those with bytes.
fn files(fields: &mut Fields<'_>) -> Result<Vec<Vec<u8>>, Trouble> {
    let count = fields.count()?;
    if count > MAX_MEMBERS {
        return Err(Trouble::TooMany);
    }
    let (mut names, mut empty) = (Vec::new(), Vec::new());
    loop {
        let kind = fields.byte()?;
        if kind == 0 {
            break;
        }
        let len = fields.number()?;
        let mut field = Fields(fields.bytes(len)?);
        match kind {
            0x0e => empty = field.bits(count)?,
            0x11 if field.byte()? == 0 => {
                let units = field.0.chunks_exact(2);
                let units = units.map(|pair| match pair {
                    [low, high] => u16::from_le_bytes([*low, *high]),
                    _ => 0,
                });
                let units: Vec<u16> = units.collect();
                let text = units.split(|unit| *unit == 0).take(count);
                names = text
                    .map(|name| String::from_utf16_lossy(name).into_bytes())
                    .collect();
            }
            _ => {}
        }
    }
    let is_empty = |at: usize| empty.get(at).copied().unwrap_or(false);
    let with_bytes = (0..count).filter(|at| !is_empty(*at));
    Ok(with_bytes
        .map(|at| names.get_mut(at).map(std::mem::take).unwrap_or_default())
        .collect())
}
