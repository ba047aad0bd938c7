//! A stream that has failed and is not asked again.
//!
//! Decoders need not stand to be read once they told of an error: one may go round for ever, and what
//! reads them may try a second time, to look ahead or to skip.

use std::io::{self, Read};

use super::Trouble;

/// A stream that fails for good.
pub(super) struct Fused<R> {
    inner: R,
    failed: Option<Trouble>,
}

impl<R> Fused<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            failed: None,
        }
    }
}

impl<R: Read> Read for Fused<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(why) = self.failed {
            return Err(why.into());
        }
        let read = self.inner.read(out);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(Trouble::of(error));
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails once, and would go on for ever.
    struct Once(bool);

    impl Read for Once {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Ok(out.len());
            }
            Err(Trouble::Damaged.into())
        }
    }

    #[test]
    fn what_failed_fails_again() {
        let mut stream = Fused::new(Once(false));
        for _ in 0..3 {
            let error = stream.read(&mut [0; 4]).expect_err("failed");
            assert_eq!(Trouble::of(&error), Trouble::Damaged);
        }
    }
}
