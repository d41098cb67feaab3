//! Bad input of every kind: each ends with status 2, names the thing, and says the way out.

use std::{fs, path::Path};

use crate::common::{
    bare_duel, cargo_duel,
    crates::{Crate, everything, manifest, outside},
    fakes::Fakes,
    run,
};
use tempfile::tempdir;

#[test]
fn an_unknown_verb_or_option_gets_the_nearest_one_named() {
    let here = tempdir().unwrap();
    run(cargo_duel(here.path(), ["rum"])).exits(2).says(&["unrecognized subcommand 'rum'", "'run'"]);
    run(cargo_duel(here.path(), ["run", "--quik"]))
        .exits(2)
        .says(&["unexpected argument '--quik'", "'--quick'"]);
    run(cargo_duel(here.path(), [""; 0])).exits(2).says(&["Usage", "run", "compare"]);
}

#[test]
fn help_and_version_go_to_stdout_and_end_well() {
    let here = tempdir().unwrap();
    run(cargo_duel(here.path(), ["--help"])).exits(0).prints(&["run", "compare", "Exit status"]);
    run(cargo_duel(here.path(), ["run", "--help"])).exits(0).prints(&["--resume", "--instruments"]);
    run(cargo_duel(here.path(), ["--version"])).exits(0).prints(&[env!("CARGO_PKG_VERSION")]);
    run(cargo_duel(here.path(), ["doctor", "--quick"])).exits(0).prints(&["CPU", "pinning"]);
    run(cargo_duel(here.path(), ["completions", "bash"])).exits(0).prints(&["cargo-duel", "--time-budget"]);
    run(cargo_duel(here.path(), ["man"])).exits(0).prints(&[".TH", "compare"]);
}

#[test]
fn values_that_make_no_sense_are_refused_with_what_would() {
    let here = tempdir().unwrap();
    for (words, says) in [
        (&["--trials", "1"][..], &["--trials", "2..=4096"][..]),
        (&["--threads", "0"], &["--threads", "1..=4096"]),
        (&["--time-budget", "3 parsecs"], &["expected a duration such as 90s or 3m"]),
        (&["--instruments", "time,tme"], &["unknown instrument \"tme\"", "profile"]),
        (&["--seed=-1"], &["invalid value '-1' for '--seed"]),
        (&["--color", "puce"], &["[possible values: auto, always, never]"]),
    ] {
        run(cargo_duel(here.path(), ["run"].iter().chain(words))).exits(2).says(says);
    }
    run(cargo_duel(here.path(), ["compare"])).exits(2).says(&["--by <FACTOR>"]);
    run(cargo_duel(here.path(), ["compare", "--by", "colour"])).exits(2).says(&[
        "variant",
        "allocator",
        "threads",
    ]);
    run(cargo_duel(here.path(), ["compare", "--baseline", "a"]))
        .exits(2)
        .says(&["revision \"a\"", "git finds no repository"]);
}

#[test]
fn a_filter_that_matches_nothing_is_no_silent_pass() {
    let done = everything().duel(&["run", "--quick", "sort/sorted"]);
    done.exits(2).says(&["no case matches \"sort/sorted\"", "`cargo duel list` shows"]);
    // One that would match without --quick says so.
    let done = everything().duel(&["run", "--quick", "sort/shuffled/l/"]);
    done.exits(2).says(&["among the sizes of --quick", "--sizes"]);
}

#[test]
fn an_unknown_size_or_package_gets_the_known_ones_named() {
    let done = everything().duel(&["run", "--sizes", "s,xl"]);
    done.exits(2).says(&["no workload has a size \"xl\"", "../../etc", "tiny \"size\""]);
    let done = everything().duel(&["run", "--package", "nothing"]);
    done.exits(2).says(&["no package \"nothing\"", "there is everything"]);
}

#[test]
fn an_output_folder_that_can_not_be_written_is_named() {
    let here = tempdir().unwrap();
    fs::write(here.path().join("file"), "").unwrap();
    let out = here.path().join("file/out");
    let done = everything().duel(&["run", "--quick", "increment/", "--out", out.to_str().unwrap()]);
    done.exits(2).says(&["file/out", "can't be written", "--out DIR"]);
}

#[test]
fn a_crate_without_a_runner_is_sent_to_init() {
    let plain = Crate::new(
        "plain",
        &[
            ("Cargo.toml", "[package]\nname = \"plain\"\nedition = \"2024\"\n\n[workspace]\n"),
            ("src/lib.rs", ""),
        ],
    );
    for verb in ["run", "list", "verify"] {
        plain.duel(&[verb]).exits(2).says(&["no runner in plain", "`cargo duel init`"]);
    }
    plain.duel(&["compare", "--by", "variant"]).exits(2).says(&["no runner in plain", "`cargo duel init`"]);
}

#[test]
fn no_crate_at_all_is_told_in_cargos_words() {
    let here = outside("nowhere");
    run(cargo_duel(&here, ["run"])).exits(2).says(&[
        "cargo finds no crate here",
        "Cargo.toml",
        "--manifest-path",
    ]);
    run(cargo_duel(&here, ["init"])).exits(2).says(&["cargo finds no crate here"]);
    assert_eq!(fs::read_dir(&here).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_manifest_that_is_wrong_is_told_in_cargos_words() {
    let wrong = Crate::new(
        "wrong",
        &[("Cargo.toml", "[package]\nname = \"wrong\nedition = \"2024\"\n"), ("src/lib.rs", "")],
    );
    wrong.duel(&["run"]).exits(2).says(&["Cargo.toml", "name = \"wrong"]);
}

#[test]
fn no_cargo_on_the_path_is_told_with_where_to_get_it() {
    let empty = tempdir().unwrap();
    let mut command = bare_duel(&everything().folder, ["run", "--quick"]);
    command.env("PATH", empty.path());
    run(command).exits(2).says(&["cannot run cargo", "https://rustup.rs"]);
}

#[test]
fn a_build_that_fails_shows_cargos_own_message() {
    let broken = Crate::new(
        "broken",
        &[
            ("Cargo.toml", &manifest("broken", &["broken"])),
            ("src/lib.rs", ""),
            ("benches/broken.rs", "fn main() {\n    let wrong: u32 = \"text\";\n}\n"),
        ],
    );
    let done = broken.duel(&["run", "--message-format=json"]);
    done.exits(2).says(&[
        "mismatched types",
        "benches/broken.rs:2",
        "cargo could not build",
        "message is above",
    ]);
    assert_eq!(done.stdout, "", "{done}");
}

#[test]
fn an_unknown_key_in_the_settings_file_is_refused_by_name() {
    let set = |text: &str| {
        let settings = Crate::new(
            "settings",
            &[
                ("Cargo.toml", &manifest("settings", &["bells"])),
                ("src/lib.rs", ""),
                ("benches/bells.rs", include_str!("crates/bells.rs")),
                ("duel.toml", text),
            ],
        );
        settings.duel(&["run"])
    };
    set("seeds = 5\n").exits(2).says(&["duel.toml", "unknown field `seeds`", "`seed`"]);
    set("seed = \"five\"\n").exits(2).says(&["duel.toml", "seed = \"five\""]);
    set("instruments = [\"tme\"]\n").exits(2).says(&["duel.toml", "unknown instrument \"tme\""]);
    set("trials = 1\n").exits(2).says(&["one trial says nothing", "2 or more"]);
    set("seed = \n").exits(2).says(&["duel.toml"]);
}

/// Writes a record into a run's folder and has it reported.
fn report(record: &str) -> crate::common::Done {
    let here = tempdir().unwrap();
    let folder = here.path().join("runs/some");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("record.jsonl"), record).unwrap();
    run(cargo_duel(Path::new("/"), ["report", "some", "--out", here.path().to_str().unwrap()]))
}

#[test]
fn a_record_of_another_format_or_none_is_told_as_what_it_is() {
    report("{\"kind\":\"started\",\"format\":999,\"version\":\"7.5.0\"}\n").exits(2).says(&[
        "record.jsonl has format 999",
        "expected 2",
        "7.5.0",
    ]);
    for no_record in ["", "\n", "{}\n", "hello\n", "{\"kind\":\"started\",\"form", "{\"kind\":\"trial\"}\n"] {
        report(no_record).exits(2).says(&["record.jsonl", "is not a record"]);
    }
}

#[test]
fn a_run_that_is_not_there_is_named_with_those_that_are() {
    let here = tempdir().unwrap();
    let out = here.path().join("out");
    let done =
        everything().duel_json(&out, &["run", "--quick", "--trials=2", "--instruments=time", "increment/"]);
    let id = done.exits(0).run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let done = everything().duel_json(&out, &["report", "yesterday"]);
    done.exits(2).says(&["no run \"yesterday\"", &id]);
    everything()
        .duel_json(&out, &["run", "--resume", "yesterday"])
        .exits(2)
        .says(&["no run \"yesterday\"", &id]);
}

#[test]
fn stdout_on_a_full_disk_is_an_error_and_a_reader_that_went_away_is_none() {
    let in_shell = |script: &str| {
        let mut command = bare_duel(&everything().folder, [""; 0]);
        let path = command
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .and_then(|(_, path)| path)
            .map(ToOwned::to_owned);
        command = std::process::Command::new("bash");
        command.args(["-o", "pipefail", "-c", script]).current_dir(&everything().folder);
        command.env("PATH", path.unwrap()).env("CARGO_BUILD_BUILD_DIR", crate::common::build_folder());
        run(command)
    };
    for verb in ["list", "list --message-format=json", "completions bash", "man", "doctor --quick"] {
        let full = in_shell(&format!("cargo-duel {verb} > /dev/full"));
        full.exits(2).says(&["cannot write to stdout", "No space left on device"]);
        in_shell(&format!("cargo-duel {verb} | true")).exits(0);
    }
}

/// Of two runners with the same two cases, each id is said once, and a filter tells upper from lower case.
#[test]
fn a_filter_that_matches_nothing_names_each_id_once() {
    let fakes = Fakes::new();
    let of = |verb: &[String], filter: &str| {
        let mut command = bare_duel(fakes.here(), verb);
        command.arg(filter);
        run(command)
    };
    let compare = fakes.words("honest", "2");
    let gate = fakes.gate_words("honest", "honest", &[]);
    for words in [&compare, &gate] {
        let none = of(words, "no such case");
        none.exits(2).says(&[
            "no case matches \"no such case\"",
            "the ids are fake/data/s/faulty@system, fake/data/s/steady@system",
        ]);
        assert_eq!(none.stderr.matches("faulty@system").count(), 1, "{none}");
        let other_case = of(words, "s/Faulty@");
        other_case.exits(2).says(&["upper and lower case differ: fake/data/s/faulty@system"]);
        assert!(!other_case.stderr.contains("steady"), "{other_case}");
    }
}

#[test]
fn a_quick_comparison_of_one_case_is_one_case_with_an_end() {
    let fakes = Fakes::new();
    let mut words = fakes.words("twice-as-slow", "2");
    words.extend(["--instruments", "time", "--measure-unchanged", "faulty"].map(str::to_owned));
    let done = run(bare_duel(fakes.here(), &words));
    done.is_measured().says(&["measuring 1 case: about ", ", at most 4m 30s"]);
    words.extend(["--time-budget", "100s"].map(str::to_owned));
    let bound = run(bare_duel(fakes.here(), &words));
    bound.is_measured().says(&[", at most 1m 40s"]);
}

#[test]
fn a_bench_target_is_left_out_until_the_features_that_it_requires_are_enabled() {
    let manifest = manifest("gated", &["gated", "bystander"]);
    let required = |bench: &str| {
        let name = format!("name = \"{bench}\"\n");
        let with = manifest.replace(&name, &format!("{name}required-features = [\"extra\"]\n"));
        assert_ne!(with, manifest);
        with + "\n[features]\nextra = []\n"
    };
    let gated = |manifest: &str| {
        Crate::new(
            "gated",
            &[
                ("Cargo.toml", manifest),
                ("src/lib.rs", ""),
                ("benches/gated.rs", include_str!("crates/counted.rs")),
                ("benches/bystander.rs", "compile_error!(\"built without being asked for\");"),
            ],
        )
    };
    gated(&required("bystander")).duel(&["list"]).exits(0).prints(&["@system"]);
    // Both lie in one folder, so one follows the other.
    let crate_ = gated(
        &required("gated")
            .replace("name = \"bystander\"\n", "name = \"bystander\"\nrequired-features = [\"other\"]\n")
            .replace("extra = []\n", "extra = []\nother = []\n"),
    );
    crate_.duel(&["list"]).exits(2).says(&["\"gated\" needs extra", "--features extra"]);
    crate_.duel(&["list", "--features", "extra"]).exits(0).prints(&["@system"]);
}
