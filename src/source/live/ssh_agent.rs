//! ssh-agent: which keys it holds (draft-ietf-sshm-ssh-agent, section 3.5).
//!
//! ```text
//! request   uint32 1 | byte 11
//! answer    uint32 length | byte 12 | uint32 n | n × (string key blob, string comment)
//! ```
//!
//! Comments are not kept: they are words of whoever added the key. Keys on a security key (`sk-…`) and
//! of kinds that are not known here are passed over; certificates stand beside their key.

use std::io;
use std::path::Path;

use super::socket::{Agent, MAX_BYTES, nonsense};
use crate::identity::ssh;
use crate::key::PublicKey;
use crate::wire::big_endian::Reader;

/// `SSH_AGENTC_REQUEST_IDENTITIES`, with its length.
const REQUEST: [u8; 5] = [0, 0, 0, 1, 11];

/// `SSH_AGENT_IDENTITIES_ANSWER`.
const ANSWER: u8 = 12;

/// Asks an agent for the public halves of its keys.
pub(super) fn list(socket: &Path) -> io::Result<Vec<PublicKey>> {
    let mut agent = Agent::connect(socket)?;
    agent.send(&REQUEST)?;
    let mut len = [0; 4];
    agent.fill(&mut len)?;
    let len = u32::from_be_bytes(len) as usize;
    if len > MAX_BYTES {
        return Err(nonsense());
    }
    let mut answer = vec![0; len];
    agent.fill(&mut answer)?;
    read(&answer).ok_or_else(nonsense)
}

/// Reads an answer; nothing if it is none.
fn read(answer: &[u8]) -> Option<Vec<PublicKey>> {
    let mut fields = Reader::new(answer);
    if fields.u8().ok()? != ANSWER {
        return None;
    }
    let count = fields.u32().ok()?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let blob = fields.string().ok()?;
        fields.string().ok()?;
        keys.extend(ssh::parse(blob).ok());
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn answers_that_are_cut_are_refused() {
        let mut answer = vec![12, 0, 0, 0, 1, 0, 0, 0, 51];
        answer.extend(b"\0\0\0\x0bssh-ed25519\0\0\0\x20");
        answer.extend([7; 32]);
        answer.extend(b"\0\0\0\x01x");
        assert_eq!(read(&answer).unwrap().len(), 1);
        for len in 0..answer.len() {
            assert!(read(&answer[..len]).is_none(), "{len} bytes");
        }
        // A number of keys that are not there reserves nothing.
        assert!(read(&[12, 255, 255, 255, 255]).is_none());
        assert!(read(&[5]).is_none());
    }
}
