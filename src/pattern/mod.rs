//! Rules for signing secrets without a structure of their own: by the names and
//! calls that they stand in.
//!
//! Beside the formats: where a format reads a key, a pattern reads the context of
//! a value. The rules are data, the files of `patterns/`, embedded here; a run may
//! add a folder of its own. A blob is searched for the rules' triggers like for
//! those of formats; where one stands, [`Patterns::find`] looks at each name and
//! call of the rules, takes the literals that stand there ([`value`]), and leaves
//! out placeholders, templates and references ([`plausible`]). A run may also add files
//! of other tools' rules ([`foreign`]).

mod alias;
mod between;
mod check;
mod foreign;
mod judge;
mod line;
mod name;
mod place;
mod plausible;
mod role;
mod rule;
mod trigger;
mod value;
mod words;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use zeroize::Zeroizing;

use crate::blob::{Literal as Trigger, Span};
pub use check::check;
use foreign::{Foreign, Gate};
pub use place::{is_document, is_shown};
pub use plausible::Strength;
pub use rule::Pattern;

/// A file of rules as `build.rs` writes it.
macro_rules! embedded {
    ($name:literal) => {
        ($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name)))
    };
}

/// The files of `patterns/`, every bit turned over (`build.rs` says why).
const EMBEDDED: &[(&str, &[u8])] = &[
    // In this order: of several rules for one name the first is taken.
    embedded!("request.toml"),
    embedded!("token.toml"),
    embedded!("session.toml"),
    embedded!("call.toml"),
    embedded!("general.toml"),
];

/// The embedded rules, read once.
static PARSED: LazyLock<Result<Parsed, String>> = LazyLock::new(|| {
    let mut parsed = Parsed::default();
    parsed.add_embedded().map_err(|e| e.to_string())?;
    Ok(parsed)
});

/// Shortest trigger, in bytes. Those below five cost a pass of their own over every file.
const MIN_TRIGGER: usize = 4;
/// How far before a trigger a name or call may begin whose part it is, in bytes; how far behind it
/// other parts of these may stand, and names to which the trigger is the heading.
const BEFORE: usize = 64;
const NEAR: usize = 256;
const BEHIND: usize = 2048;
/// Bytes searched for words from which it pays to build the quicker tables.
const MANY: usize = 256 << 10;
/// Values taken from one view: a list of a million settings is no configuration.
const MAX_VALUES: usize = 4096;
/// Values found before those found twice are left out.
const MAX_FOUND: usize = 4096;

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder or file that cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not as it should be.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The tables could not be built.
    #[error("tables of patterns: {0}")]
    Tables(#[from] aho_corasick::BuildError),
}

/// A value that a rule takes for a secret.
pub struct Value {
    /// The rule.
    pub pattern: &'static Pattern,
    /// Where its literal stands.
    pub span: Span,
    /// The literal, escapes undone.
    pub bytes: Zeroizing<Vec<u8>>,
    /// How it would do as a secret; `None` if it is a placeholder or the like,
    /// which only a challenge or a token can prove to be one after all.
    pub strength: Option<Strength>,
    /// What allowlists of a foreign rule said, which [`Patterns::tells`] needs.
    pub outcome: Option<&'static str>,
}

/// Values that rules found in a view, in the order of their places.
#[derive(Default)]
pub struct Values {
    /// The values.
    pub list: Vec<Value>,
    /// Whether there were more than are taken.
    pub short: bool,
}

impl Values {
    /// Whether no more are taken.
    fn is_full(&mut self) -> bool {
        self.short |= self.list.len() >= MAX_VALUES;
        self.short
    }
}

/// Rules that are ready to use.
#[derive(Clone, Debug)]
pub struct Patterns {
    tables: Arc<Tables>,
}

#[derive(Debug)]
struct Tables {
    rules: Vec<&'static Pattern>,
    triggers: Vec<Trigger>,
    /// Parts of names, calls and prefixes, letters of either case.
    words: Vec<String>,
    meanings: Vec<Meaning>,
    /// The words as they are searched for: most runs need them in few files.
    search: OnceLock<Option<AhoCorasick>>,
    /// The same for many files.
    quick: OnceLock<Option<AhoCorasick>>,
    /// Bytes that were searched, until they are many.
    searched: AtomicUsize,
    /// What the tables were made of.
    parsed: &'static Parsed,
    /// `None`: there are no foreign rules.
    gate: Option<Gate>,
}

/// What a word of the second search is.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// A part of names.
    Name,
    /// A call: rule and argument.
    Call(usize, Option<usize>),
    /// The prefix of a shape: rule and shape.
    Shape(usize, usize),
}

/// Returns the surroundings of triggers, in order and apart from each other.
fn windows(bytes: &[u8], woken: &[usize]) -> Vec<Span> {
    let mut windows: Vec<Span> = Vec::new();
    for &at in woken {
        let behind = match place::is_heading(bytes, at) {
            true => BEHIND,
            false => NEAR,
        };
        let window = at.saturating_sub(BEFORE)..at.saturating_add(behind).min(bytes.len());
        match windows.last_mut() {
            Some(last) if last.end >= window.start => last.end = last.end.max(window.end),
            _ => windows.push(window),
        }
    }
    windows
}

impl Patterns {
    /// Returns the embedded rules.
    pub fn embedded() -> Result<Self, Error> {
        let parsed = PARSED.as_ref().map_err(|reason| Error::File {
            path: "embedded".to_owned(),
            reason: reason.clone(),
        })?;
        Self::build(parsed)
    }

    /// Returns the embedded rules and those of a file, or of the `.toml` files of a folder.
    /// A file has rules of our kind, or those of gitleaks or betterleaks.
    pub fn with(path: &Path) -> Result<Self, Error> {
        let read = |path: &Path, source| Error::Read {
            path: path.display().to_string(),
            source,
        };
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            files = std::fs::read_dir(path)
                .and_then(|entries| {
                    entries
                        .map(|e| Ok(e?.path()))
                        .collect::<std::io::Result<_>>()
                })
                .map_err(|source| read(path, source))?;
            files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
            files.sort();
        }
        let mut parsed = Parsed::default();
        parsed.add_embedded()?;
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|source| read(&path, source))?;
            let name = path.display().to_string();
            match text.parse::<toml::Table>() {
                Ok(table) if foreign::is_foreign(&table) => {
                    parsed.foreign.add(&name, foreign::read(table));
                }
                _ => parsed.add(&name, &text)?,
            }
            parsed.added.push_str(&text);
        }
        // Sightings name their rule for as long as the program runs.
        Self::build(Box::leak(Box::new(parsed)))
    }

    fn build(parsed: &'static Parsed) -> Result<Self, Error> {
        let rules: Vec<&'static Pattern> = parsed.rules.iter().collect();
        let mut words: Vec<String> = rule::ANCHORS.iter().map(|a| (*a).to_owned()).collect();
        let mut meanings = vec![Meaning::Name; words.len()];
        for (i, rule) in rules.iter().enumerate() {
            for (call, argument) in rule.calls() {
                words.push(call.to_owned());
                meanings.push(Meaning::Call(i, argument));
            }
            for (s, shape) in rule.shapes.iter().enumerate() {
                words.push(shape.prefix.clone());
                meanings.push(Meaning::Shape(i, s));
            }
        }
        let own = parsed.triggers.iter();
        let own = own.map(|t| trigger::continued(t.as_bytes()));
        let foreign = parsed.foreign.triggers().cloned().map(Trigger::new);
        let has_foreign = parsed.foreign.len() > 0;
        Ok(Self {
            tables: Arc::new(Tables {
                triggers: own.chain(foreign).collect(),
                parsed,
                gate: has_foreign.then(|| parsed.foreign.gate()).transpose()?,
                words,
                meanings,
                search: OnceLock::new(),
                quick: OnceLock::new(),
                searched: AtomicUsize::new(0),
                rules,
            }),
        })
    }

    /// Returns the words as they are searched for in so many bytes; `None` if that cannot be
    /// built.
    fn search(&self, len: usize) -> Option<&AhoCorasick> {
        let tables = &*self.tables;
        let build = |kind| {
            let mut builder = AhoCorasickBuilder::new();
            let builder = builder.ascii_case_insensitive(true);
            builder.kind(Some(kind)).build(&tables.words).ok()
        };
        // A DFA takes longer to build than a small scan takes.
        let searched = tables.searched.load(Ordering::Relaxed);
        if searched > MANY {
            let quick = tables.quick.get_or_init(|| build(AhoCorasickKind::DFA));
            if quick.is_some() {
                return quick.as_ref();
            }
        }
        // Others may count at the same time: it is only about when.
        tables
            .searched
            .store(searched.saturating_add(len), Ordering::Relaxed);
        let search = tables
            .search
            .get_or_init(|| build(AhoCorasickKind::ContiguousNFA));
        search.as_ref()
    }

    /// Returns the rules.
    #[must_use]
    pub fn rules(&self) -> &[&'static Pattern] {
        &self.tables.rules
    }

    /// Returns the triggers: a blob in which none of them stands need not be looked at.
    #[must_use]
    pub fn triggers(&self) -> &[Trigger] {
        &self.tables.triggers
    }

    /// Whether a blob is to be looked at in which no trigger stands as well: a foreign rule
    /// has none.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.tables.parsed.foreign.is_everywhere()
    }

    /// Returns the number of foreign rules.
    #[must_use]
    pub fn foreign(&self) -> usize {
        self.tables.parsed.foreign.len()
    }

    /// Returns what could not be used of the files that were added.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let remarks = self.tables.parsed.foreign.remarks.iter();
        remarks.map(foreign::Remark::line).collect()
    }

    /// The same with a line for each reason, as a scan tells it.
    #[must_use]
    pub fn remarks_by_reason(&self) -> Vec<String> {
        foreign::by_reason(&self.tables.parsed.foreign.remarks)
    }

    /// Returns what the added files say.
    #[must_use]
    pub fn added(&self) -> &str {
        &self.tables.parsed.added
    }

    /// Whether what the rule of this id found is told where it stands, at a path below the
    /// root. `outcome` is what came along with the value.
    #[must_use]
    pub fn tells(&self, id: &str, outcome: Option<&str>, path: &str) -> bool {
        self.tables.parsed.foreign.tells(id, outcome, path)
    }

    /// Returns the values that the rules take for secrets: our own near triggers, foreign
    /// ones anywhere, but for those where one of our own found something.
    #[must_use]
    pub fn find(&self, bytes: &[u8], woken: &[usize], path: &Path) -> Values {
        let Some(gate) = &self.tables.gate else {
            return self.near(bytes, woken, path);
        };
        // Triggers of foreign rules say nothing to ours.
        let ours = |at: &usize| self.tables.parsed.begins(bytes, *at);
        let ours: Vec<usize> = woken.iter().copied().filter(ours).collect();
        let mut values = self.near(bytes, &ours, path);
        let own: Vec<Span> = values
            .list
            .iter()
            .filter(|v| v.strength.is_some())
            .map(|v| v.span.clone())
            .collect();
        let mut foreign = self.tables.parsed.foreign.find(gate, bytes);
        foreign.list.retain(|v| {
            let overlaps = |span: &Span| span.start < v.span.end && v.span.start < span.end;
            !own.iter().any(overlaps)
        });
        values.list.append(&mut foreign.list);
        values.short |= foreign.short;
        values
    }

    /// Returns the values that the rules take for secrets near triggers, in the
    /// order of their places; of several rules for one value the first. `woken`
    /// are the places of triggers, in order.
    fn near(&self, bytes: &[u8], woken: &[usize], path: &Path) -> Values {
        let mut all = Values::default();
        let mut values: Vec<Value> = Vec::new();
        let mut named = 0;
        let windows = windows(bytes, woken);
        let hits = windows.into_iter().flat_map(|window| {
            let text = bytes.get(window.clone()).unwrap_or_default();
            let found = self
                .search(text.len())
                .map(|search| search.find_overlapping_iter(text));
            found.into_iter().flatten().map(move |hit| {
                let span = window.start + hit.start()..window.start + hit.end();
                (hit.pattern().as_usize(), span)
            })
        });
        for (word, span) in hits {
            // Several words, and rules, may find one value.
            if values.len() >= MAX_FOUND {
                all.list.append(&mut values);
                self.first_of_each(&mut all.list);
                if all.is_full() {
                    break;
                }
            }
            match self.tables.meanings.get(word) {
                Some(Meaning::Name) if span.end > named => {
                    if let Some(name) = name::around(bytes, &span) {
                        named = name.span.end;
                        self.named(bytes, &name, path, &mut values);
                    }
                }
                Some(Meaning::Call(rule, argument)) => {
                    self.called(bytes, &span, *rule, *argument, path, &mut values);
                }
                Some(Meaning::Shape(rule, shape)) => {
                    self.shaped(bytes, &span, (*rule, *shape), &mut values);
                }
                _ => {}
            }
        }
        all.list.append(&mut values);
        self.first_of_each(&mut all.list);
        all.short |= all.list.len() > MAX_VALUES;
        all.list.truncate(MAX_VALUES);
        all
    }

    /// Sorts by place, and leaves the first of several rules for one value.
    fn first_of_each(&self, values: &mut Vec<Value>) {
        let rank = |v: &Value| {
            self.tables
                .rules
                .iter()
                .position(|r| std::ptr::eq(*r, v.pattern))
        };
        values.sort_by_key(|v| (v.span.start, v.span.end, v.strength.is_none(), rank(v)));
        values.dedup_by(|b, a| a.span == b.span);
    }

    fn named(&self, bytes: &[u8], name: &name::Name, path: &Path, values: &mut Vec<Value>) {
        if place::is_described(bytes, name.span.start) || role::is_command(bytes, name) {
            return;
        }
        // Most names have no literal behind them.
        let literals = value::of_name(bytes, &name.span, name.written);
        if literals.is_empty() {
            return;
        }
        let text = bytes.get(name.span.clone()).unwrap_or_default();
        let whole = name::squash(text);
        let stems = rule::stems(&whole);
        let last = text.rsplit(|b| *b == b'.').next().unwrap_or(text);
        let own = name::squash(last);
        let mut above: Option<Vec<String>> = None;
        let mut parents = || {
            let above = above.get_or_insert_with(|| {
                let mut above = name::parents(bytes, &name.span);
                let mut parts: Vec<_> = text.split(|b| *b == b'.').map(name::squash).collect();
                parts.pop();
                above.extend(parts);
                above
            });
            above.clone()
        };
        let mut rules = self.tables.rules.iter();
        let Some(rule) = rules.find(|rule| rule.is_named(&own, &stems, &mut parents)) else {
            return;
        };
        // What a SealedSecret holds is encrypted.
        let above = parents();
        if above.iter().any(|p| p == "encrypteddata") || name::is_of_peers(&above) {
            return;
        }
        for literal in literals {
            let place = judge::Place {
                bytes,
                path,
                at: &name.span,
                name: Some(own.as_str()),
            };
            values.extend(judge::value(rule, literal, &place));
        }
    }

    fn called(
        &self,
        bytes: &[u8],
        span: &Span,
        rule: usize,
        argument: Option<usize>,
        path: &Path,
        values: &mut Vec<Value>,
    ) {
        let Some(rule) = self.tables.rules.get(rule) else {
            return;
        };
        let text = bytes.get(span.clone()).unwrap_or_default();
        let inside = span.start.checked_sub(1).and_then(|i| bytes.get(i));
        let begins = inside.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
        let exact = rule
            .calls()
            .any(|(call, at)| call.as_bytes() == text && at == argument);
        if !begins || !exact {
            return;
        }
        for literal in value::of_call(bytes, span, argument) {
            let place = judge::Place {
                bytes,
                path,
                at: span,
                name: None,
            };
            values.extend(judge::value(rule, literal, &place));
        }
    }

    fn shaped(&self, bytes: &[u8], span: &Span, at: (usize, usize), values: &mut Vec<Value>) {
        let Some(rule) = self.tables.rules.get(at.0) else {
            return;
        };
        let Some(shape) = rule.shapes.get(at.1) else {
            return;
        };
        if bytes.get(span.clone()) != Some(shape.prefix.as_bytes()) {
            return;
        }
        let [fewest, most] = shape.lengths;
        let rest = bytes.get(span.end..).unwrap_or_default();
        let len = rest
            .iter()
            .take(most + 1)
            .take_while(|b| shape.chars.has(**b))
            .count();
        if !(fewest..=most).contains(&len) {
            return;
        }
        let start = match shape.whole {
            true => span.start,
            false => span.end,
        };
        let value = bytes.get(start..span.end + len).unwrap_or_default();
        // What is no secret by its own strength is a placeholder of that form.
        if plausible::strength_of(value, rule.min) == Some(Strength::Strong) {
            values.push(Value {
                pattern: rule,
                span: start..span.end + len,
                bytes: Zeroizing::new(value.to_vec()),
                strength: Some(Strength::Strong),
                outcome: None,
            });
        }
    }
}

/// Returns the id of a foreign rule in its own file, if the format names one.
#[must_use]
pub fn foreign_id(format: &str) -> Option<&str> {
    format.strip_prefix(foreign::PREFIX)
}

/// Returns the name, in a sentence, of a rule or of what else a secret stands in.
#[must_use]
pub fn title(id: &'static str) -> &'static str {
    match id {
        "text" => return "text",
        "binary" => return "binary data",
        "jws" => return "a token",
        _ => {}
    }
    let embedded = PARSED.as_ref().ok();
    let mut rules = embedded.into_iter().flat_map(|parsed| &parsed.rules);
    rules
        .find(|rule| rule.id == id)
        .map_or(id, |rule| &rule.name)
}

/// Rules and triggers of all files.
#[derive(Debug, Default)]
struct Parsed {
    rules: Vec<Pattern>,
    triggers: Vec<String>,
    /// The triggers by what they begin with, to be looked up.
    known: HashMap<[u8; MIN_TRIGGER], Vec<Vec<u8>>>,
    foreign: Foreign,
    /// What files that are not embedded say.
    added: String,
}

impl Parsed {
    /// Adds the rules that are built in.
    fn add_embedded(&mut self) -> Result<(), Error> {
        for (name, masked) in EMBEDDED {
            let text: Vec<u8> = masked.iter().map(|byte| !byte).collect();
            let text = String::from_utf8(text).map_err(|error| Error::File {
                path: (*name).to_owned(),
                reason: error.to_string(),
            })?;
            self.add(name, &text)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), Error> {
        let wrong = |reason: String| Error::File {
            path: path.to_owned(),
            reason,
        };
        let file: rule::File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        for rule in &file.rules {
            if let Some(fault) = rule.faults().first() {
                return Err(wrong(format!("rule {}: {fault}", rule.id)));
            }
            if self.rules.iter().any(|known| known.id == rule.id) {
                return Err(wrong(format!("rule {}: the id is taken", rule.id)));
            }
        }
        // Calls and prefixes are as good as triggers, and are some where they cost nothing.
        let own = file.rules.iter().flat_map(|rule| {
            let calls = rule.calls().map(|(call, _)| call.to_owned());
            let prefixes = rule.shapes.iter().map(|shape| shape.prefix.clone());
            calls
                .chain(prefixes)
                .filter(|t| t.len() >= trigger::CONTINUED)
        });
        let own: Vec<String> = own.collect();
        for trigger in file.triggers.into_iter().chain(own) {
            if trigger.len() < MIN_TRIGGER {
                return Err(wrong(format!(
                    "trigger `{trigger}` is below {MIN_TRIGGER} bytes"
                )));
            }
            let text = trigger.as_bytes();
            if let Some(head) = text.first_chunk()
                && !self.has_part_of(text)
            {
                self.known.entry(*head).or_default().push(text.to_vec());
                self.triggers.push(trigger);
            }
        }
        self.rules.extend(file.rules.into_iter().map(|mut rule| {
            rule.prepare();
            rule
        }));
        Ok(())
    }

    /// Whether one of our own triggers begins at a place.
    fn begins(&self, bytes: &[u8], at: usize) -> bool {
        let rest = bytes.get(at..).unwrap_or_default();
        let known = rest.first_chunk().and_then(|head| self.known.get(head));
        known.is_some_and(|known| known.iter().any(|t| trigger::continued(t).begins(rest)))
    }

    /// Whether a known trigger stands in this one, which then says no more.
    fn has_part_of(&self, trigger: &[u8]) -> bool {
        let says_it = |piece: &Vec<u8>, rest: &[u8]| {
            let rest = rest.strip_prefix(piece.as_slice());
            rest.is_some_and(|rest| {
                let behind = trigger::continued(piece).behind;
                rest.is_empty() || behind.is_none_or(|behind| behind.begins(rest))
            })
        };
        let begins = |rest: &[u8]| {
            let known = rest.first_chunk().and_then(|head| self.known.get(head));
            known.is_some_and(|pieces| pieces.iter().any(|piece| says_it(piece, rest)))
        };
        (0..trigger.len()).any(|at| trigger.get(at..).is_some_and(begins))
    }
}
