//! Dictionaries of streams (ISO 32000-1 sections 7.3.7 and 7.3.8.2).

use memchr::memmem;

/// Bytes before a stream in which its dictionary is looked for; those of attached
/// files have less than 300.
pub(super) const DICTIONARY_BYTES: usize = 2 << 10;

/// What a dictionary says of a stream that is to be looked into.
pub(super) struct Stream<'d> {
    /// Number of the object, if it is read.
    object: Option<&'d [u8]>,
    pub(super) filter: Filter,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Filter {
    None,
    Flate,
    Other,
}

impl<'d> Stream<'d> {
    /// Reads the dictionary that ends here; `None` for pictures and the table of
    /// objects.
    pub(super) fn of(before: &'d [u8]) -> Option<Self> {
        let from = before.len().saturating_sub(DICTIONARY_BYTES);
        let before = before.get(from..)?;
        let (head, dictionary) = before.split_at(memmem::rfind(before, b"obj")?);
        let filter = memmem::find(dictionary, b"/Filter").and_then(|at| dictionary.get(at..));
        let is = |name: &[u8]| memmem::find(dictionary, name).is_some();
        let skipped: [&[u8]; 4] = [
            b"/Subtype /Image",
            b"/Subtype/Image",
            b"/Type /XRef",
            b"/Type/XRef",
        ];
        if skipped.into_iter().any(is) {
            return None;
        }
        // The first filter is undone first; there is mostly one.
        let filter = filter.map_or(Filter::None, |filter| {
            let names = filter.get(b"/Filter".len()..).unwrap_or_default();
            let names = names.trim_ascii_start();
            let names = names.strip_prefix(b"[").unwrap_or(names).trim_ascii_start();
            match names.starts_with(b"/FlateDecode") || names.starts_with(b"/Fl ") {
                true => Filter::Flate,
                false => Filter::Other,
            }
        });
        // "12 0 " stands before `obj`.
        let mut words = head.trim_ascii_end().rsplit(|b| b.is_ascii_whitespace());
        let object = words.nth(1).filter(|word| {
            !word.is_empty() && word.len() <= 10 && word.iter().all(u8::is_ascii_digit)
        });
        Some(Self { object, filter })
    }

    pub(super) fn name(&self, at: u64) -> Vec<u8> {
        match self.object {
            Some(number) => [b"object ", number].concat(),
            None => format!("stream at {at}").into_bytes(),
        }
    }
}
