//! cargo's configuration files: where they lie, and the few keys that this command must know itself.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::safe_file::read_text;

/// cargo's home folder, if there is one.
pub fn home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")))
}

/// Where cargo looks for its configuration when it runs in this folder: there, in those above it, and in
/// its home. The nearest first; most of them are not there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let folders = folder.ancestors().map(|folder| folder.join(".cargo")).chain(home());
    let mut files: Vec<PathBuf> = Vec::new();
    for file in folders.flat_map(|folder| ["config", "config.toml"].map(|name| folder.join(name))) {
        add_with_included(file, &mut files);
    }
    files
}

/// Adds a file and what it includes: the last included counts before the others, and the file before all of
/// them.
fn add_with_included(file: PathBuf, files: &mut Vec<PathBuf>) {
    if files.contains(&file) {
        return;
    }
    files.push(file.clone());
    let text = read_text(&file).unwrap_or_default();
    let folder = file.parent().unwrap_or(Path::new("/"));
    for included in included_in(&text).iter().rev() {
        add_with_included(folder.join(included), files);
    }
}

/// The files that a configuration file includes, by path from its folder: one, several, or tables with a path.
fn included_in(text: &str) -> Vec<String> {
    fn path(value: &toml::Value) -> Option<String> {
        Some(value.get("path").unwrap_or(value).as_str()?.to_owned())
    }
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    match table.get("include") {
        Some(toml::Value::Array(several)) => several.iter().filter_map(path).collect(),
        Some(one) => path(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The wrapper that cargo would call in this folder (`rustc-wrapper` or `rustc-workspace-wrapper`): what
/// the environment says, else the nearest configuration file. Nothing means none, and hides what follows.
pub fn wrapper(folder: &Path, key: &str) -> Option<OsString> {
    let name = key.replace('-', "_").to_uppercase();
    let environment = [name.clone(), format!("CARGO_BUILD_{name}")].into_iter().find_map(env::var_os);
    let found = environment
        .or_else(|| files(folder).iter().find_map(|file| wrapper_in(&read_text(file).ok()?, file, key)));
    found.filter(|wrapper| !wrapper.is_empty())
}

/// A file that is no TOML is cargo's to complain of.
fn wrapper_in(text: &str, file: &Path, key: &str) -> Option<OsString> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let wrapper = table.get("build")?.get(key)?.as_str()?;
    // A path counts from the folder that holds `.cargo`; a bare name is looked for in PATH.
    let base = file.parent()?.parent()?;
    Some(if wrapper.contains('/') { base.join(wrapper).into() } else { wrapper.into() })
}

/// Every string in a configuration file, whatever its key is; none of a file that is no TOML, of which cargo
/// complains.
pub fn strings(text: &str) -> Vec<String> {
    fn collect(value: &toml::Value, strings: &mut Vec<String>) {
        match value {
            toml::Value::String(text) => strings.push(text.clone()),
            toml::Value::Array(values) => values.iter().for_each(|value| collect(value, strings)),
            toml::Value::Table(table) => table.values().for_each(|value| collect(value, strings)),
            _ => {}
        }
    }
    let mut strings = Vec::new();
    if let Ok(table) = toml::from_str(text) {
        collect(&toml::Value::Table(table), &mut strings);
    }
    strings
}

/// The program that cargo would run a bench with in this folder, and who says so: `target.….runner`.
/// Without `triple`, any is taken: which one a `cfg` means, only cargo knows.
pub fn runner(folder: &Path) -> Option<(String, String)> {
    let from_environment = env::vars().find(|(name, value)| {
        name.starts_with("CARGO_TARGET_") && name.ends_with("_RUNNER") && !value.is_empty()
    });
    if let Some((name, value)) = from_environment {
        return Some((value, name));
    }
    files(folder).iter().find_map(|file| {
        let runner = runner_in(&read_text(file).ok()?)?;
        Some((runner, file.display().to_string()))
    })
}

fn runner_in(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let targets = table.get("target")?.as_table()?;
    targets.values().find_map(|target| match target.get("runner")? {
        toml::Value::String(runner) => Some(runner.clone()),
        toml::Value::Array(words) => {
            Some(words.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_is_found_in_a_configuration_file_as_cargo_finds_it() {
        let file = Path::new("/home/me/.cargo/config.toml");
        let found = |text| wrapper_in(text, file, "rustc-wrapper");
        assert_eq!(found("[build]\nrustc-wrapper = \"sccache\""), Some("sccache".into()));
        assert_eq!(found("build.rustc-wrapper = \"tools/wrap\""), Some("/home/me/tools/wrap".into()));
        assert_eq!(found("[build]\nrustc-wrapper = \"\""), Some("".into()));
        assert_eq!(found("[build]\njobs = 2"), None);
    }

    #[test]
    fn a_runner_is_found_as_text_and_as_words() {
        assert_eq!(runner_in("[target.'cfg(unix)']\nrunner = \"sudo -E\"").as_deref(), Some("sudo -E"));
        assert_eq!(
            runner_in("[target.x86_64-unknown-linux-gnu]\nrunner = [\"qemu\", \"-L\"]").as_deref(),
            Some("qemu -L")
        );
        assert_eq!(runner_in("[target.x86_64-unknown-linux-gnu]\nlinker = \"ld\""), None);
    }

    #[test]
    fn what_is_included_counts_after_what_includes_it() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(".cargo");
        std::fs::create_dir(&own).unwrap();
        let write = |name: &str, text: &str| std::fs::write(own.join(name), text).unwrap();
        write("config.toml", "include = [\"a.toml\", { path = \"b.toml\", optional = true }]");
        write("a.toml", "include = \"c.toml\"");
        write("c.toml", "include = \"config.toml\"\nbuild.rustc-wrapper = \"w\"");
        let found = files(folder.path());
        let names: Vec<_> = found.iter().filter_map(|file| file.strip_prefix(&own).ok()).collect();
        assert_eq!(names, ["config", "config.toml", "b.toml", "a.toml", "c.toml"].map(Path::new));
        assert_eq!(wrapper(folder.path(), "rustc-wrapper"), Some("w".into()));
    }

    #[test]
    fn every_file_is_listed_once_and_the_nearest_first() {
        let files = files(Path::new("/a/b"));
        assert_eq!(files[0], Path::new("/a/b/.cargo/config"));
        assert_eq!(files[3], Path::new("/a/.cargo/config.toml"));
        let mut unique = files.clone();
        unique.dedup();
        assert_eq!(unique, files);
    }
}
