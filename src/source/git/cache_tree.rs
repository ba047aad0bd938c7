//! The `TREE` extension of the index: the ids of the trees that its entries would be written as.
//!
//! Layout (gitformat-index): nodes in the order of a walk that goes down first. Each has its name
//! and a zero byte, the number of entries below it in decimal (-1: not known), a blank, its number
//! of subtrees in decimal, a line feed, and the id unless it is not known. git commits the trees
//! named here without making them anew, so what they say is what the next commit will have.

use super::id::{HashKind, ObjectId};
use std::ops::Range;

/// The trees; empty when there is no such extension or it is damaged.
#[derive(Debug, Default)]
pub(super) struct CacheTree {
    /// All names, one behind the other.
    names: Vec<u8>,
    /// The nodes as they stand in the file; the root comes first.
    nodes: Vec<Node>,
}

/// One tree.
#[derive(Debug)]
struct Node {
    /// Where its name stands.
    name: Range<usize>,
    /// How many entries it covers, and its id, if that is known.
    tree: Option<(usize, ObjectId)>,
    /// The first node that is not below it.
    end: usize,
}

impl CacheTree {
    /// Takes the extension apart. It only saves work, so a damaged one is as good as none.
    pub(super) fn parse(body: &[u8], kind: HashKind) -> Self {
        let mut all = Self::default();
        match all.read(body, kind) {
            Some(()) => all,
            None => Self::default(),
        }
    }

    /// Reads all nodes.
    fn read(&mut self, mut rest: &[u8], kind: HashKind) -> Option<()> {
        // Nodes whose subtrees are being read, with how many of them are still to come.
        let mut open: Vec<(usize, usize)> = Vec::new();
        loop {
            let start = self.names.len();
            let end = memchr::memchr(0, rest)?;
            self.names.extend_from_slice(rest.get(..end)?);
            rest = rest.get(end + 1..)?;
            let line = memchr::memchr(b'\n', rest)?;
            let numbers = std::str::from_utf8(rest.get(..line)?).ok()?;
            rest = rest.get(line + 1..)?;
            let (covered, subtrees) = numbers.split_once(' ')?;
            let covered: i64 = covered.parse().ok()?;
            let subtrees: usize = subtrees.parse().ok()?;
            let tree = match usize::try_from(covered) {
                Err(_) => None,
                Ok(covered) => {
                    let (raw, behind) = rest.split_at_checked(kind.id_len())?;
                    rest = behind;
                    Some((covered, ObjectId::from_raw(kind, raw)?))
                }
            };
            let number = self.nodes.len();
            self.nodes.push(Node {
                name: start..self.names.len(),
                tree,
                end: number + 1,
            });
            open.push((number, subtrees));
            while let Some((number, left)) = open.last_mut() {
                if *left > 0 {
                    *left -= 1;
                    break;
                }
                let (number, end) = (*number, self.nodes.len());
                self.nodes.get_mut(number)?.end = end;
                open.pop();
            }
            if open.is_empty() {
                return rest.is_empty().then_some(());
            }
        }
    }

    /// The node of the work tree's root.
    pub(super) fn root(&self) -> Option<usize> {
        (!self.nodes.is_empty()).then_some(0)
    }

    /// A node's tree, if it is known and covers `entries` entries.
    pub(super) fn tree(&self, node: usize, entries: usize) -> Option<ObjectId> {
        let (covered, id) = self.nodes.get(node)?.tree?;
        (covered == entries).then_some(id)
    }

    /// The nodes right below a node, with their names.
    pub(super) fn children(&self, node: usize) -> impl Iterator<Item = (&[u8], usize)> {
        let end = self.nodes.get(node).map_or(0, |node| node.end);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let number = next;
            let node = self.nodes.get(number).filter(|_| number < end)?;
            // Always larger than `number`, so that this ends.
            next = node.end.max(number + 1);
            Some((self.names.get(node.name.clone())?, number))
        })
    }
}
