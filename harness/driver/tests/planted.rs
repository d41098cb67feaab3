//! Runs and checkouts that somebody else made: files that are no files, links that lead elsewhere, and
//! records that no run writes. Nothing outside is written, and nothing waits or takes all memory.

use std::{
    fs,
    io::Write,
    os::unix::{fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::common::{bare_duel, fakes::Fakes, repository::Repository, run};

/// A run of a gate, and a folder beside it with a file of the user's.
struct Planted {
    fakes: Fakes,
    run: PathBuf,
    home: tempfile::TempDir,
}

impl Planted {
    fn new() -> Self {
        let fakes = Fakes::new();
        let done = run(bare_duel(fakes.here(), fakes.words("honest", "2")));
        let run = done.is_measured().run_folder();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("precious"), "kept").unwrap();
        Self { fakes, run, home }
    }

    fn precious(&self) -> PathBuf {
        self.home.path().join("precious")
    }

    /// `report` within 2 GB and a minute.
    fn report(&self, folder: &Path) -> crate::common::Done {
        let mut command = bare_duel(self.fakes.here(), ["report"]);
        command.arg(folder);
        let mut limited = Command::new("sh");
        limited.args(["-c", r#"ulimit -v 2000000; exec timeout 60 "$@""#, "sh"]);
        limited.arg(command.get_program()).args(command.get_args()).current_dir(self.fakes.here());
        run(limited)
    }

    /// Nothing of the user's was changed, and nothing was added.
    #[track_caller]
    fn is_untouched(&self) {
        assert_eq!(fs::read_to_string(self.precious()).unwrap(), "kept");
        assert_eq!(fs::read_dir(self.home.path()).unwrap().count(), 1, "something was added");
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_record_that_is_no_file_or_larger_than_any_is_refused_by_name() {
    let planted = Planted::new();
    let record = planted.run.join("record.jsonl");
    let original = fs::read_to_string(&record).unwrap();
    for (kind, words) in [
        ("pipe", "found a pipe"),
        ("link to a pipe", "found a pipe"),
        ("device", "found a device"),
        ("random", "found a device"),
        ("folder", "found a folder"),
        ("sparse", "found 600000000"),
        ("long line", "expected a line of at most"),
        ("long cut line", "expected a line of at most"),
    ] {
        fs::remove_file(&record).unwrap();
        match kind {
            "pipe" => pipe(&record),
            "link to a pipe" => {
                pipe(&planted.run.join("pipe"));
                symlink("pipe", &record).unwrap();
            }
            "device" => symlink("/dev/zero", &record).unwrap(),
            "random" => symlink("/dev/urandom", &record).unwrap(),
            "folder" => fs::create_dir(&record).unwrap(),
            "sparse" => fs::File::create(&record).unwrap().set_len(600_000_000).unwrap(),
            _ => {
                let mut file = fs::File::create(&record).unwrap();
                write!(file, "{original}{{\"kind\":\"unavailable\",\"what\":\"").unwrap();
                let piece = "a".repeat(1 << 20);
                (0..100).for_each(|_| file.write_all(piece.as_bytes()).unwrap());
                if kind == "long line" {
                    writeln!(file, "\",\"case\":null,\"reason\":\"r\",\"remedy\":null}}").unwrap();
                }
            }
        }
        let done = planted.report(&planted.run);
        done.exits(2).says(&["record.jsonl", words]);
        assert!(!done.stderr.contains("panicked"), "{kind}: {}", done.stderr);
        if kind == "folder" {
            fs::remove_dir(&record).unwrap();
            fs::write(&record, "").unwrap();
        }
    }
    fs::remove_file(&record).unwrap();
    let _socket = UnixListener::bind(&record).unwrap();
    planted.report(&planted.run).exits(2).says(&["found a socket"]);
}

#[test]
fn names_of_any_length_are_shown_and_trials_that_are_there_twice_count_once() {
    let planted = Planted::new();
    let record = planted.run.join("record.jsonl");
    let original = fs::read_to_string(&record).unwrap();
    let rows = |text: &str| -> Vec<String> { text.lines().skip(1).map(str::to_owned).collect() };
    planted.report(&planted.run).exits(0);
    let once = rows(&fs::read_to_string(planted.run.join("report.csv")).unwrap());
    let (_, trials) = original.split_once('\n').unwrap();
    fs::write(&record, format!("{original}{trials}{trials}")).unwrap();
    planted.report(&planted.run).exits(0);
    assert_eq!(rows(&fs::read_to_string(planted.run.join("report.csv")).unwrap()), once);
    for length in [70_000, 300_000] {
        let long = original
            .replace(":\"candidate\"", &format!(":{}", json!("x".repeat(length))))
            .replace("/honest", &format!("/{}", "y".repeat(length)));
        fs::write(&record, long).unwrap();
        planted.report(&planted.run).exits(0);
    }
}

#[test]
fn no_report_is_written_through_a_link() {
    let planted = Planted::new();
    let names = [
        "report.html",
        "report.md",
        "report.csv",
        "junit.xml",
        "report.partial",
        "junit.partial",
        "side-by-side.html",
        "side-by-side.md",
        "side-by-side.partial",
    ];
    for target in [planted.precious(), planted.home.path().join("made"), PathBuf::from("/dev/full")] {
        for name in names {
            let _ = fs::remove_file(planted.run.join(name));
            symlink(&target, planted.run.join(name)).unwrap();
        }
        planted.report(&planted.run).exits(0);
        let both = [&planted.run, &planted.run].map(|run| run.display().to_string());
        run(bare_duel(planted.fakes.here(), ["report", &both[0], &both[1]])).exits(0);
        planted.is_untouched();
        for name in ["report.html", "report.md", "report.csv", "side-by-side.html"] {
            assert!(fs::symlink_metadata(planted.run.join(name)).unwrap().is_file(), "{name}");
        }
    }
}

#[test]
fn a_junit_file_that_is_a_link_is_replaced_and_its_target_stays() {
    let planted = Planted::new();
    for target in [planted.precious(), planted.home.path().join("made")] {
        let link = planted.fakes.here().join("duel.xml");
        let _ = fs::remove_file(&link);
        symlink(&target, &link).unwrap();
        let more = ["--junit", "duel.xml"];
        run(bare_duel(planted.fakes.here(), planted.fakes.gate_words("honest", "honest", &more)));
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        planted.is_untouched();
    }
}

#[test]
fn a_lock_that_is_a_link_is_refused_and_its_target_stays() {
    let planted = Planted::new();
    let lock = planted.fakes.here().join("out/measuring.lock");
    for target in [planted.precious(), planted.home.path().join("made"), PathBuf::from("/dev/null")] {
        fs::remove_file(&lock).unwrap();
        symlink(&target, &lock).unwrap();
        let done = run(bare_duel(planted.fakes.here(), planted.fakes.words("honest", "2")));
        done.exits(2).says(&["measuring.lock", "expected a lock file, found a link"]);
        planted.is_untouched();
    }
}

#[test]
fn doctor_works_in_a_folder_of_its_own() {
    let planted = Planted::new();
    let temporary = planted.fakes.here().join("tmp");
    fs::create_dir(&temporary).unwrap();
    // The shell's process id is that of the command that takes its place.
    let mut command = bare_duel(planted.fakes.here(), ["doctor", "--quick"]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"ln -s "$1" "$TMPDIR/duel-doctor-$$"; shift; exec "$@""#, "sh"])
        .arg(planted.home.path())
        .arg(command.get_program())
        .args(command.get_args())
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("TMPDIR", &temporary)
        .current_dir(planted.fakes.here());
    run(shell).exits(0);
    planted.is_untouched();
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1, "only the link is left");
    command.env("TMPDIR", temporary.join("nowhere"));
    run(command).says(&["cannot make a temporary folder"]);
}

#[test]
fn settings_that_are_no_file_are_refused_by_name() {
    let repository = Repository::new("planted-settings");
    repository.write(
        "Cargo.toml",
        "[package]\nname = \"k\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    repository.write("src/lib.rs", "");
    let settings = repository.folder.join("duel.toml");
    let _ = fs::remove_file(&settings);
    symlink("/dev/zero", &settings).unwrap();
    run(repository.command("", &["--baseline", "HEAD"])).says(&["duel.toml", "found a device"]);
    fs::remove_file(&settings).unwrap();
    pipe(&settings);
    run(repository.command("", &["--baseline", "HEAD"])).says(&["duel.toml", "found a pipe"]);
    fs::remove_file(&settings).unwrap();
}

#[test]
fn a_lock_file_of_a_revision_that_leads_elsewhere_is_refused() {
    let repository = Repository::new("planted-lock-file");
    let made = repository.folder.with_extension("made");
    repository.write(
        "Cargo.toml",
        "[package]\nname = \"k\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    repository.write("src/lib.rs", "");
    repository.write("benches/b.rs", "fn main() {}");
    let lock = repository.folder.join("Cargo.lock");
    for (content, words) in [(None, "is not there"), (Some(""), "lies outside of the repository")] {
        let _ = fs::remove_file(&made);
        if let Some(content) = content {
            fs::write(&made, content).unwrap();
        }
        let _ = fs::remove_file(&lock);
        symlink(&made, &lock).unwrap();
        let base = repository.commit("a link");
        fs::remove_file(&lock).unwrap();
        repository.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"k\"\nversion = \"0.1.0\"\n");
        repository.commit("a lock file");
        let done = repository.compare(&["--baseline", &base]);
        done.exits(2).says(&["Cargo.lock is a link to", words]);
        assert_eq!(fs::read_to_string(&made).ok().as_deref(), content);
    }
}
