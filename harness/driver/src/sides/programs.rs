//! Programs that a build calls and whose change cargo does not notice: wrappers of the compiler, linkers, what
//! build scripts call.

use std::{
    collections::BTreeSet,
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{hash, variables};
use crate::cargo::config;

/// Programs that build scripts call by their names.
const TOOLS: [&str; 12] =
    ["ar", "as", "c++", "cc", "clang", "cmake", "g++", "gcc", "ld", "mold", "pkg-config", "protoc"];

/// Text that is equal for equal programs: those that a variable or cargo's configuration in this folder
/// names, whatever its key is, and the usual tools.
pub fn called_in(folder: &Path) -> String {
    let mut words: BTreeSet<String> = TOOLS.map(String::from).into();
    for (_, value) in variables::deciding() {
        words.extend(words_of(&value.to_string_lossy()));
    }
    let mut programs: BTreeSet<PathBuf> =
        words.iter().filter_map(|word| find(word, Path::new("/"))).collect();
    for file in config::files(folder) {
        let strings =
            crate::safe_file::read_text(&file).map(|text| config::strings(&text)).unwrap_or_default();
        // A path counts from the folder that holds `.cargo`.
        let base = file.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        programs.extend(strings.iter().flat_map(|text| words_of(text)).filter_map(|word| find(&word, base)));
    }
    // Without the folder, which is another one where the side is laid out and where it is built.
    let contents: BTreeSet<_> =
        programs.iter().map(|program| (program.file_name(), hash::of_file(program))).collect();
    format!("{contents:?}")
}

/// The whole value, since a path may have spaces, and what may name a program in a list of flags.
fn words_of(value: &str) -> Vec<String> {
    let parts = value.split([' ', '\u{1f}', '=', ',']).map(str::to_owned);
    parts.chain([value.to_owned()]).filter(|word| !word.is_empty()).collect()
}

/// The program of this name, if there is one: a path, or a name that is looked for where programs are.
fn find(word: &str, base: &Path) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    if word.contains('/') {
        return Some(base.join(word)).filter(is_program);
    }
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(word)).find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_and_by_name_and_among_flags() {
        let all = words_of("-Clinker=/bin/sh -Copt-level=3");
        let found: Vec<_> = all.iter().filter_map(|word| find(word, Path::new("/"))).collect();
        assert_eq!(found, [Path::new("/bin/sh")]);
        assert_eq!(find("bin/sh", Path::new("/")).as_deref(), Some(Path::new("/bin/sh")));
        assert!(find("sh", Path::new("/nowhere")).is_some(), "on the PATH");
        assert_eq!(find("/etc/passwd", Path::new("/")), None, "no program");
        assert_eq!(find("no-such-program", Path::new("/")), None);
    }

    #[test]
    fn a_program_of_another_content_makes_another_text() {
        let folder = tempfile::tempdir().unwrap();
        let wrapper = folder.path().join("wrap");
        let write = |text: &str| {
            fs::write(&wrapper, text).unwrap();
            fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
            called_in(folder.path())
        };
        let unnamed = write("#!/bin/sh\n");
        assert_eq!(write("#!/bin/sh\nexec"), unnamed, "nothing names it");
        fs::create_dir(folder.path().join(".cargo")).unwrap();
        fs::write(folder.path().join(".cargo/config.toml"), "[target.any]\nlinker = \"./wrap\"\n").unwrap();
        let named = write("#!/bin/sh\n");
        assert_ne!(named, unnamed);
        assert_ne!(write("#!/bin/sh\nexec"), named);
    }
}
