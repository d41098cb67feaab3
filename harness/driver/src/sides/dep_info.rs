//! What a unit was compiled from: the compiler writes it into a file beside what it compiled.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{Artifact, TargetKind};

/// The files and variables that the compiler read for one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepInfo {
    pub files: BTreeSet<PathBuf>,
    /// Names of variables that `env!` or `option_env!` read.
    pub variables: BTreeSet<String>,
}

impl DepInfo {
    /// Of a unit that was compiled in this folder; `None` where there is no such file.
    pub fn of(unit: &Artifact, compiled_in: &Path) -> Option<Self> {
        let text = fs::read_to_string(path(unit)?).ok()?;
        let mut info = parse(&text);
        info.files = info.files.iter().map(|file| compiled_in.join(file)).collect();
        Some(info)
    }
}

/// `deps/k-0123.d` for `deps/libk-0123.rlib`.
fn path(unit: &Artifact) -> Option<PathBuf> {
    unit.filenames.iter().find_map(|file| {
        let (folder, name) = (Path::new(file.parent()?), file.file_name()?);
        if unit.target.kind.contains(&TargetKind::CustomBuild) {
            let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
            return files.into_iter().find(|path| path.extension().is_some_and(|it| it == "d"));
        }
        let stem = match unit.executable {
            Some(_) => name,
            None => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        };
        let stems = [stem.strip_prefix("lib").unwrap_or(stem), stem];
        stems.iter().map(|stem| folder.join(format!("{stem}.d"))).find(|path| path.is_file())
    })
}

/// Reads the compiler's dep-info: rules as make has them, and variables as comments.
fn parse(text: &str) -> DepInfo {
    let mut info = DepInfo::default();
    for line in text.lines() {
        if let Some(variable) = line.strip_prefix("# env-dep:") {
            info.variables.insert(variable.split('=').next().unwrap_or(variable).to_owned());
        } else if !line.starts_with('#')
            && let Some((_, files)) = line.split_once(": ")
        {
            info.files.extend(words(files).into_iter().map(PathBuf::from));
        }
    }
    info
}

/// Words between spaces; a space behind a backslash is part of its word.
fn words(text: &str) -> Vec<String> {
    // A character that no path has stands for the space meanwhile.
    let held = text.replace("\\ ", "\0");
    held.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace('\0', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_variables_are_read() {
        let info = parse(
            "/t/deps/k-1.d: src/lib.rs src/a\\ b.rs /etc/x\n\n/t/deps/libk-1.rlib: src/lib.rs\n\nsrc/lib.rs:\n\
             # env-dep:K_ADDS\n# env-dep:OTHER=a=b\n",
        );
        let files: Vec<_> = info.files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(files, ["/etc/x", "src/a b.rs", "src/lib.rs"]);
        assert_eq!(info.variables.into_iter().collect::<Vec<_>>(), ["K_ADDS", "OTHER"]);
    }
}
