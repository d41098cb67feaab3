//! Names are arbitrary text: none of them may break a format or run as code.

mod synthetic;

use std::collections::BTreeSet;

use duel_record::{ProfileSummary, Stack};
use duel_reports::{Model, flame};
use proptest::prelude::*;

/// All values of an attribute, as written.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.match_indices(&start).filter_map(|(at, _)| html[at + start.len()..].split('"').next()).collect()
}

/// The page without its templates: they hold text, drawn only when a reader asks.
fn without_templates(html: &str) -> String {
    let mut text = html.to_owned();
    while let Some(from) = text.find("<template") {
        let end = from + text[from..].find("</template>").expect("an end");
        let held = text[from + 1..end].split_once('>').expect("a whole tag").1;
        assert!(!held.contains('<'), "a template holds a tag: {held}");
        text.replace_range(from..end + "</template>".len(), "");
    }
    text
}

/// What must hold for every page.
fn check_page(html: &str) {
    let html = &without_templates(html);
    assert!(!html.contains("<script>alert"), "a name became a script");
    let ids = attributes(html, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id is there twice");
    for id in &unique {
        assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
    }
    for link in attributes(html, "href") {
        match link.strip_prefix('#') {
            Some(target) => assert!(unique.contains(target), "{link} leads nowhere"),
            None => assert!(link.starts_with("./") || link == "data:,", "{link} leaves the page"),
        }
    }
    for attribute in ["src", "data", "action", "poster", "srcset"] {
        assert!(attributes(html, attribute).is_empty(), "{attribute} loads something");
    }
    for event in ["onclick", "onload", "onerror"] {
        assert!(!html.contains(&format!(" {event}=\"")), "{event} in the page");
    }
}

#[test]
fn pages_of_odd_names_are_sound() {
    let models = [
        synthetic::run(),
        synthetic::builds(),
        synthetic::gate(),
        synthetic::scaled_run("<b>", 0.9),
        synthetic::identical_gate(),
        synthetic::mixed_gate(),
        synthetic::identical_builds(true),
    ];
    let models = models.each_ref().map(Model::new);
    check_page(&duel_reports::html(&models));
    for model in models {
        check_page(&duel_reports::html(&[model]));
    }
}

#[test]
fn a_page_has_the_shape_that_readers_and_machines_need() {
    let html = duel_reports::html(&[Model::new(&synthetic::run())]);
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(html.contains("name=\"viewport\"") && html.contains("lang=\"en\""));
    assert!(html.contains("default-src 'none'"), "the page may load nothing");
    for text in ["table-unchecked", "out of bounds", "apt-get install linux-perf", "AVX-512F"] {
        assert!(html.contains(text), "{text} is missing");
    }
}

fn profile(frames: &[&str]) -> ProfileSummary {
    let stack = |frames: &&str| Stack { frames: (*frames).to_owned(), samples: 3 };
    ProfileSummary {
        stacks: frames.iter().map(stack).collect(),
        samples: 3 * frames.len() as u64,
        duration_ns: 1,
        iters: 1,
        profiler: "a <profiler> & co".into(),
        ..ProfileSummary::default()
    }
}

#[test]
fn a_flame_graph_escapes_names_and_is_the_same_every_time() {
    let profile = profile(&["main;<script>alert(1)</script>;a & \"b\"", "main;line\nbreak;f 64"]);
    let draw = || flame::flame_graph_svg("<title> & ]]>\u{0}", &profile).expect("a graph");
    let svg = draw();
    assert!(!svg.contains("<script>alert") && svg.contains("&lt;script&gt;alert"));
    assert!(!svg.contains("<profiler>") && !svg.contains('\u{0}'));
    assert_eq!(svg, draw());
    assert_eq!(flame::folded(&profile).lines().count(), 2);
}

#[test]
fn a_profile_without_samples_is_no_flame_graph() {
    let error = flame::flame_graph_svg("empty", &profile(&[])).expect_err("no samples");
    assert_eq!(error.to_string(), "the profile has no samples");
}

/// The fields of CSV text, row by row.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().expect("a row");
        let field = row.last_mut().expect("a field");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => field.push(c),
        }
    }
    rows.pop();
    rows
}

/// Cells of a Markdown table's row: pipes that are not escaped.
fn cells(row: &str) -> usize {
    let mut count = 0;
    let mut escaped = false;
    for c in row.chars() {
        count += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

/// What must hold for every Markdown text: no script, and every table as wide as its head.
fn check_markdown(markdown: &str) -> Result<(), TestCaseError> {
    prop_assert!(!markdown.contains("<script"));
    let mut table: Option<usize> = None;
    for line in markdown.lines() {
        let width = line.starts_with('|').then(|| cells(line));
        if let (Some(table), Some(width)) = (table, width) {
            prop_assert_eq!(table, width, "{}", line);
        }
        table = width;
    }
    Ok(())
}

/// The XML of a tiny gate is read back as its seven tests, and holds no character that XML forbids.
fn check_junit(xml: &str) -> Result<(), TestCaseError> {
    let forbidden = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || ['\u{fffe}', '\u{ffff}'].contains(&c);
    prop_assert!(!xml.contains(forbidden));
    prop_assert!(!xml.contains("<script") && !xml.contains("]]>"));
    let report = quick_junit::Report::deserialize_from_str(xml)
        .map_err(|error| TestCaseError::fail(format!("{error}: {xml}")))?;
    let tests: usize = report.test_suites.iter().map(|suite| suite.test_cases.len()).sum();
    prop_assert_eq!((report.test_suites.len(), tests), (1, 7), "{}", xml);
    Ok(())
}

/// Every command is one line, of a kind that GitHub knows, with one title.
fn check_annotations(commands: &[String]) -> Result<(), TestCaseError> {
    for command in commands {
        prop_assert!(!command.contains(|c: char| c.is_control()), "{}", command);
        let (head, _) = command[2..].split_once("::").expect("a text behind its properties");
        let (kind, title) = head.split_once(" title=").expect("a title");
        prop_assert!(["error", "warning", "notice"].contains(&kind), "{}", command);
        prop_assert!(!title.contains([':', ',']), "{}", command);
    }
    prop_assert_eq!(commands.len(), 3, "a regression, a failure, a case that can't be compared");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_name_breaks_a_format(
        family in "\\PC{0,8}[<>&\"'|`\\\\,;#%/@ \n\r\u{0}]{0,4}",
        variant in "[-=+@]?\\PC{0,8}[<>&\"'|`\\\\,;#%/@ \n\r\u{0}]{0,4}",
    ) {
        let variant = format!("{variant}<script>alert(1)</script>");
        let model = Model::new(&synthetic::tiny(&family, &variant, 0.5, 3));
        let rows = parse_csv(&duel_reports::csv(&model));
        prop_assert_eq!(rows.len(), 2);
        prop_assert_eq!(rows[0].len(), rows[1].len());
        let disarmed = format!("'{variant}");
        prop_assert!([&variant, &disarmed].contains(&&rows[1][5]));

        let models = [model];
        check_page(&duel_reports::html(&models));
        check_markdown(&duel_reports::markdown(&models))?;
    }

    #[test]
    fn no_name_breaks_a_gate(
        family in "\\PC{0,8}[<>&\"'|`\\\\,;#%/@: \n\r\u{0}\u{1b}\u{85}\u{ffff}]{0,4}",
        variant in "\\PC{0,8}(\\]\\]>|::|\n::error::|<!--|&#0;|%0A)?[<>&\"'|`\\\\,;#%/@: \n\r\u{0}\u{1b}\u{85}\u{ffff}]{0,4}",
    ) {
        let variant = format!("{variant}<script>alert(1)</script>");
        let model = Model::new(&synthetic::tiny_gate(&family, &variant));
        prop_assert_eq!(model.gate.as_ref().map(|gate| gate.counts().regressed), Some(1));
        check_junit(&duel_reports::junit(&model).expect("a gate"))?;
        check_annotations(&duel_reports::annotations(&model))?;
        let models = [model];
        check_page(&duel_reports::html(&models));
        check_markdown(&duel_reports::markdown(&models))?;
    }
}
