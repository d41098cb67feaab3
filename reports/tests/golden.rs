//! The reports of the made-up run, compared with files: a change of wording or layout shows in
//! review. `INSTA_UPDATE=always cargo test -p duel-reports` writes them again.

mod synthetic;

use duel_record::Message;
use duel_reports::Model;

/// The page without its style and scripts, one tag a line.
fn skeleton(html: &str) -> String {
    let mut text = html.to_owned();
    for tag in ["style", "script"] {
        let (start, end) = (format!("<{tag}>"), format!("</{tag}>"));
        while let Some(from) = text.find(&start) {
            let to = text[from..].find(&end).expect("an end") + from + end.len();
            text.replace_range(from..to, "");
        }
    }
    text.replace('>', ">\n")
}

#[test]
fn markdown() {
    insta::assert_snapshot!(duel_reports::markdown(&[Model::new(&synthetic::run())]));
}

#[test]
fn markdown_of_builds() {
    insta::assert_snapshot!(duel_reports::markdown(&[Model::new(&synthetic::builds())]));
}

#[test]
fn markdown_of_a_gate() {
    insta::assert_snapshot!(duel_reports::markdown(&[Model::new(&synthetic::gate())]));
}

#[test]
fn markdown_of_an_identical_gate() {
    insta::assert_snapshot!(duel_reports::markdown(&[Model::new(&synthetic::identical_gate())]));
}

#[test]
fn markdown_of_a_contaminated_gate() {
    insta::assert_snapshot!(duel_reports::markdown(&[Model::new(&synthetic::contaminated_gate())]));
}

#[test]
fn junit_of_a_gate() {
    insta::assert_snapshot!(duel_reports::junit(&Model::new(&synthetic::gate())).expect("a gate"));
}

#[test]
fn junit_of_a_contaminated_gate() {
    insta::assert_snapshot!(
        duel_reports::junit(&Model::new(&synthetic::contaminated_gate())).expect("a gate")
    );
}

#[test]
fn annotations_of_a_gate() {
    insta::assert_snapshot!(duel_reports::annotations(&Model::new(&synthetic::gate())).join("\n"));
}

#[test]
fn annotations_of_a_contaminated_gate() {
    insta::assert_snapshot!(
        duel_reports::annotations(&Model::new(&synthetic::contaminated_gate())).join("\n")
    );
}

#[test]
fn csv() {
    insta::assert_snapshot!(duel_reports::csv(&Model::new(&synthetic::run())));
}

/// As JSON lines, without the last digits of a logarithm: they are the platform's own.
fn lines(mut messages: Vec<Message>) -> String {
    let round = |number: &mut f64| *number = (*number * 1e6).round() / 1e6;
    for message in &mut messages {
        let Message::Comparison(comparison) = message else { continue };
        [&mut comparison.ratio, &mut comparison.low, &mut comparison.high].into_iter().for_each(round);
        if let Some(gate) = &mut comparison.gate {
            [&mut gate.p_regressed, &mut gate.q_regressed].into_iter().for_each(round);
            gate.smallest_detectable_ratio.iter_mut().for_each(round);
        }
    }
    let lines: Vec<String> =
        messages.iter().map(|message| serde_json::to_string(message).expect("JSON")).collect();
    lines.join("\n")
}

#[test]
fn messages_of_builds() {
    insta::assert_snapshot!(lines(duel_reports::messages(&Model::new(&synthetic::builds()))));
}

#[test]
fn messages_of_a_gate() {
    insta::assert_snapshot!(lines(duel_reports::messages(&Model::new(&synthetic::gate()))));
}

#[test]
fn html_of_builds() {
    insta::assert_snapshot!(skeleton(&duel_reports::html(&[Model::new(&synthetic::builds())])));
}

#[test]
fn html_of_a_gate() {
    let html = skeleton(&duel_reports::html(&[Model::new(&synthetic::gate())]));
    insta::assert_snapshot!(gate_section(&html));
}

#[test]
fn html_of_an_identical_gate() {
    let html = skeleton(&duel_reports::html(&[Model::new(&synthetic::identical_gate())]));
    insta::assert_snapshot!(gate_section(&html));
}

#[test]
fn html_of_sides_that_differ() {
    let html = skeleton(&duel_reports::html(&[Model::new(&synthetic::mixed_gate())]));
    insta::assert_snapshot!(section(&html, "sides"));
}

#[test]
fn html_of_a_contaminated_gate() {
    let html = skeleton(&duel_reports::html(&[Model::new(&synthetic::contaminated_gate())]));
    insta::assert_snapshot!(gate_section(&html));
}

/// What the page says of the gate alone.
fn gate_section(html: &str) -> &str {
    section(html, "gate")
}

fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let from = html.find(&format!("<section id=\"{id}\"")).expect("the section");
    let to = html[from..].find("</section>").expect("its end");
    &html[from..from + to]
}

#[test]
fn folded_stacks() {
    let model = Model::new(&synthetic::run());
    let profile =
        model.cases.iter().find_map(|case| case.newest(|of| of.profile.as_ref())).expect("a profile");
    insta::assert_snapshot!(duel_reports::flame::folded(&profile.summary));
}
