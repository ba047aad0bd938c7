//! What a scan is asked to look for.

use std::sync::Arc;

use crate::inventory::{Answers, Verifiers};
use crate::key::ChallengeMac;
use crate::key::password::Words;
use crate::pattern::Patterns;

/// What the inventory wants searched, as plain values.
#[derive(Clone, Debug)]
pub struct ScanPlan {
    /// Challenge algorithms that some entry has an answer for.
    pub challenges: Vec<ChallengeMac>,
    /// The answers themselves, when every run of text is to be tried.
    pub answers: Option<Answers>,
    /// Keys that tokens are tried on, when it is asked which of them signed any.
    pub verifiers: Option<Arc<Verifiers>>,
    /// Rules for signing secrets; the embedded ones if none are given.
    pub patterns: Option<Patterns>,
    /// Whether notorious passwords are tried on encrypted keys and stores.
    pub trials: bool,
    /// Words to try besides those.
    pub words: Words,
    /// Whether archives are looked into.
    pub archives: bool,
    /// Families of formats that are left out.
    pub skipped: Vec<&'static str>,
    /// What every key that is met signs, to prove that it was met.
    pub message: Option<Arc<[u8]>>,
}

impl Default for ScanPlan {
    fn default() -> Self {
        Self {
            challenges: Vec::new(),
            answers: None,
            verifiers: None,
            patterns: None,
            trials: true,
            words: Words::default(),
            archives: true,
            skipped: Vec::new(),
            message: None,
        }
    }
}
