//! What the agent writes down: one JSON document a line.
//!
//! Three types: a finding for each key and user, a key that is gone, and at the end of each run the
//! heartbeat with its account of what was seen and what was not. Field names are stable; fields are
//! added without notice; [`VERSION`] goes up when one is taken away or changes its meaning. No field
//! can hold a secret: records are made of findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::inventory::Match;

/// Version of the fields.
pub const VERSION: u32 = 1;

/// Most places of one finding that are written down; the others are counted.
pub const MAX_PLACES: usize = 50;

/// A line of a spool.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record {
    /// A key is there.
    Finding(Box<Found>),
    /// A key was there, and is no more.
    Gone(Box<Gone>),
    /// A run ended.
    Heartbeat(Box<Heartbeat>),
}

/// Which machine.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Device {
    /// Its id, which stays.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A key that a user of a machine has.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Found {
    /// [`VERSION`].
    pub v: u32,
    /// Id of the run.
    pub run: String,
    /// RFC 3339 time of the run.
    pub time: String,
    /// Which machine.
    pub device: Device,
    /// Whose home it is in, or who owns the file.
    pub user: String,
    /// Which rule.
    pub rule: String,
    /// How bad: `error`, `warning` or `note`.
    pub level: String,
    /// The same in numbers, from 0 to 10.
    pub severity: f64,
    /// Id of the key, secret or container; none of what does not parse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Algorithm and size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// How it was proven, by its best place.
    pub proof: String,
    /// One sentence.
    pub message: String,
    /// Which inventory entry it is.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matched: Option<Matched>,
    /// Every fingerprint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
    /// When a run saw it first, on this machine, of this user.
    pub first_seen: String,
    /// When one saw it last.
    pub last_seen: String,
    /// Where, best proven first; at most [`MAX_PLACES`].
    pub places: Vec<At>,
    /// How many places there are.
    pub places_total: u64,
}

/// An inventory entry that a key is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Matched {
    /// Its number.
    pub entry: u64,
    /// Its name.
    pub name: String,
    /// Which fingerprint matched.
    pub by: String,
    /// The system that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The version there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its state there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Verifiers that trust it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_by: Vec<String>,
}

/// Where a key is.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct At {
    /// Path, as the privacy of the run has it; members of archives behind `!`.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// How the key is written down there.
    pub format: String,
    /// How it was proven there.
    pub proof: String,
    /// Decodings that were undone, from the outside in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The commit that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// RFC 3339 time of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_time: Option<String>,
    /// Where in its repository it stands now: `tip`, `history`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<String>,
    /// Where that repository was cloned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// A key that was there, and that a run which saw everything did not see any more.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Gone {
    /// [`VERSION`].
    pub v: u32,
    /// Id of the run.
    pub run: String,
    /// RFC 3339 time of the run.
    pub time: String,
    /// Which machine.
    pub device: Device,
    /// Whose it was.
    pub user: String,
    /// Which rule.
    pub rule: String,
    /// Id of the key.
    pub key: String,
    /// When a run saw it first.
    pub first_seen: String,
    /// When one saw it last.
    pub last_seen: String,
    /// Where it was last.
    pub path: String,
}

/// What a run comes to.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Heartbeat {
    /// [`VERSION`].
    pub v: u32,
    /// Id of the run.
    pub run: String,
    /// RFC 3339 time of its end.
    pub time: String,
    /// Which machine.
    pub device: Device,
    /// Version of the program.
    pub engine: String,
    /// `clean`, `findings` or `not-vouched`.
    pub verdict: String,
    /// Why it is not `clean`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// How many findings there are.
    pub findings: u64,
    /// What was seen and what was not.
    pub coverage: Coverage,
    /// The end of the log: its number of lines, and the hash of the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Head>,
}

/// The end of a log.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Head {
    /// Lines.
    pub lines: u64,
    /// SHA-256 of the last one, hex.
    pub sha256: String,
}

/// What a run saw and did not see.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Coverage {
    /// Whether all of it was seen.
    pub complete: bool,
    /// What was looked at.
    pub roots: Vec<String>,
    /// What was not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Users with a home.
    pub users: Vec<String>,
    /// Files that were met: read, or as they were.
    pub files: u64,
    /// Files that were read.
    pub files_read: u64,
    /// Files that are as an earlier run saw them.
    pub files_unchanged: u64,
    /// Bytes read, of files and objects.
    pub bytes: u64,
    /// Blobs of git histories.
    pub blobs: u64,
    /// Repositories.
    pub repositories: u64,
    /// Archives that were looked into.
    pub archives: u64,
    /// Members of them.
    pub members: u64,
    /// Agents that said which keys they hold.
    pub live_stores: u64,
    /// Environments of processes.
    pub environments: u64,
    /// Environments that may not be read.
    pub environments_closed: u64,
    /// What was passed over, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// The first of what could not be read, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<LeftOut>,
    /// The list that keys were matched with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListUsed>,
    /// What is to be known of how it went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Processor time that it took, in seconds.
    pub cpu_seconds: f64,
    /// How long it waited for power or quiet, in seconds.
    pub waited_seconds: f64,
    /// Most memory that it had, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct LeftOut {
    /// What.
    pub path: String,
    /// Why.
    pub why: String,
}

/// The list that keys were matched with.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ListUsed {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// RFC 3339 time of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    /// How many whole days ago that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// RFC 3339 time of expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Key id of the signature that was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// How many key versions it lists.
    pub entries: u64,
}

impl From<&Match> for Matched {
    fn from(found: &Match) -> Self {
        Self {
            entry: found.entry,
            name: found.name.clone(),
            by: found.by.clone(),
            source: found.source.clone(),
            version: found.version.clone(),
            state: found.state.clone(),
            env: found.env.clone(),
            owner: found.owner.clone(),
            trusted_by: found.trusted_by.clone(),
        }
    }
}

impl Record {
    /// Returns the version of its fields.
    #[must_use]
    pub fn version(&self) -> u32 {
        match self {
            Self::Finding(found) => found.v,
            Self::Gone(gone) => gone.v,
            Self::Heartbeat(beat) => beat.v,
        }
    }

    /// Returns the line, without its end.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no record of ours is.
    pub fn line(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(crate::report::escape::json(&text).into_owned())
    }
}
