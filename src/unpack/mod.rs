//! Containers: archives and compressed streams.
//!
//! A container is known by how it begins (or, a zip with data before it, by how
//! it ends), never by its name. It is read as a stream, front to back, and each
//! member is handed to [`Members`] as a stream of its own; nothing is written to
//! disk and no member is held here. Only zip and 7z keep their list at the end, and
//! databases, documents and swap files are no sequence at all: they are read by
//! position where that is possible.
//!
//! Everything a header says is a claim. Lengths bound what is read and never
//! what is allocated; who drives the reading bounds depth, bytes and members
//! (see `source::archive`). What cannot be read is told as a [`Trouble`].

pub mod ar;
pub mod bundle;
pub mod compressed;
pub mod cpio;
mod fused;
pub mod office;
mod pdf;
pub mod peek;
pub mod rpm;
pub mod sevenz;
pub mod sqlite;
pub mod tar;
pub mod vim;
pub mod zip;

use std::io::{self, Read, Seek};
use std::ops::ControlFlow;

pub use peek::Peek;

/// Bytes at the start of a blob that tell what container it is: a tar header.
pub const HEAD_BYTES: usize = tar::BLOCK_BYTES;
/// Bytes at the end of a blob that tell a zip file with data before it.
pub const TAIL_BYTES: usize = zip::END_BYTES;

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 1950.
    Zlib,
    /// RFC 8878.
    Zstd,
    /// The .xz file format 1.2.
    Xz,
    /// bzip2 1.0.
    Bzip2,
    /// LZ4 frames 1.6.
    Lz4,
    /// PKWARE APPNOTE 6.3: also jar, war, apk, whl, nupkg, docx …
    Zip,
    /// POSIX.1-1988 (v7, ustar), pax, GNU.
    Tar,
    /// cpio, `newc` and `odc`.
    Cpio,
    /// Unix archives, Debian packages.
    Ar,
    /// RPM packages, version 3 and 4.
    Rpm,
    /// 7-Zip.
    SevenZip,
    /// gitformat-bundle(5).
    Bundle,
    /// SQLite 3 databases.
    Sqlite,
    /// ISO 32000.
    Pdf,
    /// Swap files of Vim.
    VimSwap,
    /// Undo history of Vim.
    VimUndo,
}

impl Container {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Gzip,
        Self::Zlib,
        Self::Zstd,
        Self::Xz,
        Self::Bzip2,
        Self::Lz4,
        Self::Zip,
        Self::Tar,
        Self::Cpio,
        Self::Ar,
        Self::Rpm,
        Self::SevenZip,
        Self::Bundle,
        Self::Sqlite,
        Self::Pdf,
        Self::VimSwap,
        Self::VimUndo,
    ];

    /// Returns what a blob is that begins so.
    #[must_use]
    pub fn of_head(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17\x72\x45\x38") =>
            {
                Self::Bzip2
            }
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => Self::Zip,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::SevenZip,
            [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..] => Self::Rpm,
            _ if head.starts_with(ar::MAGIC) => Self::Ar,
            _ if cpio::begins(head) => Self::Cpio,
            [b'S', b'Q', b'L', b'i', ..] if sqlite::begins(head) => Self::Sqlite,
            _ if head.starts_with(pdf::MAGIC) => Self::Pdf,
            _ if head.starts_with(vim::SWAP) => Self::VimSwap,
            _ if head.starts_with(vim::UNDO) => Self::VimUndo,
            _ if head.starts_with(bundle::V2) || head.starts_with(bundle::V3) => Self::Bundle,
            // 32 KiB window, header check (RFC 1950 section 2.2), no dictionary.
            [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), third, ..]
                if (0x7800 + u16::from(*flags)) % 31 == 0
                    && third & 6 != 6
                    && compressed::inflates(head) =>
            {
                Self::Zlib
            }
            _ if tar::begins(head) => Self::Tar,
            _ => return None,
        })
    }

    /// Returns what a blob is that begins and ends so.
    #[must_use]
    pub fn of_ends(head: &[u8], tail: &[u8]) -> Option<Self> {
        Self::of_head(head).or_else(|| zip::ends(tail).then_some(Self::Zip))
    }

    /// Returns its name, as layers of findings show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Lz4 => "lz4",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Cpio => "cpio",
            Self::Ar => "ar",
            Self::Rpm => "rpm",
            Self::SevenZip => "7z",
            Self::Bundle => "git-bundle",
            Self::Sqlite => "sqlite",
            Self::Pdf => "pdf",
            Self::VimSwap => "vim-swap",
            Self::VimUndo => "vim-undo",
        }
    }

    /// Whether it is written to be read front to back.
    #[must_use]
    pub fn is_streamed(self) -> bool {
        !matches!(self, Self::Zip | Self::SevenZip) && !self.has_bytes_of_its_own()
    }

    /// Whether it is searched as it stands besides what is read out of it: bytes
    /// that no member has may hold a key.
    #[must_use]
    pub fn has_bytes_of_its_own(self) -> bool {
        matches!(
            self,
            Self::Sqlite | Self::Pdf | Self::VimSwap | Self::VimUndo
        )
    }

    /// Whether it is one compressed stream, without members of its own.
    #[must_use]
    pub fn is_compressed(self) -> bool {
        matches!(
            self,
            Self::Gzip | Self::Zlib | Self::Zstd | Self::Xz | Self::Bzip2 | Self::Lz4
        )
    }
}

/// Why something in a container was not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Bytes that cannot be.
    #[error("damaged")]
    Damaged,
    /// It ends too early.
    #[error("truncated")]
    Truncated,
    /// Containers in containers without end.
    #[error("containers are nested too deeply")]
    TooDeep,
    /// More than is sensible came out of it.
    #[error("expands to too much")]
    TooMuch,
    /// It expands by more than is sensible.
    #[error("expands too much for its size")]
    TooDense,
    /// More members than is sensible.
    #[error("too many members")]
    TooMany,
    /// Reading it would take too much memory.
    #[error("needs too much memory to read")]
    TooMuchMemory,
    /// Encoded or compressed text in a member that was not decoded to its end.
    #[error("encoded data was not decoded to its end")]
    Encoded,
    /// A member that cannot be read without its password.
    #[error("encrypted")]
    Encrypted,
    /// A way of compressing, or a kind, that is not known here.
    #[error("compressed in a way that is not supported")]
    Unsupported,
}

impl Trouble {
    /// Returns what an error of a stream was about.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|e| e.downcast_ref::<Self>());
        match (inner, error.kind()) {
            (Some(trouble), _) => *trouble,
            (None, io::ErrorKind::UnexpectedEof) => Self::Truncated,
            (None, io::ErrorKind::OutOfMemory) => Self::TooMuchMemory,
            _ => Self::Damaged,
        }
    }
}

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> Self {
        Self::other(trouble)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::of(&error)
    }
}

/// A stream that can be read by position.
pub trait Positioned: Read + Seek {}
impl<T: Read + Seek> Positioned for T {}

/// Who is shown the members of a container.
pub trait Members {
    /// Takes a member: its name, as it is written there, and its bytes, which
    /// need not be read to their end. An empty name is that of the container.
    fn member(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()>;

    /// Is told of bytes that were made on the way to members, and are in none.
    fn made(&mut self, bytes: u64) -> ControlFlow<()>;

    /// Is told of a member that cannot be read.
    fn passed_over(&mut self, name: &[u8], why: Trouble);
}

/// Reads a container that is to be read by position.
pub fn read_at(
    container: Container,
    input: &mut dyn Positioned,
    members: &mut dyn Members,
) -> Result<(), Trouble> {
    match container {
        Container::Zip => zip::read(input, members),
        Container::SevenZip => sevenz::read(input, members),
        Container::Sqlite => sqlite::read(input, members),
        Container::Pdf => pdf::read(input, members),
        Container::VimSwap => vim::read_swap(input, members),
        Container::VimUndo => vim::read_undo(input, members),
        _ => Err(Trouble::Unsupported),
    }
}

/// Reads a container that has members and is written front to back.
pub fn read(
    container: Container,
    input: &mut Peek<'_>,
    members: &mut dyn Members,
) -> Result<(), Trouble> {
    match container {
        Container::Zip => zip::read_stream(input, members),
        Container::Tar => tar::read(input, members),
        Container::Cpio => cpio::read(input, members),
        Container::Ar => ar::read(input, members),
        Container::Rpm => rpm::read(input, members),
        Container::Bundle => bundle::read(input, members),
        _ => Err(Trouble::Unsupported),
    }
}

/// Reads as much of `n` bytes as there are.
pub(crate) fn skip(input: &mut dyn Read, n: u64) -> Result<(), Trouble> {
    let skipped = io::copy(&mut input.take(n), &mut io::sink())?;
    match skipped == n {
        true => Ok(()),
        false => Err(Trouble::Truncated),
    }
}

/// Reads exactly `N` bytes.
pub(crate) fn array<const N: usize>(input: &mut dyn Read) -> Result<[u8; N], Trouble> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Longest name of a member that is kept, in bytes: longer than a path may be
/// on any platform (4,096 on Linux, 32,767 on Windows).
pub(crate) const MAX_NAME_BYTES: usize = 64 << 10;

/// Reads a name of `len` bytes.
pub(crate) fn name(input: &mut dyn Read, len: u64) -> Result<Vec<u8>, Trouble> {
    if len > MAX_NAME_BYTES as u64 {
        return Err(Trouble::Damaged);
    }
    let mut name = Vec::new();
    input.take(len).read_to_end(&mut name)?;
    match name.len() as u64 == len {
        true => Ok(name),
        false => Err(Trouble::Truncated),
    }
}
