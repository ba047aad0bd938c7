//! Keys that stand in the public test suites of language runtimes and crypto
//! libraries: whoever finds one has found nothing of anybody's.
//!
//! ```text
//! published.txt    01 openssl 3.0.17-1~deb12u2          number and name of a source
//!                  (empty line)
//!                  0011…ff 01                           128 bits of SHA-256(SubjectPublicKeyInfo), source
//! ```
//!
//! `packaging/published/build.sh` writes it: it fetches the sources that it names, and
//! takes every key whose private half it finds there. The lines of keys are sorted and
//! of one length, so the text is searched where it is. At ten million keys and ten
//! thousand lines the odds of a false match are 3e-28.
//!
//! A company that trusts such a key has it in its inventory, and then it stays a managed
//! key: [`crate::policy::unless_published`].

use super::{Match, Standing};
use crate::identity::Identity;

static TEXT: &str = include_str!("published.txt");

/// Digits of a key in its line.
const DIGITS: usize = 32;
/// Bytes of the line of a key.
const LINE: usize = DIGITS + 4;

/// Returns what the list says of a key.
#[must_use]
pub fn find(identity: &Identity) -> Option<Match> {
    let hash = identity.ids.named("spki-sha256")?.get(..DIGITS)?;
    let (sources, keys) = parts();
    let source = search(keys, hash)?;
    let mut lines = sources.lines().filter_map(|line| line.split_once(' '));
    let (number, name) = lines.find(|(number, _)| *number == source)?;
    Some(Match {
        entry: number.parse().unwrap_or_default(),
        name: format!("a key of the test suite of {name}"),
        by: "spki-sha256".to_owned(),
        source: Some("built-in list".to_owned()),
        version: None,
        state: None,
        env: None,
        owner: None,
        kid: Vec::new(),
        trusted_by: Vec::new(),
        allowed: Vec::new(),
        standing: Standing::Managed,
    })
}

/// Splits the text into sources and keys.
fn parts() -> (&'static str, &'static str) {
    TEXT.split_once("\n\n").unwrap_or((TEXT, ""))
}

/// Searches the sorted lines; returns the number of the source.
fn search<'a>(keys: &'a str, hash: &str) -> Option<&'a str> {
    let line = |at: usize| keys.get(at * LINE..(at + 1) * LINE);
    let (mut low, mut high) = (0, keys.len() / LINE);
    while low < high {
        let middle = low.midpoint(high);
        let (digits, rest) = line(middle)?.split_at_checked(DIGITS)?;
        match digits.cmp(hash) {
            std::cmp::Ordering::Equal => return Some(rest.trim()),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first account of `test test … junk`, its SPKI by pyca/cryptography.
    #[test]
    fn accounts_of_test_chains_are_listed() {
        let (sources, keys) = parts();
        let source = search(keys, "fd28b88d82dbcaeece1ec62fd69a5d82").unwrap();
        let named = format!("{source} Hardhat+Anvil default-accounts");
        assert!(sources.lines().any(|line| line == named));
    }

    #[test]
    fn lines_are_sorted_and_of_known_sources() {
        let (sources, keys) = parts();
        let numbers: Vec<&str> = sources.lines().filter_map(|l| l.get(..2)).collect();
        assert!(keys.is_ascii() && keys.len() % LINE == 0);
        let lines: Vec<&str> = keys.lines().collect();
        assert!(lines.len() > 1000, "{}", lines.len());
        assert!(lines.is_sorted());
        for line in &lines {
            let (digits, source) = line.split_once(' ').unwrap();
            assert!(
                digits.len() == DIGITS && numbers.contains(&source),
                "{line}"
            );
        }
        for line in [lines[0], lines[lines.len() / 2], lines[lines.len() - 1]] {
            assert_eq!(search(keys, &line[..DIGITS]), Some(&line[DIGITS + 1..]));
        }
        assert_eq!(search(keys, &"0".repeat(DIGITS)), None);
        assert_eq!(search(keys, &"f".repeat(DIGITS)), None);
    }
}
