//! `straykey hook install` and `uninstall`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::place::{self, Place};
use super::{How, Install, Stage, Uninstall, script};
use crate::lists::ListArgs;
use crate::output;

/// Nothing was installed, and somebody should know.
const NOT_INSTALLED: u8 = 2;

/// Installs hooks.
pub(super) fn install(args: &Install) -> anyhow::Result<u8> {
    let is_bare = || {
        Ok::<_, anyhow::Error>(
            place::git(&["rev-parse", "--is-bare-repository"])?.as_deref() == Some("true"),
        )
    };
    let stages = match args.stage.as_slice() {
        // Nobody commits on a server.
        [] if !args.global && is_bare()? => &[Stage::Receive],
        [] => &[Stage::Commit, Stage::Merge, Stage::Push][..],
        stages => stages,
    };
    let how = absolute(&args.how)?;
    if args.global {
        return everywhere(stages, &how);
    }
    match place::here()? {
        Place::Hooks(folder) => {
            for &stage in stages {
                put(&folder, stage, &how)?;
            }
        }
        Place::Husky { husky: folder, .. } => {
            let has_list =
                how.list.inventory.is_some() || !how.list.inventory_public_key.is_empty();
            if has_list || how.fail_on.is_some() {
                anyhow::bail!(
                    "files of husky are shared, so no options are written there; set \
                    STRAYKEY_INVENTORY, and [scan] in straykey.toml"
                );
            }
            for &stage in stages {
                add(&folder, stage)?;
            }
        }
        Place::HuskyToBe { husky, hooks } => {
            for &stage in stages {
                put(&hooks, stage, &how)?;
            }
            // Once husky is set up, git looks there only.
            if script::options(&how).is_empty() && husky.is_dir() {
                for &stage in stages {
                    add(&husky, stage)?;
                }
            } else {
                output::say(&format!(
                    "husky is not set up in this clone yet. When it is (`npm install`), git leaves \
                    the hooks in {} aside: run `straykey hook install` again then",
                    hooks.display()
                ))?;
            }
        }
        Place::Lefthook(path) => {
            output::say(&format!(
                "lefthook writes the hooks of this repository. Add this to {}, then run `lefthook \
                install`:\n\n{}",
                path.display(),
                script::LEFTHOOK
            ))?;
            return Ok(NOT_INSTALLED);
        }
        Place::Everybody(folder) => anyhow::bail!(
            "core.hooksPath is {} for all your repositories; --global installs there",
            folder.display()
        ),
    }
    Ok(0)
}

/// A hook is run anywhere, so its files must be named from the root.
fn absolute(how: &How) -> anyhow::Result<How> {
    let real = |path: &PathBuf| {
        let place = || path.display().to_string();
        path.canonicalize().with_context(place)
    };
    let keys = how.list.inventory_public_key.iter().map(real);
    Ok(How {
        list: ListArgs {
            inventory: how.list.inventory.as_ref().map(real).transpose()?,
            inventory_public_key: keys.collect::<anyhow::Result<_>>()?,
        },
        fail_on: how.fail_on,
    })
}

/// Installs hooks for all repositories.
fn everywhere(stages: &[Stage], how: &How) -> anyhow::Result<u8> {
    let folder = match place::global()? {
        Some(folder) => folder,
        None => {
            let template = place::own_template()?;
            let hooks = template.join("hooks");
            fs::create_dir_all(&hooks).with_context(|| hooks.display().to_string())?;
            let name = template.to_str().context("a path that is not UTF-8")?;
            // git says nothing when it has set something.
            place::git(&["config", "--global", "init.templateDir", name])?;
            if place::global()?.as_deref() != Some(hooks.as_path()) {
                anyhow::bail!("git did not take init.templateDir {name}");
            }
            output::say(&format!(
                "new clones get their hooks from {name}; `git init` brings them to old ones"
            ))?;
            hooks
        }
    };
    for &stage in stages {
        put(&folder, stage, how)?;
    }
    Ok(0)
}

/// Writes a hook, and keeps the one that is there.
fn put(folder: &Path, stage: Stage, how: &How) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = match legacy(folder, stage) {
        // The pre-commit framework runs the hook that it found.
        Some(path) => path,
        None => folder.join(stage.name()),
    };
    let place = || path.display().to_string();
    let kept = folder.join(script::chained(stage));
    let mut told = "installed";
    let mut options = script::options(how);
    if fs::symlink_metadata(&path).is_ok() {
        // A hook may be a program; then it is not ours.
        let text = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if let Some(text) = text.ok().filter(|text| script::is_ours(text)) {
            told = "brought up to date";
            let there = script::installed(stage, &text);
            if !there.is_unchanged {
                keep_changes(&path)?;
            }
            if options.is_empty() {
                there.options.clone_into(&mut options);
            }
        } else if fs::symlink_metadata(&kept).is_ok() {
            anyhow::bail!(
                "{} is not ours, and {} is taken: move one of them",
                place(),
                kept.display()
            );
        } else {
            let runs = is_executable(&path);
            fs::rename(&path, &kept).with_context(place)?;
            told = match stage {
                _ if !runs => "installed; the hook that was there cannot be executed, and is kept",
                Stage::Commit | Stage::Merge => "installed; the hook that was there runs first",
                Stage::Push | Stage::Receive => "installed; the hook that was there runs next",
            };
        }
    }
    let program = std::env::current_exe().context("where this program is")?;
    let text = script::hook(stage, &program, &options);
    write(&path, &text)?;
    let with = match options.is_empty() {
        true => String::new(),
        false => format!(", with{options}"),
    };
    output::say(&format!("{}: {told}{with}", place()))?;
    Ok(())
}

/// Returns where the pre-commit framework has put our hook when it was installed over it.
fn legacy(folder: &Path, stage: Stage) -> Option<PathBuf> {
    let path = folder.join(format!("{}.legacy", stage.name()));
    let text = fs::read_to_string(&path).ok()?;
    script::is_ours(&text).then_some(path)
}

/// Keeps a hook of ours that somebody has changed.
fn keep_changes(path: &Path) -> anyhow::Result<()> {
    let named = |number: u32| {
        let mut saved = path.to_owned().into_os_string();
        saved.push(match number {
            1 => ".changed".to_owned(),
            number => format!(".changed-{number}"),
        });
        PathBuf::from(saved)
    };
    let is_free = |saved: &PathBuf| fs::symlink_metadata(saved).is_err();
    let saved = (1..1000).map(named).find(is_free);
    let saved = saved.context("too many hooks that were changed; remove some")?;
    fs::copy(path, &saved).with_context(|| saved.display().to_string())?;
    output::say(&format!(
        "{}: was changed since, or is of another version; kept as {}",
        path.display(),
        saved.display()
    ))?;
    Ok(())
}

/// Whether git would run a hook.
fn is_executable(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata()
            .is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        path.is_file()
    }
}

/// Adds to a file of husky.
fn add(folder: &Path, stage: Stage) -> anyhow::Result<()> {
    let path = folder.join(stage.name());
    let place = || path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(place),
    };
    let mut text = script::without_shared(&text).unwrap_or(text);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    write(&path, &(text + &script::shared(stage)))?;
    output::say(&format!(
        "{}: added; commit it, and everybody with straykey has it",
        place()
    ))?;
    Ok(())
}

/// Takes our hooks away.
pub(super) fn uninstall(args: &Uninstall) -> anyhow::Result<u8> {
    let mut taken = 0;
    if args.global {
        if let Some(folder) = place::global()? {
            taken += take_all(&folder)?;
            remove_template(&folder)?;
        }
    } else {
        match place::here()? {
            Place::Hooks(folder) => taken += take_all(&folder)?,
            Place::Husky { husky, hooks } | Place::HuskyToBe { husky, hooks } => {
                taken += take_all(&hooks)?;
                for stage in Stage::ALL {
                    taken += cut(&husky.join(stage.name()))?;
                }
            }
            Place::Lefthook(path) => {
                output::say(&format!("take straykey out of {}", path.display()))?
            }
            Place::Everybody(folder) => {
                output::say(&format!("{}: see --global", folder.display()))?
            }
        }
    }
    if taken == 0 {
        output::say("no hook of straykey is there")?;
    }
    Ok(0)
}

/// Takes our hooks out of a folder, and puts back those that were there.
fn take_all(folder: &Path) -> anyhow::Result<u32> {
    let mut taken = 0;
    for stage in Stage::ALL {
        let path = legacy(folder, stage).unwrap_or_else(|| folder.join(stage.name()));
        let place = || path.display().to_string();
        let text = fs::read_to_string(&path).ok();
        let Some(text) = text.filter(|text| script::is_ours(text)) else {
            continue;
        };
        if !script::installed(stage, &text).is_unchanged {
            keep_changes(&path)?;
        }
        let kept = folder.join(script::chained(stage));
        if fs::symlink_metadata(&kept).is_ok() {
            fs::rename(&kept, &path).with_context(place)?;
            output::say(&format!("{}: put back what was there", place()))?;
        } else {
            fs::remove_file(&path).with_context(place)?;
            output::say(&format!("{}: taken away", place()))?;
        }
        taken += 1;
    }
    Ok(taken)
}

/// Takes our lines out of a file of husky.
fn cut(path: &Path) -> anyhow::Result<u32> {
    let Some(text) = fs::read_to_string(path)
        .ok()
        .and_then(|text| script::without_shared(&text))
    else {
        return Ok(0);
    };
    match text.trim().is_empty() {
        true => fs::remove_file(path).with_context(|| path.display().to_string())?,
        false => write(path, &text)?,
    }
    output::say(&format!("{}: taken out", path.display()))?;
    Ok(1)
}

/// Unsets the template that we made.
fn remove_template(hooks: &Path) -> anyhow::Result<()> {
    let template = place::own_template()?;
    if hooks == template.join("hooks") {
        place::git(&["config", "--global", "--unset", "init.templateDir"])?;
        // Only if nobody put anything else there.
        let _ = fs::remove_dir(hooks).and_then(|()| fs::remove_dir(&template));
    }
    Ok(())
}

/// Writes a file that git may run.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    output::write(Some(path), |out| out.write_all(text.as_bytes()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}
