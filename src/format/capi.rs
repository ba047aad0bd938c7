//! `PRIVATEKEYBLOB` of the Windows CryptoAPI: strong-name keys (`.snk`), blobs
//! in configuration.
//!
//! The layout stands in `microsoft.rs`. A blob is found by the magic behind its
//! header, at any offset; public blobs have another magic.

use super::microsoft::{HEADER, private_blob};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::Reject;

/// Reader of CryptoAPI blobs.
pub(super) struct Capi;

static SPEC: Spec = Spec {
    id: "capi",
    name: "CryptoAPI private key blob",
    source: "Windows SDK, Base Provider Key BLOBs",
    about: "Strong-name keys of .NET assemblies (`sn -k`), exported key containers, `CspBlob` settings.",
    // The magic and the low byte of the size, a multiple of 8.
    triggers: &[
        Trigger::plain(b"RSA2\x00"),
        Trigger::plain(b"DSS2\x00"),
        Trigger::encoded_head(b"\x07\x02\x00\x00\x00\x24\x00\x00RSA2"),
        Trigger::encoded_head(b"\x07\x02\x00\x00\x00\xa4\x00\x00RSA2"),
    ],
};

impl Format for Capi {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = match candidate.at {
            Some(at) => at.checked_sub(HEADER).ok_or(Reject::NotThisFormat)?,
            None => 0,
        };
        let (key, len) = private_blob(candidate.bytes.get(start..).unwrap_or_default())?;
        found.push(Found::key(start..start + len, key));
        Ok(())
    }
}
