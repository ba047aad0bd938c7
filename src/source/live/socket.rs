//! Talks to an agent over its socket, for a bounded time.
//!
//! The other side may be anybody's program: it gets no more than [`PATIENCE`], and may answer no more
//! than [`MAX_BYTES`].

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};

/// How long one agent may take for all of its answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Largest answer, in bytes: OpenSSH's agent has the same limit, and some thousand keys fit.
pub(super) const MAX_BYTES: usize = 256 << 10;

/// A connection to an agent.
pub(super) struct Agent {
    stream: UnixStream,
    until: Instant,
}

impl Agent {
    /// Connects, and waits for nobody: an agent whose queue is full is not asked.
    pub(super) fn connect(path: &Path) -> io::Result<Self> {
        let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(true)?;
        connect(&stream, &SocketAddrUnix::new(path)?)?;
        stream.set_nonblocking(false)?;
        Ok(Self {
            stream,
            until: Instant::now() + PATIENCE,
        })
    }

    /// Sends a request.
    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write_all(request)
    }

    /// Fills the buffer.
    pub(super) fn fill(&mut self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let read = self.some(buffer)?;
            buffer = buffer.get_mut(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads what there is; the end is an error.
    pub(super) fn some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        match self.stream.read(buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(left),
        }
    }
}

/// What an agent said makes no sense.
pub(super) fn nonsense() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the answer is not of the agent protocol",
    )
}
