//! The text of installed hooks.

use std::path::Path;

use straykey::wire::shell::quoted;

use super::{How, Stage};

/// In the second line of every hook of ours, and in no other.
const MARK: &str = "# straykey hook 1:";

/// Around what we add to a file that is somebody else's.
const BEGIN: &str = "# >>> straykey hook 1";
const END: &str = "# <<< straykey hook 1";

/// Whether a hook is ours.
pub(super) fn is_ours(text: &str) -> bool {
    text.lines().take(3).any(|line| line.starts_with(MARK))
}

/// Returns the name under which a hook that was there is kept.
pub(super) fn chained(stage: Stage) -> String {
    format!("{}.before-straykey", stage.name())
}

/// Returns a hook that runs `program`, and the hook that was there.
///
/// Before a commit that one goes first, since it may stage further changes; in
/// a push it goes last, since it may send or take something.
pub(super) fn hook(stage: Stage, program: &Path, options: &str) -> String {
    written(stage, &quoted(&program.to_string_lossy()), options)
}

/// Returns the text of a hook; program and options are words of the shell.
fn written(stage: Stage, straykey: &str, options: &str) -> String {
    let name = stage.name();
    let chained = chained(stage);
    let missing = match stage {
        Stage::Receive => "exit 2",
        Stage::Commit | Stage::Merge | Stage::Push => ":",
    };
    let (keep, feed) = match stage {
        Stage::Commit | Stage::Merge => ("", ""),
        // Both hooks are to read what git writes.
        Stage::Push | Stage::Receive => (
            "input=$(cat; echo .)\ninput=${input%.}\n",
            "printf '%s' \"$input\" | ",
        ),
    };
    let before = format!(
        "before=$(dirname -- \"$0\")/{chained}\n\
        if [ -x \"$before\" ]; then\n    {feed}\"$before\" \"$@\" || exit $?\nfi\n"
    );
    let given = match stage {
        Stage::Push => " \"$@\"",
        Stage::Commit | Stage::Merge | Stage::Receive => "",
    };
    let own = format!(
        "straykey={straykey}\n\
        command -v \"$straykey\" >/dev/null 2>&1 || straykey=straykey\n\
        if command -v \"$straykey\" >/dev/null 2>&1; then\n    \
        {feed}\"$straykey\" hook run {name}{options}{given} || exit $?\n\
        else\n    \
        echo 'straykey: the program is not here any more: nothing was scanned' >&2\n    \
        {missing}\nfi\n"
    );
    let body = match stage {
        Stage::Commit | Stage::Merge => format!("{before}{own}"),
        Stage::Push | Stage::Receive => format!("{keep}{own}{before}"),
    };
    format!("#!/bin/sh\n{MARK} `straykey hook uninstall` puts back what was here.\n{body}")
}

/// A hook of ours that was installed.
pub(super) struct Installed<'t> {
    /// Its options, as they stand there.
    pub(super) options: &'t str,
    /// Whether it is as we wrote it.
    pub(super) is_unchanged: bool,
}

/// Reads a hook of ours.
pub(super) fn installed(stage: Stage, text: &str) -> Installed<'_> {
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after).map(|(between, _)| between)
    };
    let run = format!("\"$straykey\" hook run {}", stage.name());
    let options = between(&run, " || exit $?\n").unwrap_or_default();
    let options = options.strip_suffix(" \"$@\"").unwrap_or(options);
    let program = between("\nstraykey=", "\n").unwrap_or_default();
    Installed {
        options,
        is_unchanged: written(stage, program, options) == text,
    }
}

/// Returns what is added to a file of husky, which is shared: no path of this
/// machine.
pub(super) fn shared(stage: Stage) -> String {
    let name = stage.name();
    format!(
        "{BEGIN}\n\
        if command -v straykey >/dev/null 2>&1; then\n    \
        straykey hook run {name} \"$@\" || exit $?\n\
        else\n    \
        echo 'straykey is not installed: nothing was scanned' >&2\n\
        fi\n\
        {END}\n"
    )
}

/// Returns a text without what [`shared`] added, if it is there.
pub(super) fn without_shared(text: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{}",
        after.strip_prefix('\n').unwrap_or(after)
    ))
}

/// What lefthook's configuration needs.
pub(super) const LEFTHOOK: &str = "\
pre-commit:
  commands:
    straykey:
      run: straykey hook run pre-commit
pre-merge-commit:
  commands:
    straykey:
      run: straykey hook run pre-merge-commit
pre-push:
  commands:
    straykey:
      run: straykey hook run pre-push {1} {2}
      use_stdin: true
";

/// Returns options as words of the shell, each behind a blank.
pub(super) fn options(how: &How) -> String {
    let mut text = String::new();
    if let Some(list) = &how.list.inventory {
        text.push_str(" --inventory ");
        text.push_str(&quoted(&list.to_string_lossy()));
    }
    for key in &how.list.inventory_public_key {
        text.push_str(" --inventory-public-key ");
        text.push_str(&quoted(&key.to_string_lossy()));
    }
    if let Some(fail_on) = how.fail_on {
        text.push_str(&format!(" --fail-on {fail_on}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::ListArgs;

    #[test]
    fn what_is_added_can_be_taken_away() {
        let theirs = "npm test\n";
        let text = format!("{theirs}{}", shared(Stage::Commit));
        assert_eq!(without_shared(&text).as_deref(), Some(theirs));
        assert_eq!(without_shared(theirs), None);
    }

    #[test]
    fn paths_are_words_of_the_shell() {
        let how = How {
            list: ListArgs {
                inventory: Some("/home/o'neill/$(id)/keys".into()),
                ..ListArgs::default()
            },
            fail_on: None,
        };
        let text = hook(Stage::Push, Path::new("/opt/a b/straykey"), &options(&how));
        assert!(is_ours(&text));
        let there = installed(Stage::Push, &text);
        assert!(there.is_unchanged);
        assert_eq!(there.options, options(&how));
        let edited = text.clone() + "make check\n";
        let there = installed(Stage::Push, &edited);
        assert!(!there.is_unchanged);
        assert_eq!(there.options, options(&how));
        assert!(text.contains("straykey='/opt/a b/straykey'\n"), "{text}");
        assert!(
            text.contains(r"--inventory '/home/o'\''neill/$(id)/keys'"),
            "{text}"
        );
    }
}
