//! Names that try to break out of whatever shows them, right through to files and reports.

use std::{collections::BTreeSet, fs, path::PathBuf, sync::LazyLock};

use crate::common::{Done, bare_duel, crates, fakes::Fakes, record, run, text};
use duel_record::{CaseId, plain};

/// A run of the hostile family on two of its sizes, with every instrument.
static RUN: LazyLock<(Done, PathBuf)> = LazyLock::new(|| {
    let out = crates::outside("names").join("out <b>& \"more\" %41 🦀");
    let words = ["run", "--quick", "--trials=2", "--sizes", "½ ..,../../etc", "<script>"];
    let done = crates::everything().duel_json(&out, &words);
    let folder = done.run_folder();
    (done, folder)
});

fn files(part: &str, suffix: &str) -> BTreeSet<String> {
    let files = fs::read_dir(RUN.1.join(part)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(suffix)).collect()
}

const CASES: usize = 5 * 2;

#[test]
fn every_id_reads_back_to_the_names_that_it_was_made_of() {
    let done = &RUN.0;
    let verified = done.exits(0).of_kind("verified");
    assert_eq!(verified.len(), CASES, "{done}");
    let ids: BTreeSet<CaseId> = verified.iter().map(|line| text(line, "case").parse().unwrap()).collect();
    assert_eq!(ids.len(), CASES);
    for id in &ids {
        assert_eq!(id.family, "<script>alert(\"family\")</script> & 'co' 50 % / @ + * 🦀");
        assert_eq!(id.workload, "w/ slash <i>%2F</i>");
        assert!(["½ ..", "../../etc"].contains(&&*id.size), "{}", id.size);
    }
    assert!(ids.iter().any(|id| id.variant == "a?b") && ids.iter().any(|id| id.variant == "a*b"));
}

#[test]
fn every_comparison_is_there_under_its_own_name() {
    let compared: BTreeSet<_> = RUN.0.comparisons().iter().map(|line| text(line, "case")).collect();
    assert_eq!(compared.len(), 4 * 2, "{}", RUN.0);
}

#[test]
fn every_case_has_its_own_files_and_none_leaves_the_runs_folder() {
    for (part, suffix) in [("heap", ".json"), ("profiles", ".folded"), ("profiles", ".svg")] {
        let names = files(part, suffix);
        assert_eq!(names.len(), CASES, "{part}: {names:?}");
        for name in names {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{name}");
            assert!(name.len() <= 200 && !name.starts_with('.'), "{name}");
        }
    }
    let lines = record::lines(&RUN.1);
    for line in lines.iter().filter(|line| line["file"].is_string()) {
        assert!(RUN.1.join(text(line, "file")).is_file(), "{line}");
    }
    let entries: BTreeSet<_> =
        fs::read_dir(&RUN.1).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let known = ["criterion", "heap", "profiles", "record.jsonl", "report.csv", "report.html", "report.md"];
    assert_eq!(entries, known.iter().map(Into::into).collect());
}

#[test]
fn criterion_keeps_the_samples_of_every_case_apart() {
    let mut folders = vec![RUN.1.join("criterion")];
    let mut ids = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.ends_with("new") {
                assert!(path.join("sample.json").is_file() && path.join("estimates.json").is_file());
                let benchmark = fs::read_to_string(path.join("benchmark.json")).unwrap();
                let benchmark: serde_json::Value = serde_json::from_str(&benchmark).unwrap();
                ids.insert(text(&benchmark, "full_id"));
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    assert_eq!(ids.len(), CASES, "{ids:#?}");
}

#[test]
fn the_reports_show_names_as_text_and_never_as_markup() {
    let html = fs::read_to_string(RUN.1.join("report.html")).unwrap();
    assert!(html.contains("&lt;script&gt;alert(&quot;family&quot;)&lt;/script&gt;"), "the family's name");
    for markup in ["<script>alert(", "<img src=x", "<b>bold</b>", "<i>%2F</i>"] {
        assert!(!html.contains(markup), "{markup} is markup in report.html");
    }
    let markdown = fs::read_to_string(RUN.1.join("report.md")).unwrap();
    assert!(!markdown.contains("<script>alert(") && !markdown.contains("<img src=x"), "{markdown}");
    assert!(markdown.contains("🦀") && markdown.contains("½"), "{markdown}");
}

#[test]
fn the_terminal_shows_names_and_no_control_character() {
    let out = tempfile::tempdir().unwrap();
    let words = [
        "run",
        "--quick",
        "--trials=2",
        "--instruments=time",
        "--color=never",
        "--out",
        out.path().to_str().unwrap(),
    ];
    let done = crates::everything().duel(&words);
    done.exits(0).prints(&["🦀", "½", "avx9000"]);
    for (name, stream) in [("stdout", &done.stdout), ("stderr", &done.stderr)] {
        let control = stream.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "on {name} of {done}");
    }
}

/// Fails where a text would steer a terminal or command the system that runs a job.
#[track_caller]
fn is_harmless(what: &str, text: &str) {
    let acting = text.chars().find(|c| plain::is_acting(*c) && !matches!(c, '\n' | '\t'));
    assert_eq!(acting, None, "in {what}: {text}");
    for line in text.lines().map(str::trim_start) {
        let own = ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
        assert!(own || !line.starts_with("::"), "in {what}: {text}");
        assert!(own || !line.contains("##["), "in {what}: {text}");
    }
}

#[test]
fn what_a_runner_says_steers_no_terminal_and_commands_no_ci() {
    let fakes = Fakes::new();
    let [honest, hostile] =
        ["honest", "speaks-in-commands"].map(|mode| fakes.runner(mode).display().to_string());
    let compare =
        ["compare", "--baseline", &honest, "--candidate", &hostile, "--quick", "--trials=2", "--out", "out"];
    let gate = ["gate", "--base", &honest, "--head", &hostile, "--instruments=time", "--out", "out"];
    for (words, format) in [(&compare[..], "human"), (&compare, "json"), (&gate, "human"), (&gate, "json")] {
        let mut command = bare_duel(fakes.here(), words);
        command.args(["--message-format", format, "--color=never"]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", fakes.here().join("summary.md"));
        let done = run(command);
        assert!(done.stdout.contains("wrong") || done.stderr.contains("wrong"), "{done}");
        is_harmless(&format!("{words:?}"), &format!("{}\n{}", done.stdout, done.stderr));
    }
    let latest = fakes.here().join("out/latest");
    for entry in
        fs::read_dir(&latest).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        if entry.file_name() != Some("record.jsonl".as_ref()) {
            let text = without_joints(&fs::read_to_string(&entry).unwrap().replace(char::is_whitespace, " "));
            assert_eq!(text.chars().find(|c| plain::is_acting(*c)), None, "in {}", entry.display());
        }
    }
    let summary = fs::read_to_string(fakes.here().join("summary.md")).unwrap();
    is_harmless("the summary", &without_joints(&summary));
}

#[test]
fn a_name_with_a_control_character_is_refused() {
    let done = crates::faulty().duel(&["list", "--bench", "bells"]);
    done.exits(2).says(&["family \"bells\"", "control character", r#""rings\u{7}""#]);
}

#[test]
fn a_filter_takes_names_as_they_are_in_ids() {
    let everything = crates::everything();
    let ids = |filter| {
        let done = everything.duel(&["list", "--message-format=json", "--quick", filter]);
        done.exits(0).of_kind("case").len()
    };
    assert_eq!((ids("a?b@"), ids("ends in two"), ids("50 %25")), (1, 1, 6));
    everything.duel(&["list", "a?c"]).exits(2).says(&["no case matches \"a?c\"", "cargo duel list"]);
}

/// Markdown has a joint of its own behind each `@`, so that GitHub calls nobody.
fn without_joints(markdown: &str) -> String {
    markdown.replace("@\u{2060}", "@")
}
