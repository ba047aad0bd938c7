//! What a push brings, from the lines that git writes to its hooks.
//!
//! pre-push runs where the push begins and is told `<local ref> <local id> <remote ref> <remote
//! id>`. What the remote has is known from those remote ids and from the remote-tracking branches
//! of that remote; another remote's say nothing about it, so without the remote's name they are
//! not used. pre-receive runs where the push arrives and is told `<old id> <new id> <ref>`; the
//! new objects wait in a quarantine directory, which is looked through whole, and whatever the
//! existing references reach is not new. An id of zeros means that there is none.

use super::graph::{Graph, Wanted};
use super::id::{HashKind, ObjectId};
use super::locate::Located;
use super::names::Names;
use super::object::ObjectKind;
use super::odb::Odb;
use super::range::Commits;
use super::select::{SelectError, Selection, Standing};

/// One reference that is pushed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Pushed {
    /// Where it is on the receiving side; none when it is new.
    old: Option<ObjectId>,
    /// Where it will be; none when it is deleted.
    new: Option<ObjectId>,
    /// Whether the line came from pre-receive.
    received: bool,
}

/// Finds what a push brings. `input` is what git wrote to the hook; `remote` the name of the remote
/// that pre-push was given.
///
/// # Errors
/// When a line is none of git's, or references cannot be read.
pub fn push(
    place: &Located,
    odb: &Odb,
    input: &[u8],
    remote: Option<&str>,
) -> Result<Selection, SelectError> {
    let pushed = lines(input, place.kind)?;
    let refs = Names::open(&place.repo, place.kind)?;
    let mut graph = Graph::new(place, odb);
    let received = pushed.iter().any(|line| line.received);
    let mut selection = Selection {
        quarantine: place.quarantined && received,
        ..Selection::default()
    };
    let mut without = Vec::new();
    let there = match (received, remote) {
        (true, _) => refs.below(b"refs/")?,
        (false, Some(remote)) => refs.below(format!("refs/remotes/{remote}/").as_bytes())?,
        (false, None) => {
            if pushed
                .iter()
                .any(|line| line.old.is_none() && line.new.is_some())
            {
                selection.remarks.push(
                    "a new branch, and the remote's name was not given: all of its history is \
                    scanned; give --remote \"$1\" in the hook to scan only what is new there"
                        .to_owned(),
                );
            }
            Default::default()
        }
    };
    let old = pushed.iter().filter_map(|line| line.old);
    for id in old.chain(there.into_values()) {
        // What is not here, or is no commit, takes nothing away.
        without.extend(graph.peel_to_commit(id).ok());
    }
    without.sort_unstable();
    without.dedup();

    let mut from = Vec::new();
    let mut roots = Vec::new();
    for new in pushed.iter().filter_map(|line| line.new) {
        match graph.peel(new) {
            Ok(peeled) => {
                selection.tags.extend(peeled.tags);
                match peeled.kind {
                    ObjectKind::Commit => from.push(peeled.id),
                    ObjectKind::Tree => roots.push(peeled.id),
                    _ => selection.add(
                        peeled.id,
                        Standing {
                            path: format!("<object {}>", peeled.id).into_bytes(),
                            commit: None,
                        },
                    ),
                }
            }
            Err(error) => selection.missing.push(error.to_string()),
        }
    }
    from.sort_unstable();
    from.dedup();
    selection.tags.sort_unstable();
    selection.tags.dedup();
    let mut commits = Commits::new(&mut graph, odb, &mut selection);
    commits.add(Wanted {
        from: &from,
        without: &without,
        since: None,
    });
    for root in roots {
        commits.tree(None, root, &[]);
    }
    if pushed.iter().all(|line| line.new.is_none()) {
        let words = match pushed.is_empty() {
            true => "nothing is pushed: no object was scanned",
            false => "the push only deletes: no object was scanned",
        };
        selection.remarks.push(words.to_owned());
    } else if selection.is_empty() && selection.missing.is_empty() {
        selection
            .remarks
            .push("the push brings no new commits".to_owned());
    }
    Ok(selection)
}

/// Takes all lines apart.
fn lines(input: &[u8], kind: HashKind) -> Result<Vec<Pushed>, SelectError> {
    let mut pushed = Vec::new();
    for (line, number) in input.split(|&byte| byte == b'\n').zip(1..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            pushed.push(parse(line, kind).ok_or(SelectError::PushInput(number))?);
        }
    }
    Ok(pushed)
}

/// Takes a line apart. The local ref of pre-push may be any revision, blanks and all, so that form
/// is read from its end.
fn parse(line: &[u8], kind: HashKind) -> Option<Pushed> {
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    let id = |word: &[u8]| {
        let id = ObjectId::from_hex(kind, word)?;
        let is_zero = id.as_raw().iter().all(|&byte| byte == 0);
        Some((!is_zero).then_some(id))
    };
    if let [_, .., new, _, old] = words.as_slice()
        && let (Some(new), Some(old)) = (id(new), id(old))
    {
        let received = false;
        return Some(Pushed { old, new, received });
    }
    let [old, new, _] = words.as_slice() else {
        return None;
    };
    Some(Pushed {
        old: id(old)?,
        new: id(new)?,
        received: true,
    })
}

#[cfg(test)]
mod tests;
