//! Live stores are asked for public halves.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::agent::{Machine, heartbeat};
use crate::cases::testdata;
use crate::program::run_command;

#[cfg(unix)]
#[test]
fn agents_are_asked_for_public_halves() {
    let machine = Machine::new();
    let have = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let mut command = machine.command(&["--live", "on"]);
    let socket = machine.path("agent");
    let key = machine.path("id");
    let mut sshd = Command::new("ssh-agent");
    sshd.args(["-D", "-a"])
        .arg(&socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut sshd) = sshd.spawn() else {
        eprintln!("skipped: ssh-agent is not installed");
        return;
    };
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.expect("ssh-keygen").success());
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let added = Command::new("ssh-add")
        .arg(&key)
        .env("SSH_AUTH_SOCK", &socket)
        .stderr(Stdio::null())
        .status();
    assert!(added.expect("ssh-add").success());
    // What the reference tool says of the public half.
    let print = Command::new("ssh-keygen")
        .arg("-lf")
        .arg(machine.path("id.pub"))
        .output();
    let print = String::from_utf8(print.expect("ssh-keygen").stdout).expect("text");
    let print = print.split(' ').nth(1).expect("a fingerprint").to_owned();
    fs::remove_file(&key).expect("removed");
    // A variable of a process holds a key.
    let pem = fs::read_to_string(testdata().join("openssh/good-ecdsa-256")).expect("text");
    let mut sleeper = Command::new("sleep")
        .arg("60")
        .env("DEPLOY_KEY", pem)
        .spawn()
        .expect("sleeps");
    let mut gpg = None;
    if have("gpg") && have("gpg-agent") {
        let home = machine.path("g");
        fs::create_dir(&home).expect("a folder");
        fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("set");
        let made = Command::new("gpg")
            .env("GNUPGHOME", &home)
            .args([
                "--batch",
                "--quiet",
                "--passphrase",
                "",
                "--quick-generate-key",
                "a@b.example",
                "rsa2048",
                "sign",
                "never",
            ])
            .stderr(Stdio::null())
            .status();
        if made.is_ok_and(|status| status.success()) && home.join("S.gpg-agent").exists() {
            let listed = Command::new("gpg")
                .env("GNUPGHOME", &home)
                .args(["--list-secret-keys", "--with-keygrip", "--with-colons"])
                .output()
                .expect("gpg");
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            let grip = text
                .lines()
                .find_map(|line| line.strip_prefix("grp:::::::::"));
            gpg = grip.map(|grip| grip.trim_end_matches(':').to_owned());
            command.env("GNUPGHOME", &home);
        } else {
            eprintln!("skipped: gpg-agent does not run here");
        }
    }
    command.env("SSH_AUTH_SOCK", &socket);
    let run = run_command(command, b"");
    if machine.path("g").exists() {
        let _ = Command::new("gpgconf")
            .env("GNUPGHOME", machine.path("g"))
            .args(["--kill", "all"])
            .status();
    }
    sleeper.kill().expect("killed");
    sleeper.wait().expect("ended");
    sshd.kill().expect("killed");
    sshd.wait().expect("ended");
    run.ended(1);
    let records = machine.records();
    let of = |format: &str| -> Vec<&Value> {
        let found = records.iter().filter(|record| record["type"] == "finding");
        found
            .filter(|record| record["places"][0]["format"] == format)
            .collect()
    };
    let held = of("ssh-agent");
    assert!(
        held.iter()
            .any(|found| found["ids"]["ssh-sha256"] == print.as_str()),
        "{records:?}"
    );
    assert!(held.iter().all(|found| found["proof"] == "live"));
    let environ = of("openssh");
    let at = |found: &Value| {
        found["places"][0]["path"]
            .as_str()
            .expect("a path")
            .to_owned()
    };
    assert!(
        environ
            .iter()
            .any(|found| at(found).starts_with("/proc/") && at(found).ends_with("/environ")),
        "{records:?}"
    );
    if let Some(grip) = gpg {
        let grip = grip.to_ascii_lowercase();
        let held = of("gpg-agent");
        assert!(
            held.iter()
                .any(|found| found["ids"]["keygrip"] == grip.as_str()),
            "{grip} {records:?}"
        );
    }
}

/// Which modules are loaded is for whoever starts the agent to say; that one was not is told.
#[cfg(unix)]
#[test]
fn a_module_that_is_not_loaded_is_told() {
    let machine = Machine::new();
    fs::write(machine.path("module.so"), "no library").expect("written");
    let module = machine.path("module.so");
    let missing = machine.path("missing.so");
    let (module, missing) = (module.to_string_lossy(), missing.to_string_lossy());
    let (run, records) = machine.run(&[
        "--live",
        "on",
        "--pkcs11",
        &module,
        "--pkcs11",
        &missing,
        "--pkcs11",
        "relative.so",
    ]);
    run.ended_incomplete();
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["complete"], false, "{seen}");
    assert!(seen["skipped"]["unreadable"].as_u64() >= Some(3), "{seen}");
    for path in [&*module, &*missing, "relative.so"] {
        let unread = seen["unread"].as_array().expect("a list");
        assert!(
            unread.iter().any(|one| one["path"] == path),
            "{path} {seen}"
        );
    }
}

/// A library that does as it likes when it is loaded.
#[cfg(feature = "pkcs11")]
fn module(machine: &Machine, name: &str, code: &str) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let source = machine.path(&format!("{name}.c"));
    let library = machine.path(&format!("{name}.so"));
    let text = format!(
        "#include <unistd.h>\n__attribute__((constructor)) static void go(void) {{ {code} }}\n"
    );
    fs::write(&source, text).expect("written");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    let Ok(compiled) = compiled else {
        eprintln!("skipped: no C compiler is installed");
        return None;
    };
    assert!(compiled.success());
    fs::set_permissions(&library, fs::Permissions::from_mode(0o755)).expect("set");
    Some(library.to_string_lossy().into_owned())
}

/// Modules that crash, hang, print rubbish or pretend hold nobody up, and nothing that they say is taken.
#[cfg(feature = "pkcs11")]
#[test]
fn hostile_modules_are_told_and_leave_nothing() {
    let machine = Machine::new();
    let rubbish = "for (int f = 1; f < 16; f++) write(f, \"straykey-token 1\\nrsa AQ== AQ==\\nrubbish\\n\", 39);";
    let flood = "for (;;) for (int f = 1; f < 16; f++) write(f, \"rsa AQ== AQ==\\n\", 14);";
    let kinds = [
        ("empty", ""),
        ("crash", "*(volatile int *)0 = 1;"),
        ("leave", "_exit(0);"),
        ("rubbish", rubbish),
        ("flood", flood),
        ("hang", "sleep(600);"),
    ];
    let begun = std::time::Instant::now();
    for (name, code) in kinds {
        let Some(library) = module(&machine, name, code) else {
            return;
        };
        let (run, records) = machine.run(&["--live", "on", "--pkcs11", &library]);
        let seen = &heartbeat(&records)["coverage"];
        let unread = seen["unread"].as_array().expect("a list");
        assert!(
            unread.iter().any(|one| one["path"] == library.as_str()),
            "{name}: {seen} {}",
            run.err
        );
        let of = |record: &&Value| record["places"][0]["format"] == "pkcs11";
        assert!(!records.iter().any(|record| of(&record)), "{name}");
    }
    // A processor's time and the clock are limited, each module by itself.
    assert!(begun.elapsed() < Duration::from_secs(100));
    // As root, a module that is somebody else's is not loaded at all.
    if fs::metadata(machine.path("empty.so"))
        .is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
    {
        let mark = machine.path("mark");
        let code = format!("symlink(\"/\", \"{}\");", mark.display());
        let library = module(&machine, "foreign", &code).expect("compiled");
        std::os::unix::fs::chown(&library, Some(12_345), None).expect("given away");
        machine
            .run(&["--live", "on", "--pkcs11", &library])
            .0
            .ended_incomplete();
        assert!(mark.symlink_metadata().is_err(), "it was loaded");
        std::os::unix::fs::chown(&library, Some(0), None).expect("taken back");
        machine
            .run(&["--live", "on", "--pkcs11", &library])
            .0
            .ended_incomplete();
        assert!(mark.symlink_metadata().is_ok(), "it was not loaded");
    }
}

/// A token of SoftHSM2, which nobody logs in to: its public halves are told, with the fingerprints that
/// openssl says of what pkcs11-tool reads.
#[cfg(feature = "pkcs11")]
#[test]
fn tokens_behind_modules_are_asked_for_public_halves() {
    let Some(library) = crate::program::softhsm() else {
        return;
    };
    let machine = Machine::new();
    fs::create_dir(machine.path("tokens")).expect("made");
    let conf = machine.path("softhsm2.conf");
    let tokens = machine.path("tokens");
    fs::write(
        &conf,
        format!("directories.tokendir = {}\n", tokens.display()),
    )
    .expect("written");
    let shell = |script: &str| {
        let done = Command::new("sh")
            .args(["-ec", script])
            .current_dir(machine.folder())
            .env("SOFTHSM2_CONF", &conf)
            .env("MODULE", library)
            .output()
            .expect("sh");
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{script}: {err}");
        String::from_utf8(done.stdout).expect("text")
    };
    let expected = shell(
        "softhsm2-util --init-token --free --label laptop --so-pin 1234 --pin 1234 >&2
        p() { pkcs11-tool --module $MODULE --login --pin 1234 --token-label laptop \"$@\" >&2; }
        p --keypairgen --key-type rsa:2048 --id 0a --label build
        p --keypairgen --key-type EC:prime256v1 --id 0b --label deploy
        openssl req -x509 -newkey rsa:2048 -nodes -keyout c.key -out c.pem -subj /CN=c -addext basicConstraints=critical,CA:false
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca
        for name in c ca; do openssl x509 -in $name.pem -outform DER -out $name.der; done
        p --write-object c.der --type cert --id 0c --label mine
        p --write-object ca.der --type cert --id 0d --label authority
        for id in 0a 0b; do
            pkcs11-tool --module $MODULE --token-label laptop --read-object --type pubkey --id $id --output-file $id.der >&2
            openssl dgst -sha256 -r $id.der
        done
        openssl x509 -in c.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r
        rm -f c.key ca.key",
    );
    let expected: std::collections::BTreeSet<&str> = expected
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(expected.len(), 3);
    let mut command = machine.command(&["--live", "on", "--pkcs11", library]);
    command.env("SOFTHSM2_CONF", &conf);
    run_command(command, b"").ended(1);
    let records = machine.records();
    let held: Vec<&Value> = records
        .iter()
        .filter(|record| record["places"][0]["format"] == "pkcs11")
        .collect();
    let prints = held
        .iter()
        .filter_map(|found| found["ids"]["spki-sha256"].as_str());
    assert_eq!(prints.collect::<std::collections::BTreeSet<_>>(), expected);
    assert!(
        held.iter()
            .all(|found| found["proof"] == "live" && found["places"][0]["path"] == library)
    );
    // Keys that went out of the token are told as gone.
    shell("softhsm2-util --delete-token --token laptop >&2");
    let mut command = machine.command(&["--live", "on", "--pkcs11", library]);
    command.env("SOFTHSM2_CONF", &conf);
    run_command(command, b"");
    let records = machine.records();
    let gone = records.iter().filter(|record| record["type"] == "gone");
    assert_eq!(gone.count(), 3, "{:?}", heartbeat(&records));
}
