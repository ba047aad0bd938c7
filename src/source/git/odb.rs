//! The object database: every directory, pack and loose object that belongs to a repository, and
//! the look-up of a single object by its name.
//!
//! Alternates are followed as git follows them, with bounds: `objects/info/alternates` names
//! further object directories, one a line, `#` for comments, relative to the directory that names
//! them. A multi-pack-index is not needed, since the single indexes stand beside it.

use super::id::{HashKind, ObjectId};
use super::index::Index;
use super::inflate::Buffer;
use super::loose;
use super::object::{Object, ObjectKind};
use super::pack::{Hands, Pack};
use super::skip::{Skip, SkipReason};
use super::{delta::Delta, entry::Form};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// How deep alternates may name alternates; git stops at 5 as well.
const MAX_ALTERNATE_DEPTH: usize = 5;

/// How many object directories we open for one repository; more is nobody's real set-up.
const MAX_DIRECTORIES: usize = 256;

/// Longest `info/alternates` we read, in bytes.
const MAX_ALTERNATES_BYTES: u64 = 1024 * 1024;

/// Longest chain of deltas followed to read one object; git writes 50, and 4,095 at the very most.
/// Several packs may each add theirs. The bound also ends circles.
const MAX_CHAIN: usize = 3 * 4095;

/// Largest object held in memory, in bytes. Plain entries above it are streamed.
pub const MAX_OBJECT_BYTES: u64 = 512 * 1024 * 1024;

/// All object directories of a repository, open.
#[derive(Debug)]
pub struct Odb {
    /// Which ids it holds.
    kind: HashKind,
    /// The object directories; the repository's own comes first.
    directories: Vec<PathBuf>,
    /// The packs of all of them.
    packs: Vec<Pack>,
    /// For each pack, the number of its directory.
    homes: Vec<usize>,
    /// What could not be opened.
    skips: Vec<Skip>,
    /// Whether a pack came from a partial clone, so that objects may be missing by design.
    promisor: bool,
}

impl Odb {
    /// Opens an object directory and its alternates; `further` are alternates given by hand
    /// (`GIT_ALTERNATE_OBJECT_DIRECTORIES`).
    ///
    /// It always opens: what cannot be read is in [`Odb::skips`].
    pub fn open(objects: &Path, further: &[PathBuf], kind: HashKind) -> Self {
        let mut odb = Self {
            kind,
            directories: Vec::new(),
            packs: Vec::new(),
            homes: Vec::new(),
            skips: Vec::new(),
            promisor: false,
        };
        odb.collect_directories(objects, further);
        let mut without_index = Vec::new();
        for home in 0..odb.directories.len() {
            odb.open_packs(home, &mut without_index);
        }
        for (home, path) in without_index {
            odb.index_pack(home, &path);
        }
        odb
    }

    /// Which ids it holds.
    pub const fn hash_kind(&self) -> HashKind {
        self.kind
    }

    /// The object directories; the repository's own comes first.
    pub fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// What could not be opened.
    pub fn skips(&self) -> &[Skip] {
        &self.skips
    }

    /// Whether objects may be missing by design (partial clone).
    pub const fn is_promisor(&self) -> bool {
        self.promisor
    }

    /// The packs.
    pub(super) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The number of a pack's directory.
    pub(super) fn home(&self, pack: usize) -> usize {
        self.homes.get(pack).copied().unwrap_or(0)
    }

    /// In how many packs and directories an object stands.
    pub(super) fn copies(&self, id: &ObjectId) -> usize {
        let packed = self
            .packs
            .iter()
            .filter(|pack| pack.index.find(id).is_some())
            .count();
        packed
            + self
                .directories
                .iter()
                .filter(|directory| loose::path(directory, id).exists())
                .count()
    }

    /// Whether it has an object.
    #[must_use]
    pub fn holds(&self, id: &ObjectId) -> bool {
        self.copies(id) > 0
    }

    /// The files of the packs and their checksums; those without an index have none.
    pub fn pack_checksums(&self) -> impl Iterator<Item = (&Path, Option<ObjectId>)> {
        let packs = self.packs.iter();
        packs.map(|pack| (pack.path.as_path(), pack.index.pack_checksum()))
    }

    /// The checksums of packs that have an object.
    pub fn packs_with(&self, id: &ObjectId) -> impl Iterator<Item = ObjectId> {
        let packs = self
            .packs
            .iter()
            .filter(|pack| pack.index.find(id).is_some());
        packs.filter_map(|pack| pack.index.pack_checksum())
    }

    /// Ids of all objects of some packs, sorted, each once, one behind the other.
    #[must_use]
    pub fn packed_ids(&self, chosen: &BTreeSet<ObjectId>) -> Vec<u8> {
        let is_chosen = |pack: &&Pack| {
            let checksum = pack.index.pack_checksum();
            checksum.is_some_and(|checksum| chosen.contains(&checksum))
        };
        let packs: Vec<&Pack> = self.packs.iter().filter(is_chosen).collect();
        if let [only] = packs.as_slice() {
            return only.index.ids().to_vec();
        }
        let ids = packs.iter().map(|pack| pack.index.ids());
        let mut all: Vec<&[u8]> = ids
            .flat_map(|ids| ids.chunks_exact(self.kind.id_len()))
            .collect();
        all.sort_unstable();
        all.dedup();
        all.concat()
    }

    /// Ids of all loose objects.
    #[must_use]
    pub fn loose_ids(&self) -> BTreeSet<ObjectId> {
        let directories = self.directories.iter();
        directories
            .flat_map(|directory| loose::list(directory, self.kind).0)
            .collect()
    }

    /// A reader for one thread.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            odb: self,
            hands: Hands::new(),
            limit: MAX_OBJECT_BYTES,
        }
    }

    /// A reader for one thread that refuses objects above `limit` bytes.
    pub fn reader_up_to(&self, limit: u64) -> Reader<'_> {
        Reader {
            limit,
            ..self.reader()
        }
    }

    /// Reads one object. For many, keep a [`Reader`].
    ///
    /// # Errors
    /// When no copy of the object can be read: the reason of the last copy.
    pub fn read(&self, id: &ObjectId) -> Result<Object, SkipReason> {
        self.reader().read(id)
    }

    /// Follows alternates, breadth first.
    fn collect_directories(&mut self, objects: &Path, further: &[PathBuf]) {
        let mut seen = HashSet::new();
        let mut level: Vec<PathBuf> = std::iter::once(objects.to_owned())
            .chain(further.iter().cloned())
            .collect();
        for depth in 0..=MAX_ALTERNATE_DEPTH {
            let mut next = Vec::new();
            for directory in level {
                // A directory is the same under any of its names; one that does not exist is said.
                let Ok(real) = directory.canonicalize() else {
                    self.skip(directory, SkipReason::Unreadable);
                    continue;
                };
                if !seen.insert(real) {
                    continue;
                }
                if self.directories.len() == MAX_DIRECTORIES {
                    self.skip(directory, SkipReason::TooManyAlternates);
                    return;
                }
                let alternates = directory.join("info").join("alternates");
                match read_small(&alternates, MAX_ALTERNATES_BYTES) {
                    Ok(text) => next.extend(parse_alternates(&text, &directory)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(_) => self.skip(alternates, SkipReason::Unreadable),
                }
                self.directories.push(directory);
            }
            if depth == MAX_ALTERNATE_DEPTH
                && let Some(directory) = next.first()
            {
                self.skip(directory.clone(), SkipReason::TooManyAlternates);
            }
            level = next;
        }
    }

    /// Opens the packs of one directory; those whose index is missing or bad are left for later.
    fn open_packs(&mut self, home: usize, without_index: &mut Vec<(usize, PathBuf)>) {
        let Some(directory) = self
            .directories
            .get(home)
            .map(|objects| objects.join("pack"))
        else {
            return;
        };
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            // A fresh repository may have no pack directory.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(_) => return self.skip(directory, SkipReason::Unreadable),
        };
        let (mut packs, mut indexes) = (Vec::new(), Vec::new());
        for entry in entries {
            let Ok(entry) = entry else {
                self.skip(directory.clone(), SkipReason::Unreadable);
                break;
            };
            let path = entry.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("pack") => packs.push(path),
                Some("idx") => indexes.push(path),
                Some("promisor") => self.promisor = true,
                _ => {}
            }
        }
        // The order of a directory differs between machines; reports must not.
        packs.sort_unstable();
        indexes.sort_unstable();
        for index in indexes {
            if packs.binary_search(&index.with_extension("pack")).is_err() {
                self.skip(index, SkipReason::MissingObject);
            }
        }
        for path in packs {
            let number = u32::try_from(self.packs.len()).unwrap_or(u32::MAX - 1);
            match Pack::open(&path, number, self.kind) {
                Ok(pack) => self.add_pack(home, pack),
                Err(reason) => {
                    let index = path.with_extension("idx");
                    if index.exists() {
                        self.skip(
                            if reason == SkipReason::BadIndex {
                                index
                            } else {
                                path.clone()
                            },
                            reason,
                        );
                    }
                    without_index.push((home, path));
                }
            }
        }
    }

    /// Adds a pack.
    fn add_pack(&mut self, home: usize, pack: Pack) {
        self.packs.push(pack);
        self.homes.push(home);
    }

    /// Works out the index of a pack that has none, and adds the pack.
    fn index_pack(&mut self, home: usize, path: &Path) {
        let number = u32::try_from(self.packs.len()).unwrap_or(u32::MAX - 1);
        let (pack, mut skips) = super::reindex::reindex(self, path, number);
        self.skips.append(&mut skips);
        if let Some(pack) = pack {
            self.add_pack(home, pack);
        }
    }

    /// Notes what could not be opened.
    fn skip(&mut self, file: PathBuf, reason: SkipReason) {
        self.skips.push(Skip {
            id: None,
            file,
            offset: None,
            reason,
        });
    }
}

/// Reads objects by name. One for each thread.
pub struct Reader<'a> {
    /// The database.
    odb: &'a Odb,
    /// Window and decoder.
    hands: Hands,
    /// Largest object it returns.
    limit: u64,
}

/// Where objects stand in a pack that has no index yet.
pub(super) type Places<'a> = dyn Fn(&ObjectId) -> Option<u64> + 'a;

/// An entry on the way to the base of a chain.
type Link<'a> = (&'a Pack, super::entry::Entry);

impl<'a> Reader<'a> {
    /// Reads one object from whichever copy can be read.
    ///
    /// # Errors
    /// When no copy can be read: the reason of the last one.
    pub fn read(&mut self, id: &ObjectId) -> Result<Object, SkipReason> {
        let mut reason = SkipReason::MissingObject;
        let odb = self.odb;
        for pack in &odb.packs {
            if let Some(offset) = offset_of(&pack.index, id) {
                match self.read_packed(pack, offset, None) {
                    Ok((kind, content)) => {
                        return Ok(Object {
                            id: *id,
                            kind,
                            content,
                        });
                    }
                    Err(error) => reason = error,
                }
            }
        }
        for directory in &odb.directories {
            let path = loose::path(directory, id);
            if path.exists() {
                match loose::read(&path, *id, self.limit) {
                    Ok(object) => return Ok(object),
                    Err(error) => reason = error,
                }
            }
        }
        Err(reason)
    }

    /// The size of an object, by its headers, if some copy can tell.
    pub fn size(&mut self, id: &ObjectId) -> Option<u64> {
        let odb = self.odb;
        let packed = odb.packs.iter().find_map(|pack| {
            let entry = pack.entry(&mut self.hands.window, offset_of(&pack.index, id)?);
            let entry = entry.ok()?;
            if let Form::Plain(_) = entry.form {
                return Some(entry.size);
            }
            let mut code = Buffer::default();
            let is_small = entry.size <= self.limit;
            is_small.then(|| pack.inflate(&mut self.hands, &entry, None, &mut code).ok())??;
            Some(Delta::parse(code.as_slice()).ok()?.result_size())
        });
        packed.or_else(|| {
            let paths = odb.directories.iter();
            paths
                .map(|dir| loose::path(dir, id))
                .find_map(|path| loose::size(&path))
        })
    }

    /// Reads the object at an offset of a pack. `local` resolves names of bases before the database
    /// is asked: for a pack that has no index yet.
    pub(super) fn read_packed(
        &mut self,
        pack: &'a Pack,
        offset: u64,
        local: Option<&Places<'_>>,
    ) -> Result<(ObjectKind, Buffer), SkipReason> {
        let mut links: Vec<Link<'a>> = Vec::new();
        let (mut pack, mut offset) = (pack, offset);
        let home = pack.number;
        let (kind, mut content) = loop {
            if links.len() >= MAX_CHAIN {
                return Err(SkipReason::Cycle);
            }
            let entry = pack.entry(&mut self.hands.window, offset)?;
            if entry.size > self.limit {
                return Err(SkipReason::TooLarge);
            }
            match entry.form {
                Form::Plain(kind) => {
                    let mut content = Buffer::default();
                    pack.inflate(&mut self.hands, &entry, None, &mut content)?;
                    break (kind, content);
                }
                Form::OffsetDelta(base) => {
                    links.push((pack, entry));
                    offset = base;
                }
                Form::ReferenceDelta(base) => {
                    links.push((pack, entry));
                    let known = local
                        .filter(|_| pack.number == home)
                        .and_then(|local| local(&base));
                    if let Some(at) = known.or_else(|| offset_of(&pack.index, &base)) {
                        offset = at;
                        continue;
                    }
                    match self
                        .odb
                        .packs
                        .iter()
                        .find_map(|other| Some((other, offset_of(&other.index, &base)?)))
                    {
                        Some((other, at)) => (pack, offset) = (other, at),
                        None => {
                            let object = self.read_loose(&base)?;
                            break (object.kind, object.content);
                        }
                    }
                }
            }
        };
        let (mut code, mut result) = (Buffer::default(), Buffer::default());
        for (pack, entry) in links.iter().rev() {
            pack.inflate(&mut self.hands, entry, None, &mut code)?;
            let delta = Delta::parse(code.as_slice())?;
            let len = delta.result_len(content.as_slice(), self.limit)?;
            delta.apply(content.as_slice(), result.prepare(len))?;
            std::mem::swap(&mut content, &mut result);
        }
        Ok((kind, content))
    }

    /// Reads a base that stands alone.
    fn read_loose(&self, id: &ObjectId) -> Result<Object, SkipReason> {
        let mut paths = self
            .odb
            .directories
            .iter()
            .map(|directory| loose::path(directory, id));
        let path = paths
            .find(|path| path.exists())
            .ok_or(SkipReason::MissingBase)?;
        loose::read(&path, *id, self.limit)
    }
}

/// Where an object stands in a pack.
pub(super) fn offset_of(index: &Index, id: &ObjectId) -> Option<u64> {
    index.offsets().get(index.find(id)?).copied()
}

/// Reads a whole small file; a larger one is an error.
pub(super) fn read_small(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    let file = super::positioned::PositionedFile::open(path)?;
    if file.len() > limit {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = vec![0; usize::try_from(file.len()).unwrap_or(0)];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Takes an alternates file apart: one directory a line, `#` for comments, quotes as in C.
fn parse_alternates(text: &[u8], objects: &Path) -> Vec<PathBuf> {
    let lines = text.split(|&byte| byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    lines
        .map(|line| {
            let line = super::config::unquote_c(line).unwrap_or_else(|| line.to_vec());
            objects.join(super::repo::path_from_bytes(&line))
        })
        .collect()
}
