//! The report in a real browser: it shows everything, reports no error, and asks nothing of any
//! network, whatever names are in it.

use std::{fs, path::PathBuf, sync::LazyLock};

use crate::common::{
    bare_duel,
    browser::Browser,
    crates::{everything, faulty, outside},
    fakes::Fakes,
    left_out, run,
};
use serde_json::json;

/// The reports of a run with hostile names and flame graphs, of one with failures, and of both
/// side by side.
static REPORTS: LazyLock<[PathBuf; 3]> = LazyLock::new(|| {
    let out = outside("browser").join("out <b> #1?");
    let words = ["run", "--quick", "--trials=2", "<script>", "sort/", "parallel"];
    let hostile = everything().duel_json(&out, &words);
    let hostile = hostile.exits(0).run_folder();
    let words = ["run", "--quick", "--trials=2", "--bench=faulty", "panics", "wrong", "exits"];
    let failed = faulty().duel_json(&out, &words);
    let failed = failed.exits(4).run_folder();
    let [a, b] = [&hostile, &failed].map(|folder| folder.display().to_string());
    everything().duel_json(&out, &["report", &a, &b]).exits(0);
    [hostile.join("report.html"), failed.join("report.html"), hostile.join("side-by-side.html")]
});

/// Clicks on everything there is, and tells what there was.
const USE_EVERYTHING: &str = include_str!("common/use_everything.js");

#[track_caller]
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        left_out(
            "chromium is not installed (apt-get install chromium), so no report is opened in a browser",
            false,
        );
    }
    browser
}

#[test]
fn reports_load_nothing_and_report_no_error_however_they_are_used() {
    let Some(mut browser) = browser() else { return };
    for report in REPORTS.iter() {
        let url = browser.open(report);
        let found = browser.script(USE_EVERYTHING);
        let number = |key: &str| found[key].as_u64().unwrap_or_else(|| panic!("no {key} in {found}"));
        assert_eq!(browser.troubles(), [""; 0], "{}", report.display());
        assert_eq!(browser.requests(), [url], "{} asks for nothing but itself", report.display());
        assert!(number("details") > 3, "{}", report.display());
        assert_eq!(number("open"), number("details"), "every line opens in {}", report.display());
        assert!(number("flames") > 3, "{}", report.display());
        assert_eq!(number("drawn"), number("flames"), "every flame graph is drawn in {}", report.display());
        assert_eq!(number("open_to_the_page"), 0, "every frame is sandboxed in {}", report.display());
        assert_eq!(found["themes"], json!(["Theme: light", "Theme: dark", "Theme: auto"]));
        assert!(number("sorters") > 3, "{}", report.display());
    }
}

#[test]
fn a_flame_graph_zooms_where_it_is_clicked() {
    let Some(mut browser) = browser() else { return };
    browser.open(&REPORTS[0]);
    browser.script(USE_EVERYTHING);
    // The row below the root.
    let middle = browser.script(
        "(() => { const frame = document.querySelector('.flame-view iframe'); frame.scrollIntoView({ block: 'center', behavior: 'instant' }); \
         const { left, top, width } = frame.getBoundingClientRect(); return [left + width / 2, top + 100]; })()",
    );
    let [x, y] = [0, 1].map(|i| middle[i].as_f64().expect("a number"));
    let before = browser.picture();
    // A busy machine may take the click before it has painted what is there.
    let zoomed = (0..60).any(|_| {
        browser.click(x, y);
        browser.picture() != before
    });
    assert_eq!(browser.troubles(), [""; 0]);
    assert!(zoomed, "the graph looks as before");
}

#[test]
fn a_page_of_many_cases_is_small_and_draws_what_is_opened() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let record = fs::read_to_string(REPORTS[0].with_file_name("record.jsonl")).unwrap();
    let cases = record.lines().filter(|line| line.contains("\"kind\":\"verified\"")).count();
    // Copies of each case in families of their own; one copy has the profiles, which are slow to draw.
    let mut lines = Vec::new();
    for copy in 0..=400 / cases {
        for line in record.lines() {
            let once = ["started", "finished", "calibration", "profile"]
                .iter()
                .any(|kind| line.starts_with(&format!("{{\"kind\":\"{kind}\"")));
            if !once || copy == 0 {
                lines.push(line.replace("\"case\":\"", &format!("\"case\":\"copy{copy} ")));
            }
        }
    }
    lines
        .sort_by_key(|line| (!line.contains("\"kind\":\"started\""), line.contains("\"kind\":\"finished\"")));
    fs::write(folder.path().join("record.jsonl"), lines.join("\n") + "\n").unwrap();
    everything().duel(&["report", &folder.path().display().to_string()]).exits(0);
    let report = folder.path().join("report.html");
    let page = fs::read_to_string(&report).unwrap();
    assert!(!page.contains("class=\"case-body\""), "cases are folded away");

    let url = browser.open(&report);
    // A link to a case draws the section that has it.
    browser.script("(() => { document.querySelector('a[href^=\"#family-\"]').click(); })()");
    let id = page
        .split("data-ids=\"")
        .nth(1)
        .and_then(|ids| ids.split([' ', '"']).find(|id| id.starts_with("case-")));
    let id = id.expect("a case is named");
    let opened = browser.script(&format!(
        "(async () => {{ location.hash = '#{id}'; \
         while (!document.getElementById('{id}')?.open) await new Promise(done => setTimeout(done, 20)); \
         return document.getElementById('{id}').textContent.length; }})()"
    ));
    assert!(opened.as_u64() > Some(100), "{opened}");
    let found = browser.script(USE_EVERYTHING);
    assert_eq!(browser.troubles(), [""; 0]);
    assert_eq!(browser.requests().iter().filter(|request| !request.starts_with(&url)).count(), 0);
    let number = |key: &str| found[key].as_u64().unwrap_or_else(|| panic!("no {key} in {found}"));
    assert!(number("details") > 400, "{found}");
    assert_eq!(number("open"), number("details"));
    assert_eq!(number("drawn"), number("flames"), "every flame graph is drawn, wherever its text is");
    assert!(number("flames") > 3 && number("sorters") > 100);
    let text = found["text"].as_str().unwrap_or_default();
    assert!(
        text.contains("copy7 <script>alert(\"family\")</script> & 'co' 50 % / @ + * 🦀"),
        "a hostile name is text"
    );
    let elements = browser.script("document.querySelectorAll('main img, main script, main i').length");
    assert_eq!(elements, 0, "a name became markup");
}

#[test]
fn what_a_hole_in_escaping_would_let_in_is_stopped_by_the_policy() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let report = fs::read_to_string(&REPORTS[0]).unwrap();
    for (planted, words) in [
        ("<script>document.title = 'taken'</script>", "script-src"),
        ("<a id=x onclick=\"document.title = 'taken'\">x</a>", "script-src"),
        ("<iframe srcdoc=\"<script>parent.document.title = 'taken'</script>\"></iframe>", "script-src"),
        ("<base href='http://127.0.0.1:9/'>", "base-uri"),
        ("<form id=x action='http://127.0.0.1:9/'><input name=a></form>", "form-action"),
        ("<img src='http://127.0.0.1:9/x.png'>", "img-src"),
        ("<style>@import 'http://127.0.0.1:9/x.css'; main { display: none }</style>", "style-src"),
    ] {
        fs::write(&page, report.replacen("<main>", &format!("<main>{planted}"), 1)).unwrap();
        browser.open(&page);
        browser.script(
            "(() => { const x = document.getElementById('x'); x?.submit ? x.submit() : x?.click(); })()",
        );
        browser.wait_for_trouble(words);
        assert_ne!(browser.script("document.title"), json!("taken"), "{planted}");
        assert_ne!(browser.script("getComputedStyle(document.querySelector('main')).display"), json!("none"));
    }
}

#[test]
fn a_gates_report_says_its_verdicts_and_no_error() {
    let Some(mut browser) = browser() else { return };
    let fakes = Fakes::new();
    let done = run(bare_duel(fakes.here(), fakes.gate_words("honest", "twice-as-slow", &[])));
    let report = done.exits(1).run_folder().join("report.html");
    let url = browser.open(&report);
    let found = browser.script(USE_EVERYTHING);
    assert_eq!(browser.troubles(), [""; 0]);
    assert_eq!(browser.requests(), [url], "it asks for nothing but itself");
    let text = found["text"].as_str().unwrap_or_default();
    for words in
        ["1 of 2 cases regressed", "fake/data/s/faulty@system", "was put in and found", "confirmed on"]
    {
        assert!(text.contains(words), "\"{words}\" is not shown");
    }
}

#[test]
fn hostile_names_are_text_in_the_browser_too() {
    let Some(mut browser) = browser() else { return };
    browser.open(&REPORTS[0]);
    let found = browser.script(USE_EVERYTHING);
    let text = found["text"].as_str().unwrap_or_default();
    for name in [
        "<script>alert(\"family\")</script> & 'co' 50 % / @ + * 🦀",
        "w/ slash <i>%2F</i>",
        "½ ..",
        "a?b",
        "a*b",
    ] {
        assert!(text.contains(name), "{name} is not shown");
    }
    let elements = browser.script("document.querySelectorAll('img, main script, main i').length");
    assert_eq!(elements, 0, "a name became markup");
}

#[test]
fn a_page_that_does_wrong_is_found_out() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("wrong.html");
    for (wrong, words) in [
        ("<script>console.error('one')</script>", "one"),
        ("<script>nowhere()</script>", "nowhere is not defined"),
        ("<script>setTimeout(() => Promise.reject(new Error('late')), 50)</script>", "late"),
        ("<iframe srcdoc=\"<script>within()</script>\"></iframe>", "within is not defined"),
    ] {
        fs::write(&page, format!("<!doctype html><link rel=icon href='data:,'>{wrong}")).unwrap();
        browser.open(&page);
        browser.wait_for_trouble(words);
    }
    fs::write(&page, "<!doctype html><link rel=icon href='data:,'><img src='http://127.0.0.1:9/x.png'>")
        .unwrap();
    let url = browser.open(&page);
    browser.troubles();
    assert_eq!(browser.requests(), [url.as_str(), "http://127.0.0.1:9/x.png"]);
}
