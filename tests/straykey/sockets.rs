//! No socket is opened, and there is no code that could open one to the network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::agent::Machine;
use crate::cases::testdata;
use crate::program::{command, git};

/// Crates that speak to networks, or hold what those stand on.
const NETWORK: [&str; 24] = [
    "async-std",
    "attohttpc",
    "aws-config",
    "curl",
    "h2",
    "hickory-resolver",
    "http",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "schannel",
    "security-framework",
    "smol",
    "socket2",
    "surf",
    "tokio",
    "tungstenite",
    "ureq",
    "webpki",
];

#[test]
fn the_default_build_has_no_network_code() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tree = Command::new(cargo);
    tree.current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--offline", "--edges", "normal"])
        .args(["--target", "all", "--prefix", "none", "--format", "{p}"]);
    let output = tree.output().expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        // Without the network, crates of systems other than this one may not be here.
        eprintln!(
            "skipped: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        return;
    }
    let crates: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(crates.len() > 60 && crates.contains(&"rustix"), "{text}");
    let found: Vec<_> = crates.iter().filter(|c| NETWORK.contains(c)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn sockets_of_the_file_system_only_and_only_where_agents_are_asked() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let live = src.join("source/live");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 300, "{} files", files.len());
    let mut asked = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("text");
        for word in [
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "ToSocketAddrs",
            "UnixStream",
            "UnixDatagram",
            "AddressFamily",
            "AddressFamily::INET",
        ] {
            let is_local = ["UnixStream", "AddressFamily"].contains(&word);
            let is_live = is_local && path.starts_with(&live);
            asked += usize::from(is_live && text.contains(word));
            let is_told = is_live || !text.contains(word);
            assert!(is_told, "{word} in {}", path.display());
        }
    }
    assert!(
        asked > 0,
        "nothing asks agents; this test looks for nothing"
    );
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => sources(&path, files),
            false if path.extension().is_some_and(|end| end == "rs") => files.push(path),
            false => {}
        }
    }
}

/// The system calls about sockets that a run makes, if it can be traced.
fn traced(asked: &Command, folder: &Path) -> Option<Vec<String>> {
    let trace = folder.join("trace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", "trace=%network,execve", "-o"])
        .arg(&trace);
    strace.arg(asked.get_program()).args(asked.get_args());
    strace.current_dir(asked.get_current_dir().unwrap_or(folder));
    for (name, value) in asked.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let ended = strace
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let text = fs::read_to_string(&trace).unwrap_or_default();
    if ended.is_err() || !text.contains("execve(") {
        eprintln!("skipped: strace is not installed, or may not trace here");
        return None;
    }
    assert_eq!(
        ended.ok().and_then(|e| e.code()),
        Some(1),
        "{asked:?} finds keys"
    );
    let lines = text.lines().filter(|line| !line.contains("execve("));
    let calls = lines.filter(|line| line.contains('('));
    Some(calls.map(str::to_owned).collect())
}

/// A repository with a key in its history.
fn repository(folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    fs::copy(
        testdata().join("pkcs8/good-ed25519.pem"),
        folder.join("key.pem"),
    )
    .expect("copied");
    for args in [
        &["init", "-q"][..],
        &["add", "."],
        &["commit", "-q", "-m", "a key"],
    ] {
        git(folder, args);
    }
}

#[test]
fn a_scan_and_a_sweep_open_no_socket() {
    let dir = tempfile::tempdir().expect("a folder");
    let repo = dir.path().join("repo");
    repository(&repo);
    let list = testdata().join("demo/inventory.jsonl");
    let list = list.to_str().expect("UTF-8");
    for args in [
        &["scan", "--inventory", list, "."][..],
        &["scan", "--history", "only", "--state", "../state", "."],
        &["hook", "run", "pre-commit"],
    ] {
        let mut asked = command(&repo);
        asked.args(args);
        if args[0] == "hook" {
            fs::copy(repo.join("key.pem"), repo.join("new.pem")).expect("copied");
            git(&repo, &["add", "new.pem"]);
        }
        let Some(calls) = traced(&asked, dir.path()) else {
            return;
        };
        assert_eq!(calls, Vec::<String>::new(), "{asked:?}");
    }
}

#[test]
fn the_agent_opens_the_sockets_of_agents_only_when_asked() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", ".ssh/id_ed25519");
    let socket = machine.path("agent.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    // Takes calls and hangs up.
    std::thread::spawn(move || listener.incoming().for_each(drop));
    for live in ["off", "on"] {
        let mut asked = machine.command(&["--live", live]);
        asked.env("SSH_AUTH_SOCK", &socket);
        let Some(calls) = traced(&asked, &machine.path("")) else {
            return;
        };
        let opened: Vec<&String> = calls.iter().filter(|c| c.contains("socket(")).collect();
        if live == "off" {
            assert_eq!(calls, Vec::<String>::new());
        } else {
            assert!(!opened.is_empty(), "{calls:?}");
            let is_local = |call: &&String| call.contains("AF_UNIX");
            assert!(opened.iter().all(is_local), "{opened:?}");
        }
    }
}
