//! dhat's files, whole and broken, small and far larger than what is kept of them.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
};

use super::*;

/// Larger by hand, to see what reading takes: `HUGE_DHAT_BYTES=200000000 cargo test …`.
const HUGE_BYTES: u64 = 30_000_000;

fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    (folder, path)
}

/// Two sites of one function, which lies behind the harness, and one of another.
fn whole() -> String {
    let site = |tb: u64, tl: u64, fs: &[usize]| {
        serde_json::json!({
            "tb": tb, "tbk": 2, "tl": tl, "mb": 9, "mbk": 9, "gb": tb / 2, "gbk": 1, "eb": 0, "ebk": 0, "fs": fs,
        })
    };
    let content = serde_json::json!({
        "dhatFileVersion": 2, "mode": "rust-heap", "verb": "Allocated", "tu": "µs", "tg": 1, "te": 100,
        "pps": [site(10, 200, &[1, 2, 5]), site(100, 20, &[1, 3, 5]), site(30, 20, &[1, 4, 5])],
        "ftbl": [
            "[root]", "0x1: alloc::vec::from_elem (src/vec/mod.rs:3651:5)", "0x2: own::a (src/a.rs:1:5)",
            "0x3: own::b (src/b.rs:2:5)", "0x4: own::b (src/b.rs:2:5)", "0x5: duel::kernel::clocked (k.rs:1:1)",
        ],
    });
    // The order of dhat, which json! does not keep.
    let text = |key: &str| format!("{key:?}: {}", content[key]);
    let keys = ["dhatFileVersion", "mode", "verb", "tu", "tg", "te", "pps", "ftbl"];
    format!("{{{}}}", keys.map(text).join(",\n"))
}

#[test]
fn sites_of_one_function_are_one_and_the_largest_comes_first() {
    let (_folder, path) = file("whole.json", whole().as_bytes());
    let mut summary = HeapSummary { total_bytes: 140, ..HeapSummary::default() };
    read_into(&mut summary, &path).unwrap();
    let told: Vec<_> = summary.sites.iter().map(|site| (site.frames.join(" > "), site.total_bytes)).collect();
    assert_eq!(
        told,
        [("own::b > vec::from_elem".to_owned(), 130), ("own::a > vec::from_elem".to_owned(), 10)]
    );
    let b = &summary.sites[0];
    assert_eq!((b.place.as_str(), b.total_blocks, b.peak_bytes, b.peak_blocks), ("src/b.rs:2", 4, 65, 2));
    // 40 µs over four blocks, of 100 µs; and 200 µs over two.
    assert_eq!((b.lifetime_share_mean, summary.sites[1].lifetime_share_mean), (0.1, 1.0));
    assert_eq!(summary.lifetime_share_mean, Some(0.4));
    assert_eq!((summary.sites_left_out, summary.bytes_left_out), (0, 0));
}

#[test]
fn numbers_of_any_size_are_added_up() {
    let text = whole().replace("\"tb\":100,", &format!("\"tb\":{},", u64::MAX));
    let (_folder, path) = file("large.json", text.as_bytes());
    let mut summary = HeapSummary::default();
    read_into(&mut summary, &path).unwrap();
    assert_eq!(summary.sites[0].total_bytes, u64::MAX);
}

#[test]
fn a_case_that_allocates_nothing_has_no_sites_and_no_lifetimes() {
    let text = r#"{"dhatFileVersion": 2, "te": 0, "pps": [], "ftbl": ["[root]"]}"#;
    let (_folder, path) = file("empty.json", text.as_bytes());
    let mut summary = HeapSummary::default();
    read_into(&mut summary, &path).unwrap();
    assert_eq!(summary, HeapSummary::default());
}

#[test]
fn a_file_that_is_broken_anywhere_says_how_and_changes_nothing() {
    let whole = whole();
    let (folder, path) = file("broken.json", b"");
    let problem = |content: &str| {
        fs::write(&path, content).unwrap();
        let mut summary = HeapSummary { total_bytes: 140, ..HeapSummary::default() };
        let before = summary.clone();
        let error = read_into(&mut summary, &path).expect_err(content).to_string();
        assert_eq!(summary, before, "{content}");
        error
    };
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        let error = problem(&whole[..end]);
        assert!(error.contains("is cut short, at line"), "cut at {end}: {error}");
    }
    for (content, words) in [
        (whole.replace("\"dhatFileVersion\": 2", "\"dhatFileVersion\": 3"), "is of version 3, expected 2"),
        // Whatever another version has where this one has a number.
        (
            whole.replace("Version\": 2", "Version\": 3").replace("\"te\": 100", "\"te\": []"),
            "is of version 3",
        ),
        (whole.replace("\"te\": 100,", ""), "expected \"te\""),
        (whole.replace("\"ftbl\"", "\"other\""), "expected \"ftbl\""),
        (whole.replace("\"dhatFileVersion\": 2,", ""), "expected \"dhatFileVersion\""),
        (whole.replace("\"tb\":10,", "\"tb\":-10,"), "is no file of dhat's: invalid value"),
        ("[]".to_owned(), "is no file of dhat's: invalid type"),
        ("dhat: out of order".to_owned(), "is no file of dhat's: expected value"),
        (format!("{whole}{whole}"), "trailing characters"),
    ] {
        let error = problem(&content);
        assert!(error.contains(words) && error.contains("broken.json"), "{words}: {error}");
    }
    fs::remove_file(&path).unwrap();
    let error = read_into(&mut HeapSummary::default(), &path).expect_err("no file").to_string();
    assert!(error.contains("can't be read: No such file"), "{error}");
    drop(folder);
}

/// Peak resident memory of this process.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
}

#[test]
fn a_huge_file_is_read_in_little_memory_and_only_its_largest_sites_are_kept() {
    if let (Some(path), Ok(sites)) = (std::env::var_os("HUGE_DHAT_FILE"), std::env::var("HUGE_DHAT_SITES")) {
        return reads_in_little_memory(Path::new(&path), sites.parse().expect("a number"));
    }
    let bytes = std::env::var("HUGE_DHAT_BYTES").map_or(HUGE_BYTES, |text| text.parse().expect("a number"));
    // What one site and its frame take in the file.
    let sites = bytes / 300;
    let (_folder, path) = file("huge.json", b"");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    write!(out, "{{\"dhatFileVersion\": 2, \"te\": 1000,\n\"pps\": [").unwrap();
    for i in 0..sites {
        let comma = if i > 0 { "," } else { "" };
        let frames: Vec<_> = (0..15).map(|depth| ((i + depth) % sites).to_string()).collect();
        writeln!(
            out,
            "{comma}\n{{\"tb\": {},\n\"tbk\": 1,\n\"tl\": 500,\n\"gb\": 1,\n\"gbk\": 1,\n\"eb\": 0,\n\"ebk\": 0,\n\"fs\": [{}]}}",
            i + 1,
            frames.join(",\n")
        )
        .unwrap();
    }
    write!(out, "], \"ftbl\": [\"[root]\"").unwrap();
    for i in 1..sites {
        write!(out, ",\n\"0x55d1{i:08x}: own::module::function_{i}<T,A> (src/module/file.rs:{i}:5)\"")
            .unwrap();
    }
    writeln!(out, "]}}").unwrap();
    out.into_inner().unwrap();
    // In a process of its own: the peak is the process's, and other tests run in this one.
    let alone = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "instruments::heap::dhat::tests::a_huge_file_is_read_in_little_memory_and_only_its_largest_sites_are_kept",
        ])
        .env("HUGE_DHAT_FILE", &path)
        .env("HUGE_DHAT_SITES", sites.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success() && said.contains("1 passed"), "{said}");
}

/// What the process that is alone does.
fn reads_in_little_memory(path: &Path, sites: u64) {
    let before = peak_bytes();
    let mut summary = HeapSummary::default();
    read_into(&mut summary, path).unwrap();
    let taken = peak_bytes() - before;
    assert_eq!(summary.sites.len(), SITES);
    assert_eq!((summary.sites[0].total_bytes, summary.sites_left_out), (sites, sites - SITES as u64));
    assert_eq!(
        summary.sites.iter().map(|site| site.total_bytes).sum::<u64>() + summary.bytes_left_out,
        sites * (sites + 1) / 2
    );
    assert_eq!(summary.lifetime_share_mean, Some(0.5));
    assert!(taken < 16 << 20, "{taken} bytes of memory for {} of file", path.metadata().unwrap().len());
}
