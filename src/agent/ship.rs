//! Sends spool files over HTTPS, with the feature `net`: the only code of this package that opens a
//! network connection.
//!
//! Place in the flow: behind the spool, in a process of its own. What scans may read every file and
//! opens no connection; what ships opens one and reads the spool. A file is deleted when the server
//! has taken it, that is, when its whole answer with a status of 2xx was read; whatever else happens,
//! the file stays for the next time. So nothing is lost when either side stops at any moment, and a
//! file may come twice: `Idempotency-Key` is its name, which holds the id of the run.
//!
//! A server that is busy is asked again, later each time, and not before the time that it names
//! (`Retry-After`, RFC 9110, 10.2.3), which outlives this process. Redirects are not followed: the
//! token is for the server that was named.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error as NetError};
use zeroize::Zeroizing;

use super::spool::Spool;
use crate::disk;
use crate::source::Interrupt;

/// Name of the file that says that somebody ships, and when the server may be asked again.
const LOCK: &str = ".shipping";

/// Most bytes of an answer that are read.
const MAX_ANSWER: u64 = 1 << 20;

/// Longest pause between two tries that nobody asked for.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// Longest time that a server may ask to be left alone; a longer one is taken for a mistake.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How files are sent.
#[derive(Debug)]
pub struct Options {
    /// Where to.
    pub url: String,
    /// Token that says who sends, if a certificate does not.
    pub token: Option<Zeroizing<String>>,
    /// PEM of the authorities that may have signed the server's certificate; without it those of the
    /// web.
    pub authorities: Option<Vec<u8>>,
    /// PEM of the client's certificate with what it was signed by, and of its key.
    pub client: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// Longest time of one try.
    pub timeout: Duration,
    /// Tries of one file.
    pub tries: u32,
    /// Pause before the second try; it doubles from there.
    pub pause: Duration,
    /// Longest time of all.
    pub budget: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Shipped {
    /// Files that the server has taken.
    pub sent: u64,
    /// Files that are still there, and why.
    pub left: Vec<(PathBuf, String)>,
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShipError {
    /// A token or a finding does not go over a wire that others read.
    #[error("the address does not begin with https://; http:// is for this machine alone")]
    NotSecret,
    /// Certificates or key.
    #[error("{option}: no {what} in PEM")]
    Pem {
        /// The option that names the file.
        option: &'static str,
        /// What was looked for in it.
        what: &'static str,
    },
    /// Another one is at it.
    #[error("another process ships these files")]
    Running,
    /// The spool.
    #[error(
        "{}: cannot be read or written: {source}; give --spool a folder of your own",
        folder.display()
    )]
    Io {
        /// Its folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What a try came to.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    /// The server has it.
    Taken,
    /// The server does not want this file.
    Refused(String),
    /// Not now; perhaps after a time.
    Later(Option<Duration>, String),
    /// Nothing can be sent like this.
    Closed(String),
}

/// Sends the files of a spool, the oldest first.
///
/// # Errors
/// When nothing can be sent. What becomes of each file is no error.
pub fn ship(spool: &Spool, options: &Options, interrupt: &Interrupt) -> Result<Shipped, ShipError> {
    let agent = agent(options)?;
    let failed = |source| ShipError::Io {
        folder: spool.folder().to_path_buf(),
        source,
    };
    let mut lock = Lock::take(spool.folder())
        .map_err(failed)?
        .ok_or(ShipError::Running)?;
    let until = Instant::now() + options.budget;
    let mut shipped = Shipped::default();
    let mut files = spool.files().map_err(failed)?;
    files.sort();
    let mut files = files.into_iter();
    for path in files.by_ref() {
        let body = match std::fs::read(&path) {
            Ok(body) => body,
            // A run makes room for newer files.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                shipped.left.push((path, error.to_string()));
                continue;
            }
        };
        let answer = insist(&agent, options, &path, &body, (&mut lock, until, interrupt));
        match answer.map_err(failed)? {
            Answer::Taken => {
                match std::fs::remove_file(&path) {
                    // A run made room meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    done => done.map_err(failed)?,
                }
                shipped.sent += 1;
            }
            Answer::Refused(why) => shipped.left.push((path, why)),
            Answer::Later(_, why) | Answer::Closed(why) => {
                shipped.left.push((path, why));
                break;
            }
        }
    }
    let rest = files.map(|path| (path, "not tried".to_owned()));
    shipped.left.extend(rest);
    Ok(shipped)
}

/// Tries until the server says something that lasts.
fn insist(
    agent: &Agent,
    options: &Options,
    path: &Path,
    body: &[u8],
    (lock, until, interrupt): (&mut Lock, Instant, &Interrupt),
) -> io::Result<Answer> {
    let mut pause = options.pause;
    let mut tries = 0;
    let mut last = Answer::Later(None, "not tried".to_owned());
    loop {
        let wait = lock.wait(Timestamp::now());
        if !wait.is_zero() && !nap(wait, until, interrupt) {
            let why = match &last {
                Answer::Later(_, why) if tries > 0 => why.clone(),
                _ => format!(
                    "the server asks to be left alone for {} s more",
                    wait.as_secs()
                ),
            };
            return Ok(Answer::Later(None, why));
        }
        tries += 1;
        last = send(agent, options, path, body);
        let Answer::Later(after, _) = &last else {
            return Ok(last);
        };
        if let Some(after) = after {
            lock.keep(Timestamp::now(), (*after).min(MAX_RETRY_AFTER))?;
        }
        if tries >= options.tries {
            return Ok(last);
        }
        if after.is_none() {
            if !nap(spread(pause), until, interrupt) {
                return Ok(last);
            }
            pause = pause.saturating_mul(2).min(MAX_PAUSE);
        }
    }
}

/// Sends a file once.
fn send(agent: &Agent, options: &Options, path: &Path, body: &[u8]) -> Answer {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut request = agent
        .post(&options.url)
        .header("content-type", "application/x-ndjson")
        .header("idempotency-key", &*name);
    if let Some(token) = &options.token {
        let value = Zeroizing::new(format!("Bearer {}", token.trim()));
        request = request.header("authorization", value.as_str());
    }
    let mut response = match request.send(body) {
        Ok(response) => response,
        Err(error) => return failed(&error),
    };
    let after = response.headers().get("retry-after");
    let after = after.and_then(|value| value.to_str().ok().map(str::to_owned));
    let status = response.status().as_u16();
    // Half an answer is none: what sits between may have cut it.
    let rest = response.body_mut().with_config().limit(MAX_ANSWER);
    if let Err(error) = rest.read_to_vec() {
        return match error {
            NetError::BodyExceedsLimit(_) => judge(status, after.as_deref(), Timestamp::now()),
            error => Answer::Later(None, format!("the answer was cut: {error}")),
        };
    }
    judge(status, after.as_deref(), Timestamp::now())
}

/// Says what a status means for a file.
fn judge(status: u16, after: Option<&str>, now: Timestamp) -> Answer {
    let said = format!("the server answered {status}");
    match status {
        200..=299 => Answer::Taken,
        400 | 411 | 413 | 415 | 422 => Answer::Refused(said),
        408 | 425 | 429 | 500..=599 => {
            Answer::Later(after.and_then(|after| span(after, now)), said)
        }
        _ => Answer::Closed(said),
    }
}

/// Says what an error means: a certificate that is not good is none the next second either.
fn failed(error: &NetError) -> Answer {
    let is_for_good = match error {
        NetError::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        NetError::Timeout(_)
        | NetError::HostNotFound
        | NetError::ConnectionFailed
        | NetError::Protocol(_)
        | NetError::ConnectProxyFailed(_)
        | NetError::BodyStalled => false,
        _ => true,
    };
    match is_for_good {
        true => Answer::Closed(error.to_string()),
        false => Answer::Later(None, error.to_string()),
    }
}

/// Reads `Retry-After`: seconds, or a date.
fn span(after: &str, now: Timestamp) -> Option<Duration> {
    let after = after.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(after).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Varies a pause by half, so that a fleet does not come back at once.
fn spread(pause: Duration) -> Duration {
    let part = f64::from(Timestamp::now().subsec_nanosecond().unsigned_abs()) / 1e9;
    pause.mul_f64(0.75 + part / 2.0)
}

/// Waits, if there is that much time left; returns whether it did.
fn nap(time: Duration, until: Instant, interrupt: &Interrupt) -> bool {
    let end = Instant::now() + time;
    if end > until {
        return false;
    }
    while !interrupt.is_set() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
    false
}

/// Makes the client.
fn agent(options: &Options) -> Result<Agent, ShipError> {
    let is_secret = options.url.starts_with("https://");
    if !is_secret && !is_this_machine(&options.url) {
        return Err(ShipError::NotSecret);
    }
    let mut tls = TlsConfig::builder();
    if let Some(pem) = &options.authorities {
        let roots = certificates(pem, "--ca")?;
        tls = tls.root_certs(RootCerts::new_with_certs(&roots));
    }
    if let Some((chain, key)) = &options.client {
        let chain = certificates(chain, "--client-cert")?;
        let key = PrivateKey::from_pem(key).map_err(|_| ShipError::Pem {
            option: "--client-key",
            what: "private key",
        })?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    let config = Agent::config_builder()
        .https_only(is_secret)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(options.timeout))
        .user_agent(concat!("straykey/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    Ok(config.build().into())
}

/// Whether an address without TLS is of this machine, where a forwarder may listen.
fn is_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let is_http = uri.scheme_str() == Some("http");
    // What stands before an `@` is a name to log in with, never the host.
    let authority = uri.authority().filter(|all| !all.as_str().contains('@'));
    let host = authority.map(|all| all.host());
    is_http && host.is_some_and(|host| ["127.0.0.1", "[::1]", "localhost"].contains(&host))
}

fn certificates(pem: &[u8], option: &'static str) -> Result<Vec<Certificate<'static>>, ShipError> {
    let failed = || ShipError::Pem {
        option,
        what: "certificate",
    };
    let mut all = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(one) = item.map_err(|_| failed())? {
            all.push(one);
        }
    }
    match all.is_empty() {
        true => Err(failed()),
        false => Ok(all),
    }
}

/// Held while files are sent. In the file is the time before which the server is not asked.
#[derive(Debug)]
struct Lock {
    file: File,
    not_before: Option<Timestamp>,
}

impl Lock {
    /// Takes it; nothing if another process has it.
    fn take(folder: &Path) -> io::Result<Option<Self>> {
        let Some(mut file) = disk::lock(&folder.join(LOCK))? else {
            return Ok(None);
        };
        let mut text = String::new();
        (&mut file).take(64).read_to_string(&mut text)?;
        let not_before = text.trim().parse().ok();
        Ok(Some(Self { file, not_before }))
    }

    /// How long the server is to be left alone.
    fn wait(&self, now: Timestamp) -> Duration {
        let left = self.not_before.map(|time| time.duration_since(now));
        let left = left.and_then(|left| Duration::try_from(left).ok());
        // A clock that was set back does not silence a machine for ever.
        left.filter(|left| *left <= MAX_RETRY_AFTER)
            .unwrap_or_default()
    }

    fn keep(&mut self, now: Timestamp, time: Duration) -> io::Result<()> {
        let until = now.checked_add(time).ok();
        self.not_before = until;
        let text = until.map(|until| until.to_string()).unwrap_or_default();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_what_they_say() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let is_later = |status, after| match judge(status, after, now) {
            Answer::Later(span, _) => span.map(|span| span.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(judge(204, None, now), Answer::Taken);
        assert_eq!(is_later(429, Some("7")), Some(7));
        assert_eq!(
            is_later(503, Some("Sun, 22 Nov 2026 10:01:30 GMT")),
            Some(90)
        );
        assert_eq!(
            is_later(503, Some("Sun, 22 Nov 2026 09:00:00 GMT")),
            Some(0)
        );
        assert_eq!(is_later(500, Some("soon")), None);
        for status in [301, 307, 401, 403, 404] {
            assert!(
                matches!(judge(status, None, now), Answer::Closed(_)),
                "{status}"
            );
        }
        assert!(matches!(judge(413, None, now), Answer::Refused(_)));
    }

    #[test]
    fn only_this_machine_is_told_without_tls() {
        for url in [
            "http://127.0.0.1:8080/x",
            "http://localhost/",
            "http://[::1]:1",
        ] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in [
            "http://example.org/",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://localhost:x@example.org/",
            "ftp://localhost/",
        ] {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
