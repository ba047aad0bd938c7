//! BCFKS, the FIPS store of Bouncy Castle.
//!
//! ```text
//! ObjectStore ::= SEQUENCE {
//!     CHOICE { EncryptedObjectStoreData ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING },
//!              ObjectStoreData ::= SEQUENCE { version INTEGER, … } },
//!     integrityCheck CHOICE { PbkdMacIntegrityCheck SEQUENCE { mac, KDF, OCTET STRING },
//!                             [0] SignatureCheck } }
//! ```
//!
//! Specified by Bouncy Castle's `asn1.bc` package alone. The whole content is
//! encrypted, certificates too, with AES-CCM by default, so nothing of it is
//! read: the store is reported as one opaque container.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::Reject;
use crate::key::password::is_pbes2;
use crate::wire::der::{self, Reader};

/// Recogniser of BCFKS stores.
pub(super) struct Bcfks;

/// Smallest encrypted content with a key in it, in bytes.
const MIN_BYTES: usize = 200;

static SPEC: Spec = Spec {
    id: "bcfks",
    name: "Bouncy Castle FIPS key store",
    source: "Bouncy Castle, org.bouncycastle.asn1.bc.ObjectStore",
    about: "Key store of Java applications under FIPS rules; encrypted as a whole.",
    // The OID of PBES2 and the SEQUENCE of its parameters.
    triggers: &[Trigger::binary(
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30",
    )],
};

impl Format for Bcfks {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        // The trigger is in the algorithm, that in the content, that in the store.
        let mut store = *candidate;
        if let Some(at) = candidate.at {
            let around = |at| der::sequence_before(candidate.bytes, at).map(|outer| outer.start);
            let content = around(at).and_then(around).ok_or(Reject::NotThisFormat)?;
            store.at = Some(content);
        }
        let (span, mut store) = structure::sequence(&store)?;
        let mut data = store.sequence().map_err(|_| Reject::NotThisFormat)?;
        let mut scheme = data.sequence().map_err(|_| Reject::NotThisFormat)?;
        if !is_pbes2(scheme.oid().map_err(|_| Reject::NotThisFormat)?) {
            return Err(Reject::NotThisFormat);
        }
        let encrypted = data.octets()?;
        let check = match store.peek() {
            // A MAC by its algorithm, or a signature.
            Some(der::SEQUENCE) => Reader::new(store.expect(der::SEQUENCE)?).peek(),
            tag => tag,
        };
        let checked = check == Some(der::SEQUENCE) || check == Some(der::context(0));
        if !checked || !data.is_empty() {
            return Err(Reject::NotThisFormat);
        }
        if encrypted.len() < MIN_BYTES {
            found.push(Found::new(span, What::Harmless));
            return Ok(());
        }
        // Key derivation and cipher, or nobody can ever open it.
        found.push(match scheme.sequence() {
            Ok(_) => Found::opaque(span, encrypted),
            Err(error) => Found::new(span, What::Malformed(error.into())),
        });
        Ok(())
    }
}
