//! Signing secrets in histories: the path of an object decides what a rule takes for one.

use crate::program::*;

/// Code in which nothing is a secret, and settings in which the same words are.
const CODE: &str = "def send(self):\n    return encrypt(self.data, auth_secret=self.auth_key,\n                   token_secret=None)\n";
const WEAK: &str =
    "import jwt\n\ndef f(a):\n    return jwt.encode(a, \"secret\", algorithm=\"HS256\")\n";

fn findings(scan: &Scan) -> Vec<(String, usize)> {
    let findings = scan.report["findings"].as_array().expect("findings");
    let one = |f: &serde_json::Value| {
        let places = f["places"].as_array().expect("places");
        (f["rule"].as_str().expect("a rule").to_owned(), places.len())
    };
    let mut findings: Vec<(String, usize)> = findings.iter().map(one).collect();
    findings.sort();
    findings
}

#[test]
fn expressions_in_code_are_none_in_any_kind_of_scan() {
    let repo = Repo::new(&[]);
    repo.add("publish.py", CODE);
    assert_eq!(findings(&repo.scan_all(&["--staged"])), []);
    repo.commit("publish.py", CODE);
    repo.commit("publish.py", &format!("{CODE}# later\n"));
    for args in [
        &["--history", "only"][..],
        &["--history", "auto"],
        &["--range", "HEAD~1..HEAD"],
    ] {
        assert_eq!(findings(&repo.scan_all(args)), [], "{args:?}");
    }
    // Nor in what no branch leads to, of which the path is not known.
    repo.git(&["update-ref", "-d", "HEAD"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["rm", "-q", "-r", "--cached", "."]);
    assert_eq!(findings(&repo.scan_all(&["--history", "only"])), []);
}

#[test]
fn a_weak_secret_is_one_finding_in_all_versions_of_its_file() {
    let repo = Repo::new(&[]);
    for version in 0..4 {
        repo.commit("app.py", &format!("{}{WEAK}", "# more\n".repeat(version)));
    }
    let rule = "weak-signing-secret".to_owned();
    assert_eq!(
        findings(&repo.scan_all(&["--history", "only"])),
        [(rule.clone(), 4)]
    );
    assert_eq!(
        findings(&repo.scan_all(&["--history", "auto"])),
        [(rule.clone(), 4)]
    );
    assert_eq!(
        findings(&repo.scan_all(&["--range", "HEAD~2..HEAD"])),
        [(rule.clone(), 2)]
    );
    // Another one, and another file, are findings of their own.
    repo.commit("app.py", &WEAK.replace("\"secret\"", "\"topsecret\""));
    repo.commit("other.py", WEAK);
    assert_eq!(
        findings(&repo.scan_all(&["--history", "only"])),
        [(rule.clone(), 1), (rule.clone(), 1), (rule, 4)]
    );
    // A version that differs behind the secret stands in the same place, and the tip has it.
    repo.commit("same.py", WEAK);
    repo.commit("same.py", &format!("{WEAK}# later\n"));
    let scan = repo.scan_all(&["--history", "only"]);
    let all = scan.report["findings"].as_array().expect("findings");
    let same = |f: &&serde_json::Value| {
        f["places"][0]["path"]
            .as_str()
            .is_some_and(|p| p.ends_with("same.py"))
    };
    let place = &all.iter().find(same).expect("found")["places"];
    assert_eq!(place.as_array().expect("places").len(), 1);
    let facts = place[0].to_string();
    assert!(facts.contains("\"reach\":\"tip\""), "{facts}");
}
