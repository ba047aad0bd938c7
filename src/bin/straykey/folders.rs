//! Folders of the person who runs this: home, configuration, state, caches.

use std::path::PathBuf;

/// Returns what a variable names; an empty one names nothing.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

/// Returns the home: what git takes for it, or what the system says.
pub(crate) fn home() -> Option<PathBuf> {
    named("HOME").or_else(std::env::home_dir)
}

/// Returns where configurations are.
pub(crate) fn config() -> Option<PathBuf> {
    named("XDG_CONFIG_HOME").or_else(|| Some(home()?.join(".config")))
}

/// Returns where programs keep what they remember.
pub(crate) fn state() -> Option<PathBuf> {
    named("XDG_STATE_HOME").or_else(|| Some(home()?.join(".local/state")))
}

/// Returns where programs keep what they can make again. A relative folder is none: each working
/// folder would have another.
pub(crate) fn cache() -> Option<PathBuf> {
    let folder = match () {
        () if cfg!(windows) => named("LOCALAPPDATA"),
        () if cfg!(target_os = "macos") => {
            named("XDG_CACHE_HOME").or_else(|| Some(home()?.join("Library/Caches")))
        }
        () => named("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache"))),
    };
    folder.filter(|folder| folder.is_absolute())
}
