//! `scan --state` and symmetric secrets: what tokens prove, and secrets that can be guessed, are told
//! again without a look at any object, and nothing that helps to guess them is kept. Tokens are
//! signed by openssl.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::program::*;

const STRONG: &str = "tR8vQ2mZ6xK1bN9cW4yH7jL0pS5dF3gA";
const OTHER: &str = "Xk3Jw8Rz5Tn1Vb7Mq2Lc9Hd4Gf6Ys0Pe";
const WEAK: &str = "my1LittlePony";

/// Returns what openssl prints.
fn openssl(line: &str, input: &str) -> Vec<u8> {
    let output = output(Command::new("openssl").args(line.split(' ')), input);
    assert!(output.status.success(), "{line}");
    output.stdout
}

/// A token that a secret signed.
fn token(secret: &str, subject: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    let payload = URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"{subject}\"}}"));
    let text = format!("{header}.{payload}");
    let line = format!("dgst -sha256 -hmac {secret} -binary");
    let signature = URL_SAFE_NO_PAD.encode(openssl(&line, &text));
    format!("{text}.{signature}")
}

/// A file with a token, and one with a secret.
fn with_token(secret: &str) -> String {
    format!(
        "curl -H 'Authorization: Bearer {}' https://api\n",
        token(secret, "ann")
    )
}

fn with_secret(secret: &str) -> String {
    format!("PORT=80\nJWT_SECRET={secret}\n")
}

struct Kept {
    repo: Repo,
    state: PathBuf,
    /// Whether histories only are scanned.
    only: bool,
}

impl Kept {
    fn new(only: bool) -> Self {
        let repo = Repo::new(&[]);
        let state = repo.home.path().join("state");
        Self { repo, state, only }
    }

    fn scan(&self, arguments: &[&str]) -> Scan {
        // What changed a moment ago might change again unseen.
        std::thread::sleep(std::time::Duration::from_millis(60));
        let only: &[&str] = if self.only {
            &["--history", "only"]
        } else {
            &[]
        };
        self.repo.scan_all(&[only, arguments, &["."]].concat())
    }

    fn again(&self, arguments: &[&str]) -> Scan {
        let state = ["--state", self.state.to_str().unwrap()];
        self.scan(&[&state, arguments].concat())
    }

    /// Scans with the state and without, which must find the same; returns how many blobs the first
    /// looked at, and how many of those it had looked at before.
    #[track_caller]
    fn agrees(&self, arguments: &[&str]) -> (u64, u64) {
        let (kept, fresh) = (self.again(arguments), self.scan(arguments));
        assert_eq!(kept.report["findings"], fresh.report["findings"]);
        assert_eq!(kept.report["notices"], fresh.report["notices"]);
        assert_eq!(kept.code, fresh.code, "{}", kept.stderr);
        let stats = |name: &str| kept.report["stats"][name].as_u64().unwrap();
        (stats("blobs"), stats("blobs_again"))
    }

    /// Rule and proof of each finding.
    fn told(&self) -> Vec<(String, String)> {
        let scan = self.again(&[]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let findings = scan.report["findings"].as_array().unwrap().iter();
        let told = findings.map(|finding| {
            let proof = &finding["properties"]["straykey"]["proof"];
            (text(&finding["rule"]), text(proof))
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        told
    }

    fn sarif(&self, more: &[&str]) -> Value {
        let mut command = self.repo.command(STRAYKEY);
        command.args([
            "scan",
            "--no-repo-config",
            "--history",
            "only",
            "--format",
            "sarif",
        ]);
        let output = output(command.args(more).arg("."), "");
        let log: Value = serde_json::from_slice(&output.stdout).unwrap();
        log["runs"][0]["results"].clone()
    }

    /// Asserts that no form of a secret is in the state, and of one that nobody guesses its id.
    #[track_caller]
    fn has_no(&self, text: &str) {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let digest = |name: &str| openssl(&format!("dgst -{name} -binary"), text);
        let mut forms = vec![text.as_bytes().to_vec()];
        forms.extend(["sha256", "sha1", "md5"].map(digest));
        // The id that a strong one would have.
        let challenge = output(
            Command::new(STRAYKEY).args(["inventory", "challenge", "--raw"]),
            "",
        );
        let path = self.repo.home.path().join("M");
        std::fs::write(&path, challenge.stdout).unwrap();
        let line = format!("dgst -sha256 -hmac {text} -binary {}", path.display());
        let id = &openssl(&line, "")[..16];
        match text == WEAK {
            true => forms.push(id.to_vec()),
            false => assert!(self.has(hex(id).as_bytes()), "its id"),
        }
        for form in forms.clone() {
            forms.push(hex(&form).into_bytes());
            forms.push(hex(&form).to_uppercase().into_bytes());
            for shift in 0..3 {
                // Base64 of it wherever it begins, without what its neighbours decide.
                let padded = [&vec![0; shift][..], &form].concat();
                let encoded = STANDARD.encode(&padded).into_bytes();
                forms.push(encoded[4..(encoded.len() - 4).max(4)].to_vec());
            }
        }
        for form in forms.iter().filter(|form| form.len() > 7) {
            assert!(!self.has(form), "{text}: {form:?}");
        }
    }

    /// Whether any file of the state has these bytes.
    fn has(&self, form: &[u8]) -> bool {
        let files = std::fs::read_dir(&self.state).unwrap();
        let mut files = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.any(|bytes| bytes.windows(form.len()).any(|window| window == form))
    }
}

#[test]
fn a_guessable_secret_is_told_again_and_not_kept() {
    for only in [true, false] {
        let kept = Kept::new(only);
        kept.repo.commit(".env", &with_secret(WEAK));
        kept.repo
            .commit("a/.env", &format!("# again\n{}", with_secret(WEAK)));
        kept.repo.commit("b/.env", &with_secret(STRONG));
        assert_eq!(kept.agrees(&[]), (3, 0));
        assert_eq!(kept.agrees(&[]), (0, 0));
        let rules = kept.told();
        let weak = rules
            .iter()
            .filter(|(rule, _)| rule == "weak-signing-secret");
        assert!(weak.count() >= 2, "{rules:?}");
        kept.repo.git(&["gc", "-q"]);
        assert_eq!(kept.agrees(&[]), (0, 0));
        assert_eq!(kept.agrees(&[]), (0, 0));
        kept.has_no(WEAK);
        let state = ["--state", kept.state.to_str().unwrap()];
        assert_eq!(kept.sarif(&state), kept.sarif(&[]));
    }
}

#[test]
fn what_a_token_proved_is_told_again() {
    for (secret, proven) in [(STRONG, "managed-secret"), (WEAK, "weak-signing-secret")] {
        for only in [true, false] {
            let kept = Kept::new(only);
            kept.repo.commit("call.sh", &with_token(secret));
            kept.repo.commit(".env", &with_secret(secret));
            kept.repo.commit("other", "nothing\n");
            assert_eq!(kept.agrees(&[]), (3, 0));
            assert_eq!(kept.agrees(&[]), (0, 0), "{proven} {only}");
            let proofs = kept.told();
            assert!(
                proofs.iter().any(|(_, proof)| proof == "token"),
                "{proofs:?}"
            );
            let state = ["--state", kept.state.to_str().unwrap()];
            assert_eq!(kept.sarif(&state), kept.sarif(&[]));
            // What brings nothing changes nothing.
            kept.repo.commit("other", "nothing new\n");
            assert_eq!(kept.agrees(&[]), (1, 0));
            kept.repo.git(&["gc", "-q"]);
            assert_eq!(kept.agrees(&[]), (0, 0));
            kept.has_no(secret);
        }
    }
}

#[test]
fn a_pair_that_a_new_object_completes_is_found() {
    let (call, env) = (with_token(STRONG), with_secret(STRONG));
    let orders = [
        [("call.sh", &call), (".env", &env)],
        [(".env", &env), ("call.sh", &call)],
    ];
    for only in [true, false] {
        for [old, new] in orders {
            let kept = Kept::new(only);
            kept.repo.commit(old.0, old.1);
            kept.repo.commit("other", "nothing\n");
            assert_eq!(kept.agrees(&[]), (2, 0));
            let (blobs, again) = kept.agrees(&[]);
            // The secret of a token that nothing verified may be in a file of the tree.
            let most = u64::from(!only && old.0 == "call.sh");
            assert!(blobs == again && again <= most, "{old:?}");
            kept.repo.commit(new.0, new.1);
            assert_eq!(
                kept.agrees(&[]),
                (2, 1),
                "the new one, and the one that it is tried on"
            );
            assert!(kept.told().iter().any(|(_, proof)| proof == "token"));
            assert_eq!(kept.agrees(&[]), (0, 0));
            // One that is gone takes the proof with it.
            kept.repo.git(&["reset", "-q", "--hard", "HEAD~"]);
            kept.repo
                .git(&["reflog", "expire", "--expire=now", "--all"]);
            kept.repo.git(&["gc", "-q", "--prune=now"]);
            kept.agrees(&[]);
            assert!(!kept.told().iter().any(|(_, proof)| proof == "token"));
        }
    }
}

#[test]
fn a_token_that_nothing_verified_is_tried_on_what_is_new() {
    let kept = Kept::new(true);
    kept.repo.commit("call.sh", &with_token(STRONG));
    kept.repo.commit(".env", &with_secret(OTHER));
    assert_eq!(kept.agrees(&[]), (2, 0));
    assert_eq!(kept.agrees(&[]), (0, 0));
    kept.repo
        .commit("a/.env", &with_secret(&OTHER.replace('X', "Y")));
    assert_eq!(kept.agrees(&[]), (3, 2));
    assert_eq!(kept.agrees(&[]), (0, 0));
    // In a tree the secret may stand where no rule looks, in a file that is new.
    let kept = Kept::new(false);
    kept.repo.commit("call.sh", &with_token(STRONG));
    kept.agrees(&[]);
    kept.repo
        .write("notes.cfg", &format!("opaque = {STRONG}\n"));
    kept.agrees(&[]);
    assert!(kept.told().iter().any(|(_, proof)| proof == "token"));
}

#[test]
fn a_new_list_asks_for_what_is_kept() {
    let kept = Kept::new(true);
    kept.repo.commit("call.sh", &with_token(STRONG));
    kept.repo.commit(".env", &with_secret(STRONG));
    kept.repo.commit("weak.env", &with_secret(WEAK));
    assert_eq!(kept.agrees(&[]), (3, 0));
    let home = kept.repo.home.path();
    let challenge = output(
        Command::new(STRAYKEY).args(["inventory", "challenge", "--raw"]),
        "",
    );
    std::fs::write(home.join("M"), challenge.stdout).unwrap();
    for (name, secret) in [("strong", STRONG), ("weak", WEAK)] {
        let line = format!(
            "dgst -sha256 -hmac {secret} -binary {}",
            home.join("M").display()
        );
        let answer = serde_json::json!({"straykey_answer": {
            "source": format!("kmip:{name}"), "version": "1", "name": name,
            "algorithm": "HMAC-SHA256", "mac": STANDARD.encode(openssl(&line, "")),
        }});
        std::fs::write(home.join("answer.json"), answer.to_string()).unwrap();
        let list = home.join(format!("{name}.jsonl"));
        let mut import = kept.repo.command(STRAYKEY);
        import
            .args(["inventory", "import"])
            .arg(home.join("answer.json"));
        run(import.arg("-o").arg(&list), "");
        let list = ["--inventory", list.to_str().unwrap()];
        kept.agrees(&list);
        let scan = kept.again(&list);
        let findings = scan.report["findings"].as_array().unwrap();
        let matched = findings
            .iter()
            .any(|finding| finding["properties"]["straykey"]["match"]["name"] == name);
        assert!(matched, "{name}: {:#}", scan.report["findings"]);
        kept.agrees(&list);
        kept.has_no(WEAK);
        // And without one again.
        kept.agrees(&[]);
        assert_eq!(kept.agrees(&[]), (0, 0));
    }
}

#[test]
fn a_damaged_proof_is_no_proof() {
    let kept = Kept::new(true);
    kept.repo.commit("call.sh", &with_token(STRONG));
    kept.repo.commit(".env", &with_secret(STRONG));
    kept.agrees(&[]);
    let files = std::fs::read_dir(&kept.state).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    let is_proof = |path: &PathBuf| path.to_string_lossy().contains("proofs-");
    let path = files.find(is_proof).expect("a state of proofs");
    let good = std::fs::read(&path).unwrap();
    let expected = kept.again(&[]).report["findings"].clone();
    for at in (0..good.len()).step_by(good.len() / 12) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let scan = kept.again(&[]);
        assert_eq!(scan.report["findings"], expected, "byte {at}");
        assert_eq!(scan.report["skipped"]["state-unused"], 1, "byte {at}");
        assert_eq!(scan.report["stats"]["blobs_again"], 2);
        assert_eq!(kept.agrees(&[]), (0, 0), "it was replaced");
    }
}

#[test]
fn a_token_in_a_message_proves_a_secret_of_the_range() {
    let repo = Repo::new(&[]);
    repo.commit("a.txt", "a\n");
    repo.add("app.env", &with_secret(STRONG));
    let message = format!("try it with {}", token(STRONG, "ann"));
    repo.git(&["commit", "-q", "-m", &message]);
    let scan = repo.scan(&["--range", "HEAD~..HEAD"]);
    let findings = scan.report["findings"].as_array().expect("findings");
    let proofs = findings
        .iter()
        .map(|found| &found["properties"]["straykey"]["proof"]);
    let proofs: Vec<&Value> = proofs.collect();
    assert!(proofs.contains(&&Value::from("token")), "{proofs:?}");
}
