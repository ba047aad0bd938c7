//! What was seen in a blob: from what a format read to the sightings of the blob.
//!
//! Here the private half ends: [`Run::take`] checks the maths of what was read and keeps what
//! is public, [`sightings`] joins readings of one place and says in which line it is.

use std::collections::{BTreeSet, VecDeque};

use super::Run;
use super::comment;
use super::head::kid_of_name;
use super::link::Link;
use super::locate::Locator;
use super::secrets::secret_subject;
use crate::blob::{Blob, Map, Span, View};
use crate::finding::{Manner, Proof, Sighting, Subject};
use crate::format::{self, Found, What};
use crate::identity::Identity;
use crate::key::{Key, Reject};
use crate::pattern;

/// Readings of one place that are compared with each other.
const MAX_READINGS: usize = 8;

/// Returns sightings of what was seen, in the order of their places.
pub(super) fn sightings(mut seen: Vec<Seen>, blob: &Blob<'_>) -> Vec<Sighting> {
    seen.sort_by(|a, b| {
        (a.span.start, a.span.end, a.rank()).cmp(&(b.span.start, b.span.end, b.rank()))
    });
    unless_read(&mut seen);
    let mut locator = Locator::new(blob.bytes, blob.base);
    let mut sightings = Vec::new();
    let mut kept: VecDeque<(Span, Subject)> = VecDeque::with_capacity(MAX_READINGS);
    for item in seen {
        // Several decodings of one place may show the same key; and what
        // is malformed in one reading is no news where a key was read.
        let again = kept.iter().any(|(span, subject)| {
            let overlaps = span.start < item.span.end && item.span.start < span.end;
            overlaps && (*subject == item.subject || item.manner.proof >= Proof::Hint)
        });
        if again {
            continue;
        }
        if kept.len() == MAX_READINGS {
            kept.pop_front();
        }
        kept.push_back((item.span.clone(), item.subject.clone()));
        let mut manner = item.manner;
        if manner.kid.is_none() && matches!(item.subject, Subject::Key(_)) {
            manner.kid = kid_of_name(blob.origin);
        }
        let region = locator.region(&item.span);
        let id = item.subject.allow_id(manner.proof);
        sightings.push(Sighting {
            comment: comment::beside(blob.bytes, &item.span, region.line, id),
            subject: item.subject,
            origin: blob.origin.clone(),
            region,
            manner,
            twin: item.twin,
        });
    }
    sightings
}

/// Whether a rule of this program alone says that it is a secret: that depends on the path.
#[must_use]
pub fn is_by_rule(sighting: &Sighting) -> bool {
    let format = sighting.manner.format;
    matches!(sighting.subject, Subject::Secret(_))
        && sighting.manner.proof == Proof::Context
        && format::by_id(format).is_none()
        // Rules of others say themselves where they do not look.
        && pattern::foreign_id(format).is_none()
}

/// Leaves out what a rule takes for a secret where a format has read a key. What was seen is
/// sorted by its place.
fn unless_read(seen: &mut Vec<Seen>) {
    let by_rule = |s: &Seen| {
        matches!(s.subject, Subject::Secret(_)) && format::by_id(s.manner.format).is_none()
    };
    let read = seen
        .iter()
        .filter(|s| !by_rule(s) && s.manner.proof != Proof::Shape);
    // Of each where it begins, and the last end of those up to it.
    let mut last = 0;
    let read: Vec<(usize, usize)> = read
        .map(|s| {
            last = last.max(s.span.end);
            (s.span.start, last)
        })
        .collect();
    seen.retain(|s| {
        let by_context = by_rule(s) && s.manner.proof == Proof::Context;
        let before = read.partition_point(|(start, _)| *start < s.span.end);
        let end = before.checked_sub(1).and_then(|i| read.get(i));
        !by_context || end.is_none_or(|(_, end)| *end <= s.span.start)
    });
}

/// Something seen, before lines are known.
pub(super) struct Seen {
    pub(super) span: Span,
    pub(super) subject: Subject,
    pub(super) manner: Manner,
    /// See [`Sighting::twin`].
    pub(super) twin: Option<u64>,
}

impl Seen {
    /// Keys before what does not parse, outer readings before inner ones.
    fn rank(&self) -> (Proof, usize) {
        (self.manner.proof, self.manner.layers.len())
    }
}

/// Identities that are remembered of one blob.
const MAX_KNOWN: usize = 1024;

/// The identities of the keys of a blob: a hundred thousand copies of a key take the room of one.
#[derive(Default)]
pub(super) struct Known(BTreeSet<Identity>);

impl Known {
    /// Returns the identity that is known already if it is the same in all.
    fn share(&mut self, identity: Identity) -> Identity {
        if let Some(known) = self.0.get(&identity) {
            return match known.ids == identity.ids {
                true => known.clone(),
                false => identity,
            };
        }
        if self.0.len() < MAX_KNOWN {
            self.0.insert(identity.clone());
        }
        identity
    }
}

impl Run<'_> {
    pub(super) fn malformed(
        &mut self,
        format: &'static str,
        span: Span,
        reject: Reject,
        link: Option<&Link<'_>>,
    ) {
        let found = Found::new(span, What::Malformed(reject));
        self.take(format, found, link);
    }

    /// Checks the maths of what a format read and keeps what is public.
    pub(super) fn take(&mut self, format: &'static str, found: Found, link: Option<&Link<'_>>) {
        let (subject, proof, encrypted) = match found.what {
            What::Harmless => return,
            What::Opened { bytes, sha256 } => {
                let view = View {
                    map: Map::fixed(found.span.start),
                    span: found.span.clone(),
                    bytes,
                    layer: format,
                    armor: None,
                };
                let before = self.seen.len();
                self.linked(&view, Some((format, found.opened_with)), link);
                let inner = self.seen.get_mut(before..).unwrap_or_default();
                if !inner.is_empty() {
                    for seen in inner {
                        seen.manner.kid = seen.manner.kid.take().or_else(|| found.kid.clone());
                        seen.manner.usage = seen.manner.usage.or(found.usage);
                    }
                    return;
                }
                (Subject::Opaque { sha256 }, Proof::Opaque, true)
            }
            What::Key(Key::Symmetric(secret)) => {
                let subject = secret_subject(&self.tables.plan, &secret);
                (subject, Proof::Context, false)
            }
            What::Key(key) => match key.check() {
                Ok(public) => {
                    self.tables.prove(&key, &public);
                    let mut identity = Identity::of(&public);
                    if let Key::Ec(ec) = &key {
                        if let Some(parameters) = ec.spelled_out() {
                            identity = identity.with_parameters(&public, &parameters);
                        }
                        for (path, account) in ec.accounts() {
                            identity = identity.with_further(path, &account);
                        }
                    }
                    if let Key::Rsa(rsa) = &key
                        && let Some(hash) = rsa.pkcs8_sha1(&public)
                    {
                        identity = identity.with_pkcs8_sha1(&hash);
                    }
                    (Subject::Key(identity), Proof::Private, false)
                }
                Err(reject) => {
                    let claimed = key
                        .claimed()
                        .map(|public| Subject::Key(Identity::of(&public)));
                    let subject = claimed.unwrap_or_else(|| malformed(reject));
                    (subject, Proof::Shape, false)
                }
            },
            What::Damaged(public) => (Subject::Key(Identity::of(&public)), Proof::Hint, false),
            What::Sealed(public) => (Subject::Key(Identity::of(&public)), Proof::Sealed, true),
            What::Opaque { sha256 } => (Subject::Opaque { sha256 }, Proof::Opaque, true),
            What::Malformed(reject) => (malformed(reject), Proof::Shape, false),
        };
        let subject = match subject {
            Subject::Key(identity) => Subject::Key(self.known.share(identity)),
            other => other,
        };
        let span = link.map_or(found.span.clone(), |link| link.root_span(&found.span));
        // A key from a container that was opened is reported as the container's.
        let container = link.and_then(Link::opened);
        let opened_with = found
            .opened_with
            .or_else(|| container.and_then(|(_, with)| with));
        self.seen.push(Seen {
            span,
            subject,
            manner: Manner {
                format: container.map_or(format, |(format, _)| format),
                proof,
                encrypted: encrypted || opened_with.is_some(),
                layers: link.map(Link::layers).unwrap_or_default(),
                kid: found.kid,
                usage: found.usage,
                opened_with,
                token: None,
            },
            twin: None,
        });
    }
}

fn malformed(reject: Reject) -> Subject {
    Subject::Malformed {
        reason: reject.to_string(),
    }
}
