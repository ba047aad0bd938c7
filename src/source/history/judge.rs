//! A second look at objects in which a rule saw a signing secret, now that their paths are known.
//!
//! The sweep does not know of what file an object is a version, and what is a secret in a file of
//! settings may be an expression in code. So it takes for secrets what may be some, and here they
//! are looked at as files of their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Places, Swept, relative};
use crate::blob::{Base, Blob, LiteralAt, Origin};
use crate::finding::Sighting;
use crate::pattern;
use crate::scanner::{Scanner, is_by_rule};
use crate::source::Harvest;
use crate::source::git::{ObjectId, ObjectKind, Triggers, Visitor};

/// What an object without a path is taken for where a secret is one that can be guessed: code, in
/// which most that look so are expressions.
const AS_CODE: &str = "object.py";
/// From how many objects on a sweep is quicker than reading them one by one, which applies the
/// deltas below each.
const SWEEP_OBJECTS: usize = 128;
/// Objects above this size are not held to be read one by one, in bytes.
const HELD_BYTES: u64 = 8 << 20;

/// Whether the path of a file decides if this is told.
fn is_of_file(sighting: &Sighting) -> bool {
    sighting.origin.members.is_empty() && is_by_rule(sighting)
}

impl Swept<'_> {
    /// Tells of secrets by rules what the rules say at the paths of their objects.
    pub(super) fn judge(&self, places: &Places, harvest: &mut Harvest) {
        let told = self.seen.iter();
        let told = told.filter(|(_, seen)| seen.sightings.iter().any(is_of_file));
        let paths = told.map(|(id, _)| {
            let all = places.get(id).map_or(&[][..], |place| &place.paths);
            let paths = || all.iter().map(|place| relative(&place.path));
            // What documents and tests show is not told there, but where it stands besides.
            let told = paths().find(|path| !pattern::is_shown(path));
            (*id, told.or_else(|| paths().next()))
        });
        let paths: Arc<BTreeMap<ObjectId, Option<PathBuf>>> = Arc::new(paths.collect());
        let judge = Judge {
            git_dir: self.one.git_dir.clone(),
            scanner: self.one.scanner.clone(),
            paths: Arc::clone(&paths),
            seen: BTreeMap::new(),
        };
        let judges = match paths.len() {
            0 => return,
            1..SWEEP_OBJECTS => self.one_by_one(judge),
            // What cannot be read was told by the first sweep.
            _ => self.sweep_some(&judge, &paths.keys().copied().collect()).1,
        };
        let mut judged: BTreeMap<Option<String>, Vec<Sighting>> = BTreeMap::new();
        for (id, mut again) in judges.into_iter().flat_map(|judge| judge.seen) {
            let name = Some(id.to_string());
            let is_known = paths.get(&id).is_some_and(Option::is_some);
            again.retain(|s| is_of_file(s) && (is_known || s.subject.id().is_none()));
            if !is_known && let Some(seen) = self.seen.get(&id) {
                // What nobody can guess is one wherever it stands.
                let strong = |s: &&Sighting| is_of_file(s) && s.subject.id().is_some();
                let mut strong: Vec<Sighting> =
                    seen.sightings.iter().filter(strong).cloned().collect();
                for sighting in &mut strong {
                    sighting.origin.path.clone_from(&self.one.git_dir);
                    sighting.origin.object.clone_from(&name);
                }
                again.append(&mut strong);
            }
            judged.insert(name, again);
        }
        harvest.sightings.retain(|s| {
            !is_of_file(s)
                || s.origin.path != self.one.git_dir
                || !judged.contains_key(&s.origin.object)
        });
        harvest.sightings.extend(judged.into_values().flatten());
    }

    fn one_by_one(&self, mut judge: Judge) -> Vec<Judge> {
        let mut large = BTreeSet::new();
        let swept = judge.clone();
        let mut reader = self.odb.reader_up_to(HELD_BYTES);
        for id in Arc::clone(&judge.paths).keys() {
            if self.one.interrupt.is_set() {
                break;
            }
            match reader.read(id) {
                Ok(object) => judge.look(id, object.kind, Base::default(), object.bytes()),
                Err(_) => drop(large.insert(*id)),
            }
        }
        let mut judges = vec![judge];
        if !large.is_empty() {
            judges.extend(self.sweep_some(&swept, &large).1);
        }
        judges
    }
}

/// Looks at objects as files at their paths.
#[derive(Clone)]
struct Judge {
    git_dir: PathBuf,
    scanner: Scanner,
    /// The first path of each object, if it has one.
    paths: Arc<BTreeMap<ObjectId, Option<PathBuf>>>,
    seen: BTreeMap<ObjectId, Vec<Sighting>>,
}

impl Judge {
    fn look(&mut self, id: &ObjectId, kind: ObjectKind, base: Base, bytes: &[u8]) {
        // Messages have no path.
        if kind != ObjectKind::Blob {
            return;
        }
        let Some(path) = self.paths.get(id) else {
            return;
        };
        let path = path.clone().unwrap_or_else(|| PathBuf::from(AS_CODE));
        let origin = Origin {
            path: self.git_dir.clone(),
            object: Some(id.to_string()),
            ..Origin::default()
        };
        let blob = Blob {
            bytes,
            origin: &origin,
            base,
        };
        let again = self.scanner.scan_again(&blob, path);
        self.seen.entry(*id).or_default().extend(again);
    }
}

impl Triggers for Judge {
    fn window(&self) -> usize {
        self.scanner.window()
    }

    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        self.scanner.seen_in(bytes)
    }

    fn head_len(&self) -> usize {
        self.scanner.head_bytes()
    }

    fn tail_len(&self) -> usize {
        self.scanner.tail_bytes()
    }

    fn by_ends(&mut self, head: &[u8], tail: &[u8], size: u64) -> bool {
        self.scanner.by_ends(head, tail, size)
    }
}

impl Visitor for Judge {
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        _: Option<&[LiteralAt]>,
    ) {
        self.look(id, kind, Base::default(), bytes);
    }

    fn triggered_part(&mut self, id: &ObjectId, kind: ObjectKind, at: u64, bytes: &[u8]) {
        // Lines before the part are not counted: the object was not held.
        let base = Base {
            offset: at,
            lines: 0,
        };
        self.look(id, kind, base, bytes);
    }
}
