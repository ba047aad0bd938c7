//! Keychains of macOS and certificate stores of Windows: certificates whose private key the system
//! holds. The system's own programs list them; nothing is unlocked, exported or signed.
//!
//! ```text
//! security find-identity            1) SHA-1 "name"      certificates that have a private key
//! security find-certificate -a -Z -p                     all certificates, as PEM
//! Cert:\CurrentUser\My, Cert:\LocalMachine\My            those with HasPrivateKey, base64, one a line
//! ```

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use super::{Program, Start};
use crate::identity::x509;
use crate::key::PublicKey;
use crate::source::Interrupt;
use crate::wire::hex;

/// How long a listing may take: PowerShell alone starts in seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most certificates that are told of one store.
const MAX_CERTIFICATES: usize = 10_000;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The stores of Windows that are looked into: the user's own, and the machine's.
pub(super) const STORES: [&str; 2] = ["Cert:\\CurrentUser\\My", "Cert:\\LocalMachine\\My"];

/// A program that lists what the system holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keychain {
    /// `security` of macOS.
    Mac(PathBuf),
    /// `powershell.exe` of Windows.
    Windows(PathBuf),
}

impl Keychain {
    /// Returns the stores that it lists, and what each of them is asked with.
    pub(super) fn stores(&self) -> Vec<PathBuf> {
        match self {
            Self::Mac(program) => vec![program.clone()],
            Self::Windows(_) => STORES.iter().map(PathBuf::from).collect(),
        }
    }

    /// Lists the public halves of the private keys in a store.
    pub(super) fn list(
        &self,
        store: &Path,
        start: &Start,
        interrupt: &Interrupt,
    ) -> io::Result<Vec<PublicKey>> {
        let (Self::Mac(program) | Self::Windows(program)) = self;
        let ask = |words: &[&str]| {
            let arguments: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
            start.ask(&Program {
                program,
                arguments: &arguments,
                patience: PATIENCE,
                interrupt,
            })
        };
        let keys = match self {
            Self::Mac(_) => {
                let identities = ask(&["find-identity"])?;
                let certificates = ask(&["find-certificate", "-a", "-Z", "-p"])?;
                mac(&identities, &certificates)
            }
            Self::Windows(_) => {
                let script = format!(
                    "$ErrorActionPreference='Stop'; Get-ChildItem -LiteralPath '{}' | \
                    Where-Object {{ $_.HasPrivateKey }} | \
                    ForEach-Object {{ [Convert]::ToBase64String($_.RawData) }}",
                    store.display()
                );
                let text = ask(&[
                    "-NoLogo",
                    "-NoProfile",
                    "-NonInteractive",
                    "-Command",
                    &script,
                ])?;
                windows(&text)
            }
        };
        keys.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "what it prints is no listing")
        })
    }
}

/// Joins what `find-identity` and `find-certificate` print, by the SHA-1 of the certificates, which is
/// made here: what stands before a certificate is not believed.
fn mac(identities: &[u8], certificates: &[u8]) -> Option<Vec<PublicKey>> {
    let identities = String::from_utf8_lossy(identities);
    if !identities.contains("identities found") {
        return None;
    }
    let held: BTreeSet<String> = identities.lines().filter_map(identity).collect();
    let certificates = String::from_utf8_lossy(certificates);
    let mut keys = Vec::new();
    for block in certificates.split(BEGIN).skip(1).take(MAX_CERTIFICATES) {
        let (body, _) = block.split_once(END)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        if held.contains(&hex::encode(&Sha1::digest(&der))) {
            keys.extend(x509::parse(&der).ok().map(|found| found.public));
        }
    }
    Some(keys)
}

/// Returns the SHA-1 of a line such as `  1) 0123…CDEF "Apple Development: …"`.
fn identity(line: &str) -> Option<String> {
    let (number, rest) = line.trim_start().split_once(") ")?;
    number.parse::<u32>().ok()?;
    let digest = rest.split(' ').next()?;
    let is_digest = digest.len() == 40 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    is_digest.then(|| digest.to_ascii_lowercase())
}

/// Reads certificates in base64, one a line.
fn windows(text: &[u8]) -> Option<Vec<PublicKey>> {
    let text = std::str::from_utf8(text).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut keys = Vec::new();
    for line in lines.take(MAX_CERTIFICATES) {
        let der = STANDARD.decode(line).ok()?;
        keys.extend(x509::parse(&der).ok().map(|found| found.public));
    }
    Some(keys)
}

#[cfg(test)]
mod tests;
