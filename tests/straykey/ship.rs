//! Sending the spool: a server that fails in every usual way, and nothing is lost.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Run, command, run_command};

/// A server that does with each request what it was told, and then takes everything.
const SERVER: &str = r#"
import http.server, json, os, ssl, sys, time
folder, tls, acts = sys.argv[1], sys.argv[2], [act for act in sys.argv[3].split(',') if act]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *_): pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        act, _, after = (acts.pop(0) if acts else '200').partition(':')
        key = self.headers['idempotency-key']
        with open(folder + '/seen', 'a') as seen:
            seen.write(json.dumps([act, time.time(), key, self.headers.get('authorization')]) + '\n')
        self.close_connection = True
        if act == 'slow': return time.sleep(4)
        if act == 'drop': return
        self.send_response(200 if act == 'cut' else int(act))
        self.send_header('content-length', '100' if act == 'cut' else '2')
        if after: self.send_header('retry-after', after)
        if act == '307': self.send_header('location', 'https://localhost:1/')
        self.end_headers()
        self.wfile.write(b'ok')
        if act == '200': open(f'{folder}/taken/{key}', 'wb').write(body)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
if tls != 'off':
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + '/server.pem', folder + '/server.key')
    if tls == 'mutual':
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder + '/ca.pem')
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
"#;

/// Makes an authority, a server called localhost and a client.
const CERTIFICATES: &str = "set -e\n\
    new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n\
    openssl req -x509 $new -keyout ca.key -out ca.pem -days 9 -subj /CN=ca\n\
    for who in server client; do\n\
    openssl req $new -keyout $who.key -out $who.csr -subj /CN=$who\n\
    echo subjectAltName=DNS:localhost >ext\n\
    openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days 9 -extfile ext\n\
    done\n";

struct Site {
    dir: tempfile::TempDir,
}

/// A server that is stopped when it goes out of scope.
struct Server {
    child: Child,
    port: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Site {
    /// Returns a folder with two spool files; nothing where a tool is missing.
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a folder");
        let made = Command::new("sh")
            .args(["-c", CERTIFICATES])
            .current_dir(dir.path())
            .output();
        let has_python = Command::new("python3").arg("-V").output().is_ok();
        if !made.is_ok_and(|made| made.status.success()) || !has_python {
            eprintln!("skipped: openssl or python3 is not installed");
            return None;
        }
        let site = Self { dir };
        for folder in ["spool", "taken"] {
            fs::create_dir(site.path(folder)).expect("a folder");
        }
        for number in 1..=2 {
            let name = format!("spool/straykey-2026112{number}T080000000Z-r{number}.jsonl");
            fs::write(
                site.path(&name),
                format!("{{\"type\":\"gone\",\"run\":\"{number}\"}}\n"),
            )
            .expect("written");
        }
        fs::write(site.path("spool/.unfinished-x"), "half").expect("written");
        fs::write(site.path("token"), "s3cret\n").expect("written");
        Some(site)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn serve(&self, tls: &str, acts: &str) -> Server {
        let mut child = Command::new("python3")
            .args(["-c", SERVER])
            .arg(self.dir.path())
            .args([tls, acts])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut port)
            .expect("a port");
        Server {
            child,
            port: port.trim().to_owned(),
        }
    }

    fn command(&self, to: &str, more: &[&str]) -> Command {
        let mut command = command(self.dir.path());
        command.args([
            "agent", "ship", "--state", "state", "--spool", "spool", "--pause", "0s", "--to", to,
        ]);
        command.args(more);
        command
    }

    fn ship(&self, to: &str, more: &[&str]) -> Run {
        run_command(self.command(to, more), b"")
    }

    /// What waits in the spool, and what the server has.
    fn counts(&self) -> (usize, usize) {
        let count = |folder: &str| {
            let items = fs::read_dir(self.path(folder)).expect("a folder").flatten();
            items
                .filter(|item| item.file_name().to_string_lossy().ends_with(".jsonl"))
                .count()
        };
        (count("spool"), count("taken"))
    }

    fn seen(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("seen")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

#[test]
fn a_server_that_fails_in_all_the_usual_ways_gets_everything_in_the_end() {
    let Some(site) = Site::new() else { return };
    let server = site.serve("on", "500,429:2,slow,cut,drop,503");
    let to = format!("https://localhost:{}/v1", server.port);
    let more = [
        "--ca",
        "ca.pem",
        "--token-file",
        "token",
        "--timeout",
        "2s",
        "--tries",
        "9",
    ];
    let said = site.ship(&to, &more).ended(0);
    assert_eq!(said.out(), "2 sent, 0 still here\n");
    assert_eq!(site.counts(), (0, 2));
    assert!(site.path("spool/.unfinished-x").is_file());
    for number in 1..=2 {
        let name = format!("taken/straykey-2026112{number}T080000000Z-r{number}.jsonl");
        let body = fs::read_to_string(site.path(&name)).expect("taken");
        assert_eq!(
            body,
            format!("{{\"type\":\"gone\",\"run\":\"{number}\"}}\n")
        );
    }
    let seen = site.seen();
    let acts: Vec<&str> = seen.iter().filter_map(|one| one[0].as_str()).collect();
    assert_eq!(
        acts,
        ["500", "429", "slow", "cut", "drop", "503", "200", "200"]
    );
    assert!(seen.iter().all(|one| one[3] == "Bearer s3cret"), "{seen:?}");
    let time = |at: usize| seen[at][1].as_f64().expect("a time");
    assert!(time(2) - time(1) > 1.9, "asked again before it was time");
}

#[test]
fn what_is_not_taken_stays() {
    let Some(site) = Site::new() else { return };
    // Nobody is there.
    let gone = site.serve("on", "");
    let to = format!("https://localhost:{}/", gone.port);
    drop(gone);
    let said = site.ship(&to, &["--ca", "ca.pem", "--tries", "2"]).ended(2);
    assert!(said.err.contains("r1.jsonl: "), "{}", said.err);
    assert_eq!(site.counts(), (2, 0));
    // Another name than that of the certificate; an authority that nobody knows.
    let server = site.serve("on", "");
    site.ship(
        &format!("https://127.0.0.1:{}/", server.port),
        &["--ca", "ca.pem"],
    )
    .ended(2);
    site.ship(&format!("https://localhost:{}/", server.port), &[])
        .ended(2);
    // No TLS, and not this machine.
    let said = site.ship("http://example.invalid/", &[]).ended(2);
    assert!(said.err.contains("https://"), "{}", said.err);
    assert!(site.seen().is_empty());
    assert_eq!(site.counts(), (2, 0));
    // A token that is not good, and a server that sends us elsewhere: once is enough.
    for act in ["401", "307"] {
        let server = site.serve("on", act);
        let to = format!("https://localhost:{}/", server.port);
        let said = site.ship(&to, &["--ca", "ca.pem"]).ended(2);
        assert!(said.err.contains(act), "{}", said.err);
    }
    assert_eq!(site.seen().len(), 2);
    // One file that is not wanted holds up no other.
    let server = site.serve("off", "413");
    site.ship(&format!("http://127.0.0.1:{}/", server.port), &[])
        .ended(2);
    assert_eq!(site.counts(), (1, 1));
}

#[test]
fn a_client_says_who_it_is_with_a_certificate() {
    let Some(site) = Site::new() else { return };
    let server = site.serve("mutual", "");
    let to = format!("https://localhost:{}/", server.port);
    site.ship(&to, &["--ca", "ca.pem", "--tries", "1"]).ended(2);
    assert_eq!(site.counts(), (2, 0));
    let more = [
        "--ca",
        "ca.pem",
        "--client-cert",
        "client.pem",
        "--client-key",
        "client.key",
    ];
    site.ship(&to, &more).ended(0);
    assert_eq!(site.counts(), (0, 2));
}

#[test]
fn nothing_is_lost_when_it_is_killed_and_a_server_is_left_alone() {
    let Some(site) = Site::new() else { return };
    let server = site.serve("off", "slow,503:3600");
    let to = format!("http://127.0.0.1:{}/", server.port);
    let mut child = site
        .command(&to, &[])
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let begun = Instant::now();
    while site.seen().is_empty() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Another one is refused meanwhile.
    let said = site.ship(&to, &[]).ended(2);
    assert!(said.err.contains("another process"), "{}", said.err);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(site.counts(), (2, 0));
    // The server asks for an hour, which outlives the process.
    site.ship(&to, &["--time-budget", "2s"]).ended(2);
    let said = site.ship(&to, &["--time-budget", "2s"]).ended(2);
    assert!(said.err.contains("left alone"), "{}", said.err);
    assert_eq!(site.seen().len(), 2);
    fs::remove_file(site.path("spool/.shipping")).expect("removed");
    site.ship(&to, &[]).ended(0);
    assert_eq!(site.counts(), (0, 2));
}
