//! Asks agents, and makes sightings of what they answer.

use std::io;
use std::path::Path;

use super::{MAX_AGENTS, Options, environ, gpg_agent, ssh_agent};
use crate::blob::Origin;
use crate::finding::{Manner, NoticeReason, Proof, Region, Sighting, Subject};
use crate::identity::Identity;
use crate::key::PublicKey;
use crate::scanner::Scanner;
use crate::source::{Harvest, Interrupt};

/// Looks into live stores.
#[must_use]
pub fn look(options: &Options, scanner: &Scanner, interrupt: &Interrupt) -> Harvest {
    let mut harvest = Harvest::default();
    type Ask = fn(&Path) -> io::Result<Vec<PublicKey>>;
    let agents = [
        (&options.ssh, "ssh-agent", ssh_agent::list as Ask),
        (&options.gpg, "gpg-agent", gpg_agent::list as Ask),
    ];
    for (sockets, format, ask) in agents {
        for (number, socket) in sockets.iter().enumerate() {
            if number >= MAX_AGENTS {
                let detail = format!("more than {MAX_AGENTS} agents: this one was not asked");
                harvest.skip(NoticeReason::Unreadable, socket, detail);
                continue;
            }
            if interrupt.is_set() {
                return harvest;
            }
            match ask(socket) {
                Ok(keys) => {
                    harvest.live += 1;
                    let seen = keys.iter().map(|key| held(key, socket, format));
                    harvest.sightings.extend(seen);
                }
                Err(error) => harvest.skip(unasked(&error), socket, error.to_string()),
            }
        }
    }
    if let Some(folder) = &options.processes {
        environ::read(folder, scanner, interrupt, &mut harvest);
    }
    harvest
}

/// A socket that nobody listens at any more, or that is somebody else's, is no store of ours.
fn unasked(error: &io::Error) -> NoticeReason {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            NoticeReason::Special
        }
        _ => NoticeReason::Unreadable,
    }
}

/// Returns the sighting of a key that an agent holds.
fn held(key: &PublicKey, socket: &Path, format: &'static str) -> Sighting {
    Sighting {
        subject: Subject::Key(Identity::of(key)),
        origin: Origin::file(socket),
        region: Region {
            line: 1,
            column: 1,
            end_column: 1,
            end_line: 1,
            ..Region::default()
        },
        manner: Manner {
            format,
            proof: Proof::Live,
            encrypted: false,
            layers: Vec::new(),
            kid: None,
            usage: None,
            opened_with: None,
            token: None,
        },
        comment: None,
    }
}
