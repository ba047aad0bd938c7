//! Token proof, when all was seen: secrets of the scan are tried on its tokens, unless an earlier
//! scan has tried them.
//!
//! Place in the flow: behind the sources, before it is told where objects belong. What verifies
//! what depends on nothing but the files and objects that bring tokens or suspects: those of one
//! repository, or of folders near each other. Their names are hashed (ids of objects, fingerprints
//! of files; nothing that is made of a secret), and while they are the same, what came of it is
//! taken from the state. Otherwise what was remembered of the same neighbourhood is read once more,
//! if there is any token in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::{Error, Histories, Options, outermost};
use crate::finding::{NoticeReason, Sighting};
use crate::scanner::{Neighbours, Scanner};
use crate::source::history::Swept;
use crate::source::state::{Engine, Store, Verdict};
use crate::source::{Harvest, Interrupt, Part, Progress, tree};
use crate::wire::hex;

/// Token proof of one scan.
pub(super) struct Join<'a> {
    pub(super) options: &'a Options,
    /// How its trees were walked.
    pub(super) tree: &'a tree::Options,
    pub(super) scanner: &'a Scanner,
    /// Git directories of the scan.
    pub(super) repositories: &'a [PathBuf],
    pub(super) interrupt: &'a Interrupt,
    /// When the scan began.
    pub(super) begun: SystemTime,
    /// Whether the scan before this one came to its end, and looked at the same.
    pub(super) follows: bool,
}

/// Name of the state file that says how the last scan that ended was asked for; empty while one
/// is under way. Until then files are learned that no token was tried on.
const LAST: &str = "proofs-last";

/// Notes that a scan is under way; returns whether the one before ended, and was asked for alike.
pub(super) fn begin(options: &Options, tree: &tree::Options, scanner: &Scanner) -> bool {
    let Some(store) = store_of(options).filter(|_| tree.care.files.is_some()) else {
        return true;
    };
    let engine = Engine(scanner.engine());
    let last = store.read(LAST, engine).ok().flatten();
    let last = last.and_then(|mut book| book.section(*b"conf").ok());
    let follows = last.as_deref() == Some(&asked(options, tree)[..]);
    // Where this cannot be written nothing else can, and that is told.
    follows & store.write(LAST, engine, &[(*b"conf", &[])]).is_ok()
}

/// What limits what is looked at, hashed.
fn asked(options: &Options, tree: &tree::Options) -> [u8; 32] {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let paths: BTreeSet<PathBuf> = options.paths.iter().map(real).collect();
    let about = format!(
        "{paths:?} {:?} {:?} {} {} {:?}",
        options.history, tree.exclude, tree.max_file_size, tree.respect_ignore, tree.care.closed,
    );
    Sha256::digest(about).into()
}

fn store_of(options: &Options) -> Option<&Store> {
    options.state.as_ref().filter(|_| !options.naive)
}

/// What is tried on each other, by the folder of its repository; without one, all folders that are
/// in none.
type Unit = Option<PathBuf>;

/// The parts of a unit.
#[derive(Default)]
struct Parts<'a> {
    files: Vec<Part>,
    databases: Vec<&'a Swept<'a>>,
    /// What is known of them, when they are the same as before.
    known: Option<Verdict>,
    /// Whether all there is to know of them is known.
    is_settled: bool,
    /// Whether all were read, as they are known.
    is_whole: bool,
    /// Digest of their names.
    digest: Option<[u8; 32]>,
}

impl Join<'_> {
    /// Returns what tokens prove. Reads again what that takes.
    pub(super) fn prove(
        &self,
        harvest: &mut Harvest,
        swept: &[Swept<'_>],
    ) -> Result<Vec<Sighting>, Error> {
        let neighbours = Neighbours::new(self.repositories);
        let mut units = units(&neighbours, std::mem::take(&mut harvest.parts), swept);
        for (unit, parts) in &mut units {
            self.recall(unit, parts, harvest);
            if !parts.is_settled && !self.interrupt.is_set() {
                parts.is_whole = self.read(parts, harvest);
            }
        }
        let unit_of = |path: &Path| neighbours.repository(path);
        let settled = |path: &Path| units.get(&unit_of(path)).is_some_and(|p| p.is_settled);
        let mut proven = self.scanner.prove(&neighbours, &settled);
        if self.options.history != Histories::Only {
            let known = |folder: &Path| {
                let parts = units.get(&unit_of(folder));
                parts.is_some_and(|parts| parts.known.is_some())
            };
            self.gather(&neighbours, &known)?;
            proven.extend(self.scanner.prove_again(&neighbours));
        }
        let unproven = self.scanner.unproven();
        let unproven: BTreeSet<Unit> = unproven.iter().map(|path| unit_of(path)).collect();
        for (unit, parts) in &mut units {
            let new = proven.iter().filter(|s| unit_of(&s.origin.path) == *unit);
            let new: Vec<Sighting> = new.cloned().collect();
            let known = parts.known.take().unwrap_or_default().sightings;
            let known: Vec<Sighting> = known.into_iter().filter(|s| !new.contains(s)).collect();
            proven.extend_from_slice(&known);
            if !parts.is_settled {
                let verdict = Verdict {
                    sightings: new.into_iter().chain(known).collect(),
                    unproven: unproven.contains(unit),
                };
                self.keep(unit, parts, &verdict, harvest);
            }
        }
        if let Some(store) = self.store()
            && self.tree.care.files.is_some()
            && !self.interrupt.is_set()
        {
            let asked = asked(self.options, self.tree);
            if let Err(error) = store.write(LAST, self.engine(), &[(*b"conf", &asked)]) {
                let path = Path::new(LAST);
                harvest.skip(NoticeReason::StateUnused, path, error.to_string());
            }
        }
        Ok(proven)
    }

    fn store(&self) -> Option<&Store> {
        store_of(self.options)
    }

    fn engine(&self) -> Engine {
        Engine(self.scanner.engine())
    }

    /// Returns the name of the state file of a unit: of what it is, and of what limits what is
    /// looked at beside its parts.
    fn name(&self, unit: &Unit) -> String {
        let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
        let about = format!(
            "{:?} {}",
            unit.as_ref().map(real),
            hex::encode(&asked(self.options, self.tree))
        );
        let digest = Sha256::digest(about);
        format!(
            "proofs-{}",
            hex::encode(digest.get(..16).unwrap_or_default())
        )
    }

    /// Takes what is known of a unit from the state.
    fn recall(&self, unit: &Unit, parts: &mut Parts<'_>, harvest: &mut Harvest) {
        parts.digest = parts.digest();
        if let (Some(store), Some(digest)) = (self.store(), &parts.digest) {
            match Verdict::load(store, &self.name(unit), self.engine(), digest) {
                Ok(verdict) => parts.known = verdict,
                Err(why) => {
                    let path = unit.as_deref().unwrap_or(Path::new("."));
                    harvest.skip(NoticeReason::StateUnused, path, why.to_string());
                }
            }
        }
        if self.tree.care.files.is_some() && !self.follows {
            // Files may be known by now that were not tried on the tokens that are left.
            parts.known = parts.known.take().filter(|known| !known.unproven);
        }
        // The secret of a token that nothing verified may be in any file, so in any new one.
        let nothing_new = self.options.history == Histories::Only
            || (self.tree.care.files.is_some() && harvest.files == 0);
        let known = parts.known.as_ref();
        parts.is_settled = known.is_some_and(|known| !known.unproven || nothing_new);
    }

    /// Reads the parts of a unit that were remembered; returns whether they are as they were.
    fn read(&self, parts: &Parts<'_>, harvest: &mut Harvest) -> bool {
        let databases = parts.databases.iter();
        let wholes: Vec<bool> = databases.map(|swept| swept.read_parts(harvest)).collect();
        let files: Vec<&Part> = parts.files.iter().filter(|part| !part.is_read).collect();
        let paths: Vec<PathBuf> = files.iter().map(|part| part.path.clone()).collect();
        let options = without_memory(self.tree);
        let progress = Progress::default();
        let read = tree::read(&paths, &options, self.scanner, &progress, self.interrupt);
        // What was seen in them is told already.
        harvest.files += read.files;
        harvest.unchanged = harvest.unchanged.saturating_sub(read.files);
        harvest.bytes += read.bytes;
        let prints = read.parts.iter().map(|part| (&part.path, part.print));
        let prints: BTreeMap<_, _> = prints.collect();
        let is_same = |part: &&Part| prints.get(&part.path) == Some(&part.print);
        wholes.into_iter().all(|whole| whole) && files.iter().all(is_same)
    }

    /// Looks once more where secrets of tokens may be that nothing has verified, for every strong
    /// value. Nothing is read outside the paths of the scan, and no file that an earlier scan looked
    /// at so for the same tokens: their neighbourhood is `known`.
    fn gather(&self, neighbours: &Neighbours, known: &dyn Fn(&Path) -> bool) -> Result<(), Error> {
        let gatherer = self.scanner.gatherer();
        for (folder, levels) in self.scanner.near(neighbours) {
            if self.interrupt.is_set() {
                break;
            }
            let within = |path: &&PathBuf| folder.starts_with(path) || path.starts_with(&folder);
            let paths = self.options.paths.iter().filter(within);
            let roots = paths.map(|path| match path.starts_with(&folder) {
                true => path.clone(),
                false => folder.clone(),
            });
            let care = match known(&folder) {
                true => self.tree.clone(),
                false => without_memory(self.tree),
            };
            let tree = tree::Options {
                reading: tree::Reading::All,
                // Folders, and the files in the last of them.
                max_depth: levels.map(|levels| levels + 1),
                ..care
            };
            let roots = outermost(&roots.collect::<Vec<_>>());
            let progress = Progress::default();
            tree::walk(&roots, &tree, &gatherer, &progress, self.interrupt)?;
        }
        match self.interrupt.is_set() && !self.options.partial {
            true => Err(Error::Interrupted),
            false => Ok(()),
        }
    }

    /// Keeps what came of a unit.
    fn keep(&self, unit: &Unit, parts: &Parts<'_>, verdict: &Verdict, harvest: &mut Harvest) {
        let (Some(store), Some(digest)) = (self.store(), &parts.digest) else {
            return;
        };
        if !parts.is_whole || self.interrupt.is_set() {
            return;
        }
        let name = self.name(unit);
        let kept = verdict.save(store, &name, self.engine(), digest, self.begun);
        if let Err(error) = kept {
            harvest.skip(
                NoticeReason::StateUnused,
                Path::new(&name),
                error.to_string(),
            );
        }
    }
}

/// The same, but every file is read.
fn without_memory(tree: &tree::Options) -> tree::Options {
    let mut tree = tree.clone();
    tree.care.files = None;
    tree
}

/// Puts together what is tried on each other, as far as there are tokens in it.
fn units<'a>(
    neighbours: &Neighbours,
    files: Vec<Part>,
    swept: &'a [Swept<'a>],
) -> BTreeMap<Unit, Parts<'a>> {
    let mut units: BTreeMap<Unit, Parts<'a>> = BTreeMap::new();
    for part in files {
        let unit = neighbours.repository(&part.path);
        units.entry(unit).or_default().files.push(part);
    }
    for database in swept {
        let unit = neighbours.repository(database.git_dir());
        units.entry(unit).or_default().databases.push(database);
    }
    if let Some(folders) = units.get_mut(&None) {
        let with_tokens = folders.files.iter().filter(|part| part.brings.tokens);
        let around = with_tokens.flat_map(|part| Neighbours::around(&part.path));
        let around: BTreeSet<PathBuf> = around.map(Path::to_path_buf).collect();
        let is_near = |part: &Part| Neighbours::around(&part.path).any(|f| around.contains(f));
        folders.files.retain(is_near);
    }
    units.retain(|_, parts| parts.has_tokens());
    units
}

impl Parts<'_> {
    fn has_tokens(&self) -> bool {
        let objects = self.databases.iter().flat_map(|swept| swept.parts());
        self.files.iter().any(|part| part.brings.tokens)
            || objects.into_iter().any(|(_, brings)| brings.tokens)
    }

    /// Returns a digest of all names; nothing if some have none.
    fn digest(&self) -> Option<[u8; 32]> {
        let mut names = Vec::new();
        for part in &self.files {
            names.push(format!(
                "{:?} {:?} {:?}",
                part.path, part.print?, part.brings
            ));
        }
        for swept in &self.databases {
            let objects = swept.parts();
            names.extend(
                objects.map(|(id, brings)| format!("{:?} {id} {brings:?}", swept.git_dir())),
            );
        }
        names.sort_unstable();
        Some(Sha256::digest(names.join("\n")).into())
    }
}
