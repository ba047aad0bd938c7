//! Words that name a commit (gitrevisions, the part of it that scripts use): a full id, a name of
//! a reference in the order git tries them, HEAD or `@`; behind it any number of `~N`, `^N` and
//! `^{commit}`. Abbreviated ids are refused: what they mean changes as the repository grows.

use super::graph::Graph;
use super::id::{HashKind, ObjectId};
use super::names::Names;
use super::select::SelectError;

/// Most generations that `~N` goes back: more than any history has.
const MAX_GENERATIONS: u64 = 100_000_000;

/// What a revision leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Named {
    /// A commit that is there.
    Commit(ObjectId),
    /// All zeros: git's word for "there was none before".
    Zero,
    /// A full id that is not in the repository.
    Missing(ObjectId),
}

/// Follows a revision.
pub(super) fn resolve(
    text: &str,
    kind: HashKind,
    refs: &Names<'_>,
    graph: &mut Graph<'_>,
) -> Result<Named, SelectError> {
    let unknown = || SelectError::Revision(text.to_owned());
    let end = text.find(['~', '^']).unwrap_or(text.len());
    let (name, mut steps) = text.split_at_checked(end).ok_or_else(unknown)?;
    let full = name.len() == kind.id_len() * 2;
    let by_id = ObjectId::from_hex(kind, name.as_bytes());
    if full && steps.is_empty() && name.bytes().all(|digit| digit == b'0') {
        return Ok(Named::Zero);
    }
    let start = match by_id {
        Some(id) if graph.is_missing(id) => return Ok(Named::Missing(id)),
        Some(id) => id,
        None => reference(name, refs)?.ok_or_else(unknown)?,
    };
    let mut at = graph.peel_to_commit(start)?;
    while !steps.is_empty() {
        if let Some(rest) = steps
            .strip_prefix("^{commit}")
            .or_else(|| steps.strip_prefix("^{}"))
        {
            steps = rest;
            continue;
        }
        let back = steps.starts_with('~');
        let rest = steps.get(1..).unwrap_or_default();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, rest) = rest.split_at_checked(digits).ok_or_else(unknown)?;
        steps = rest;
        if !steps.is_empty() && !steps.starts_with(['~', '^']) {
            return Err(unknown());
        }
        let number: u64 = match digits {
            "" => 1,
            digits => digits.parse().map_err(|_| unknown())?,
        };
        let (rounds, which) = match back {
            true => (number, 0),
            false => (number.min(1), number.saturating_sub(1)),
        };
        if rounds > MAX_GENERATIONS {
            return Err(unknown());
        }
        for _ in 0..rounds {
            let parents = &graph.commit(at)?.parents;
            let which = usize::try_from(which).unwrap_or(usize::MAX);
            at = *parents.get(which).ok_or_else(unknown)?;
        }
        let there = graph.commit(at).map(|_| ());
        if let Err(error) = there {
            return Err(match graph.is_shallow() {
                true => SelectError::Range(format!(
                    "`{text}` is beyond the cut of this shallow clone; fetch more of the history: \
                    git fetch --deepen=100, or git fetch --unshallow"
                )),
                false => error,
            });
        }
    }
    Ok(Named::Commit(at))
}

/// Looks a name up where git does, in its order.
fn reference(name: &str, refs: &Names<'_>) -> Result<Option<ObjectId>, SelectError> {
    let name = if name == "@" { "HEAD" } else { name };
    for (before, behind) in [
        ("", ""),
        ("refs/", ""),
        ("refs/tags/", ""),
        ("refs/heads/", ""),
        ("refs/remotes/", ""),
        ("refs/remotes/", "/HEAD"),
    ] {
        let full = format!("{before}{name}{behind}");
        if let Some(id) = refs.find(full.as_bytes())? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
