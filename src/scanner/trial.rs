//! Readings that wait until several can be tried side by side.
//!
//! An answer by SHA-384 or SHA-512 takes a fifth of the time, with AVX-512, when it is computed
//! together with seven others. So the readings of a blob are gathered first; a text counts as tried only
//! when the last of its readings was.

use zeroize::Zeroizing;

use super::sought::Hit;
use crate::blob::Span;
use crate::inventory::Answers;
use crate::key::ChallengeMac;

/// Longest reading that waits, in bytes.
const MAX_READING: usize = 128;
/// Readings that may wait.
const MAX_WAITING: usize = 64;

/// Texts of which readings wait.
#[derive(Default)]
pub(super) struct Trials {
    texts: Vec<Text>,
    readings: Vec<Reading>,
}

/// A text that is being tried.
struct Text {
    span: Span,
    /// What it is remembered by when nothing comes of it.
    hash: u64,
    /// The first reading that answered, by its place among the readings of the text.
    listed: Option<(usize, Option<&'static str>)>,
}

/// A reading that waits.
struct Reading {
    bytes: Zeroizing<[u8; MAX_READING]>,
    len: usize,
    mac: ChallengeMac,
    /// Of which text.
    text: usize,
    place: usize,
    layer: Option<&'static str>,
}

/// The reading of a text that answers at once, and whether others wait.
#[derive(Default)]
pub(super) struct Outcome {
    place: usize,
    listed: Option<(usize, Option<&'static str>)>,
    waits: bool,
}

impl Trials {
    /// Tries a reading by one algorithm, or lets it wait. The readings of one text come one
    /// after the other, and [`Trials::end`] behind them.
    pub(super) fn reading(
        &mut self,
        answers: &Answers,
        mac: ChallengeMac,
        (secret, layer): (&[u8], Option<&'static str>),
        outcome: &mut Outcome,
    ) {
        outcome.place += 1;
        if outcome.listed.is_some() {
            return;
        }
        let gains = matches!(mac, ChallengeMac::HmacSha384 | ChallengeMac::HmacSha512);
        if !gains || secret.len() > MAX_READING {
            if answers.has(mac, answer_of(mac, &mac.answer(secret))) {
                outcome.listed = Some((outcome.place, layer));
            }
            return;
        }
        let mut bytes = Zeroizing::new([0; MAX_READING]);
        if let Some(room) = bytes.get_mut(..secret.len()) {
            room.copy_from_slice(secret);
        }
        self.readings.push(Reading {
            bytes,
            len: secret.len(),
            mac,
            text: self.texts.len(),
            place: outcome.place,
            layer,
        });
        outcome.waits = true;
    }

    /// Ends the readings of a text. Calls `tried` with its hash when nothing came of it.
    pub(super) fn end(
        &mut self,
        (span, hash): (Span, u64),
        outcome: Outcome,
        answers: &Answers,
        hits: &mut Vec<Hit>,
        tried: &mut dyn FnMut(u64),
    ) {
        let text = Text {
            span,
            hash,
            listed: outcome.listed,
        };
        if !outcome.waits {
            text.settle(hits, tried);
            return;
        }
        self.texts.push(text);
        if self.readings.len() >= MAX_WAITING {
            self.settle(answers, hits, tried);
        }
    }

    /// Tries what waits.
    pub(super) fn settle(
        &mut self,
        answers: &Answers,
        hits: &mut Vec<Hit>,
        tried: &mut dyn FnMut(u64),
    ) {
        for mac in [ChallengeMac::HmacSha384, ChallengeMac::HmacSha512] {
            let readings: Vec<&Reading> = self.readings.iter().filter(|r| r.mac == mac).collect();
            let secrets: Vec<&[u8]> = readings
                .iter()
                .map(|r| r.bytes.get(..r.len).unwrap_or_default())
                .collect();
            mac.answers(&secrets, &mut |at, answer| {
                let Some(reading) = readings.get(at) else {
                    return;
                };
                if answers.has(mac, answer_of(mac, answer))
                    && let Some(text) = self.texts.get_mut(reading.text)
                    && text.listed.is_none_or(|(place, _)| reading.place < place)
                {
                    text.listed = Some((reading.place, reading.layer));
                }
            });
        }
        self.readings.clear();
        for text in self.texts.drain(..) {
            text.settle(hits, tried);
        }
    }
}

/// Returns the bytes of an answer.
fn answer_of(mac: ChallengeMac, answer: &[u8; 64]) -> &[u8] {
    answer.get(..mac.bytes()).unwrap_or_default()
}

impl Text {
    fn settle(self, hits: &mut Vec<Hit>, tried: &mut dyn FnMut(u64)) {
        match self.listed {
            Some((_, layer)) => hits.push(Hit {
                span: self.span,
                layer,
            }),
            None => tried(self.hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Entry, EntryIds, Inventory, List};
    use crate::key::Secret;

    fn key(n: usize) -> Vec<u8> {
        format!("{n:064}").into_bytes()
    }

    /// A list with the keys of these numbers, as SHA-512 or SHA-384 answers.
    fn answers(keys: &[(usize, ChallengeMac)]) -> Answers {
        let entries = keys.iter().zip(1..).map(|((n, mac), entry)| {
            let answer = Secret::new(Zeroizing::new(key(*n))).challenge(*mac);
            let answer = Some(crate::wire::hex::encode(&answer));
            let is_384 = *mac == ChallengeMac::HmacSha384;
            Entry {
                entry,
                kind: "hmac".to_owned(),
                bits: Some(512),
                ids: EntryIds {
                    chal_hmac_sha384: answer.clone().filter(|_| is_384),
                    chal_hmac_sha512: answer.filter(|_| !is_384),
                    ..EntryIds::default()
                },
                ..Entry::default()
            }
        });
        let list = List {
            entries: entries.collect(),
            ..List::default()
        };
        Inventory::of_list(list).answers().expect("answers")
    }

    #[test]
    fn of_many_readings_those_of_the_list_are_told_and_the_others_count_as_tried() {
        let listed = [
            (3, ChallengeMac::HmacSha512),
            (70, ChallengeMac::HmacSha384),
            (199, ChallengeMac::HmacSha512),
        ];
        let answers = answers(&listed);
        let (mut trials, mut hits, mut tried) = (Trials::default(), Vec::new(), Vec::new());
        for n in 0..200 {
            let mut outcome = Outcome::default();
            // The first reading is another's; the second one is the key.
            for (secret, layer) in [(key(n + 1000), None), (key(n), Some("hex"))] {
                for algorithm in answers.algorithms() {
                    trials.reading(&answers, algorithm.mac, (&secret, layer), &mut outcome);
                }
            }
            let mark = &mut |hash| tried.push(hash);
            trials.end((n..n + 1, n as u64), outcome, &answers, &mut hits, mark);
        }
        trials.settle(&answers, &mut hits, &mut |hash| tried.push(hash));
        let found: Vec<_> = hits.iter().map(|hit| (hit.span.start, hit.layer)).collect();
        assert_eq!(found, [3, 70, 199].map(|n| (n, Some("hex"))));
        let others: Vec<u64> = (0..200).filter(|n| ![3, 70, 199].contains(n)).collect();
        assert_eq!(tried, others);
    }
}
