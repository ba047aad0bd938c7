//! Sightings of one key become one finding: where it stands, which entry of the inventory
//! it is, which rule it breaks.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use super::{Error, Options};
use crate::blob::Origin;
use crate::finding::{Finding, Place, Proof, Region, Sighting, Subject};
use crate::format;
use crate::inventory::{Inventory, Match, published};
use crate::pattern;
use crate::policy;

/// What makes sightings one finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// One key, secret or container, wherever it is.
    Subject(Subject),
    /// What one key signed: the key itself is not there.
    SignedBy(Subject),
    /// Nothing to know it by: its place.
    Place(Origin, u64),
    /// A secret without an id, in a file and the versions of it.
    Twin(PathBuf, Vec<String>, &'static str, u64),
}

impl Group {
    pub(super) fn of(sighting: &Sighting) -> Self {
        let nameless = match &sighting.subject {
            Subject::Malformed { .. } => true,
            Subject::Secret(secret) => secret.id.is_none() && secret.answers.is_empty(),
            Subject::Key(_) | Subject::Opaque { .. } => false,
        };
        if matches!(sighting.subject, Subject::Key(_)) && sighting.manner.proof == Proof::Token {
            Self::SignedBy(sighting.subject.clone())
        } else if nameless {
            Self::Place(sighting.origin.clone(), sighting.region.offset)
        } else {
            Self::Subject(sighting.subject.clone())
        }
    }

    /// The group of a sighting whose path is known by now.
    pub(super) fn located(&self, sighting: &Sighting) -> Self {
        match (self, sighting.twin) {
            (Self::Place(origin, _), Some(twin)) => Self::Twin(
                sighting.origin.path.clone(),
                origin.members.clone(),
                sighting.manner.format,
                twin,
            ),
            _ => self.clone(),
        }
    }
}

/// Joins places that are the same to a person: a file, and the versions of it
/// in history that have the key at the same lines.
fn joined(places: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut by_place: BTreeMap<(PathBuf, Vec<String>, Region), Place> = BTreeMap::new();
    for place in places {
        let origin = &place.origin;
        let object = origin.object.clone();
        let nameless = object.filter(|id| place.path.contains(&format!("!{id}")));
        let members = origin.members.iter().cloned().chain(nameless).collect();
        match by_place.entry((origin.path.clone(), members, place.region)) {
            Entry::Vacant(vacant) => {
                vacant.insert(place);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                let time = |p: &Place| p.history.as_ref().and_then(|h| h.first_seen.clone());
                let earlier = match (&known.history, time(known), time(&place)) {
                    (None, ..) => true,
                    (Some(_), Some(a), Some(b)) => b < a,
                    (Some(_), None, Some(_)) => true,
                    _ => false,
                };
                // The first version tells since when it is there, the firmest where it stands now.
                let reach = |p: &Place| p.history.as_ref().map(|h| h.reach);
                let firmest = [reach(known), reach(&place)].into_iter().flatten().min();
                if earlier && place.history.is_some() {
                    known.history.clone_from(&place.history);
                }
                if let (Some(history), Some(reach)) = (&mut known.history, firmest) {
                    history.reach = reach;
                }
                // The file of the work tree stands for all versions.
                if place.origin.object.is_none() {
                    let history = known.history.take();
                    *known = Place { history, ..place };
                }
            }
        }
    }
    let mut places: Vec<Place> = by_place.into_values().collect();
    places.sort();
    places
}

/// Makes a finding of the sightings of one key; of none there is none.
pub(super) fn finding(
    members: Vec<(Subject, Place)>,
    inventory: Option<&Inventory>,
    options: &Options,
) -> Result<Option<Finding>, Error> {
    let strongest = members.iter().min_by_key(|(_, place)| place.manner.proof);
    let Some((subject, place)) = strongest else {
        return Ok(None);
    };
    let (mut subject, manner) = (subject.clone(), place.manner.clone());
    if let Subject::Key(identity) = &mut subject {
        for (other, _) in &members {
            if let Subject::Key(other) = other {
                identity.absorb(other);
            }
        }
    }
    let mut proof = manner.proof;
    let mut matched = match inventory {
        Some(inventory) => matched(&subject, inventory)?,
        None => None,
    };
    let mut places = joined(members.into_iter().map(|(_, place)| place));
    if let (Subject::Secret(_), Some(_)) = (&subject, &matched) {
        proof = Proof::Challenge;
        for place in &mut places {
            place.manner.proof = Proof::Challenge;
        }
    }
    if matched.is_none()
        && matches!(subject, Subject::Opaque { .. })
        && let Some(inventory) = inventory
    {
        matched = hint(&places, inventory)?;
    }
    let can_sign = match &subject {
        Subject::Key(identity) => identity.can_sign,
        _ => true,
    };
    let mut rule = policy::classify(&subject, proof, can_sign, matched.as_ref());
    let mut published = match &subject {
        Subject::Key(identity) if options.published => published::find(identity),
        _ => None,
    };
    for list in options.known_bad.iter() {
        if published.is_none() {
            published = self::matched(&subject, list)?;
        }
    }
    if published.is_some() {
        rule = policy::unless_published(rule);
    }
    let is_test = |place: &Place| place.manner.usage == Some(policy::TESTING);
    if places.iter().all(is_test) {
        rule = policy::if_testing(rule);
    }
    let is_foreign = |place: &Place| pattern::foreign_id(place.manner.format).is_some();
    if places.iter().all(is_foreign) {
        rule = policy::if_foreign(rule);
    }
    let mut told = manner;
    told.proof = proof;
    let name = format::by_id(told.format);
    let name = name.map_or_else(
        || pattern::foreign_id(told.format).unwrap_or_else(|| pattern::title(told.format)),
        |f| f.spec().name,
    );
    let mut message = policy::message(rule, &subject, &told, matched.as_ref(), name);
    if let Some(published) = &published {
        message.push(' ');
        message.push_str(&policy::published(published));
    }
    let subject = without_answers(subject);
    Ok(Some(Finding {
        level: options.overrides.level(rule),
        rule,
        subject,
        matched,
        message,
        places,
    }))
}

/// Returns the entry that a key or secret is.
pub fn matched(subject: &Subject, inventory: &Inventory) -> Result<Option<Match>, Error> {
    Ok(match subject {
        Subject::Key(identity) => inventory.find(identity)?,
        Subject::Secret(secret) => inventory.find_secret(&secret.answers)?,
        Subject::Opaque { .. } | Subject::Malformed { .. } => None,
    })
}

/// Returns the entry that a key id beside an opaque container points at.
fn hint(places: &[Place], inventory: &Inventory) -> Result<Option<Match>, Error> {
    for kid in places.iter().filter_map(|p| p.manner.kid.as_deref()) {
        if let Some(found) = inventory.find_kid(kid)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Challenge answers have served their purpose.
fn without_answers(subject: Subject) -> Subject {
    match subject {
        Subject::Secret(mut secret) => {
            secret.answers.clear();
            Subject::Secret(secret)
        }
        other => other,
    }
}
