//! Asks live stores, and makes sightings of what they answer.

use std::io;
use std::path::Path;

use super::Options;
#[cfg(unix)]
use super::{MAX_AGENTS, MAX_MODULES, environ, gpg_agent, module, ssh_agent};
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
    #[cfg(unix)]
    {
        agents(options, interrupt, &mut harvest);
        modules(options, interrupt, &mut harvest);
        if let Some(folder) = options.processes.as_ref().filter(|_| !interrupt.is_set()) {
            environ::read(folder, scanner, interrupt, &mut harvest);
        }
    }
    #[cfg(not(unix))]
    {
        let _ = scanner;
        for module in &options.modules {
            let detail = "modules are not loaded on this system";
            harvest.skip(NoticeReason::Unreadable, module, detail);
        }
    }
    for (keychain, start) in options.keychains.iter().zip(options.start.iter().cycle()) {
        for store in keychain.stores() {
            if interrupt.is_set() {
                return harvest;
            }
            take(
                keychain.list(&store, start, interrupt),
                &store,
                "keychain",
                &mut harvest,
            );
        }
    }
    harvest
}

#[cfg(unix)]
fn agents(options: &Options, interrupt: &Interrupt, harvest: &mut Harvest) {
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
                return;
            }
            take(ask(socket), socket, format, harvest);
        }
    }
}

#[cfg(unix)]
fn modules(options: &Options, interrupt: &Interrupt, harvest: &mut Harvest) {
    for (number, module) in options.modules.iter().enumerate() {
        if interrupt.is_set() {
            return;
        }
        let refused = match options.lister.as_ref().zip(options.start.as_ref()) {
            _ if number >= MAX_MODULES => format!("more than {MAX_MODULES} modules: not loaded"),
            None => "this build loads no modules: it has not the feature `pkcs11`".to_owned(),
            Some((lister, start)) => match module::list(module, lister, start, interrupt) {
                Ok(keys) => {
                    take(Ok(keys), module, "pkcs11", harvest);
                    continue;
                }
                // Somebody named it: that it is not there is no reason to pass it over.
                Err(error) => error.to_string(),
            },
        };
        harvest.skip(NoticeReason::Unreadable, module, refused);
    }
}

/// Notes what a store answered.
fn take(
    answer: io::Result<Vec<PublicKey>>,
    store: &Path,
    format: &'static str,
    harvest: &mut Harvest,
) {
    match answer {
        Ok(keys) => {
            harvest.live += 1;
            let seen = keys.iter().map(|key| held(key, store, format));
            harvest.sightings.extend(seen);
        }
        Err(error) => harvest.skip(unasked(&error), store, error.to_string()),
    }
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

/// Returns the sighting of a key that a store holds.
fn held(key: &PublicKey, store: &Path, format: &'static str) -> Sighting {
    Sighting {
        subject: Subject::Key(Identity::of(key)),
        origin: Origin::file(store),
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
        twin: None,
    }
}
