//! The endpoint agent and symmetric secrets: what tokens prove, and secrets that can be guessed, are
//! told again without opening a file, and are not in the state. Tokens are signed by openssl.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::agent::{Machine, findings, heartbeat};

/// A token that openssl signed, in a script.
fn call(secret: &str) -> String {
    use base64::Engine as _;
    let base64 = &base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = base64.encode("{\"alg\":\"HS256\"}");
    let text = format!("{header}.{}", base64.encode("{\"sub\":\"ann\"}"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), &text).expect("written");
    let mut openssl = Command::new("openssl");
    openssl.args(["dgst", "-sha256", "-hmac", secret, "-binary"]);
    let output = openssl.arg(file.path()).output().expect("openssl");
    assert!(output.status.success());
    format!(
        "curl -H 'Authorization: Bearer {text}.{}'\n",
        base64.encode(output.stdout)
    )
}

#[test]
fn secrets_and_their_tokens_are_told_again_without_reading() {
    const STRONG: &str = "tR8vQ2mZ6xK1bN9cW4yH7jL0pS5dF3gA";
    const WEAK: &str = "my1LittlePony";
    let machine = Machine::new();
    let write = |name: &str, text: &str| {
        let path = machine.path("home").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    let read = |records: &[Value]| {
        let seen = &heartbeat(records)["coverage"];
        let number = |name: &str| seen[name].as_u64().expect("a number");
        (number("files_read"), number("files_unchanged"))
    };
    let proven = |records: &[Value]| {
        let mut proofs = records.iter().filter(|record| record["proof"] == "token");
        proofs.any(|record| record["type"] == "finding")
    };
    write("weak/a/b/c/.env", &format!("JWT_SECRET={WEAK}\n"));
    write("app/call.sh", &call(STRONG));
    write("app/etc/.env", &format!("JWT_SECRET={STRONG}\n"));
    write(
        "far/a/b/c/d/.env",
        "JWT_SECRET=Xk3Jw8Rz5Tn1Vb7Mq2Lc9Hd4Gf6Ys0Pe\n",
    );
    let (_, records) = machine.run(&[]);
    assert_eq!(read(&records), (4, 0));
    let told = findings(&records);
    assert!(proven(&records) && told.iter().any(|one| one.contains("weak-")));
    for _ in 0..2 {
        let (_, records) = machine.run(&[]);
        assert_eq!((read(&records), findings(&records)), ((0, 4), told.clone()));
    }
    for item in fs::read_dir(machine.path("state")).expect("a state") {
        let bytes = fs::read(item.expect("a file").path()).expect("read");
        for secret in [
            WEAK,
            STRONG,
            "bXkxTGl0dGxlUG9ueQ",
            "6d79314c6974746c65506f6e79",
        ] {
            let mut windows = bytes.windows(secret.len());
            assert!(
                !windows.any(|window| window == secret.as_bytes()),
                "{secret}"
            );
        }
    }
    // The token without its secret: what is near is looked at again as long as it is new.
    fs::remove_file(machine.path("home/app/etc/.env")).expect("removed");
    machine.put("openssh/good-ed25519", "app/key");
    let (_, records) = machine.run(&[]);
    assert!(!proven(&records));
    let told = findings(&records);
    assert!(told.iter().any(|one| one.contains("app/key")), "{told:?}");
    for _ in 0..2 {
        let (_, records) = machine.run(&[]);
        assert_eq!((read(&records), findings(&records)), ((0, 4), told.clone()));
    }
    // A secret that stands where no rule looks.
    write("app/notes.cfg", &format!("opaque = {STRONG}\n"));
    let (_, records) = machine.run(&[]);
    assert!(proven(&records));
    let told = findings(&records);
    for _ in 0..2 {
        let (_, records) = machine.run(&[]);
        assert_eq!((read(&records), findings(&records)), ((0, 5), told.clone()));
    }
    // And that file gone.
    fs::remove_file(machine.path("home/app/notes.cfg")).expect("removed");
    let (_, records) = machine.run(&[]);
    assert!(!proven(&records));
}

/// A verdict is that of the last run only if that run looked at the same: another one may have
/// learned a file on which the tokens that are left were not tried.
#[test]
fn what_another_run_has_learned_is_tried_all_the_same() {
    const SECRET: &str = "Jx5Vr2Qw8Nz3Lk7Hd1Tc6Pb9Mf4Gs0Ya";
    let machine = Machine::new();
    let put = |path: &str, text: &str| {
        let path = machine.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    let proven = |records: &[Value]| records.iter().any(|record| record["proof"] == "token");
    put("home/app/call.sh", &call(SECRET));
    put("other/nothing.txt", "nothing\n");
    assert!(!proven(&machine.run(&[]).1));
    put("home/app/notes.cfg", &format!("opaque = {SECRET}\n"));
    assert!(proven(&machine.run(&["--root", "other"]).1));
    for _ in 0..2 {
        assert!(proven(&machine.run(&[]).1));
    }
}
