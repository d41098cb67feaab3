//! Files and settings of which neither cargo nor git knows decide about the sides, too: what builds read and write
//! without declaring it, what the user's environment gives them, and what a runner sees without opening it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use crate::common::{
    Done,
    crates::outside,
    repository::{ALONE, Repository},
    run,
    stub::{answering, answers},
    text,
};

fn pair(one: &str, other: &str) -> [String; 2] {
    [one.to_owned(), other.to_owned()]
}

/// What both sides answer to a command of the repository with these variables.
fn answers_with(repository: &Repository, words: &[&str], variables: &[(&str, &Path)]) -> [String; 2] {
    let mut command = repository.command("", words);
    command.envs(variables.iter().copied());
    answers(run(command).is_measured())
}

/// A repository in a folder of its own, with the crate `k`.
fn in_folder(above: &Path) -> Repository {
    let repository = Repository { folder: above.join("repository") };
    fs::create_dir_all(&repository.folder).unwrap();
    repository.git(&["init", "--quiet", "--initial-branch=main"]);
    repository.write_stub("");
    repository
}

/// A crate beside a repository that holds nothing.
fn neighbour(above: &Path) {
    let manifest = "[package]\nname = \"beside\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::create_dir_all(above.join("beside/src")).unwrap();
    fs::write(above.join("beside/Cargo.toml"), manifest).unwrap();
    fs::write(above.join("beside/src/lib.rs"), "").unwrap();
}

#[test]
fn what_a_build_sees_of_other_packages_decides() {
    let repository = Repository::new("undeclared-members");
    let folder = repository.folder.clone();
    repository.write_stub("k");
    repository.write(".gitignore", "target\n");
    repository.write("Cargo.toml", "[workspace]\nmembers = [\"k\", \"m\", \"mac\"]\nresolver = \"2\"\n");
    fs::rename(folder.join("k/Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    repository.write("m/Cargo.toml", "[package]\nname = \"m\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    repository.write("m/src/lib.rs", "");
    repository.write("m/data", "1");
    repository.write(
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    );
    repository.write(
        "mac/src/lib.rs",
        "#[proc_macro]\npub fn lines(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    \
         let folder = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    \
         let text = std::fs::read_to_string(folder + \"/../Cargo.toml\").unwrap();\n    \
         format!(\"{}\", text.lines().count()).parse().unwrap()\n}\n",
    );
    repository.write(
        "k/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    \
         let read = std::fs::read_to_string(\"../m/data\").unwrap();\n    \
         let source = std::fs::read_to_string(\"../m/src/lib.rs\").unwrap().len();\n    \
         let flag = std::path::Path::new(\"../m/flag\").exists();\n    \
         let git = std::process::Command::new(\"git\").args([\"log\", \"-1\", \"--format=%s\"]).output().unwrap();\n    \
         let git = String::from_utf8(git.stdout).unwrap();\n    \
         println!(\"cargo::rustc-env=PART={read} {source} {flag} {}\", git.trim());\n}\n",
    );
    repository.write("k/src/lib.rs", &answering("format!(\"{} {}\", env!(\"PART\"), mac::lines!())"));
    let manifest = fs::read_to_string(folder.join("k/Cargo.toml")).unwrap();
    let manifest = manifest.split("[profile").next().unwrap().to_owned();
    repository.write(
        "k/Cargo.toml",
        &(manifest + "[dependencies]\nm = { path = \"../m\" }\nmac = { path = \"../mac\" }\n"),
    );
    repository.resolve("k");
    repository.commit("one");
    let now = |baseline: &str| answers(repository.compare_in("k", &["--baseline", baseline]).is_measured());
    assert_eq!(now("HEAD"), pair("1 0 false one 3", "1 0 false one 3"));
    let first = "1 0 false one 3";
    repository.write("m/data", "2");
    assert_eq!(now("HEAD"), pair(first, "2 0 false one 3"));
    repository.write("m/flag", "");
    assert_eq!(now("HEAD"), pair(first, "2 0 true one 3"));
    repository.write("m/src/lib.rs", "// m is compiled as well, and this file is read twice.\n");
    assert_eq!(now("HEAD"), pair(first, "2 55 true one 3"));
    repository.write("Cargo.toml", &(fs::read_to_string(folder.join("Cargo.toml")).unwrap() + "# 4\n"));
    assert_eq!(now("HEAD"), pair(first, "2 55 true one 4"));
    repository.commit("two");
    assert_eq!(now("HEAD~1"), pair(first, "2 55 true two 4"));
    // Another commit with the same tree.
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "three"]);
    assert_eq!(now("HEAD~1"), pair("2 55 true two 4", "2 55 true three 4"));
}

#[test]
fn a_file_beside_all_packages_that_no_build_has_opened_has_nothing_compiled() {
    let repository = Repository::new("undeclared-beside-packages");
    repository.write_stub("k");
    repository.write(".gitignore", "target\n");
    repository.write("k/build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    println!(\"cargo::rustc-env=PART={}\", std::fs::read_to_string(\"../read\").unwrap());\n}\n");
    repository.write("k/src/lib.rs", &answering("env!(\"PART\").to_owned()"));
    repository.write("read", "1");
    repository.write("notes", "1");
    repository.commit("one");
    let now = || {
        let done = repository.compare_in("k", &["--baseline", "HEAD"]);
        (answers(done.is_measured()), done.stderr.contains("Compiling k "))
    };
    assert_eq!(now(), (pair("1", "1"), true));
    repository.write("notes", "2");
    assert_eq!(now(), (pair("1", "1"), false), "nobody has read it");
    repository.write("read", "2");
    assert_eq!(now(), (pair("1", "2"), true));
}

#[test]
fn a_variable_or_a_tag_that_a_build_script_asks_for_in_silence_is_the_same_for_both_sides() {
    let repository = Repository::with_stub("undeclared-variable");
    repository.write(
        "build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    \
         let tags = std::process::Command::new(\"git\").arg(\"tag\").output().unwrap().stdout;\n    \
         println!(\"cargo::rustc-env=PART={} {}\", std::env::var(\"SILENT\").unwrap_or_default(), tags.len());\n}\n",
    );
    repository.write("src/lib.rs", &answering("env!(\"PART\").to_owned()"));
    repository.commit("asks");
    assert_eq!(repository.answers("HEAD"), pair(" 0", " 0"));
    // Only one side's build script is another.
    repository
        .write("build.rs", &(fs::read_to_string(repository.folder.join("build.rs")).unwrap() + "// new\n"));
    assert_eq!(
        answers_with(&repository, &["--baseline", "HEAD"], &[("SILENT", Path::new("x"))]),
        pair("x 0", "x 0")
    );
    repository.git(&["-c", "tag.gpgSign=false", "tag", "--no-sign", "v"]);
    assert_eq!(repository.answers("HEAD"), pair(" 2", " 2"));
}

#[test]
fn what_a_build_script_writes_among_the_sources_is_there() {
    let repository = Repository::with_stub("undeclared-writes");
    repository.write(".gitignore", "target\nsrc/made.rs\ndata\n");
    repository.write("grammar", "1");
    repository.write(
        "build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=grammar\");\n    \
         let text = std::fs::read_to_string(\"grammar\").unwrap();\n    \
         let _ = std::fs::create_dir_all(\"data/deep\");\n    \
         std::fs::write(\"data/deep/table\", &text).unwrap();\n    \
         let line = format!(\"pub const PART: &str = \\\"{text}\\\";\");\n    \
         std::fs::write(\"src/made.rs\", &line).unwrap();\n    std::fs::write(\"src/kept.rs\", &line).unwrap();\n}\n",
    );
    repository.write("src/kept.rs", "pub const PART: &str = \"1\";");
    let expression = "format!(\"{} {} {}\", made::PART, kept::PART, std::fs::read_to_string(\"data/deep/table\").unwrap())";
    repository.write("src/lib.rs", &format!("mod made;\nmod kept;\n{}", answering(expression)));
    repository.commit("makes sources");
    assert_eq!(repository.answers("HEAD"), pair("1 1 1", "1 1 1"));
    repository.write("more", "which no build reads");
    assert_eq!(repository.answers("HEAD"), pair("1 1 1", "1 1 1"));
    repository.write("grammar", "2");
    assert_eq!(repository.answers("HEAD"), pair("1 1 1", "2 2 2"));
    assert_eq!(repository.answers("HEAD"), pair("1 1 1", "2 2 2"), "from what is kept");
    // What is committed is out of date: in a fresh clone cargo makes it anew.
    repository.write("src/kept.rs", "pub const PART: &str = \"old\";");
    repository.write("grammar", "1");
    assert_eq!(repository.answers("HEAD"), pair("1 1 1", "1 1 1"));
}

#[test]
fn programs_and_the_folder_that_cargo_promises_a_bench_are_each_sides_own() {
    let repository = Repository::with_stub("undeclared-programs");
    repository.write("src/bin/tool.rs", "fn main() { print!(\"1\") }\n");
    repository.write("benches/k.rs", &{
        let stub = fs::read_to_string(repository.folder.join("benches/k.rs")).unwrap();
        let asks = "{\n    let path = concat!(env!(\"CARGO_TARGET_TMPDIR\"), \"/file\");\n    \
                    std::fs::write(path, \"made\").unwrap();\n    \
                    let output = std::process::Command::new(env!(\"CARGO_BIN_EXE_tool\")).output().unwrap();\n    \
                    format!(\"{} {}\", String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(path).unwrap())\n}";
        stub.replace("k::answer()", "answer()") + &format!("\nfn answer() -> String {asks}\n")
    });
    repository.commit("starts a program");
    repository.write("src/bin/tool.rs", "fn main() { print!(\"2\") }\n");
    assert_eq!(repository.answers("HEAD"), pair("1 made", "2 made"));
    assert_eq!(repository.answers("HEAD"), pair("1 made", "2 made"), "from what is kept");
}

#[test]
fn where_git_is_said_to_be_leads_nobody_away() {
    let repository = Repository::with_stub("undeclared-hook");
    let git = repository.folder.join(".git");
    let subject = "{\n        let output = std::process::Command::new(\"git\").args([\"log\", \"-1\", \"--format=%s\"]).output().unwrap();\n        \
                   format!(\"{}/{}\", env!(\"PART\"), String::from_utf8(output.stdout).unwrap().trim())\n    }";
    repository.write(
        "build.rs",
        "fn main() {\n    let output = std::process::Command::new(\"git\").args([\"log\", \"-1\", \"--format=%s\"]).output().unwrap();\n    \
         println!(\"cargo::rustc-env=PART={}\", String::from_utf8(output.stdout).unwrap().trim());\n}\n",
    );
    repository.write("src/lib.rs", &answering(subject));
    repository.commit("one");
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "two"]);
    repository.write("changed", "whose content is not among git's objects");
    let objects = || run_in(&repository.folder, "find .git -type f | sort | xargs sha1sum");
    let before = objects();
    let variables: [(&str, PathBuf); 3] = [
        ("GIT_DIR", git.clone()),
        ("GIT_OBJECT_DIRECTORY", git.join("objects")),
        ("GIT_INDEX_FILE", git.join("index")),
    ];
    let variables: Vec<_> = variables.iter().map(|(name, path)| (*name, path.as_path())).collect();
    assert_eq!(answers_with(&repository, &["--baseline", "HEAD~1"], &variables), pair("one/one", "two/two"));
    assert!(objects() == before, "the user's repository");
}

fn run_in(folder: &Path, line: &str) -> String {
    let mut command = Command::new("sh");
    command.current_dir(folder).args(["-c", line]);
    run(command).stdout
}

#[test]
fn a_submodule_is_left_alone_and_found_whatever_it_is_called() {
    let above = outside("undeclared-submodule");
    let module = Repository { folder: above.join("module") };
    fs::create_dir_all(&module.folder).unwrap();
    module.git(&["init", "--quiet", "--initial-branch=main"]);
    module.write("file", "1");
    module.commit("one");
    let origin = in_folder(&above);
    origin.git(&["submodule", "--quiet", "add", "../module", "a module"]);
    origin.write("src/lib.rs", &answering("std::fs::read_to_string(\"a module/file\").unwrap()"));
    origin.commit("with a submodule");
    module.write("file", "2");
    module.commit("two");
    origin.git(&["-C", "a module", "pull", "--quiet"]);
    origin.commit("a newer one");
    origin.git(&["config", "submodule.recurse", "true"]);
    // A file whose time is not the one that the index knows.
    run_in(&origin.folder, "touch -d '2 hours ago' 'a module/file'");
    let files = || run_in(&origin.folder, "find .git -type f | sort | xargs -d '\\n' sha1sum");
    let before = files();
    assert_eq!(origin.answers("HEAD~1"), pair("1", "2"));
    assert!(files() == before, "the user's repository, its submodule's included");
    // One that is not checked out.
    let clone = Repository { folder: above.join("clone") };
    origin.git(&["clone", "--quiet", ".", "../clone"]);
    clone.git(&["remote", "set-url", "origin", origin.folder.to_str().unwrap()]);
    clone.write("other", "");
    fs::create_dir_all(clone.folder.with_extension("cache")).unwrap();
    assert_eq!(clone.answers("HEAD~1"), pair("1", "2"));
}

#[test]
fn what_git_is_set_to_and_finds_in_the_work_tree_does_no_harm() {
    let repository = Repository::with_stub("undeclared-git");
    repository.write("data", "0");
    repository.write(".gitattributes", "data filter=own\n");
    repository.write("src/lib.rs", &answering("std::fs::read_to_string(\"data\").unwrap()"));
    repository.git(&["config", "filter.own.smudge", "sed s/0/1/"]);
    repository.commit("filtered");
    repository.write("more", "");
    assert_eq!(repository.answers("HEAD")[0], "1");
    // The same trees, laid out otherwise.
    repository.git(&["config", "filter.own.smudge", "sed s/0/2/"]);
    assert_eq!(repository.answers("HEAD")[0], "2");
    // Set for certain folders only.
    repository.git(&["config", "--unset", "filter.own.smudge"]);
    let above = outside("undeclared-git-settings");
    let settings = above.join("config");
    let conditional = above.join("conditional");
    let condition = format!(
        "[includeIf \"gitdir:{}/\"]\n\tpath = {}\n",
        repository.folder.display(),
        conditional.display()
    );
    fs::write(&settings, condition).unwrap();
    fs::write(&conditional, "[filter \"own\"]\n\tsmudge = \"sed \\\"s/0/3/\\\"\"\n").unwrap();
    assert_eq!(
        answers_with(&repository, &["--baseline", "HEAD"], &[("GIT_CONFIG_GLOBAL", &settings)])[0],
        "3"
    );
    repository.git(&["config", "filter.own.smudge", "sed s/0/2/"]);
    // A repository with no commit yet, and references of another form.
    repository.git(&["init", "--quiet", "scratch/new"]);
    repository.write("scratch/new/file", "");
    fs::write(&settings, "[init]\n\tdefaultRefFormat = reftable\n[submodule]\n\trecurse = true\n").unwrap();
    assert_eq!(
        answers_with(&repository, &["--baseline", "HEAD"], &[("GIT_CONFIG_GLOBAL", &settings)])[0],
        "2"
    );
    // A name that two things have.
    repository.git(&["-c", "tag.gpgSign=false", "tag", "--no-sign", "two"]);
    repository.git(&["branch", "two"]);
    repository.compared(&["--baseline", "two"]).says(&["two is a tag and a branch", "refs/heads/two"]);
    // A file that is called as a branch is.
    repository.git(&["branch", "base"]);
    repository.write("base", "");
    assert_eq!(repository.answers("base")[0], "2");
    let gone = repository.compare(&["--baseline", "more"]);
    gone.exits(2).says(&["./more"]);
}

#[test]
fn what_lies_beside_a_repository_is_that_repositorys_own_and_as_it_is_now() {
    let above = outside("undeclared-beside");
    let [one, other] = ["one", "other"].map(|name| above.join(name));
    fs::create_dir_all(&one).unwrap();
    neighbour(&one);
    let repository = in_folder(&one);
    fs::write(one.join("data"), "1").unwrap();
    let expression = "format!(\"{} {}\", std::fs::read_to_string(\"../data\").unwrap(), std::path::Path::new(\"../new\").exists())";
    repository.write("src/lib.rs", &answering(expression));
    repository.depend("[dependencies]\nbeside = { path = \"../beside\" }");
    repository.commit("reads");
    assert_eq!(repository.answers("HEAD"), pair("1 false", "1 false"));
    fs::write(one.join("new"), "").unwrap();
    repository.write("changed", "");
    assert_eq!(repository.answers("HEAD"), pair("1 true", "1 true"));
    // The same commits elsewhere, with another neighbour.
    run_in(&above, "cp -r one other");
    fs::write(other.join("data"), "2").unwrap();
    let copy = Repository { folder: other.join("repository") };
    let mut command = copy.command("", &["--baseline", "HEAD"]);
    command.env("XDG_CACHE_HOME", repository.cache());
    assert_eq!(answers(run(command).is_measured()), pair("2 true", "2 true"));
}

#[test]
fn a_link_out_of_the_repository_leads_where_it_led() {
    let above = outside("undeclared-link");
    fs::write(above.join("data"), "1").unwrap();
    let repository = in_folder(&above);
    fs::create_dir(repository.folder.join("deep")).unwrap();
    symlink("../../data", repository.folder.join("deep/data")).unwrap();
    repository.write("src/lib.rs", &answering("std::fs::read_to_string(\"deep/data\").unwrap()"));
    repository.commit("reads through a link");
    repository.write("changed", "");
    assert_eq!(repository.answers("HEAD"), pair("1", "1"));
}

#[test]
fn two_packages_of_one_name_are_two() {
    let above = outside("undeclared-names");
    for version in ["1", "2"] {
        let folder = above.join("o").join(version);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!("[package]\nname = \"o\"\nversion = \"{version}.0.0\"\nedition = \"2021\"\n");
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), format!("pub const PART: &str = \"{version}\";\n")).unwrap();
    }
    let repository = in_folder(&above);
    repository.write("src/lib.rs", &answering("format!(\"{} {}\", one::PART, two::PART)"));
    repository.depend(
        "[dependencies]\none = { package = \"o\", path = \"../o/1\" }\ntwo = { package = \"o\", path = \"../o/2\" }",
    );
    repository.commit("two");
    repository.write("changed", "");
    assert_eq!(repository.answers("HEAD"), pair("1 2", "1 2"));
}

#[test]
fn an_included_configuration_file_and_where_libraries_are_count_on_both_sides() {
    let above = outside("undeclared-surroundings");
    let repository = in_folder(&above);
    fs::create_dir(above.join(".cargo")).unwrap();
    fs::write(above.join(".cargo/config.toml"), "include = [\"more.toml\"]\n").unwrap();
    let include = |value: &str| {
        fs::write(above.join(".cargo/more.toml"), format!("[env]\nINCLUDED = \"{value}\"\n")).unwrap();
    };
    include("1");
    let library = |name: &str| {
        let folder = above.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("part.c"), format!("int part(void) {{ return {name}; }}\n")).unwrap();
        run_in(&folder, "cc -shared -fPIC -Wl,-soname,libpart.so part.c -o libpart.so");
        folder
    };
    let [one, two] = ["1", "2"].map(library);
    repository.write(
        "build.rs",
        &format!(
            "fn main() {{\n    println!(\"cargo::rustc-link-search=native={}\");\n    \
             println!(\"cargo::rustc-link-lib=dylib=part\");\n}}\n",
            one.display()
        ),
    );
    repository.write(
        "src/lib.rs",
        &format!(
            "extern \"C\" {{ fn part() -> i32; }}\n{}",
            answering("format!(\"{} {}\", unsafe { part() }, std::env::var(\"INCLUDED\").unwrap())")
        ),
    );
    repository.commit("linked");
    repository.write("changed", "");
    let now = |libraries: &Path| {
        answers_with(&repository, &["--baseline", "HEAD"], &[("LD_LIBRARY_PATH", libraries)])
    };
    assert_eq!(now(&one), pair("1 1", "1 1"));
    repository.write("changed", "again");
    assert_eq!(now(&two), pair("2 1", "2 1"));
    include("2");
    repository.write("changed", "and again");
    assert_eq!(now(&two), pair("2 2", "2 2"));
}

#[test]
fn where_the_user_stands_is_no_part_of_a_side() {
    let repository = Repository::with_stub("undeclared-pwd");
    repository.write("data", "1");
    repository.write("build.rs", "fn main() { println!(\"cargo::rustc-env=PART={}\", std::fs::read_to_string(std::env::var(\"PWD\").unwrap() + \"/data\").unwrap()); }\n");
    let expression = "format!(\"{} {}\", env!(\"PART\"), std::fs::read_to_string(std::env::var(\"PWD\").unwrap() + \"/data\").unwrap())";
    repository.write("src/lib.rs", &answering(expression));
    repository.commit("reads");
    repository.write("data", "2");
    assert_eq!(
        answers_with(&repository, &["--baseline", "HEAD"], &[("PWD", &repository.folder)]),
        pair("1 1", "2 2")
    );
}

#[test]
fn a_runner_gets_no_secret_unless_it_is_passed_on() {
    let repository = Repository::with_stub("undeclared-secrets");
    let names = "[\"CARGO_REGISTRY_TOKEN\", \"K_API_KEY\", \"DATABASE_URL\", \"GITHUB_OUTPUT\", \"K_PLAIN\"]";
    let expression =
        format!("format!(\"{{:?}}\", {names}.map(|name| std::env::var_os(name).is_some() as u8))");
    repository.write("src/lib.rs", &answering(&expression));
    repository.commit("asks");
    let set = |name| (name, Path::new("x"));
    let variables = [
        set("CARGO_REGISTRY_TOKEN"),
        set("K_API_KEY"),
        ("DATABASE_URL", Path::new("postgres://me:secret@host/db")),
        ("GITHUB_OUTPUT", Path::new("/dev/null")),
        set("K_PLAIN"),
    ];
    let seen =
        |words: &[&str]| answers_with(&repository, &[&["--baseline", "HEAD"], words].concat(), &variables);
    let [withheld, one] = ["[0, 0, 0, 0, 1]", "[0, 1, 0, 0, 1]"];
    assert_eq!(seen(&[]), pair(withheld, withheld));
    assert_eq!(seen(&["--pass-env", "K_API_KEY"]), pair(one, one));
}

#[test]
fn a_path_that_is_not_found_in_an_executable_leads_to_no_other_side() {
    let repository = Repository::with_stub("undeclared-path");
    repository.write("data", "1");
    repository.write(
        "src/lib.rs",
        &format!(
            "const P: &str = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data\");\n\
             const fn wide() -> [u32; P.len()] {{\n    let mut wide = [0; P.len()];\n    let mut i = 0;\n    \
             while i < P.len() {{ wide[i] = P.as_bytes()[i] as u32; i += 1; }}\n    wide\n}}\n\
             static WIDE: [u32; P.len()] = wide();\n{}",
            answering(
                "{\n        let path: String = std::hint::black_box(&WIDE).iter().map(|c| char::from_u32(*c).unwrap()).collect();\n        \
                 std::fs::read_to_string(path).map_or(\"not found\".to_owned(), |text| text)\n    }"
            )
        ),
    );
    repository.commit("reads");
    repository.write("data", "2");
    // Each side's own would be better, and the other side's would be wrong.
    assert_eq!(repository.answers("HEAD"), pair("not found", "not found"));
}

/// Whether both sides are called identical, and all that was said.
fn is_identical(repository: &Repository) -> (bool, Done) {
    let done = repository.compare(&["--baseline", "HEAD"]);
    let verdict = text(&done.is_measured().comparisons()[0], "verdict");
    (verdict == "identical", done)
}

#[test]
fn what_is_seen_without_being_opened_makes_no_sides_identical() {
    let repository = Repository::with_stub("undeclared-seen");
    let asks = "{\n        let _ = std::fs::metadata(\"asked-for\");\n        \
                let _ = std::fs::read_dir(\"link\").map(Iterator::count);\n        \"same\".to_owned()\n    }";
    repository.write("src/lib.rs", &answering(asks));
    for name in ["one/file", "two/file", "script", "nobodys"] {
        repository.write(name, "same");
    }
    symlink("one", repository.folder.join("link")).unwrap();
    repository.commit("asks");
    let restore = || repository.git(&["reset", "--quiet", "--hard"]);
    repository.write("README.md", "longer");
    repository.write("nobodys", "of another size, and nobody asks for it");
    assert!(is_identical(&repository).0);
    let change = |name: &str| match name {
        "link" => {
            fs::remove_file(repository.folder.join("link")).unwrap();
            symlink("two", repository.folder.join("link")).unwrap();
        }
        "script" => {
            let path = repository.folder.join("script");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        new => repository.write(new, "1"),
    };
    for name in ["link", "script", "asked-for"] {
        restore();
        change(name);
        let (identical, done) = is_identical(&repository);
        let reasons = done.of_kind("unavailable");
        assert!(!identical, "{name}: {done}");
        assert!(reasons.iter().any(|line| text(line, "reason").contains(name)), "{name}: {reasons:?}");
    }
    // Another commit, of which the runner asks git.
    let asks = "{\n        let _ = std::process::Command::new(\"git\").args([\"log\", \"-1\"]).output().unwrap();\n        \
                \"same\".to_owned()\n    }";
    repository.write("src/lib.rs", &answering(asks));
    repository.commit("asks git");
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "other"]);
    let mut command = repository.command("", &["--baseline", "HEAD~1"]);
    command.envs(ALONE);
    let done = run(command);
    assert_ne!(text(&done.is_measured().comparisons()[0], "verdict"), "identical", "{done}");
}
