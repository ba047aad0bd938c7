//! Memory for secrets that are held longer than a blob: pages of their own, which the system is
//! asked never to write to swap, and which are wiped on drop.
//!
//! How much may be locked is the system's to say (`RLIMIT_MEMLOCK`, 8 MiB for a user of Linux); what
//! is beyond that is held all the same. Windows is not asked.

use memmap2::MmapMut;
use zeroize::Zeroize as _;

/// Least size of a chunk, in bytes: many pages, as a lock costs a call.
const CHUNK: usize = 64 << 10;

/// Secrets one behind the other; grows, and never moves what it holds.
#[derive(Default)]
pub(super) struct Locked {
    chunks: Vec<Chunk>,
}

/// Where a secret stands.
#[derive(Clone, Copy)]
pub(super) struct Span {
    chunk: usize,
    start: usize,
    len: usize,
}

struct Chunk {
    memory: Memory,
    used: usize,
}

enum Memory {
    Pages(MmapMut),
    /// The system gave no pages of our own.
    Heap(Vec<u8>),
}

impl Memory {
    fn new(len: usize) -> Self {
        match MmapMut::map_anon(len) {
            Ok(pages) => {
                // Refused where the limit is reached; a secret that may be swapped is better than a proof that
                // is not made.
                #[cfg(unix)]
                let _ = pages.lock();
                #[cfg(target_os = "linux")]
                let _ = pages.advise(memmap2::Advice::DontDump);
                Self::Pages(pages)
            }
            Err(_) => Self::Heap(vec![0; len]),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Pages(pages) => pages,
            Self::Heap(bytes) => bytes,
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Pages(pages) => pages,
            Self::Heap(bytes) => bytes,
        }
    }
}

impl Locked {
    /// Holds a copy of a secret.
    pub(super) fn push(&mut self, secret: &[u8]) -> Span {
        let fits = |chunk: &Chunk| chunk.memory.bytes().len() - chunk.used >= secret.len();
        if !self.chunks.last().is_some_and(fits) {
            let memory = Memory::new(secret.len().max(CHUNK));
            self.chunks.push(Chunk { memory, used: 0 });
        }
        let chunk = self.chunks.len() - 1;
        let mut span = Span {
            chunk,
            start: 0,
            len: 0,
        };
        if let Some(last) = self.chunks.last_mut() {
            span.start = last.used;
            span.len = secret.len();
            last.used += secret.len();
            if let Some(place) = last.memory.bytes_mut().get_mut(span.start..last.used) {
                place.copy_from_slice(secret);
            }
        }
        span
    }

    /// Returns a secret.
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let chunk = self.chunks.get(span.chunk);
        chunk
            .and_then(|chunk| chunk.memory.bytes().get(span.start..span.start + span.len))
            .unwrap_or_default()
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        for chunk in &mut self.chunks {
            let used = chunk.used;
            if let Some(used) = chunk.memory.bytes_mut().get_mut(..used) {
                used.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_as_they_were_given() {
        let mut locked = Locked::default();
        let secrets: Vec<Vec<u8>> = (0_u8..250)
            .map(|n| vec![n; 1 + usize::from(n) * 5])
            .collect();
        let long = vec![7; CHUNK + 1];
        let mut spans: Vec<Span> = secrets.iter().map(|secret| locked.push(secret)).collect();
        spans.push(locked.push(&long));
        spans.push(locked.push(b"last"));
        for (span, secret) in spans.iter().zip(&secrets) {
            assert_eq!(locked.get(*span), secret);
        }
        assert_eq!(locked.get(spans[250]), long);
        assert_eq!(locked.get(spans[251]), b"last");
        assert!(locked.chunks.len() > 3);
    }

    /// The kernel's own account of it.
    #[cfg(target_os = "linux")]
    #[test]
    fn secrets_are_locked_in_memory() {
        use rustix::process::{Resource, getrlimit};
        let limit = getrlimit(Resource::Memlock).current;
        if limit.is_some_and(|bytes| bytes < 2 * CHUNK as u64) {
            return;
        }
        let mut locked = Locked::default();
        locked.push(b"a secret of a pool");
        let start = locked.chunks[0].memory.bytes().as_ptr() as usize;
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("maps");
        let mut lines = maps.lines();
        let covers = |line: &&str| {
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'));
            let range =
                range.map(|(a, b)| (usize::from_str_radix(a, 16), usize::from_str_radix(b, 16)));
            matches!(range, Some((Ok(a), Ok(b))) if (a..b).contains(&start))
        };
        lines.find(covers).expect("its mapping");
        let flags = lines
            .find_map(|line| line.strip_prefix("VmFlags:"))
            .expect("flags");
        let has = |flag| flags.split(' ').any(|word| word == flag);
        assert!(has("lo") && has("dd"), "{flags}");
    }
}
