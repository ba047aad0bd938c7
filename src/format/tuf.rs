//! Keys of TUF and in-toto, as securesystemslib wrote them.
//!
//! ```text
//! {"keytype":"ed25519","scheme":"ed25519","keyval":{"public":hex,"private":hex}}
//! ```
//!
//! Keys of other types hold PEM, which is found by itself.

use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::members;

/// Reader of securesystemslib keys.
pub(super) struct Tuf;

/// Without the closing quote, which is another character where it is escaped.
const NAME: &[u8] = b"\"keyval";
/// How far the members of a key's value reach.
const MAX_BYTES: usize = 1024;

static SPEC: Spec = Spec {
    id: "tuf",
    name: "TUF or in-toto Ed25519 key",
    source: "TUF specification section 4.2, securesystemslib",
    about: "Role keys of update frameworks and supply-chain layouts, in JSON.",
    triggers: &[Trigger::text(NAME)],
};

impl Format for Tuf {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let from = at + NAME.len();
        let rest = candidate.bytes.get(from..).unwrap_or_default();
        let brace = rest.iter().take(16).position(|&b| b == b'{');
        let start = from + brace.ok_or(Reject::NotThisFormat)?;
        let (members, span) = members::object(candidate.bytes, start, MAX_BYTES);
        let number = |name: &[u8]| {
            let member = members.iter().find(|member| member.name == name)?;
            super::hex_bytes(member.value).filter(|number| number.len() == 32)
        };
        let seed = number(b"private").ok_or(Reject::NotThisFormat)?;
        let public = number(b"public");
        let public = public.as_deref().map(Vec::as_slice);
        let key = OkpKey::from_seed(Okp::Ed25519, &seed, public);
        found.push(Found::key(at..span.end, Key::Okp(key)));
        Ok(())
    }
}
