//! Token proof across files: tokens, and suspects for the secrets that signed
//! them, of a whole run.
//!
//! Suspects are what stands where a rule of `patterns/` looks, placeholder or
//! not, and every quoted text and value of a blob that holds a token. A suspect
//! is tried on the tokens of its repository, or, outside of one, on those of
//! folders at most [`LEVELS`] up and down. Where that proves nothing, the files of
//! the same neighbourhood are read once more, for every strong value in them
//! ([`Hoard::near`]).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Scanner;
use super::secrets::TEXT;
use crate::blob::Origin;
use crate::finding::{Manner, Proof, Region, SecretId, Sighting, Subject};
use crate::key::{SecretPool, SignedText};

/// Most suspects that are tried on the tokens of one group.
const MAX_GROUP: usize = 10_000;
/// Most tokens of one group that suspects are tried on.
const MAX_TOKENS: usize = 1_000;
/// Most tokens of a run.
const MAX_HELD: usize = 50_000;
/// Most places of secrets that are reported for one group.
const MAX_PROVEN: usize = 10_000;
/// Most suspects that a second look at neighbourhoods brings.
const MAX_GATHERED: usize = 3 * MAX_GROUP;
/// Most folders that are looked at a second time.
const MAX_NEAR: usize = 64;
/// Folders up and down that a secret may be from its token.
const LEVELS: usize = 2;

/// A place in a blob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) origin: Arc<Origin>,
    pub(super) region: Region,
    pub(super) format: &'static str,
    pub(super) layers: Vec<&'static str>,
    pub(super) usage: Option<&'static str>,
}

/// What a run holds back until all of it was seen.
#[derive(Debug, Default)]
pub(super) struct Hoard {
    pool: SecretPool,
    places: Vec<Spot>,
    /// Tokens by their file, or repository, and signature.
    tokens: BTreeMap<(PathBuf, u64), (Spot, SignedText)>,
    /// Tokens that no suspect verified.
    unproven: Vec<(Spot, SignedText)>,
    /// How many suspects the second look has brought.
    gathered: usize,
    /// Which of the places is the first that it has brought.
    first: usize,
}

/// What a blob, or a file, brings to token proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brings {
    /// Tokens that a secret signed which is not known yet.
    pub tokens: bool,
    /// Suspects for such secrets.
    pub suspects: bool,
}

impl Brings {
    /// Whether it brings anything.
    #[must_use]
    pub fn is_something(self) -> bool {
        self.tokens || self.suspects
    }

    /// Adds what another part of it brings.
    pub fn add(&mut self, other: Self) {
        self.tokens |= other.tokens;
        self.suspects |= other.suspects;
    }
}

/// Says which secrets are tried on which tokens.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Folders of the repositories of the scan.
    roots: Vec<PathBuf>,
}

impl Neighbours {
    /// Knows the repositories of a scan by their git directories.
    #[must_use]
    pub fn new(git_dirs: &[PathBuf]) -> Self {
        Self {
            roots: git_dirs.iter().map(|dir| root(dir)).collect(),
        }
    }

    /// Returns the folder of the repository that a path is in, if it is in one:
    /// nothing outside of that has to do with it.
    #[must_use]
    pub fn repository(&self, path: &Path) -> Option<PathBuf> {
        match self.group(path) {
            Group::Repository(root) => Some(root),
            Group::Folder(_) => None,
        }
    }

    /// Returns folders around a path that is in no repository: what is not in one
    /// of these has nothing to do with it.
    pub fn around(path: &Path) -> impl Iterator<Item = &Path> {
        path.ancestors().skip(1).take(LEVELS + 1)
    }

    /// Returns the innermost repository that a path is in, else its folder.
    fn group(&self, path: &Path) -> Group {
        let within = self.roots.iter().filter(|root| path.starts_with(root));
        match within.max_by_key(|root| root.as_os_str().len()) {
            Some(root) => Group::Repository(root.clone()),
            None => Group::Folder(path.parent().unwrap_or(path).to_path_buf()),
        }
    }
}

/// Secrets that were tried on each other together.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Repository(PathBuf),
    Folder(PathBuf),
}

impl Scanner {
    /// Tries the secrets that were met on the tokens that were met, but for those
    /// in paths that are `settled`: what verifies them is known.
    #[must_use]
    pub fn prove(&self, neighbours: &Neighbours, settled: &dyn Fn(&Path) -> bool) -> Vec<Sighting> {
        self.tables.hoard().prove(neighbours, settled)
    }

    /// Returns the files, or git directories, with tokens that nothing verified.
    #[must_use]
    pub fn unproven(&self) -> BTreeSet<PathBuf> {
        let hoard = self.tables.hoard();
        let places = hoard.unproven.iter().map(|(place, _)| place);
        places.map(|place| place.origin.path.clone()).collect()
    }

    /// Returns the folders in which there may be secrets of tokens that nothing
    /// verified, each with how many levels of folders below it count.
    #[must_use]
    pub fn near(&self, neighbours: &Neighbours) -> Vec<(PathBuf, Option<usize>)> {
        self.tables.hoard().near(neighbours)
    }

    /// Returns a scanner that sees nothing but takes every strong value for a
    /// suspect: for a second look at the folders of [`Scanner::near`].
    #[must_use]
    pub fn gatherer(&self) -> Self {
        Self {
            tables: Arc::clone(&self.tables),
            gathers: true,
        }
    }

    /// Whether it only gathers suspects, so that what it sees in a blob is not
    /// what is in it.
    #[must_use]
    pub fn is_gatherer(&self) -> bool {
        self.gathers
    }

    /// Tries what was gathered on the tokens that nothing verified.
    #[must_use]
    pub fn prove_again(&self, neighbours: &Neighbours) -> Vec<Sighting> {
        self.tables.hoard().prove_again(neighbours)
    }
}

impl Hoard {
    /// Adds a suspect. The same secret again in the same file, or another
    /// version of it, is held once, at the place that sorts first.
    pub(super) fn suspect(&mut self, secret: &[u8], place: &Spot) {
        let scope = (&place.origin.path, &place.origin.members);
        let label = self.places.len();
        match self.pool.add(secret, scope, label) {
            Some(new) if new == label => self.places.push(place.clone()),
            Some(known) => {
                if let Some(held) = self.places.get_mut(known)
                    && place < held
                {
                    held.clone_from(place);
                }
            }
            None => {}
        }
    }

    /// Whether no more suspects are taken for the tokens that are left.
    pub(super) fn is_full(&self) -> bool {
        self.gathered >= MAX_GATHERED
    }

    /// Adds a suspect of the second look at a neighbourhood.
    pub(super) fn gather(&mut self, secret: &[u8], place: &Spot) {
        if !self.is_full() {
            self.gathered += 1;
            self.suspect(secret, place);
        }
    }

    /// Returns the folders in which secrets of unproven tokens may be, each with
    /// how many levels of folders below it count: all of a repository.
    fn near(&mut self, neighbours: &Neighbours) -> Vec<(PathBuf, Option<usize>)> {
        let near = |(place, _): &(Spot, SignedText)| match neighbours.group(&place.origin.path) {
            Group::Repository(root) => (root, None),
            Group::Folder(folder) => {
                let up = folder.ancestors().take(LEVELS + 1).last();
                (up.unwrap_or(&folder).to_path_buf(), Some(2 * LEVELS))
            }
        };
        let all: BTreeSet<_> = self.unproven.iter().map(near).collect();
        self.first = self.places.len();
        all.into_iter().take(MAX_NEAR).collect()
    }

    /// Tries the tokens again that no suspect verified.
    fn prove_again(&mut self, neighbours: &Neighbours) -> Vec<Sighting> {
        for (place, signed) in std::mem::take(&mut self.unproven) {
            self.token(place, signed);
        }
        self.prove(neighbours, &|_| false)
    }

    /// Adds a token. The same again in the same file, or another version of it, is
    /// held once, at the place that sorts first.
    pub(super) fn token(&mut self, place: Spot, signed: SignedText) {
        let key = (place.origin.path.clone(), signed.fingerprint());
        let is_full = self.tokens.len() >= MAX_HELD;
        match self.tokens.entry(key) {
            Entry::Occupied(mut held) if place < held.get().0 => held.get_mut().0 = place,
            Entry::Vacant(free) if !is_full => drop(free.insert((place, signed))),
            Entry::Occupied(_) | Entry::Vacant(_) => {}
        }
    }

    /// Tries the suspects on the tokens that are not `settled`.
    fn prove(&mut self, neighbours: &Neighbours, settled: &dyn Fn(&Path) -> bool) -> Vec<Sighting> {
        let mut groups: BTreeMap<Group, Vec<(Spot, SignedText)>> = BTreeMap::new();
        for ((path, _), token) in std::mem::take(&mut self.tokens) {
            if !settled(&path) {
                let group = neighbours.group(&path);
                groups.entry(group).or_default().push(token);
            }
        }
        let mut sightings = Vec::new();
        for (of, mut tokens) in groups {
            tokens.sort_by(|a, b| a.0.cmp(&b.0));
            tokens.truncate(MAX_TOKENS);
            let left = self.group(&of, tokens, neighbours, &mut sightings);
            self.unproven.extend(left);
        }
        sightings
    }

    fn group(
        &self,
        of: &Group,
        tokens: Vec<(Spot, SignedText)>,
        neighbours: &Neighbours,
        sightings: &mut Vec<Sighting>,
    ) -> Vec<(Spot, SignedText)> {
        let mut near: BTreeMap<&Path, bool> = BTreeMap::new();
        for place in &self.places {
            let path = place.origin.path.as_path();
            near.entry(path)
                .or_insert_with(|| match (of, neighbours.group(path)) {
                    (Group::Folder(a), Group::Folder(b)) => are_near(a, &b),
                    (of, other) => *of == other,
                });
        }
        let is_near = |place: &Spot| near.get(place.origin.path.as_path()) == Some(&true);
        let places = self.places.iter().enumerate();
        // What was there before was tried already.
        let places = places.skip(self.first).filter(|(_, p)| is_near(p));
        let mut chosen: Vec<(usize, &Spot)> = places.collect();
        // Those that a rule points at first, and the same ones whichever worker was first.
        chosen.sort_by_key(|(_, place)| (place.format == TEXT, *place));
        let chosen: Vec<usize> = chosen.into_iter().take(MAX_GROUP).map(|(i, _)| i).collect();
        let (places, signed): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
        let mut proven = self.pool.prove(&signed, &chosen);
        proven.sort_by_key(|p| (self.places.get(p.label), p.token));
        let verified: BTreeSet<usize> = proven.iter().map(|p| p.token).collect();
        proven.truncate(MAX_PROVEN);
        let mut said = BTreeSet::new();
        for one in proven {
            let subject = Subject::Secret(SecretId {
                id: one.id,
                bits: one.bits,
                notorious: false,
                answers: Vec::new(),
            });
            if let Some(place) = self.places.get(one.label)
                && said.insert((false, one.label))
            {
                sightings.push(sighting(subject.clone(), place));
            }
            // A weak secret has nothing by which its places could be joined.
            let is_named = matches!(&subject, Subject::Secret(s) if s.id.is_some());
            if let Some(place) = places.get(one.token)
                && is_named
                && said.insert((true, one.token))
            {
                sightings.push(sighting(subject, place));
            }
        }
        let tokens = places.into_iter().zip(signed).enumerate();
        let left = tokens.filter(|(i, _)| !verified.contains(i));
        left.map(|(_, token)| token).collect()
    }
}

fn sighting(subject: Subject, place: &Spot) -> Sighting {
    Sighting {
        subject,
        origin: (*place.origin).clone(),
        region: place.region,
        manner: Manner {
            format: place.format,
            proof: Proof::Token,
            encrypted: false,
            layers: place.layers.clone(),
            kid: None,
            usage: place.usage,
            opened_with: None,
            token: None,
        },
        comment: None,
        twin: None,
    }
}

/// Returns the folder that a git directory is of.
fn root(git_dir: &Path) -> PathBuf {
    let parent = git_dir
        .parent()
        .filter(|_| git_dir.file_name().is_some_and(|n| n == ".git"));
    parent.unwrap_or(git_dir).to_path_buf()
}

/// Whether one folder is at most [`LEVELS`] up and down from another.
fn are_near(a: &Path, b: &Path) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.components().collect(), b.components().collect());
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    a.len() - common <= LEVELS && b.len() - common <= LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_two_up_and_down_are_near() {
        let near = |a: &str, b: &str| are_near(Path::new(a), Path::new(b));
        assert!(near("p/a/b", "p/c/d") && near("p", "p/a/b") && near("p/a/b", "p"));
        assert!(!near("p", "p/a/b/c") && !near("p/a/b/c", "q"));
    }

    #[test]
    fn the_innermost_repository_counts() {
        let git_dirs = ["x/.git", "x/sub/.git", "bare.git"];
        let neighbours = Neighbours::new(&git_dirs.map(PathBuf::from));
        let group = |path: &str| neighbours.group(Path::new(path));
        assert_eq!(group("x/sub/f"), Group::Repository("x/sub".into()));
        assert_eq!(group("x/.git"), Group::Repository("x".into()));
        assert_eq!(group("bare.git"), Group::Repository("bare.git".into()));
        assert_eq!(group("y/f"), Group::Folder("y".into()));
    }

    #[test]
    fn what_is_near_shares_a_folder_around() {
        let paths = [
            "f",
            "a/f",
            "a/b/f",
            "a/b/c/f",
            "a/b/c/d/f",
            "e/f",
            "e/g/h/f",
        ];
        for (a, b) in paths
            .iter()
            .flat_map(|a| paths.map(|b| (Path::new(*a), Path::new(b))))
        {
            let shared = Neighbours::around(a).any(|f| Neighbours::around(b).any(|g| f == g));
            let near = are_near(a.parent().unwrap(), b.parent().unwrap());
            assert_eq!(shared, near, "{a:?} {b:?}");
        }
    }
}
