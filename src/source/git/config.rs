//! The little of a repository's configuration that decides how its objects are read.
//!
//! The file is hostile: values are only compared, never run, included or followed. `[include]`,
//! aliases, filters, hooks and fsmonitor are nothing but text here. Syntax: git-config(1).

use super::id::HashKind;

/// What we take from a repository's `config`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Config {
    /// `extensions.objectFormat`; nothing when it names a hash we do not know.
    pub(super) hash: Option<HashKind>,
    /// A partial clone: `extensions.partialClone` or a `remote.*.promisor`.
    pub(super) promisor: bool,
}

impl Config {
    /// Reads the text of a `config` file. What cannot be understood is passed over.
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut config = Self {
            hash: Some(HashKind::Sha1),
            promisor: false,
        };
        settings(text, |section, key, value| config.set(section, key, value));
        config
    }

    /// Takes one setting; a key without `=` is true.
    fn set(&mut self, section: &[u8], key: &[u8], value: Option<&[u8]>) {
        let truth = match value {
            None => true,
            Some(value) => matches!(
                value.to_ascii_lowercase().as_slice(),
                b"true" | b"yes" | b"on" | b"1"
            ),
        };
        match (section, key) {
            (b"extensions", b"objectformat") => {
                self.hash = match value.map(<[u8]>::to_ascii_lowercase).as_deref() {
                    Some(b"sha1") => Some(HashKind::Sha1),
                    Some(b"sha256") => Some(HashKind::Sha256),
                    _ => None,
                }
            }
            (b"extensions", b"partialclone") => self.promisor = true,
            (section, b"promisor") if section.starts_with(b"remote ") && truth => {
                self.promisor = true
            }
            _ => {}
        }
    }
}

/// Whether a configuration could name a file of attributes, itself or by including another file.
/// Not a parser: a word in a comment counts.
pub(super) fn names_attributes(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
    has(b"attributesfile") || has(b"include")
}

/// Returns the address of the remote `origin`, as it stands there.
pub(super) fn origin(text: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    settings(text, |section, key, value| {
        if section == b"remote \"origin\"" && key == b"url" {
            found = value.map(<[u8]>::to_vec);
        }
    });
    found
}

/// Calls `take` with each section and key, in lower case, and value; a key without `=` has none.
fn settings(text: &[u8], mut take: impl FnMut(&[u8], &[u8], Option<&[u8]>)) {
    let mut section = Vec::new();
    let mut lines = text.split(|&byte| byte == b'\n');
    while let Some(line) = lines.next() {
        let mut line = line.trim_ascii();
        if let Some(rest) = line.strip_prefix(b"[") {
            let Some(end) = section_end(rest) else {
                continue;
            };
            section = rest
                .get(..end)
                .unwrap_or_default()
                .trim_ascii()
                .to_ascii_lowercase();
            line = rest.get(end + 1..).unwrap_or_default().trim_ascii();
        }
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b";") {
            continue;
        }
        let mut whole = line.to_vec();
        while whole.ends_with(b"\\") {
            whole.pop();
            let Some(more) = lines.next() else { break };
            whole.extend_from_slice(more.trim_ascii_end());
        }
        let mut parts = whole.splitn(2, |&byte| byte == b'=');
        let key = parts
            .next()
            .unwrap_or_default()
            .trim_ascii()
            .to_ascii_lowercase();
        take(&section, &key, parts.next().map(value).as_deref());
    }
}

/// Where the `]` of a section stands; one inside the quotes of a subsection does not count.
fn section_end(text: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// A value without comment, quotes and outer blanks.
fn value(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut quoted = false;
    let mut bytes = raw.trim_ascii().iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'#' | b';' if !quoted => break,
            b'\\' => out.extend(bytes.next()),
            _ => out.push(byte),
        }
    }
    out.trim_ascii_end().to_vec()
}

/// A string in double quotes with the escapes of C, as git writes odd paths; nothing if it is not one.
pub(super) fn unquote_c(text: &[u8]) -> Option<Vec<u8>> {
    let inner = text.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match *bytes.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            first @ b'0'..=b'3' => {
                let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| byte - b'0');
                let (second, third) = (digit(*bytes.next()?)?, digit(*bytes.next()?)?);
                ((first - b'0') << 6) | (second << 3) | third
            }
            other @ (b'"' | b'\\') => other,
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Config, HashKind, origin, unquote_c};

    #[test]
    fn what_decides_how_objects_are_read() {
        let text = b"[core]\n\tbare = true ; comment\n[Extensions] objectFormat = \"sha256\"\n\
            [remote \"a]b\"]\n\turl = x\n\tpromisor\n[include]\n\tpath = /etc/passwd\n";
        let config = Config::parse(text);
        assert_eq!(
            config,
            Config {
                hash: Some(HashKind::Sha256),
                promisor: true
            }
        );
        let plain = Config::parse(b"[core]\nbare = false\n[remote \"o\"]\npromisor = no\n");
        assert_eq!(
            plain,
            Config {
                hash: Some(HashKind::Sha1),
                promisor: false
            }
        );
        assert_eq!(Config::parse(b"[extensions]\nobjectformat=md5").hash, None);
        assert_eq!(
            Config::parse(b"[extensions]\nobjectformat=sha\\\n256").hash,
            Some(HashKind::Sha256)
        );
        assert_eq!(
            Config::parse(b"[unclosed\nobjectformat=md5").hash,
            Some(HashKind::Sha1)
        );
    }

    #[test]
    fn the_address_of_origin() {
        let text =
            b"[remote \"other\"]\nurl = a\n[remote \"origin\"]\n\turl = \"https://h/r\" ; x\n";
        assert_eq!(origin(text).unwrap(), b"https://h/r");
        assert_eq!(origin(b"[remote \"origin\"]\npushurl = x"), None);
    }

    #[test]
    fn quoted_paths() {
        assert_eq!(
            unquote_c(b"\"a\\tb\\303\\244\\\\\"").unwrap(),
            b"a\tb\xc3\xa4\\"
        );
        assert_eq!(unquote_c(b"plain"), None);
        assert_eq!(unquote_c(b"\"a\\\""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[\\[\\]\"\\\\=#; a-z\\n]{0,80}") {
            let _ = Config::parse(text.as_bytes());
            let _ = unquote_c(text.as_bytes());
        }
    }
}
