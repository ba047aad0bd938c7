//! The GitHub Action: its own steps, taken out of `action.yml`, run with
//! recorded events against repositories of git.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::cases::testdata;
use crate::program::sanitised;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A step of the action that runs a script.
#[derive(Debug, Default)]
struct Step {
    id: String,
    env: Vec<(String, String)>,
    run: String,
}

/// Reads the steps, of the subset of YAML that the file is written in.
fn steps() -> Vec<Step> {
    let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    let (_, text) = text.split_once("\n  steps:\n").expect("steps");
    let mut steps: Vec<Step> = Vec::new();
    let mut in_env = false;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let Some((key, value)) = line
            .trim_start()
            .split_once(": ")
            .or_else(|| line.trim_start().strip_suffix(':').map(|key| (key, "")))
        else {
            continue;
        };
        match (depth, key) {
            (4, "- name") => steps.push(Step::default()),
            (6, key) => {
                in_env = key == "env";
                let step = steps.last_mut().expect("a step");
                match key {
                    "id" => step.id = value.into(),
                    "run" => step.run = value.into(),
                    _ => {}
                }
            }
            (8, name) if in_env => {
                let step = steps.last_mut().expect("a step");
                step.env.push((name.into(), value.into()));
            }
            _ => {}
        }
    }
    steps.retain(|step| !step.run.is_empty());
    steps
}

/// Returns a value with its expressions replaced, as the runner does it.
fn evaluated(text: &str, context: &Value) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").expect("an end");
        out.push_str(before);
        let pointer = format!("/{}", expression.trim().replace('.', "/"));
        out.push_str(&match context.pointer(&pointer) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        rest = after;
    }
    out + rest
}

/// A job on a runner.
struct Job {
    home: tempfile::TempDir,
    origin: PathBuf,
    workspace: PathBuf,
}

/// What a job came to.
#[derive(Debug)]
struct Ended {
    code: i32,
    log: String,
    mode: String,
    range: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Ended {
    fn findings(&self) -> &str {
        self.outputs.get("findings").map_or("", String::as_str)
    }

    #[track_caller]
    fn is(&self, code: i32, mode: &str, findings: &str) -> &Self {
        let got = (self.code, self.mode.as_str(), self.findings());
        assert_eq!(got, (code, mode, findings), "{self:#?}");
        self
    }

    /// URIs of the results in the SARIF file.
    fn uris(&self) -> Vec<String> {
        let file = self.outputs.get("sarif-file").expect("a file");
        let text = fs::read_to_string(file).expect("readable");
        let log: Value = serde_json::from_str(&text).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        let uri = "/locations/0/physicalLocation/artifactLocation/uri";
        let uris = results.iter().map(|r| r.pointer(uri).expect("a URI"));
        uris.map(|uri| uri.as_str().expect("text").to_owned())
            .collect()
    }
}

impl Job {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let job = Self {
            origin: home.path().join("origin"),
            workspace: home.path().join("work"),
            home,
        };
        fs::create_dir(&job.origin).expect("a folder");
        job.git(&job.origin, &["init", "-q", "-b", "main"]);
        // As GitHub does: any commit may be asked for by its id.
        job.git(
            &job.origin,
            &["config", "uploadpack.allowAnySHA1InWant", "true"],
        );
        job
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        sanitised(program, folder, self.home.path())
    }

    fn git(&self, folder: &Path, args: &[&str]) -> String {
        let output = self
            .command("git", folder)
            .args(args)
            .output()
            .expect("git");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {err}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits a file to the origin, and returns the commit.
    fn commit(&self, name: &str, from: Option<&str>) -> String {
        let bytes = from.map_or_else(
            || format!("nothing in {name}\n").into_bytes(),
            |from| fs::read(testdata().join(from)).expect("a test file"),
        );
        let path = self.origin.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
        self.git(&self.origin, &["add", "-A"]);
        self.git(&self.origin, &["commit", "-q", "-m", name]);
        self.git(&self.origin, &["rev-parse", "HEAD"])
    }

    /// What actions/checkout does: one commit, or all of the history.
    fn checkout(&self, what: &str, depth: Option<&str>) {
        let _ = fs::remove_dir_all(&self.workspace);
        fs::create_dir(&self.workspace).expect("a folder");
        let git = |args: &[&str]| self.git(&self.workspace, args);
        git(&["init", "-q", "-b", "main"]);
        let address = format!("file://{}", self.origin.display());
        git(&["remote", "add", "origin", &address]);
        match depth {
            Some(depth) => git(&["fetch", "-q", "--no-tags", "--depth", depth, "origin", what]),
            None => git(&[
                "fetch",
                "-q",
                "origin",
                "+refs/heads/*:refs/remotes/origin/*",
                what,
            ]),
        };
        git(&["checkout", "-q", "--force", "--detach", "FETCH_HEAD"]);
        git(&["reset", "-q", "--hard", what]);
    }

    /// Runs the action's steps.
    fn run(&self, event: &str, ids: &[(&str, &str)], inputs: &[(&str, &str)]) -> Ended {
        let name = event.split('-').next().expect("a name");
        let path = root()
            .join("integrations/github/events")
            .join(format!("{event}.json"));
        let mut payload = fs::read_to_string(path).expect("an event");
        for (mark, id) in ids {
            payload = payload.replace(&format!("@{mark}@"), id);
        }
        let payload: Value = serde_json::from_str(&payload).expect("JSON");
        let mut given = json!({
            "path": ".", "range": "auto", "inventory": "", "fail-on": "private",
            "sarif-file": "straykey.sarif", "upload": "false", "version": "installed", "args": "",
        });
        for (name, value) in inputs {
            given[*name] = (*value).into();
        }
        let mut context = json!({
            "inputs": given,
            "github": { "event": payload, "event_name": name },
            "steps": {},
        });
        let temp = self.home.path().join("temp");
        fs::create_dir_all(&temp).expect("a folder");
        let summary = temp.join("summary");
        fs::write(&summary, "").expect("written");
        let mut ended = Ended {
            code: 0,
            log: String::new(),
            mode: String::new(),
            range: String::new(),
            outputs: BTreeMap::new(),
            summary: String::new(),
        };
        for step in steps() {
            let file = temp.join("output");
            fs::write(&file, "").expect("written");
            let mut command = self.command("bash", &self.workspace);
            command
                .args([
                    "--noprofile",
                    "--norc",
                    "-e",
                    "-o",
                    "pipefail",
                    "-c",
                    &step.run,
                ])
                .env("GITHUB_ACTION_PATH", root())
                .env("GITHUB_WORKSPACE", &self.workspace)
                .env("GITHUB_OUTPUT", &file)
                .env("GITHUB_STEP_SUMMARY", &summary)
                .env("GITHUB_PATH", temp.join("path"))
                .env("RUNNER_TEMP", &temp)
                .env("RUNNER_OS", "Linux")
                .env("RUNNER_ARCH", "X64");
            for (name, value) in &step.env {
                command.env(name, evaluated(value, &context));
            }
            let output = command.output().expect("bash");
            ended.log += &said(&output);
            let mut outputs = serde_json::Map::new();
            for line in fs::read_to_string(&file).expect("outputs").lines() {
                let (name, value) = line.split_once('=').expect("NAME=VALUE");
                outputs.insert(name.into(), value.into());
                ended.outputs.insert(name.into(), value.into());
            }
            context["steps"][&step.id] = json!({ "outputs": outputs });
            ended.code = output.status.code().expect("an exit code");
            if ended.code != 0 {
                break;
            }
        }
        let of = |name: &str| ended.outputs.get(name).cloned().unwrap_or_default();
        (ended.mode, ended.range) = (of("mode"), of("range"));
        ended.summary = fs::read_to_string(&summary).expect("a summary");
        ended
    }
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

const KEY: &str = "pkcs8/good-ed25519.pem";
const OTHER: &str = "pkcs1/good-rsa-2048.pem";

#[test]
fn no_expression_is_pasted_into_a_script() {
    let all = steps();
    assert_eq!(all.len(), 3);
    for step in &all {
        assert!(!step.run.contains("${{"), "{step:?}");
        let script = step.run.split('"').nth(1).expect("a script");
        let script = script.replace("$GITHUB_ACTION_PATH", &root().to_string_lossy());
        let text = fs::read_to_string(&script).expect("the script is there");
        assert!(!text.contains("${{"), "{script}");
        // Every input of the script is given to it.
        for (name, _) in &step.env {
            assert!(
                text.contains(&format!("${name}")) || text.contains(&format!("${{{name}")),
                "{script}: {name}"
            );
        }
    }
}

#[test]
fn a_push_is_told_from_what_was_there_before() {
    let job = Job::new();
    let old = job.commit("old.pem", Some(KEY));
    let base = job.commit("a.txt", None);
    let middle = job.commit("b.txt", None);
    let head = job.commit("deploy/new.pem", Some(OTHER));
    for depth in [None, Some("1")] {
        job.checkout(&head, depth);
        let ended = job.run("push", &[("BASE", &base), ("HEAD", &head)], &[]);
        ended.is(1, "range", "1");
        assert_eq!(ended.uris(), ["deploy/new.pem"]);
        assert!(
            ended.log.contains("::error file=deploy/new.pem,line=1"),
            "{}",
            ended.log
        );
        assert!(
            ended.summary.contains("## straykey") && ended.summary.contains("deploy"),
            "{}",
            ended.summary
        );
        job.checkout(&middle, depth);
        job.run("push", &[("BASE", &base), ("HEAD", &middle)], &[])
            .is(0, "range", "0");
        // An upload for a branch holds what the branch has; the push decides.
        job.checkout(&middle, depth);
        let ended = job.run(
            "push",
            &[("BASE", &base), ("HEAD", &middle)],
            &[("upload", "true")],
        );
        ended.is(0, "range", "0");
        assert!(ended.uris().contains(&"old.pem".to_owned()), "{ended:#?}");
    }
    // What was there before a forced push may still be had, or be gone.
    job.git(&job.origin, &["checkout", "-q", "--detach", &base]);
    let gone = job.commit("gone.txt", None);
    job.checkout(&head, Some("1"));
    job.run("push-forced", &[("BASE", &gone), ("HEAD", &head)], &[])
        .is(1, "range", "1");
    job.checkout(&head, None);
    let never = "1234567890123456789012345678901234567890";
    let ended = job.run("push-forced", &[("BASE", never), ("HEAD", &head)], &[]);
    ended.is(1, "all", "2");
    job.checkout(&head, Some("1"));
    let ended = job.run("push-deleted", &[("BASE", &old)], &[]);
    ended.is(0, "none", "0");
    assert!(ended.log.contains("nothing was scanned"), "{}", ended.log);
}

#[test]
fn a_new_branch_is_told_from_the_default_branch() {
    let job = Job::new();
    job.commit("old.pem", Some(KEY));
    let main = job.commit("a.txt", None);
    job.git(&job.origin, &["checkout", "-q", "-b", "topic"]);
    job.commit("b.txt", None);
    let topic = job.commit("new.pem", Some(OTHER));
    for depth in [None, Some("1")] {
        job.checkout(&topic, depth);
        let ended = job.run("push-new-branch", &[("HEAD", &topic)], &[]);
        ended.is(1, "range", "1");
        assert_eq!(ended.uris(), ["new.pem"]);
    }
    // The first push of all.
    job.git(&job.origin, &["checkout", "-q", "main"]);
    job.git(&job.origin, &["branch", "-q", "-D", "topic"]);
    job.checkout(&main, Some("1"));
    job.run("push-first", &[("HEAD", &main)], &[])
        .is(1, "all", "1");
}

#[test]
fn a_pull_request_is_told_from_its_base() {
    let job = Job::new();
    job.commit("old.pem", Some(KEY));
    let fork_point = job.commit("a.txt", None);
    let base = job.commit("c.txt", None);
    job.git(&job.origin, &["checkout", "-q", "-b", "topic", &fork_point]);
    job.commit("leaked.pem", Some(OTHER));
    fs::remove_file(job.origin.join("leaked.pem")).expect("removed");
    let head = job.commit("b.txt", None);
    job.git(&job.origin, &["checkout", "-q", "--detach", &base]);
    job.git(
        &job.origin,
        &["merge", "-q", "--no-ff", "-m", "merge", &head],
    );
    let merge = job.git(&job.origin, &["rev-parse", "HEAD"]);
    job.git(&job.origin, &["checkout", "-q", "main"]);
    // A fork's branch is known by the number of its pull request alone.
    job.git(&job.origin, &["update-ref", "refs/pull/7/head", &head]);
    job.git(&job.origin, &["branch", "-q", "-D", "topic"]);
    let ids = [("BASE", base.as_str()), ("HEAD", &head), ("MERGE", &merge)];
    for depth in [None, Some("1")] {
        for event in ["pull_request", "pull_request-fork"] {
            job.checkout(&merge, depth);
            let ended = job.run(event, &ids, &[]);
            ended.is(1, "range", "1");
            assert_eq!(ended.range, format!("{base}..{head}"));
            // Removed again, but in the history: another file stands for it.
            assert_eq!(ended.uris(), ["a.txt"]);
            assert!(ended.log.contains("file=leaked.pem"), "{}", ended.log);
            assert!(!job.workspace.join("owned").exists());
        }
        // With pull_request_target the base is checked out, and the same is scanned.
        job.checkout(&base, depth);
        job.run("pull_request", &ids, &[]).is(1, "range", "1");
        job.checkout(&merge, depth);
        job.run("merge_group", &[("BASE", &base), ("HEAD", &merge)], &[])
            .is(1, "range", "1");
    }
}

#[test]
fn a_schedule_reads_everything_and_knows_whose_keys_these_are() {
    let job = Job::new();
    job.commit("gone.env", Some("demo/home/ada/src/pass-gateway/.env"));
    fs::remove_file(job.origin.join("gone.env")).expect("removed");
    let list = testdata().join("demo/inventory.jsonl");
    let head = job.commit("other.pem", Some(KEY));
    for depth in [None, Some("1")] {
        job.checkout(&head, depth);
        let given = [("inventory", list.to_str().expect("UTF-8"))];
        let ended = job.run("schedule", &[], &given);
        ended.is(1, "all", "2");
        assert_eq!(ended.outputs["matches"], "1");
        // What only the history has stays reported, at a file that is there.
        assert_eq!(ended.uris(), ["other.pem", "other.pem"]);
        assert!(ended.log.contains("file=gone.env"), "{}", ended.log);
        job.checkout(&head, depth);
        let asked = [
            ("range", "files"),
            ("fail-on", "managed"),
            ("args", "--exclude *.txt"),
        ];
        job.run("workflow_dispatch", &[], &asked)
            .is(0, "files", "1");
    }
    job.run("workflow_dispatch", &[], &[("range", "nonsense")])
        .is(2, "", "");
    job.run("workflow_dispatch", &[], &[("inventory", "missing")])
        .is(2, "all", "");
}

/// A mirror of releases, with a program that says what it is.
fn release(job: &Job, sums: &str) -> PathBuf {
    let mirror = job.home.path().join("mirror");
    let folder = mirror.join("v9.8.7");
    let name = "straykey-9.8.7-x86_64-unknown-linux-musl";
    fs::create_dir_all(folder.join(name)).expect("a folder");
    fs::write(
        folder.join(name).join("straykey"),
        "#!/bin/sh\necho released\n",
    )
    .expect("written");
    let archive = format!("{name}.tar.gz");
    let made = job
        .command("tar", &folder)
        .args(["-czf", &archive, name])
        .status();
    assert!(made.expect("tar").success());
    let sum = job
        .command("sha256sum", &folder)
        .arg(&archive)
        .output()
        .expect("sha256sum");
    let sum = String::from_utf8_lossy(&sum.stdout).into_owned();
    fs::write(folder.join("SHA256SUMS"), sums.replace("@", sum.trim())).expect("written");
    mirror
}

fn install(job: &Job, mirror: &Path, version: &str) -> (i32, String, String) {
    let temp = job.home.path().join("temp");
    let _ = fs::remove_dir_all(&temp);
    fs::create_dir_all(&temp).expect("a folder");
    let tools = job.home.path().join("tools");
    fs::create_dir_all(&tools).expect("a folder");
    let cargo = tools.join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"cargo $*\"\n").expect("written");
    let made = Command::new("chmod").arg("+x").arg(&cargo).status();
    assert!(made.expect("chmod").success());
    let mut command = job.command("bash", job.home.path());
    let path = format!(
        "{}:{}",
        tools.display(),
        std::env::var("PATH").expect("PATH")
    );
    let output = command
        .arg(root().join("integrations/github/install.sh"))
        .env("PATH", path)
        .env("VERSION", version)
        .env("GITHUB_ACTION_PATH", root())
        .env("GITHUB_PATH", temp.join("path"))
        .env("RUNNER_TEMP", &temp)
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("STRAYKEY_DOWNLOADS", format!("file://{}", mirror.display()))
        .output()
        .expect("bash");
    let path = fs::read_to_string(temp.join("path")).unwrap_or_default();
    (
        output.status.code().expect("an exit code"),
        said(&output),
        path,
    )
}

#[test]
fn a_release_is_used_with_its_checksum_only() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: curl is not here");
        return;
    }
    let job = Job::new();
    let mirror = release(&job, "@\n");
    let (code, said, path) = install(&job, &mirror, "v9.8.7");
    assert_eq!(code, 0, "{said}");
    let program = Path::new(path.trim()).join("straykey");
    assert!(
        fs::read_to_string(program).is_ok_and(|text| text.contains("released")),
        "{said}"
    );
    // Tampered with, or not among those that are published: an error.
    for sums in [format!("{}  x86\n@x", "0".repeat(64)), "\n".to_owned()] {
        let mirror = release(&job, &sums);
        let archive = mirror.join("v9.8.7/straykey-9.8.7-x86_64-unknown-linux-musl.tar.gz");
        fs::write(archive, "tampered with").expect("written");
        let (code, said, path) = install(&job, &mirror, "9.8.7");
        assert_eq!((code, path.as_str()), (2, ""), "{said}");
        assert!(said.contains("not used"), "{said}");
    }
    // No such release: built from the action's own source.
    let (code, said, path) = install(&job, &mirror, "1.0.0");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("cargo install --quiet --locked --path"),
        "{said}"
    );
    assert!(path.contains("built/bin"), "{path}");
    let (code, said, _) = install(&job, &mirror, "1.0.0; touch owned");
    assert_eq!(code, 2, "{said}");
}
