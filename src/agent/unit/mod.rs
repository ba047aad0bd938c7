//! What a system's scheduler is told: to run the agent once a day, at a time of its own, as nobody
//! notices it, and with nothing that it does not need; and, apart from that, to send what is in the
//! spool every hour. What scans may read every file and has no network; what sends has the network and
//! needs nothing but the spool.
//!
//! Files are made here as text; who installs them writes them down. Each says in comments what its
//! lines are for.

pub mod launchd;
pub mod systemd;
pub mod windows;

use std::path::PathBuf;

/// How the agent is to be run.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The program.
    pub program: PathBuf,
    /// What `agent run` is given.
    pub arguments: Vec<String>,
    /// The folder of the state.
    pub state: PathBuf,
    /// The folder of the spool.
    pub spool: PathBuf,
    /// Share of one processor, in percent.
    pub cpu_percent: u32,
    /// Whether it is one user's own, not the machine's.
    pub is_users: bool,
}

/// How what is in the spool is to be sent.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// The program.
    pub program: PathBuf,
    /// What `agent ship` is given.
    pub arguments: Vec<String>,
    /// The folder of the state, which is kept from it.
    pub state: PathBuf,
    /// The folder of the spool.
    pub spool: PathBuf,
    /// Whether it is one user's own, not the machine's.
    pub is_users: bool,
}

/// A file to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnitFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}
