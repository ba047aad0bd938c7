//! Files for CI servers: the script inside of each, run as that server would
//! run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cases::testdata;
use crate::program::sanitised;

/// The lines between the marks, without the indentation of the file.
fn script(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("integrations").join(path)).expect("a file");
    let lines = text
        .lines()
        .skip_while(|line| !line.contains(">>> straykey"));
    let lines: Vec<&str> = lines
        .take_while(|line| !line.contains("<<< straykey"))
        .collect();
    assert!(lines.len() > 3, "{path} has no script");
    let indent = lines[0].len() - lines[0].trim_start().len();
    let cut = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or_default());
    cut.collect::<Vec<_>>().join("\n")
}

struct Server {
    home: tempfile::TempDir,
    origin: PathBuf,
    base: String,
    head: String,
}

impl Server {
    /// A key before the branch, another in it.
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let origin = home.path().join("origin");
        fs::create_dir(&origin).expect("a folder");
        let mut server = Self {
            home,
            origin,
            base: String::new(),
            head: String::new(),
        };
        let origin = server.origin.clone();
        server.git(&origin, &["init", "-q", "-b", "main"]);
        server.base = server.commit("old.pem", "pkcs8/good-ed25519.pem");
        server.git(&origin, &["checkout", "-q", "-b", "topic"]);
        server.head = server.commit("new.pem", "pkcs1/good-rsa-2048.pem");
        let address = origin.to_str().expect("UTF-8");
        server.git(server.home.path(), &["clone", "-q", address, "work"]);
        server
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

    fn commit(&self, name: &str, from: &str) -> String {
        fs::copy(testdata().join(from), self.origin.join(name)).expect("copied");
        self.git(&self.origin, &["add", "-A"]);
        self.git(&self.origin, &["commit", "-q", "-m", name]);
        self.git(&self.origin, &["rev-parse", "HEAD"])
    }

    /// Runs the script of a file with a commit checked out.
    fn run(&self, path: &str, commit: &str, env: &[(&str, &str)]) -> (i32, String) {
        let work = self.home.path().join("work");
        self.git(&work, &["checkout", "-q", "--detach", commit]);
        let mut command = self.command("sh", &work);
        command
            .args(["-eu", "-c", &script(path)])
            .envs(env.iter().copied());
        let output = command.output().expect("sh");
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.code().expect("an exit code"), text)
    }
}

#[test]
fn every_server_scans_what_a_change_brings_and_else_everything() {
    let server = Server::new();
    let (base, head) = (server.base.as_str(), server.head.as_str());
    let zero = "0".repeat(40);
    let gitlab = "gitlab/straykey.gitlab-ci.yml";
    let on = [("CI_DEFAULT_BRANCH", "main"), ("CI_COMMIT_SHA", head)];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let all = on.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    let push = ("CI_PIPELINE_SOURCE", "push");
    let rows: Vec<(&str, Vec<(&str, String)>, bool)> = vec![
        (
            gitlab,
            with(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)]),
            false,
        ),
        (gitlab, with(&[push, ("CI_COMMIT_BEFORE_SHA", base)]), false),
        (
            gitlab,
            with(&[
                push,
                ("CI_COMMIT_BEFORE_SHA", &zero),
                ("CI_COMMIT_BRANCH", "topic"),
            ]),
            false,
        ),
        (
            gitlab,
            with(&[
                push,
                ("CI_COMMIT_BEFORE_SHA", &zero),
                ("CI_COMMIT_BRANCH", "main"),
            ]),
            true,
        ),
        (gitlab, with(&[("CI_PIPELINE_SOURCE", "schedule")]), true),
        (
            "jenkins/Jenkinsfile",
            vec![("CHANGE_TARGET", "main".into())],
            false,
        ),
        (
            "jenkins/Jenkinsfile",
            vec![("GIT_PREVIOUS_SUCCESSFUL_COMMIT", base.into())],
            false,
        ),
        ("jenkins/Jenkinsfile", vec![], true),
        (
            "azure/azure-pipelines.yml",
            vec![("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main".into())],
            false,
        ),
        ("azure/azure-pipelines.yml", vec![], true),
        (
            "bitbucket/bitbucket-pipelines.yml",
            vec![("BITBUCKET_PR_DESTINATION_BRANCH", "main".into())],
            false,
        ),
        ("bitbucket/bitbucket-pipelines.yml", vec![], true),
        (
            "circleci/config.yml",
            vec![
                ("CIRCLE_BRANCH", "topic".into()),
                ("DEFAULT_BRANCH", "main".into()),
            ],
            false,
        ),
        (
            "circleci/config.yml",
            vec![
                ("CIRCLE_BRANCH", "main".into()),
                ("DEFAULT_BRANCH", "main".into()),
            ],
            true,
        ),
    ];
    for (path, env, everything) in rows {
        let env: Vec<(&str, &str)> = env.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let (code, text) = server.run(path, head, &env);
        assert_eq!(code, 1, "{path} {env:?}: {text}");
        assert!(text.contains("new.pem:1"), "{path} {env:?}: {text}");
        assert_eq!(
            text.contains("old.pem:1"),
            everything,
            "{path} {env:?}: {text}"
        );
    }
    // Nothing new: the job passes.
    let (code, text) = server.run("jenkins/Jenkinsfile", base, &[("CHANGE_TARGET", "main")]);
    assert_eq!(code, 0, "{text}");
    // What the servers collect is there.
    let work = server.home.path().join("work");
    for report in [
        "gl-secret-detection-report.json",
        "straykey-junit.xml",
        "straykey.sarif",
        "test-results/straykey.xml",
        "test-results/straykey/results.xml",
    ] {
        assert!(work.join(report).is_file(), "{report}");
    }
}
