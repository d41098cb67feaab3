//! The two sides of a comparison are what they are said to be: each is built from its own files and runs among
//! them, whatever lies around, whatever was built before, and whatever the times of files are.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use crate::common::{
    bare_duel,
    crates::outside,
    repository::{ALONE, Repository, artifacts},
    run,
    stub::{MANIFEST, answering, answers},
    text,
};

/// Gives a file a time long ago.
fn age(path: &Path) {
    let old = SystemTime::now() - Duration::from_secs(200_000);
    File::options().append(true).open(path).unwrap().set_modified(old).unwrap();
}

fn pair(one: &str, other: &str) -> [String; 2] {
    [one.to_owned(), other.to_owned()]
}

#[test]
fn times_of_files_decide_nothing() {
    let repository = Repository::with_stub("side-times");
    repository
        .write("dep/Cargo.toml", "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    repository.write("dep/src/lib.rs", "pub const PART: &str = include_str!(\"part\");\n");
    repository.write("dep/src/part", "aa");
    repository.write("src/lib.rs", &answering("dep::PART.to_owned()"));
    repository.depend("[dependencies]\ndep = { path = \"dep\" }");
    repository.commit("with a dependency that reads a file");
    assert_eq!(repository.answers("HEAD"), pair("aa", "aa"));

    // An older file of the same length, seen by git only in its content.
    repository.write("dep/src/part", "bb");
    age(&repository.folder.join("dep/src/part"));
    repository.git(&["update-index", "--assume-unchanged", "dep/src/part"]);
    assert_eq!(repository.answers("HEAD"), pair("aa", "bb"));
    repository.git(&["update-index", "--no-assume-unchanged", "dep/src/part"]);
    repository.commit("older");
    repository.write("dep/src/part", "cc");
    assert_eq!(repository.answers("HEAD~1"), pair("aa", "cc"));
    repository.write("dep/src/part", "dd");
    assert_eq!(repository.answers("HEAD"), pair("bb", "dd"));
    repository.git(&["checkout", "--quiet", "dep/src/part"]);
    assert_eq!(repository.answers("HEAD~1"), pair("aa", "bb"));
}

#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let repository = Repository::with_stub("side-clock");
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    assert_eq!(repository.answers("HEAD"), pair("first", "second"));
    // Everything that was built is newer than what comes now.
    let sides = repository.cache().join("duel/sides");
    let later = SystemTime::now() + Duration::from_secs(1_000_000);
    let mut folders = vec![sides.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => File::open(entry.path()).unwrap().set_modified(later).unwrap(),
                _ => {}
            }
        }
    }
    let since = later.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    fs::write(sides.join("built"), since.as_nanos().to_string()).unwrap();
    repository.write("src/lib.rs", &answering("\"third!\".to_owned()"));
    assert_eq!(repository.answers("HEAD"), pair("first", "third!"));
}

#[test]
fn what_cargo_would_not_notice_is_built_anew_all_the_same() {
    let repository = Repository::with_stub("side-unnoticed");
    // A package that cargo takes for downloaded, and so for unchangeable.
    let vendored = |text: &str| {
        repository.write("vendor/v/src/lib.rs", &format!("pub const PART: &str = \"{text}\";\n"));
        repository.write("vendor/v/.cargo-checksum.json", "{\"files\":{},\"package\":null}");
    };
    repository
        .write("vendor/v/Cargo.toml", "[package]\nname = \"v\"\nversion = \"1.0.0\"\nedition = \"2021\"\n");
    vendored("aa");
    repository.write(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n",
    );
    // A macro that reads a file and tells nobody.
    repository.write(
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    );
    repository.write(
        "mac/src/lib.rs",
        "#[proc_macro]\npub fn read(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    \
         let folder = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    \
         format!(\"{:?}\", std::fs::read_to_string(folder + \"/data/unseen\").unwrap()).parse().unwrap()\n}\n",
    );
    repository.write("data/unseen", "11");
    repository.write("src/lib.rs", &answering("format!(\"{} {}\", v::PART, mac::read!())"));
    repository.depend("[dependencies]\nv = \"1\"\nmac = { path = \"mac\" }");
    repository.commit("both");
    assert_eq!(repository.answers("HEAD"), pair("aa 11", "aa 11"));
    vendored("bb");
    assert_eq!(repository.answers("HEAD"), pair("aa 11", "bb 11"));
    repository.write("data/unseen", "22");
    age(&repository.folder.join("data/unseen"));
    assert_eq!(repository.answers("HEAD"), pair("aa 11", "bb 22"));
}

#[test]
fn what_a_build_script_or_a_macro_reads_decides_about_what_is_kept() {
    let repository = Repository::with_stub("side-inputs");
    let aside = outside("side-inputs-aside");
    let file = aside.join("file");
    fs::write(&file, "1").unwrap();
    repository.write(
        "build.rs",
        &format!(
            "fn main() {{\n    let file = std::fs::read_to_string({file:?}).unwrap();\n    \
             let declared = std::env::var(\"CI_DECLARED\").unwrap_or_default();\n    \
             let silent = std::env::var(\"SILENT\").unwrap_or_default();\n    \
             println!(\"cargo::rustc-env=PART={{file}},{{declared}},{{silent}}\");\n    \
             println!(\"cargo::rerun-if-changed={{}}\", {file:?});\n    \
             println!(\"cargo::rerun-if-env-changed=CI_DECLARED\");\n}}\n"
        ),
    );
    repository.write(
        "src/lib.rs",
        &answering("format!(\"{},{}\", env!(\"PART\"), option_env!(\"CI_SEEN\").unwrap_or_default())"),
    );
    repository.commit("a build script");
    let with = |variables: &[(&str, &str)]| {
        let mut command = repository.command("", &["--baseline", "HEAD"]);
        command.envs(variables.iter().copied());
        let done = run(command);
        done.is_measured();
        (answers(&done), done.stderr.contains("Compiling k "))
    };
    assert_eq!(with(&[]), (pair("1,,,", "1,,,"), true));
    assert_eq!(with(&[]), (pair("1,,,", "1,,,"), false), "nothing has changed");
    assert_eq!(with(&[("CI_DECLARED", "d")]), (pair("1,d,,", "1,d,,"), true));
    assert_eq!(with(&[("CI_SEEN", "s")]), (pair("1,,,s", "1,,,s"), true));
    // cargo itself would run the script once more for no undeclared variable; it is part of the key, and
    // a change of the script's package has it run.
    fs::write(&file, "2").unwrap();
    assert_eq!(with(&[("SILENT", "x")]), (pair("2,,x,", "2,,x,"), true));
    assert!(!with(&[("GITHUB_RUN_ID", "7"), ("SILENT", "x")]).1, "a session's own");
}

#[test]
fn a_program_that_a_build_calls_decides_about_what_is_kept() {
    let repository = Repository::with_stub("side-programs");
    let aside = outside("side-programs-aside");
    let program = |name: &str, text: &str| {
        let path = aside.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        // Neither its length nor its time says that it is another one.
        age(&path);
        path.display().to_string()
    };
    let wrapper = program("wrap", "PART=1 exec \"$@\"");
    let tool = program("tool", "echo 1");
    let linker = program("my-cc", "exec cc \"$@\" -Wl,--defsym=part=1");
    repository.write(
        ".cargo/config.toml",
        &format!(
            "[build]\nrustc-wrapper = {wrapper:?}\n[target.'cfg(unix)']\nrustflags = [\"-Clinker={linker}\"]\n\
             [env]\nTOOL = {tool:?}\n"
        ),
    );
    repository.write(
        "build.rs",
        "fn main() {\n    let tool = std::env::var(\"TOOL\").unwrap();\n    \
         let output = std::process::Command::new(tool).output().unwrap().stdout;\n    \
         println!(\"cargo::rustc-env=TOOL_SAYS={}\", String::from_utf8(output).unwrap());\n    \
         println!(\"cargo::rerun-if-changed=build.rs\");\n}\n",
    );
    repository.write(
        "src/lib.rs",
        &format!(
            "unsafe extern \"C\" {{ static part: u8; }}\n{}",
            answering(
                "format!(\"{} {} {}\", option_env!(\"PART\").unwrap_or(\"none\"), env!(\"TOOL_SAYS\"), \
                 &raw const part as usize % 10)"
            )
        ),
    );
    repository.commit("programs");
    let same = |answer: &str| assert_eq!(repository.answers("HEAD"), pair(answer, answer));
    same("1 1 1");
    program("wrap", "PART=2 exec \"$@\"");
    same("2 1 1");
    program("tool", "echo 3");
    same("2 3 1");
    program("my-cc", "exec cc \"$@\" -Wl,--defsym=part=4");
    same("2 3 4");
}

#[test]
fn each_side_runs_among_its_own_files() {
    let repository = Repository::with_stub("side-files");
    repository.write(".cargo/config.toml", "[env]\nGIVEN = { value = \"data\", relative = true }\n");
    repository.write(
        "build.rs",
        "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
         std::fs::copy(\"data/in\", out + \"/made\").unwrap();\n    println!(\"cargo::rerun-if-changed=data\");\n}\n",
    );
    let everywhere = r#"{
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|error| format!("{path}: {error}"));
        let given = |name: &str| std::env::var(name).unwrap_or_default();
        let constant = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/in");
        [
            read("data/in"),
            read(constant.to_str().unwrap()),
            read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/in")),
            read(&(given("CARGO_MANIFEST_DIR") + "/data/in")),
            read(&(given("GIVEN") + "/in")),
            read(concat!(env!("OUT_DIR"), "/made")),
            given("CARGO_PKG_NAME"),
        ]
        .join(" ")
    }"#;
    repository.write("src/lib.rs", &answering(everywhere));
    repository.write("data/in", "1");
    repository.commit("reads");
    repository.git(&["tag", "before"]);
    assert_eq!(repository.answers("before"), pair("1 1 1 1 1 1 k", "1 1 1 1 1 1 k"));
    repository.write("data/in", "2");
    assert_eq!(repository.answers("before"), pair("1 1 1 1 1 1 k", "2 2 2 2 2 2 k"));
    // From what is kept, where nothing is built.
    assert_eq!(repository.answers("before"), pair("1 1 1 1 1 1 k", "2 2 2 2 2 2 k"));
}

#[test]
fn what_a_runner_leaves_in_its_folder_is_gone_when_its_side_is_used_again() {
    let repository = Repository::with_stub("side-left");
    repository.write(".gitignore", "target\ngenerated\n");
    repository.write(
        "src/lib.rs",
        &answering(
            "{\n        static FOUND: std::sync::OnceLock<usize> = std::sync::OnceLock::new();\n        \
             let files = [\"generated\", \"left/more\"];\n        \
             let found = FOUND.get_or_init(|| files.iter().filter(|it| std::path::Path::new(it).exists()).count());\n        \
             let _ = std::fs::create_dir(\"left\");\n        \
             files.iter().for_each(|file| std::fs::write(file, \"\").unwrap());\n        \
             format!(\"found {found}\")\n    }",
        ),
    );
    repository.commit("leaves files");
    for _ in 0..2 {
        // The first process that asks for a list of cases is the first that runs.
        assert_eq!(repository.answers("HEAD")[0], "found 0");
    }
}

#[test]
fn a_library_that_a_build_script_makes_is_each_sides_own() {
    let repository = Repository::with_stub("side-library");
    repository.write(
        "build.rs",
        "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
         let made = std::process::Command::new(\"cc\").args([\"-shared\", \"-fPIC\", \"part.c\", \"-o\"])\
         .arg(out.clone() + \"/libpart.so\").status().unwrap();\n    assert!(made.success());\n    \
         println!(\"cargo::rustc-link-search=native={out}\");\n    println!(\"cargo::rustc-link-lib=dylib=part\");\n    \
         println!(\"cargo::rerun-if-changed=part.c\");\n}\n",
    );
    repository.write("part.c", "int part(void) { return 1; }\n");
    repository.write(
        "src/lib.rs",
        &format!("extern \"C\" {{ fn part() -> i32; }}\n{}", answering("unsafe { part() }.to_string()")),
    );
    repository.commit("linked");
    assert_eq!(repository.answers("HEAD"), pair("1", "1"));
    repository.write("part.c", "int part(void) { return 2; }\n");
    assert_eq!(repository.answers("HEAD"), pair("1", "2"));
    assert_eq!(repository.answers("HEAD"), pair("1", "2"), "from what is kept");
}

#[test]
fn what_is_kept_is_used_only_as_it_was_kept() {
    let repository = Repository::with_stub("side-kept");
    repository.write("data", "1");
    repository.write("src/lib.rs", &answering("std::fs::read_to_string(\"data\").unwrap()"));
    repository.commit("reads");
    assert_eq!(repository.answers("HEAD"), pair("1", "1"));
    // What is not committed is kept, too.
    repository.write("more", "");
    repository.write("src/lib.rs", &answering("std::fs::read_to_string(\"data\").unwrap() + \"!\""));
    for is_built in [true, false] {
        let done = repository.compared(&["--baseline", "HEAD"]);
        assert_eq!(done.stderr.contains("Compiling"), is_built, "{done}");
    }
    repository.git(&["checkout", "--quiet", "src/lib.rs"]);
    // Somebody writes into a side that is kept, or puts another program there.
    let sides = fs::read_dir(repository.cache().join("duel/sides")).unwrap().flatten();
    let entries = sides.map(|entry| entry.path()).filter(|path| path.join("entry.json").is_file());
    for side in entries {
        let entry: serde_json::Value =
            serde_json::from_slice(&fs::read(side.join("entry.json")).unwrap()).unwrap();
        let root = side.join(text(&entry, "root"));
        if fs::read_to_string(root.join("data")).is_ok_and(|it| it == "1")
            && root.ends_with(repository.folder.file_name().unwrap())
        {
            fs::write(root.join("data"), "9").unwrap();
            for runner in entry["runners"].as_array().unwrap() {
                fs::write(side.join(text(runner, "file")), "#!/bin/sh\ntouch PWNED\n").unwrap();
            }
        }
    }
    assert_eq!(repository.answers("HEAD"), pair("1", "1"));
}

#[test]
fn the_same_executable_is_identical_only_if_it_reads_the_same() {
    let repository = Repository::with_stub("side-reads");
    repository.write("data/read", "1");
    repository.write("data/unread", "1");
    // It answers the same, whatever it reads.
    let expression = "{ std::fs::read(\"data/read\").unwrap(); \"same\".to_owned() }";
    repository.write("src/lib.rs", &answering(expression));
    repository.commit("reads");
    let verdict = || {
        let done = repository.compare(&["--baseline", "HEAD"]);
        let verdict = text(&done.is_measured().comparisons()[0], "verdict");
        (verdict == "identical", done.stderr)
    };
    assert!(verdict().0, "nothing differs");
    repository.write("README.md", "which cargo tells of in a variable");
    assert!(verdict().0, "nobody reads a README");
    repository.write("data/unread", "2");
    assert!(verdict().0, "what differs is not read");
    repository.write("data/read", "2");
    let (is_identical, _) = verdict();
    assert!(!is_identical, "it reads what differs");
    let reasons = repository.compare(&["--baseline", "HEAD"]).of_kind("unavailable");
    assert!(reasons.iter().any(|line| text(line, "reason").contains("data/read")), "{reasons:?}");
}

#[test]
fn a_file_of_the_work_tree_that_a_runner_names_is_told() {
    let repository = Repository::with_stub("side-named");
    let file = repository.folder.join("data");
    repository.write("data", "1");
    repository.write("src/lib.rs", &answering(&format!("std::fs::read_to_string({file:?}).unwrap()")));
    repository.commit("names its own work tree");
    repository.write("data", "2");
    let done = repository.compared(&["--baseline", "HEAD"]);
    assert_eq!(answers(&done), pair("2", "2"), "it is what it is");
    done.says(&[&format!("{}: a runner names this file", file.display())]);
    let sides = &done.of_kind("sides")[0];
    assert!(sides["differences"].to_string().contains("shared_file"), "{sides}");
}

#[test]
fn dependencies_are_the_same_on_both_sides_where_no_lock_file_is_committed() {
    let dependency = Repository::new("side-git-dep");
    dependency.write("Cargo.toml", "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    dependency.write("src/lib.rs", "pub const PART: &str = \"1\";\n");
    dependency.commit("1");
    let repository = Repository::with_stub("side-lock");
    repository.write("src/lib.rs", &answering("dep::PART.to_owned()"));
    let url = format!("file://{}", dependency.folder.display());
    let manifest = format!("{MANIFEST}[dependencies]\ndep = {{ git = \"{url}\" }}\n");
    repository.write("Cargo.toml", &manifest);
    repository.write(".gitignore", "target\nCargo.lock\n");
    repository.git(&["rm", "--quiet", "--cached", "Cargo.lock"]);
    fs::remove_file(repository.folder.join("Cargo.lock")).unwrap();
    repository.commit("no lock file");
    let first = repository.compared(&["--baseline", "HEAD"]);
    first.says(&["Cargo.lock is not committed"]);
    assert_eq!(answers(&first), pair("1", "1"));
    dependency.write("src/lib.rs", "pub const PART: &str = \"2\";\n");
    dependency.commit("2");
    assert_eq!(repository.answers("HEAD"), pair("2", "2"), "the kept baseline had another version");
    // With one in the work tree, ignored, it counts for both.
    let mut cargo = crate::common::cargo(&repository.folder);
    cargo.arg("generate-lockfile").envs(ALONE);
    run(cargo).exits(0);
    dependency.write("src/lib.rs", "pub const PART: &str = \"3\";\n");
    dependency.commit("3");
    assert_eq!(repository.answers("HEAD"), pair("2", "2"));
    // A candidate that has one lends its own, whatever the work tree has by now.
    repository.git(&["add", "--force", "Cargo.lock"]);
    repository.commit("a lock file");
    let mut cargo = crate::common::cargo(&repository.folder);
    cargo.arg("update").envs(ALONE);
    run(cargo).exits(0);
    let lent = repository.compared(&["--baseline", "HEAD~1", "--candidate", "HEAD"]);
    lent.says(&["the baseline has no Cargo.lock"]);
    assert_eq!(answers(&lent), pair("2", "2"));
}

#[test]
fn what_lies_beside_the_repository_is_found_and_told() {
    let above = outside("side-beside");
    let repository = Repository { folder: above.join("repository") };
    fs::create_dir_all(&repository.folder).unwrap();
    repository.git(&["init", "--quiet", "--initial-branch=main"]);
    repository.write_stub("");
    let beside = |text: &str| {
        fs::create_dir_all(above.join("beside/src")).unwrap();
        let manifest = "[package]\nname = \"beside\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
        fs::write(above.join("beside/Cargo.toml"), manifest).unwrap();
        fs::write(above.join("beside/src/lib.rs"), format!("pub const PART: &str = \"{text}\";\n")).unwrap();
    };
    beside("1");
    fs::create_dir_all(above.join(".cargo")).unwrap();
    fs::write(above.join(".cargo/config.toml"), "[env]\nABOVE = \"a\"\n").unwrap();
    repository.write("src/lib.rs", &answering("format!(\"{}{}\", beside::PART, env!(\"ABOVE\"))"));
    repository.depend("[dependencies]\nbeside = { path = \"../beside\" }");
    repository.commit("needs a neighbour");
    let done = repository.compared(&["--baseline", "HEAD"]);
    done.prints(&["\"kind\":\"shared_crate\",\"name\":\"beside\"", "it lies outside of the repository"]);
    assert_eq!(answers(&done), pair("1a", "1a"));
    beside("2");
    age(&above.join("beside/src/lib.rs"));
    assert_eq!(repository.answers("HEAD"), pair("2a", "2a"), "both sides have it as it is");
    fs::remove_dir_all(above.join("beside")).unwrap();
    let gone = repository.compare(&["--baseline", "HEAD"]);
    gone.exits(2).says(&["beside lies outside of the repository"]);
    assert!(!gone.stderr.contains("go into a crate"), "{gone}");
}

#[test]
fn ignored_files_are_seen_only_where_they_are_shared() {
    let repository = Repository::with_stub("side-share");
    repository.write(".gitignore", "target\nlarge\n");
    repository.write("large/data", "x");
    repository.write(
        "src/lib.rs",
        &answering("std::fs::read_to_string(\"large/data\").unwrap_or(\"none\".into())"),
    );
    repository.commit("needs a large file");
    assert_eq!(repository.answers("HEAD"), pair("none", "none"));
    let shared = repository.compared(&["--baseline", "HEAD", "--share", "large"]);
    assert_eq!(answers(&shared), pair("x", "x"));
    for (path, says) in [("nothing", "there is no"), ("src", "has its own"), ("../x", "does not lie below")] {
        repository.compare(&["--baseline", "HEAD", "--share", path]).exits(2).says(&[says]);
    }
}

#[test]
fn the_work_tree_is_what_git_does_not_ignore() {
    let repository = Repository::with_stub("side-untracked");
    repository.write(".gitignore", "target\n*.ignored\n");
    repository.commit("ignores");
    repository.write("src/lib.rs", &format!("mod more;\n{}", answering("more::PART.to_owned()")));
    repository.write("src/more.rs", "pub const PART: &str = \"untracked\";\n");
    repository.write("x.ignored", "");
    let before = repository.state();
    let done = repository.compared(&["--baseline", "HEAD"]);
    done.says(&["uncommitted changes in 1 file", "1 file not tracked by git"]);
    assert_eq!(answers(&done), pair("first", "untracked"));
    assert_eq!(repository.state(), before);
    let sides = artifacts(&done);
    assert_eq!((sides[0].2, sides[1].2), (false, true));
    // The trees are git's own.
    let lines = crate::common::record::lines(&done.run_folder());
    let tree = |side: usize| text(&lines[0]["artifacts"][side], "tree");
    assert_eq!(tree(0), repository.git(&["rev-parse", "HEAD^{tree}"]));
    repository.git(&["add", "--all"]);
    assert_eq!(tree(1), repository.git(&["write-tree"]));
    assert_eq!(lines[0]["artifacts"][1]["identity"]["tree"], tree(1).as_str(), "the runner says the same");
}

#[test]
fn both_forms_of_configuration_and_their_differences_are_told() {
    let repository = Repository::with_stub("side-config");
    repository.write("src/lib.rs", &answering("env!(\"PART\").to_owned()"));
    repository.write(".cargo/config.toml", "[env]\nPART = \"1\"\n");
    repository.write("rust-toolchain.toml", "[toolchain]\ntargets = []\nprofile = \"minimal\"\n");
    repository.commit("configured");
    repository.write(".cargo/config.toml", "[env]\nPART = \"2\"\n");
    repository.write("rust-toolchain.toml", "[toolchain]\ntargets = []\nprofile = \"default\"\n");
    repository.write("Cargo.toml", &MANIFEST.replace("opt-level = 0", "opt-level = 1"));
    assert_eq!(repository.answers("HEAD"), pair("1", "2"));
    let both = repository.compared(&["--baseline", "HEAD", "--configuration", "candidate"]);
    assert_eq!(answers(&both), pair("2", "2"));
    // All three are told, whichever is chosen; and duel.toml can choose, too.
    let sides = &both.of_kind("sides")[0];
    let kinds: Vec<_> = sides["differences"].as_array().unwrap().iter().map(|it| text(it, "kind")).collect();
    assert_eq!(kinds, ["configuration", "toolchain", "profile"]);
    repository.write("duel.toml", "[sides]\nconfiguration = \"candidate\"\n");
    assert_eq!(repository.answers("HEAD"), pair("2", "2"));
    repository.git(&["stash", "--quiet"]);
    assert_eq!(repository.answers("HEAD"), pair("1", "1"));
}

#[test]
fn a_toolchain_file_of_one_side_chooses_for_neither() {
    let repository = Repository::with_stub("side-toolchain");
    repository.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.99\"\n");
    repository.commit("names a toolchain that nobody has");
    fs::remove_file(repository.folder.join("rust-toolchain.toml")).unwrap();
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    // Called by no cargo, so that nothing but the folder says which toolchain is in force.
    let words = [
        "compare",
        "--quick",
        "--trials=2",
        "--instruments=time",
        "--message-format=json",
        "--baseline=HEAD",
    ];
    let start = |more: &[&str]| {
        let mut command = bare_duel(&repository.folder, words.iter().chain(more));
        command.envs(ALONE).env("XDG_CACHE_HOME", repository.cache()).env_remove("RUSTUP_TOOLCHAIN");
        run(command)
    };
    let done = start(&[]);
    assert_eq!(answers(done.is_measured()), pair("first", "second"));
    let differences = done.of_kind("sides")[0]["differences"].to_string();
    assert!(differences.contains("1.0.99") && differences.contains("in force here"), "{differences}");
    // Where rustup chooses, the other choice needs the toolchain.
    if std::env::var_os("RUSTUP_TOOLCHAIN").is_some() {
        start(&["--toolchain=own"]).exits(2).says(&["1.0.99", "--toolchain here"]);
    }
}

#[test]
fn a_workspace_may_come_and_go_around_the_crate() {
    let repository = Repository::new("side-workspace");
    repository.write_stub("krate");
    repository.commit("alone");
    fs::remove_file(repository.folder.join("krate/Cargo.lock")).unwrap();
    repository.write("Cargo.toml", "[workspace]\nmembers = [\"krate\"]\nexclude = [\"krate/stub\"]\n");
    repository.resolve("");
    repository.write("krate/src/lib.rs", &answering("\"member\".to_owned()"));
    repository.write(".gitignore", "target\n");
    let done = repository.compare_in("krate", &["--baseline", "HEAD"]);
    done.is_measured();
    assert_eq!(answers(&done), pair("first", "member"));
}

#[test]
fn build_scripts_that_ask_git_get_an_answer() {
    let repository = Repository::with_stub("side-git");
    repository.write(
        "build.rs",
        "fn main() {\n    let output = std::process::Command::new(\"git\").args([\"describe\", \"--tags\"]).output().unwrap();\n    \
         let text = String::from_utf8(output.stdout).unwrap();\n    println!(\"cargo::rustc-env=PART={}\", text.trim());\n    \
         println!(\"cargo::rerun-if-changed=.git/HEAD\");\n}\n",
    );
    repository.write("src/lib.rs", &answering("env!(\"PART\").to_owned()"));
    repository.commit("asks");
    repository.git(&["-c", "tag.gpgSign=false", "tag", "--no-sign", "--annotate", "--message=v", "v1"]);
    repository.write("README", "");
    repository.commit("after");
    let [before, after] = repository.answers("v1");
    assert!(before == "v1" && after.starts_with("v1-1-g"), "{before} {after}");
}

#[test]
fn a_target_triple_and_the_users_own_folders_change_nothing() {
    let repository = Repository::with_stub("side-triple");
    let output = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(output.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    repository.write(
        ".cargo/config.toml",
        &format!("[build]\ntarget = \"{host}\"\ntarget-dir = \"elsewhere\"\nbuild-dir = \"{{workspace-path-hash}}\"\n"),
    );
    repository.commit("with a triple");
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    assert_eq!(repository.answers("HEAD"), pair("first", "second"));
    assert!(!repository.folder.join("elsewhere/release").exists(), "the user's own target folder");
    let mut command = repository.command("", &["--baseline", "HEAD"]);
    command.env("CARGO_BUILD_TARGET", &host);
    assert_eq!(answers(run(command).is_measured()), pair("first", "second"));
}

#[test]
fn a_hook_and_a_strange_umask_do_no_harm() {
    let repository = Repository::with_stub("side-hooks");
    for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
        let path = repository.folder.join(".git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/HOOK\"\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    // As in a hook of git's.
    let mut command = repository.command("", &["--baseline", "HEAD"]);
    command.env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "/nowhere/index");
    assert_eq!(answers(run(command).is_measured()), pair("first", "second"));
    assert!(!repository.folder.join("HOOK").exists());
}
