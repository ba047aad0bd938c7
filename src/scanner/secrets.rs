//! Symmetric secrets in one blob or view: by the list's challenge, by the rules of
//! `patterns/`, and what token proof needs of them.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};

use super::hoard::{Brings, Spot};
use super::jws::{self, Signed};
use super::link::Link;
use super::locate::Locator;
use super::reading::readings_of;
use super::sought::Hit;
use super::{Run, ScanPlan, Seen};
use crate::blob::{Blob, Span};
use crate::finding::{Manner, Proof, SecretId, Subject};
use crate::format::{FORMATS, Found};
use crate::key::{Batches, MAX_SUSPECT, MIN_STRONG_BITS, Secret, SignedText, strength};
use crate::pattern::{Strength, Value};
use crate::wire::hex;
use zeroize::Zeroizing;

/// Name of the format of secrets that stand in text without a rule's context.
pub(super) const TEXT: &str = "text";
/// Name of the format of secrets that stand in binary data.
const BINARY: &str = "binary";
/// Name of the format of signed tokens.
const TOKEN: &str = "jws";
/// Suspects taken from a blob that holds a token.
const MAX_SUSPECTS: usize = 2_000;
/// Bytes of a file of a token's neighbourhood that are looked at.
const MAX_GATHERED: usize = 1 << 20;
/// Shortest suspect of a blob that holds a token.
const MIN_SUSPECT: usize = 4;
/// Secrets that everybody knows: documented defaults of libraries, frameworks and
/// tutorials, and the first words of guessing lists.
const NOTORIOUS: &str = include_str!("notorious.txt");

/// What tells secrets without an id apart, for as long as the program runs.
static TWINS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

fn notorious() -> impl Iterator<Item = &'static str> {
    let lines = NOTORIOUS.lines();
    lines.filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// What token proof takes from a blob.
#[derive(Default)]
pub(super) struct Held {
    suspects: Vec<(Span, Zeroizing<Vec<u8>>, Marks)>,
    tokens: Vec<(Span, SignedText, Marks)>,
    /// Whether it is a second look, at the neighbourhood of tokens.
    pub(super) gathers: bool,
}

/// How something held is written down.
type Marks = (&'static str, Vec<&'static str>, Option<&'static str>);

impl Run<'_> {
    /// Looks for symmetric secrets in the bytes of the blob or of a view; `woken`
    /// says where triggers of the rules stand.
    pub(super) fn secrets(&mut self, bytes: &[u8], woken: &[usize], link: Option<&Link<'_>>) {
        let tables = self.tables;
        if let Some(sought) = &tables.sought {
            let mut hits = Vec::new();
            sought.search(bytes, link.is_some(), &mut hits);
            for hit in hits {
                self.listed(bytes, hit, link);
            }
        }
        if !woken.is_empty() || tables.patterns.is_everywhere() {
            let values = tables.patterns.find(bytes, woken, &self.path);
            if values.short {
                self.context.falls_short();
            }
            for value in values.list {
                self.as_key(&value, link);
                self.value(value, link);
            }
        }
        if !woken.is_empty() {
            let mut of_secrets = Vec::new();
            for token in jws::find(bytes) {
                match token.signed {
                    Signed::Mac(signed) => of_secrets.push((token.span, signed)),
                    of_key => self.issued(bytes, token.span, &of_key, link),
                }
            }
            if !of_secrets.is_empty() {
                self.suspects(bytes, link);
                self.tokens(of_secrets, link);
            }
        }
    }

    /// Takes a secret that answers the challenge.
    fn listed(&mut self, bytes: &[u8], hit: Hit, link: Option<&Link<'_>>) {
        let text = bytes.get(hit.span.clone()).unwrap_or_default();
        let format = match text.iter().all(|b| matches!(b, 9..=13 | 0x20..)) {
            true => TEXT,
            false => BINARY,
        };
        let secret = readings_of(text, hit.layer);
        let subject = self.subject(&secret);
        self.see(
            hit.span,
            subject,
            Proof::Challenge,
            (format, hit.layer, None),
            link,
        );
    }

    /// Takes a value that is a key of a format by its own form; no secret is told where one was read.
    fn as_key(&mut self, value: &Value, link: Option<&Link<'_>>) {
        let skipped = &self.tables.plan.skipped;
        let mut formats = FORMATS
            .iter()
            .filter(|format| format.family().is_none_or(|f| !skipped.contains(&f)));
        let read = formats.find_map(|f| Some((f.spec().id, f.of_value(&value.bytes)?)));
        if let Some((id, key)) = read {
            self.take(id, Found::key(value.span.clone(), key), link);
        }
    }

    /// Takes a value that stands where a rule looks.
    fn value(&mut self, value: Value, link: Option<&Link<'_>>) {
        let format = value.pattern.id.as_str();
        let usage = value.pattern.usage.as_deref();
        let sought = self.tables.sought.as_ref();
        let listed = sought.and_then(|s| s.read(&value.bytes, true));
        let (layer, proof) = match (listed, value.strength) {
            (Some(layer), _) => (layer, Proof::Challenge),
            (None, Some(_)) => (None, Proof::Context),
            (None, None) => {
                self.hold(value.span, value.bytes, (format, usage), link);
                return;
            }
        };
        let secret = readings_of(&value.bytes, layer);
        let mut subject = self.subject(&secret);
        // A rule may know a form whose text looks guessable, never the reverse.
        let known = || notorious().any(|word| word.as_bytes() == value.bytes.as_slice());
        if proof == Proof::Context
            && (value.strength == Some(Strength::Weak) || known())
            && let Subject::Secret(id) = &mut subject
        {
            id.id = None;
        }
        let told = match proof {
            Proof::Context => value.outcome.or(usage),
            _ => usage,
        };
        let twin = matches!(&subject, Subject::Secret(id) if id.id.is_none());
        let seen = self.see(
            value.span.clone(),
            subject,
            proof,
            (format, layer, told),
            link,
        );
        seen.twin = twin.then(|| TWINS.hash_one(&*value.bytes));
        self.hold(value.span, value.bytes, (format, usage), link);
    }

    /// Returns what reports say of a secret.
    fn subject(&self, secret: &Secret) -> Subject {
        secret_subject(&self.tables.plan, secret)
    }

    fn see(
        &mut self,
        span: Span,
        subject: Subject,
        proof: Proof,
        (format, layer, usage): (&'static str, Option<&'static str>, Option<&'static str>),
        link: Option<&Link<'_>>,
    ) -> &mut Seen {
        let mut layers = link.map(Link::layers).unwrap_or_default();
        layers.extend(layer);
        self.seen.push_mut(Seen {
            span: link.map_or(span.clone(), |link| link.root_span(&span)),
            subject,
            manner: Manner {
                format,
                proof,
                encrypted: false,
                layers,
                kid: None,
                usage,
                opened_with: None,
                token: None,
            },
            twin: None,
        })
    }

    /// Keeps a suspect, as it stands and decoded, for the tokens of the run.
    fn hold(
        &mut self,
        span: Span,
        text: Zeroizing<Vec<u8>>,
        (format, usage): (&'static str, Option<&'static str>),
        link: Option<&Link<'_>>,
    ) {
        if text.len() > MAX_SUSPECT || self.held.suspects.len() >= 2 * MAX_SUSPECTS {
            return;
        }
        let span = link.map_or(span.clone(), |link| link.root_span(&span));
        let layers = link.map(Link::layers).unwrap_or_default();
        for layer in ["base64", "hex"] {
            let decoded = super::reading::decoded(&text, layer);
            if let Some(decoded) = decoded.filter(|d| d.len() >= 16) {
                let mut layers = layers.clone();
                layers.push(layer);
                self.held
                    .suspects
                    .push((span.clone(), decoded, (format, layers, usage)));
            }
        }
        self.held
            .suspects
            .push((span, text, (format, layers, usage)));
    }

    /// Keeps every quoted text, and every value behind `=` or `:`, of a blob that
    /// holds a token.
    fn suspects(&mut self, bytes: &[u8], link: Option<&Link<'_>>) {
        for span in values(bytes) {
            if self.held.suspects.len() >= MAX_SUSPECTS {
                return;
            }
            let text = bytes.get(span.clone()).unwrap_or_default();
            if text.len() >= MIN_SUSPECT && !text.starts_with(b"eyJ") {
                self.hold(span, Zeroizing::new(text.to_vec()), (TEXT, None), link);
            }
        }
    }

    /// Keeps every value that nobody could guess, for tokens that nothing verified.
    pub(super) fn gather(&mut self, bytes: &[u8]) {
        let head = bytes
            .get(..MAX_GATHERED.min(bytes.len()))
            .unwrap_or_default();
        for span in values(head) {
            if self.held.suspects.len() >= MAX_SUSPECTS {
                return;
            }
            let text = head.get(span.clone()).unwrap_or_default();
            if is_random(text) {
                self.hold(span, Zeroizing::new(text.to_vec()), (TEXT, None), None);
            }
        }
    }

    /// Tells a token that a key of the list signed, if that is asked for.
    fn issued(&mut self, bytes: &[u8], span: Span, signed: &Signed, link: Option<&Link<'_>>) {
        let Signed::Key {
            algorithm,
            kid,
            text,
            signature,
        } = signed
        else {
            return;
        };
        let text = bytes.get(text.clone()).unwrap_or_default();
        let verifiers = self.tables.plan.verifiers.as_deref();
        let signer = verifiers.and_then(|v| v.signer(*algorithm, kid.as_deref(), text, signature));
        let Some(signer) = signer else { return };
        let marks = (TOKEN, None, Some("token"));
        self.see(span, Subject::Key(signer), Proof::Token, marks, link);
        if let Some(seen) = self.seen.last_mut() {
            seen.manner.token = Some(jws::issued(text));
        }
    }

    /// Keeps tokens, but for those that a notorious secret signed: those are told
    /// at once.
    fn tokens(&mut self, tokens: Vec<(Span, SignedText)>, link: Option<&Link<'_>>) {
        let (spans, signed): (Vec<Span>, Vec<SignedText>) = tokens.into_iter().unzip();
        let mut known = vec![None; signed.len()];
        let batches = Batches::new(&signed);
        for word in notorious() {
            let secret = Secret::new(Zeroizing::new(word.as_bytes().to_vec()));
            for at in secret.verifies(&batches) {
                if let Some(known) = known.get_mut(at) {
                    *known = Some(u32::try_from(word.len() * 8).unwrap_or(u32::MAX));
                }
            }
        }
        let layers = link.map(Link::layers).unwrap_or_default();
        for ((span, signed), bits) in spans.into_iter().zip(signed).zip(known) {
            if let Some(bits) = bits {
                let subject = Subject::Secret(SecretId {
                    id: None,
                    bits,
                    notorious: true,
                    answers: Vec::new(),
                });
                self.see(
                    span,
                    subject,
                    Proof::Token,
                    (TOKEN, None, Some("token")),
                    link,
                );
                continue;
            }
            let span = link.map_or(span.clone(), |link| link.root_span(&span));
            let marks = (TOKEN, layers.clone(), Some("token"));
            self.held.tokens.push((span, signed, marks));
        }
    }

    /// Hands what was kept to the run; returns what there was.
    pub(super) fn hand_over(&mut self, blob: &Blob<'_>) -> Brings {
        let mut held = std::mem::take(&mut self.held);
        let brings = Brings {
            tokens: !held.tokens.is_empty(),
            suspects: !held.suspects.is_empty(),
        };
        if brings == Brings::default() {
            return brings;
        }
        let origin = Arc::new(blob.origin.clone());
        held.suspects
            .sort_by(|a, b| (a.0.start, a.0.end, &a.2).cmp(&(b.0.start, b.0.end, &b.2)));
        held.tokens.sort_by_key(|t| (t.0.start, t.0.end));
        let place = |locator: &mut Locator<'_>, span: &Span, (format, layers, usage): Marks| Spot {
            origin: Arc::clone(&origin),
            region: locator.region(span),
            format,
            layers,
            usage,
        };
        let mut hoard = self.tables.hoard();
        let gathers = held.gathers;
        let mut locator = Locator::new(blob.bytes, blob.base);
        for (span, secret, marks) in held.suspects {
            let place = place(&mut locator, &span, marks);
            match gathers {
                true => hoard.gather(&secret, &place),
                false => hoard.suspect(&secret, &place),
            }
        }
        let mut locator = Locator::new(blob.bytes, blob.base);
        for (span, signed, marks) in held.tokens {
            hoard.token(place(&mut locator, &span, marks), signed);
        }
        brings
    }
}

/// Returns every quoted text, and every value behind `=` or `:`.
fn values(bytes: &[u8]) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let found = rest.iter().position(|b| b"\"'`=:".contains(b))?;
            at += found + 1;
            let mark = rest.get(found).copied().unwrap_or_default();
            let rest = bytes
                .get(at..bytes.len().min(at + MAX_SUSPECT))
                .unwrap_or_default();
            let (lead, len) = match mark {
                b'=' | b':' => {
                    let lead = rest.iter().take_while(|b| **b == b' ').count();
                    let rest = rest.get(lead..).unwrap_or_default();
                    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'`,;".contains(b);
                    (lead, rest.iter().position(ends).unwrap_or(rest.len()))
                }
                quote => match memchr::memchr2(quote, b'\n', rest) {
                    Some(len) if rest.get(len) == Some(&quote) => (0, len),
                    _ => continue,
                },
            };
            if len > 0 {
                return Some(at + lead..at + lead + len);
            }
        }
    })
}

/// Whether a text is as long and as mixed as a secret that nobody could guess.
fn is_random(text: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| text.iter().any(class);
    (16..=256).contains(&text.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && text.iter().all(|b| b.is_ascii_graphic())
        && !text.starts_with(b"eyJ")
        && memchr::memmem::find(text, b"://").is_none()
        && strength(text) >= MIN_STRONG_BITS
}

/// Returns what reports say of a secret, and its answers for the list.
pub(super) fn secret_subject(plan: &ScanPlan, secret: &Secret) -> Subject {
    let answers = plan.challenges.iter();
    Subject::Secret(SecretId {
        id: secret.id(),
        bits: u32::try_from(secret.len() * 8).unwrap_or(u32::MAX),
        notorious: false,
        answers: answers
            .map(|&mac| (mac.id_name(), hex::encode(&secret.challenge(mac))))
            .collect(),
    })
}
