//! Lines of both hooks.

use super::{HashKind, parse};

#[test]
fn lines_of_both_hooks() {
    let (one, two, zero) = ("1".repeat(40), "2".repeat(40), "0".repeat(40));
    let read = |line: String| parse(line.as_bytes(), HashKind::Sha1);
    let there = read(format!("refs/heads/a {one} refs/heads/b {two}")).unwrap();
    assert_eq!(there.old.unwrap().to_string(), two);
    assert_eq!(there.new.unwrap().to_string(), one);
    assert!(!there.received);
    let words = read(format!(":/fix the bug {one} refs/heads/b {zero}")).unwrap();
    assert_eq!((words.old, words.received), (None, false));
    let deleted = read(format!("(delete) {zero} refs/heads/b {two}")).unwrap();
    assert_eq!(deleted.new, None);
    let here = read(format!("{one} {two} refs/heads/b")).unwrap();
    assert_eq!(here.old.unwrap().to_string(), one);
    assert!(here.received);
    for bad in ["", "a b c", "refs/heads/a 12 refs/heads/b 34"] {
        assert_eq!(read(bad.to_owned()), None, "{bad}");
    }
}
