//! Containers in decoded bytes: base64 of gzip in a manifest, a zip file pasted
//! into a script. What comes out is another view, in the budget of the blob; it
//! has no lines of its own, so keys in it stand where the encoded text stands.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::{Link, Run};
use crate::blob::{Map, View};
use crate::unpack::compressed::{self, Decompressed};
use crate::unpack::{self, Container, Members, Peek, Trouble};
use zeroize::Zeroizing;

/// Memory that a decompressor may take here, in bytes.
const MEMORY_BYTES: u64 = 9 << 20;

/// Memory that dictionaries of 7z may take here, in bytes.
const DICTIONARY_BYTES: u32 = 8 << 20;

/// Bytes that the shortest private key takes when it is packed.
const MIN_BYTES: usize = 64;

impl Run<'_> {
    /// Looks at what a container holds.
    pub(super) fn expand(&mut self, container: Container, bytes: &[u8], link: &Link<'_>) {
        let mut expansion = Expansion {
            run: self,
            link,
            container,
            len: bytes.len(),
        };
        let done = expansion.open(bytes);
        // Samples in documentation break off after a few characters.
        if done.is_err() && bytes.len() >= MIN_BYTES {
            self.budget.give_up();
        }
    }
}

/// A container on its way to views.
struct Expansion<'e, 't, 'l> {
    run: &'e mut Run<'t>,
    link: &'e Link<'l>,
    container: Container,
    len: usize,
}

impl Expansion<'_, '_, '_> {
    fn open(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match self.container {
            Container::SevenZip => {
                let mut input = Cursor::new(bytes);
                unpack::sevenz::read_within(&mut input, DICTIONARY_BYTES, self)
            }
            container if !container.is_streamed() => {
                unpack::read_at(container, &mut Cursor::new(bytes), self)
            }
            container if container.is_compressed() => {
                let need = compressed::appetite(container, bytes);
                if need > MEMORY_BYTES {
                    return Err(Trouble::TooMuchMemory);
                }
                let mut stream = Decompressed::new(container, Peek::new(bytes), need)?;
                self.take(&mut stream)
            }
            container => unpack::read(container, &mut Peek::new(bytes), self),
        }
    }

    /// Makes a view of a stream; when it breaks off, of what came before.
    fn take(&mut self, stream: &mut dyn Read) -> Result<(), Trouble> {
        let room = self.run.budget.unpackable();
        let mut bytes = Zeroizing::new(Vec::new());
        let read = stream.take(room as u64 + 1).read_to_end(&mut bytes);
        let is_short = bytes.len() > room;
        bytes.truncate(room);
        self.run.budget.unpack(bytes.len());
        let view = View {
            bytes,
            span: 0..self.len,
            map: Map::fixed(0),
            layer: self.container.name(),
            armor: None,
        };
        self.run.view(&view, Some(self.link));
        match (is_short, read) {
            (true, _) => Err(Trouble::TooMuch),
            (false, Err(error)) => Err(error.into()),
            (false, Ok(_)) => Ok(()),
        }
    }
}

impl Members for Expansion<'_, '_, '_> {
    fn member(&mut self, _name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()> {
        match self.take(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(Trouble::TooMuch) => {
                self.run.budget.give_up();
                ControlFlow::Break(())
            }
            Err(why) => {
                self.passed_over(b"", why);
                ControlFlow::Continue(())
            }
        }
    }

    fn made(&mut self, bytes: u64) -> ControlFlow<()> {
        let room = self.run.budget.unpackable();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.run.budget.unpack(bytes.min(room));
        match bytes > room {
            true => {
                self.run.budget.give_up();
                ControlFlow::Break(())
            }
            false => ControlFlow::Continue(()),
        }
    }

    fn passed_over(&mut self, _name: &[u8], _why: Trouble) {
        self.run.budget.give_up();
    }
}
