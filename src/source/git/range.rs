//! What a range of commits brought: blobs that a commit has at a path where none of its parents
//! has them. So a merge brings only what it made itself, and a first commit brings all it has.

use super::graph::{Graph, Wanted};
use super::id::ObjectId;
use super::locate::Located;
use super::names::Names;
use super::odb::Odb;
use super::revision::{self, Named};
use super::select::{SelectError, Selection, Standing};
use super::tree_diff::TreeReader;

/// How many things that could not be read are told one by one.
const MAX_TOLD: usize = 20;

/// Finds what the commits of `BASE..HEAD` brought: those that HEAD reaches and BASE does not. Of
/// `A...B`: those that one of them reaches and the other does not. A second end left out is HEAD;
/// a first one is an error, as git would take HEAD there as well, and an empty variable of a CI
/// server would then turn the scan off.
///
/// # Errors
/// When an end of the range cannot be found, and nothing can stand in for it.
pub fn range(place: &Located, odb: &Odb, text: &str) -> Result<Selection, SelectError> {
    let refs = Names::open(&place.repo, place.kind)?;
    let mut graph = Graph::new(place, odb);
    let (left, right, both) = match (text.split_once("..."), text.split_once("..")) {
        (Some((left, right)), _) => (left, right, true),
        (None, Some((left, right))) => (left, right, false),
        (None, None) => {
            return Err(SelectError::Range(format!(
                "`{text}` is no range; expected BASE..HEAD"
            )));
        }
    };
    if left.is_empty() {
        return Err(SelectError::Range(format!(
            "`{text}` has no BASE (an empty variable?): nothing was scanned; expected BASE..HEAD"
        )));
    }
    let or_head = |end: &str| if end.is_empty() { "HEAD" } else { end }.to_owned();
    let (left, right) = (left.to_owned(), or_head(right));
    let head = match revision::resolve(&right, place.kind, &refs, &mut graph)? {
        Named::Commit(id) => id,
        Named::Zero => {
            let mut selection = Selection::default();
            selection
                .remarks
                .push("the branch was deleted: nothing was scanned".to_owned());
            return Ok(selection);
        }
        Named::Missing(id) => return Err(absent(id, "the newest commit", &graph)),
    };
    let base = revision::resolve(&left, place.kind, &refs, &mut graph)?;
    let mut selection = Selection::default();
    let mut without = Vec::new();
    match base {
        Named::Commit(base) => without.push(base),
        Named::Zero => {
            without = others(&refs, &mut graph, head)?;
            selection.remarks.push(format!(
                "a new branch: everything that {} other branches and tags do not have",
                without.len()
            ));
        }
        Named::Missing(base) if graph.is_shallow() => {
            return Err(absent(base, "BASE", &graph));
        }
        Named::Missing(base) => {
            let (name, tip) = stand_in(&refs, &mut graph, head, base)?;
            selection.remarks.push(format!(
                "BASE {base} is not in the repository (a force-push?); taken instead: where HEAD \
                left {name}"
            ));
            without.push(tip);
        }
    }
    let from = [head];
    let wanted = Wanted {
        from: &from,
        without: &without,
        since: None,
    };
    let mut commits = Commits::new(&mut graph, odb, &mut selection);
    commits.add(wanted);
    if let (true, Some(&base)) = (both, without.first()) {
        commits.add(Wanted {
            from: &[base],
            without: &from,
            since: None,
        });
    }
    commits.say_if_none("the range has no commits: nothing was scanned");
    Ok(selection)
}

/// Finds what commits since a time brought, in seconds since 1970: those that HEAD or any branch,
/// tag or remote branch reaches.
///
/// # Errors
/// When references cannot be read.
pub fn since(place: &Located, odb: &Odb, time: i64) -> Result<Selection, SelectError> {
    let refs = Names::open(&place.repo, place.kind)?;
    let mut graph = Graph::new(place, odb);
    let mut from: Vec<ObjectId> = Vec::new();
    let mut selection = Selection::default();
    let named = refs.below(b"refs/")?;
    for id in refs.find(b"HEAD")?.into_iter().chain(named.into_values()) {
        match graph.peel(id) {
            Ok(peeled) if graph.commit(peeled.id).is_ok() => from.push(peeled.id),
            Ok(_) => {}
            Err(error) => selection.missing.push(error.to_string()),
        }
    }
    from.sort_unstable();
    from.dedup();
    let mut commits = Commits::new(&mut graph, odb, &mut selection);
    commits.add(Wanted {
        from: &from,
        without: &[],
        since: Some(time),
    });
    commits.say_if_none("no commit is that new: nothing was scanned");
    Ok(selection)
}

/// Why an end of a range is not there.
fn absent(id: ObjectId, what: &str, graph: &Graph<'_>) -> SelectError {
    SelectError::Range(if graph.is_shallow() {
        format!(
            "{what} {id} is beyond the cut of this shallow clone; fetch more of the history: \
            git fetch --deepen=100, or git fetch --unshallow"
        )
    } else {
        format!("{what} {id} is not in the repository; fetch it: git fetch origin {id}")
    })
}

/// The branch that a range begins at when its BASE is gone: the default branch, unless HEAD is on
/// it and so nothing would be new.
fn stand_in(
    refs: &Names<'_>,
    graph: &mut Graph<'_>,
    head: ObjectId,
    base: ObjectId,
) -> Result<(String, ObjectId), SelectError> {
    let remote = refs.symbolic(b"refs/remotes/origin/HEAD");
    let usual = [
        "refs/remotes/origin/main",
        "refs/remotes/origin/master",
        "refs/heads/main",
        "refs/heads/master",
    ];
    let names = remote
        .into_iter()
        .chain(usual.map(|name| name.as_bytes().to_vec()));
    for name in names {
        let Some(tip) = refs.find(&name)? else {
            continue;
        };
        let Ok(tip) = graph.peel_to_commit(tip) else {
            continue;
        };
        let (new, _) = graph.walk(Wanted {
            from: &[head],
            without: &[tip],
            since: None,
        });
        if new.is_empty() {
            break;
        }
        return Ok((String::from_utf8_lossy(&name).into_owned(), tip));
    }
    Err(SelectError::Range(format!(
        "BASE {base} is not in the repository (a force-push removes the old commits), and HEAD is \
        on the default branch or there is none, so no merge base can stand in for it; fetch it \
        (git fetch origin {base}), name another BASE, or scan the whole history"
    )))
}

/// Where branches, remote branches and tags stand that are not at `head` itself.
fn others(
    refs: &Names<'_>,
    graph: &mut Graph<'_>,
    head: ObjectId,
) -> Result<Vec<ObjectId>, SelectError> {
    let mut found = Vec::new();
    for prefix in ["refs/heads/", "refs/remotes/", "refs/tags/"] {
        for id in refs.below(prefix.as_bytes())?.into_values() {
            // A tag of a blob has no commits, and one that cannot be read cannot take any away.
            if let Ok(id) = graph.peel_to_commit(id)
                && id != head
            {
                found.push(id);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Adds commits, and what they brought, to a selection.
pub(super) struct Commits<'s, 'g, 'o> {
    /// Their graph.
    graph: &'g mut Graph<'o>,
    /// Reads their trees.
    trees: TreeReader<'o>,
    /// Where they go.
    selection: &'s mut Selection,
}

impl<'s, 'g, 'o> Commits<'s, 'g, 'o> {
    /// Begins.
    pub(super) fn new(
        graph: &'g mut Graph<'o>,
        odb: &'o Odb,
        selection: &'s mut Selection,
    ) -> Self {
        Self {
            graph,
            trees: TreeReader::new(odb),
            selection,
        }
    }

    /// Adds what a walk finds, oldest first, so that a blob is known by the commit that had it
    /// first.
    pub(super) fn add(&mut self, wanted: Wanted<'_>) {
        let (found, failed) = self.graph.walk(wanted);
        for error in failed {
            self.missing(error.to_string());
        }
        for &tip in wanted.from {
            if let Ok(commit) = self.graph.commit(tip) {
                self.selection.tips.push(commit.tree);
            }
        }
        for &id in found.iter().rev() {
            if !self.selection.commits.contains_key(&id) {
                self.commit(id);
            }
        }
    }

    /// Adds one commit.
    fn commit(&mut self, id: ObjectId) {
        let commit = match self.graph.commit(id) {
            Ok(commit) => commit.clone(),
            Err(error) => return self.missing(error.to_string()),
        };
        self.selection.commits.insert(id, commit.time);
        let mut before = Vec::with_capacity(commit.parents.len());
        for &parent in &commit.parents {
            let tree = self.graph.commit(parent).map(|parent| parent.tree);
            match tree {
                Ok(tree) => before.push(tree),
                Err(_) if self.graph.is_cut(&id) => self.missing(format!(
                    "commit {id} is at the cut of this shallow clone, so what it changed is not \
                    known; fetch more of the history: git fetch --deepen=100, or git fetch \
                    --unshallow"
                )),
                Err(error) => self.missing(error.to_string()),
            }
        }
        // Against no parent at all everything would seem new, and be laid at this commit's door.
        if before.is_empty() && !commit.parents.is_empty() {
            return;
        }
        self.tree(Some(id), commit.tree, &before);
    }

    /// Adds what a tree has and none of those before it.
    pub(super) fn tree(&mut self, commit: Option<ObjectId>, tree: ObjectId, before: &[ObjectId]) {
        let selection = &mut *self.selection;
        let outcome = self.trees.introduced(tree, before, b"", &mut |path, id| {
            let path = path.to_vec();
            selection.add(id, Standing { path, commit });
        });
        if let Err(error) = outcome {
            self.missing(error.to_string());
        }
    }

    /// Notes what could not be read.
    pub(super) fn missing(&mut self, what: String) {
        let missing = &mut self.selection.missing;
        if missing.len() < MAX_TOLD && !missing.contains(&what) {
            missing.push(what);
        }
    }

    /// Says that there was nothing to scan, if there was not.
    fn say_if_none(&mut self, words: &str) {
        if self.selection.is_empty() && self.selection.missing.is_empty() {
            self.selection.remarks.push(words.to_owned());
        }
    }
}
