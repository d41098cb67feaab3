//! Data sets and outputs with a user's own types: what compiles at once, what runs, and what the compiler says
//! of a type that lacks what it needs.

use std::{fs, path::Path};

use crate::common::{
    Done, cargo,
    crates::{self, Crate, manifest},
    run,
};

/// A crate with this bench target.
fn crate_with(name: &str, bench: &str) -> Crate {
    let file = format!("benches/{name}.rs");
    Crate::new(name, &[("Cargo.toml", &manifest(name, &[name])), ("src/lib.rs", ""), (&file, bench)])
}

/// What the compiler says, with the profile that everything is built with already.
fn build(folder: &Path) -> Done {
    let mut command = cargo(folder);
    command.args(["bench", "--no-run"]).env("CARGO_TERM_COLOR", "never");
    run(command)
}

/// The errors about types, each with all its lines.
fn errors(built: &Done) -> Vec<&str> {
    let parts = built.exits(101).stderr.split("\n\n");
    // Before the first error stands what cargo built.
    parts.filter_map(|part| part.find("error[").map(|start| &part[start..])).collect()
}

/// The template's example with its comment signs removed, as its own comment says.
fn uncommented(template: &str) -> String {
    let start = template.find("// /// A data set").expect("the example's first line");
    let (before, example) = template.split_at(start);
    let example: Vec<_> = example
        .lines()
        .map(|line| line.strip_prefix("// ").or(line.strip_prefix("//")).unwrap_or(line))
        .collect();
    let text = format!("{before}{}\n", example.join("\n"));
    let last = text.replace("duel::main!(vowels());", "duel::main!(vowels(), nearest());");
    assert_ne!(last, text, "the template's last line");
    last
}

#[test]
fn the_example_in_inits_comments_compiles_and_is_right() {
    let folder = crates::outside("own-data").join("example");
    fs::create_dir(&folder).expect("a folder");
    let mut new = cargo(&folder);
    new.args(["init", "--lib", "--vcs", "none", "--name", "own-data-example"]);
    run(new).exits(0);
    run(crate::common::cargo_duel(&folder, ["init"])).exits(0);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest");
    fs::write(folder.join("Cargo.toml"), manifest + &crates::AS_IN_THE_WORKSPACE).expect("the manifest");
    fs::write(folder.join("Cargo.lock"), crates::lock_file()).expect("a lock file");
    let bench = folder.join("benches/duel.rs");
    let template = fs::read_to_string(&bench).expect("the bench target");
    fs::write(&bench, uncommented(&template)).expect("the bench target");
    let done = run(crate::common::cargo_duel(&folder, ["verify"]));
    done.exits(0);
    assert!(!done.stderr.contains("warning:"), "a warning about the example: {done}");
    let right: Vec<_> = done.stdout.lines().filter(|line| line.starts_with("right")).collect();
    assert_eq!(right.len(), 10, "{done}");
    for case in ["nearest/random/l1/distances@system", "nearest/random/l2/squares@system"] {
        done.prints(&[case]);
    }
}

#[test]
fn structs_enums_generic_and_foreign_types_hold_the_same_data_in_every_process() {
    let own = crate_with("own_data", include_str!("crates/own_data.rs"));
    let out = tempfile::tempdir().expect("a folder");
    let verified = own.duel_json(out.path(), &["verify"]);
    assert_eq!(verified.exits(0).of_kind("verified").len(), 8, "{verified}");
    // In a trial every process makes its data anew, and another hash than at verification fails the case.
    own.duel_json(out.path(), &["run", "--quick", "--trials=2", "--instruments=time"]).exits(0);
}

#[test]
fn a_type_without_content_or_output_is_named_with_the_way_out() {
    let built = build(&crate_with("lacking", include_str!("crates/lacking.rs")).folder);
    let errors = errors(&built);
    assert_eq!(errors.len(), 3, "one error for each type that lacks something: {built}");
    let about = |start: &str| {
        let mut found = errors.iter().filter(|error| error.contains(start));
        let error = found.next().unwrap_or_else(|| panic!("no error says {start:?}: {built}"));
        assert!(found.next().is_none(), "two errors say {start:?}: {built}");
        // Of these, rustc takes ten to list other types, and up to eight to show the library's line.
        assert!(error.lines().count() <= 32, "{} lines: {error}", error.lines().count());
        error
    };
    let data = about("`Points` can't be in a data set");
    for part in ["#[derive(duel::Content)]", "Family::with_content", "struct Points"] {
        assert!(data.contains(part), "{part:?} in {data}");
    }
    let output = about("`Nearest` can't be in an output");
    for part in ["#[derive(duel::Output)]", "duel::equal()", "struct Nearest"] {
        assert!(output.contains(part), "{part:?} in {output}");
    }
    // The field whose type lacks it, not the derive above all fields.
    let field = about("`Inner` can't be in a data set");
    assert!(field.contains("inner: Vec<Inner>,") && field.contains("#[content(with"), "{field}");
}

#[test]
fn an_attribute_in_the_wrong_place_is_refused_with_what_is_right() {
    let built = build(&crate_with("misplaced", include_str!("crates/misplaced.rs")).folder);
    built.exits(101).says(&[
        "`#[content(…)]` belongs on a field",
        "`ignore` is not known here: expected `#[content(skip)]` or `#[content(with = …)]`",
        "expected a function or a closure after `with =`",
        "a field has at most one `#[output(…)]`",
        "a union does not say which of its fields is valid",
    ]);
}
