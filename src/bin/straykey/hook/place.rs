//! Where hooks go: what git, husky and lefthook say about that.
//!
//! The one place of the program that runs git, and only when a person installs
//! hooks in a repository of their own: where hooks stand is decided by several
//! files of configuration that include each other.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::folders;

/// Names of lefthook's configuration.
const LEFTHOOK: [&str; 8] = [
    "lefthook.yml",
    ".lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yaml",
    "lefthook.toml",
    ".lefthook.toml",
    "lefthook.json",
    ".lefthook.json",
];

/// Where hooks of a repository go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Files of git's own, a hook each.
    Hooks(PathBuf),
    /// Files of husky, shared by everybody.
    Husky {
        /// The folder of husky.
        husky: PathBuf,
        /// Git's own, which it does not heed now.
        hooks: PathBuf,
    },
    /// Files of git's own, until husky is set up in this clone.
    HuskyToBe {
        /// The folder of husky, which need not be there yet.
        husky: PathBuf,
        /// Git's own.
        hooks: PathBuf,
    },
    /// The configuration of lefthook, which writes the hooks.
    Lefthook(PathBuf),
    /// A folder of hooks for every repository of the user.
    Everybody(PathBuf),
}

/// Finds where hooks of the current repository go.
pub(super) fn here() -> anyhow::Result<Place> {
    let own = git(&["rev-parse", "--git-common-dir"])?
        .context("not in a git repository; --global installs for all of them")?;
    let own = Path::new(&own).join("hooks");
    // Git then speaks of the current folder, and looks for hooks in the root of the file system.
    let set = git(&["config", "--get-regexp", r"^core\.hookspath$"])?.unwrap_or_default();
    anyhow::ensure!(
        set.lines()
            .last()
            .is_none_or(|line| line.trim() != "core.hookspath"),
        "core.hooksPath is set to nothing, so git runs no hooks here; `git config --unset core.hooksPath` (with \
        --global, if it stands there)"
    );
    let folder =
        git(&["rev-parse", "--git-path", "hooks"])?.context("git tells no folder of hooks")?;
    let hooks = PathBuf::from(folder);
    let root = git(&["rev-parse", "--show-toplevel"])?.map(PathBuf::from);
    if let Some(root) = root.filter(|root| !root.as_os_str().is_empty()) {
        let husky = root.join(".husky");
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if husky.is_dir() && real(&hooks).starts_with(real(&husky)) {
            return Ok(Place::Husky { husky, hooks: own });
        }
        let is_unset = git(&["config", "--get", "core.hooksPath"])?.is_none();
        let package = std::fs::read_to_string(root.join("package.json"));
        let is_named = || package.is_ok_and(|text| text.contains("\"husky\""));
        if is_unset && (husky.is_dir() || is_named()) {
            return Ok(Place::HuskyToBe { husky, hooks });
        }
        let configuration = LEFTHOOK.iter().map(|name| root.join(name));
        if let Some(path) = configuration.into_iter().find(|path| path.is_file()) {
            return Ok(Place::Lefthook(path));
        }
    }
    // Set elsewhere than in the repository, it is the user's or the system's.
    let anywhere = git(&["config", "--get", "core.hooksPath"])?;
    if anywhere.is_some() && git(&["config", "--local", "--get", "core.hooksPath"])?.is_none() {
        return Ok(Place::Everybody(hooks));
    }
    Ok(Place::Hooks(hooks))
}

/// Finds where hooks for all repositories go, if anywhere yet.
pub(super) fn global() -> anyhow::Result<Option<PathBuf>> {
    let set = |key| git(&["config", "--global", "--path", "--get", key]);
    if let Some(hooks) = set("core.hooksPath")? {
        return Ok(Some(PathBuf::from(hooks)));
    }
    Ok(set("init.templateDir")?.map(|folder| Path::new(&folder).join("hooks")))
}

/// Returns the template that we make where there is none.
pub(super) fn own_template() -> anyhow::Result<PathBuf> {
    let config = folders::config().context("neither XDG_CONFIG_HOME nor HOME is set")?;
    Ok(config.join("straykey").join("git-template"))
}

/// Runs git, and returns its one line; nothing when it says no.
pub(super) fn git(args: &[&str]) -> anyhow::Result<Option<String>> {
    let output = Command::new("git")
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| {
            anyhow::anyhow!("cannot run git: {error}; install it or put it on PATH")
        })?;
    let text = String::from_utf8(output.stdout).context("git: a path that is not UTF-8")?;
    let text = text.trim_end_matches(['\r', '\n']);
    Ok((output.status.success() && !text.is_empty()).then(|| text.to_owned()))
}
