//! Heap and memory, of a small crate that allocates in every way, and of runners whose heap files are
//! missing or broken.

use std::{collections::BTreeMap, fs, sync::LazyLock};

use crate::common::{Done, bare_duel, crates::allocates, fakes::Fakes, record, run, text};
use serde_json::Value;
use tempfile::TempDir;

/// The heaps of all small cases, which the tests share.
static HEAPS: LazyLock<(TempDir, Done)> = LazyLock::new(|| {
    let out = tempfile::tempdir().expect("a temporary folder");
    let words = ["run", "--quick", "--instruments=heap", "--threads=2", "few"];
    let done = allocates().duel_json(out.path(), &words);
    done.exits(0);
    (out, done)
});

/// The summaries of one kind, by variant.
fn summaries(done: &Done, kind: &str) -> BTreeMap<String, Value> {
    let lines = record::lines(&done.run_folder()).into_iter();
    lines
        .filter(|line| line["kind"] == kind)
        .map(|line| {
            let case = text(&line["arm"], "case");
            let end = case.rsplit('/').next().expect("a variant").to_owned();
            (end.split('@').next().unwrap_or(&end).to_owned(), line)
        })
        .collect()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn sum(values: &[Value], key: &str) -> u64 {
    values.iter().map(|value| number(value, key)).sum()
}

#[test]
fn sizes_live_bytes_and_sites_agree_with_dhats_own_totals() {
    let heaps = summaries(&HEAPS.1, "heap");
    assert_eq!(heaps.keys().collect::<Vec<_>>(), ["copy", "grows", "nothing", "once", "threads"]);
    for (variant, line) in &heaps {
        let summary = &line["summary"];
        let (bytes, blocks) = (number(summary, "total_bytes"), number(summary, "total_blocks"));
        assert_eq!(
            (sum(list(summary, "sizes"), "bytes"), sum(list(summary, "sizes"), "blocks")),
            (bytes, blocks)
        );
        let path = HEAPS.1.run_folder().join(text(line, "file"));
        let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(
            (sum(list(&file, "pps"), "tb"), sum(list(&file, "pps"), "tbk")),
            (bytes, blocks),
            "{variant}"
        );
        let sites = list(summary, "sites");
        assert_eq!(sum(sites, "total_bytes") + number(summary, "bytes_left_out"), bytes, "{variant}");
        assert_eq!(sum(sites, "peak_bytes"), number(summary, "peak_bytes"), "{variant}");
        assert_eq!(sum(sites, "end_blocks"), number(summary, "end_blocks"), "{variant}");
        let live = list(summary, "live");
        assert!(live.len() <= 202, "{variant}: {}", live.len());
        let highest = live.iter().map(|point| number(point, "bytes")).max().unwrap_or(0);
        assert_eq!(highest, number(summary, "peak_bytes"), "{variant}");
        let last = live.last().map_or(0, |point| number(point, "bytes"));
        assert_eq!(last, number(summary, "end_bytes"), "{variant}");
    }
}

#[test]
fn each_way_to_allocate_is_told() {
    let heaps = summaries(&HEAPS.1, "heap");
    let of = |variant: &str| &heaps[variant]["summary"];
    assert_eq!((number(of("nothing"), "total_blocks"), list(of("nothing"), "sites").len()), (0, 0));
    assert_eq!(of("nothing")["lifetime_share_mean"], Value::Null);
    assert_eq!((number(of("once"), "total_bytes"), number(of("once"), "total_blocks")), (4_000, 1));
    assert_eq!(number(&list(of("once"), "sizes")[0], "bytes_most"), 4_096);
    // 4, 8, 16 and so on up to 512 numbers: dhat counts each growth as a block of the new size.
    assert_eq!(number(of("grows"), "total_blocks"), 8);
    assert_eq!(number(of("grows"), "total_bytes"), 8 * (4 + 8 + 16 + 32 + 64 + 128 + 256 + 512));
    assert_eq!(number(of("grows"), "peak_bytes"), 8 * 512);
    assert!(number(of("threads"), "total_blocks") >= 4 * 300);
    assert_eq!((number(of("copy"), "end_bytes"), number(of("copy"), "end_blocks")), (4_000, 1));
    let page = fs::read_to_string(HEAPS.1.run_folder().join("report.html")).unwrap();
    assert!(page.contains("llocates nothing") || page.contains("llocate nothing"));
    let report = fs::read_to_string(HEAPS.1.run_folder().join("report.md")).unwrap();
    assert!(report.contains("Allocated per iteration") && report.contains("in 8 blocks"), "{report}");
}

#[test]
fn a_site_is_told_by_the_crates_own_functions_and_what_they_called() {
    let heaps = summaries(&HEAPS.1, "heap");
    let site = &list(&heaps["once"]["summary"], "sites")[0];
    let frames: Vec<_> = list(site, "frames").iter().map(|frame| frame.as_str().unwrap()).collect();
    let copy = frames.iter().position(|frame| *frame == "allocates::copy").expect("the crate's function");
    assert_eq!(frames.len(), copy + 2, "one function of the library below it: {frames:?}");
    assert!(
        frames.iter().all(|frame| !frame.contains("duel::") && !frame.contains("alloc::alloc")),
        "{frames:?}"
    );
    assert!(text(site, "place").contains("benches/allocates.rs:"), "{site}");
    // The kernel holds its block until the clock has moved.
    let lives = site["lifetime_share_mean"].as_f64().unwrap();
    assert!(lives > 0.0 && lives <= 1.0, "{site}");
}

#[test]
fn a_panic_while_counting_costs_that_heap_alone() {
    let missing = HEAPS.1.of_kind("unavailable");
    let about: Vec<_> = missing.iter().filter(|line| line["what"] == "heap").collect();
    assert_eq!(about.len(), 1, "{missing:?}");
    assert!(text(about[0], "case").contains("/panics@"), "{about:?}");
    assert!(text(about[0], "reason").contains("while it is counted"), "{about:?}");
}

#[test]
fn memory_tells_what_is_given_back_and_what_each_allocator_says() {
    let out = tempfile::tempdir().unwrap();
    let words =
        ["compare", "--by=allocator", "--allocators=system,mimalloc,jemalloc", "--quick", "--trials=2"];
    let rest = ["--instruments=memory", "--sizes=many", "nothing"];
    let done = allocates().duel_json(out.path(), &words.iter().chain(&rest).copied().collect::<Vec<_>>());
    done.is_measured();
    let lines = record::lines(&done.run_folder());
    let mut allocators = Vec::new();
    for line in lines.iter().filter(|line| line["kind"] == "memory") {
        let (case, summary) = (text(&line["arm"], "case"), &line["summary"]);
        let (used, freed) = (number(summary, "used_resident_bytes"), number(summary, "freed_resident_bytes"));
        assert!(used >= 16_000_000 && used <= number(summary, "peak_resident_bytes"), "{case}: {summary}");
        let names: Vec<_> = list(summary, "allocator").iter().map(|one| text(one, "name")).collect();
        let allocator = case.rsplit('@').next().unwrap().to_owned();
        let in_use = match allocator.as_str() {
            "system" => "mmapped",
            "jemalloc" => "active",
            _ => "committed",
        };
        assert!(names.iter().any(|name| name == in_use), "{case}: {names:?}");
        if allocator == "system" {
            // glibc maps a block of 16 MB by itself and gives it back at once.
            assert!(freed + 15_000_000 < used, "{case}: {summary}");
            let mapped = list(summary, "allocator").iter().find(|one| one["name"] == "mmapped").unwrap();
            let given_back = number(mapped, "used_bytes") - number(mapped, "freed_bytes");
            assert!(given_back >= 16_000_000, "{mapped}");
        }
        allocators.push(allocator);
    }
    allocators.sort();
    assert_eq!(allocators, ["jemalloc", "mimalloc", "system"], "{done}");
    let page = fs::read_to_string(done.run_folder().join("report.html")).unwrap();
    assert!(page.contains("After kernel and data set were dropped") && page.contains("jemalloc: active"));
}

/// The heap of the fake runner's second case, where its file is left like this.
fn fake(mode: &str) -> (Fakes, Done, Value) {
    let fakes = Fakes::new();
    let mut words = fakes.words(mode, "2");
    words.push("--instruments=heap".to_owned());
    let done = run(bare_duel(fakes.here(), words));
    done.is_measured();
    let line = summaries(&done, "heap").remove("faulty").unwrap_or_else(|| panic!("no heap: {done}"));
    (fakes, done, line)
}

#[test]
fn a_heap_file_that_is_missing_or_broken_costs_the_sites_and_says_so() {
    for (mode, words) in [
        ("heap-without-a-file", "can't be read: No such file"),
        ("heap-cut-short", "is cut short, at line 1"),
        ("heap-of-another-version", "is of version 3, expected 2"),
    ] {
        let (_fakes, done, line) = fake(mode);
        let summary = &line["summary"];
        assert_eq!((number(summary, "total_bytes"), list(summary, "sites").len()), (96, 0), "{mode}");
        assert!(text(summary, "sites_missing").contains(words), "{mode}: {summary}");
        assert_eq!(text(&line, "file").is_empty(), mode == "heap-without-a-file");
        assert_eq!(done.of_kind("failed"), [] as [Value; 0], "{done}");
        let page = fs::read_to_string(done.run_folder().join("report.html")).unwrap();
        assert!(page.contains("No allocation sites of") && page.contains("96"), "{mode}");
    }
}

#[test]
fn a_runner_of_an_older_library_still_has_totals_and_sites() {
    let (_fakes, done, line) = fake("heap-of-an-older-library");
    let summary = &line["summary"];
    assert_eq!((list(summary, "sizes").len(), list(summary, "live").len()), (0, 0));
    let site = &list(summary, "sites")[0];
    assert_eq!((list(site, "frames")[0].as_str(), number(site, "total_bytes")), (Some("own::function"), 96));
    assert_eq!(summary["lifetime_share_mean"].as_f64(), Some(0.5));
    assert!(fs::read_to_string(done.run_folder().join("report.html")).unwrap().contains("own::function"));
}
