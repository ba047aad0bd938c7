//! SSH public keys: blobs, and the lines that hold them.
//!
//! ```text
//! ssh-rsa             string type | mpint e | mpint n                            RFC 4253 6.6
//! ssh-dss             string type | mpint p | mpint q | mpint g | mpint y        RFC 4253 6.6
//! ecdsa-sha2-<curve>  string type | string curve | string point                  RFC 5656 3.1
//! ssh-ed25519 / 448   string type | string key                                   RFC 8709 4
//! …-cert-v01@openssh.com  string type | string nonce | the fields above | …      PROTOCOL.certkeys
//! line                [options|hosts] type base64(blob) [comment]                sshd(8)
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::key::{Curve, Okp, PublicKey, Reject};
use crate::wire::big_endian::Reader;
use crate::wire::writer::SshWriter;

/// How the type of a key with a certificate ends.
const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// Encodes a key as its blob, if SSH has the algorithm.
#[must_use]
pub fn encode(key: &PublicKey) -> Option<Vec<u8>> {
    let mut ssh = SshWriter::new();
    match key {
        PublicKey::Rsa { n, e } => {
            ssh.string(b"ssh-rsa").mpint(e).mpint(n);
        }
        PublicKey::Dsa { p, q, g, y } => {
            ssh.string(b"ssh-dss").mpint(p).mpint(q).mpint(g).mpint(y);
        }
        PublicKey::Ec { curve, x, y } => {
            let name = curve.ssh()?;
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            ssh.string(format!("ecdsa-sha2-{name}").as_bytes())
                .string(name.as_bytes());
            ssh.string(&point);
        }
        PublicKey::Okp { kind, bytes } => {
            let name: &[u8] = match kind {
                Okp::Ed25519 => b"ssh-ed25519",
                Okp::Ed448 => b"ssh-ed448",
                Okp::X25519 | Okp::X448 => return None,
            };
            ssh.string(name).string(bytes);
        }
        PublicKey::Composite { .. }
        | PublicKey::EcExplicit { .. }
        | PublicKey::Dh { .. }
        | PublicKey::Pq { .. } => return None,
    }
    Some(ssh.finish())
}

/// Reads a blob, or the key in a certificate's blob.
pub fn parse(blob: &[u8]) -> Result<PublicKey, Reject> {
    let mut fields = Reader::new(blob);
    let kind = fields.string()?;
    let kind = std::str::from_utf8(kind).map_err(|_| Reject::UnknownAlgorithm)?;
    match kind.strip_suffix(CERTIFICATE) {
        Some(kind) => {
            fields.string()?;
            read_fields(kind, &mut fields)
        }
        None => read_fields(kind, &mut fields),
    }
}

/// Reads the fields that follow the type of a key.
pub fn read_fields(kind: &str, fields: &mut Reader<'_>) -> Result<PublicKey, Reject> {
    match kind {
        "ssh-rsa" => {
            let (e, n) = (fields.mpint()?, fields.mpint()?);
            PublicKey::rsa(n, e)
        }
        "ssh-dss" => {
            let (p, q) = (fields.mpint()?, fields.mpint()?);
            let (g, y) = (fields.mpint()?, fields.mpint()?);
            PublicKey::dsa(p, q, g, y)
        }
        "ssh-ed25519" => PublicKey::okp(Okp::Ed25519, fields.string()?),
        "ssh-ed448" => PublicKey::okp(Okp::Ed448, fields.string()?),
        // Keys on a security key: the private half never leaves it.
        _ if kind.starts_with("sk-") => Err(Reject::Unsupported),
        _ => {
            let name = kind
                .strip_prefix("ecdsa-sha2-")
                .ok_or(Reject::UnknownAlgorithm)?;
            let curve = Curve::from_ssh(name.as_bytes()).ok_or(Reject::UnknownAlgorithm)?;
            if fields.string()? != name.as_bytes() {
                return Err(Reject::Inconsistent);
            }
            PublicKey::ec_point(curve, fields.string()?)
        }
    }
}

/// One key of `authorized_keys`, `known_hosts`, `allowed_signers` or a `.pub` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The key.
    pub public: PublicKey,
    /// What stands before it: options, host names, principals.
    pub before: &'a str,
    /// What stands after it.
    pub comment: &'a str,
}

/// Reads a line. Empty lines and comments are [`Reject::NotThisFormat`].
pub fn parse_line(line: &str) -> Result<Line<'_>, Reject> {
    let line = line.trim();
    if line.starts_with('#') {
        return Err(Reject::NotThisFormat);
    }
    let mut before_end = 0;
    let mut rest = line;
    loop {
        let (word, after) = split_word(rest);
        if word.is_empty() {
            return Err(Reject::NotThisFormat);
        }
        if is_type(word) {
            let (encoded, comment) = split_word(after);
            let blob = STANDARD_NO_PAD
                .decode(encoded.trim_end_matches('='))
                .map_err(|_| Reject::BadValue)?;
            let before = line.get(..before_end).unwrap_or_default().trim_end();
            return Ok(Line {
                public: parse(&blob)?,
                before,
                comment,
            });
        }
        before_end = line.len() - after.len();
        rest = after;
    }
}

/// Whether a word can be the type of a key.
fn is_type(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
        .iter()
        .any(|start| word.starts_with(start))
        && !word.contains([',', '"'])
}

/// Splits off the first word; blanks in double quotes do not end it.
fn split_word(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let mut escaped = false;
    let end = text.find(|character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        character.is_whitespace() && !quoted
    });
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word, rest.trim_start())
}
