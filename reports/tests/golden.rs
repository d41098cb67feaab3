//! The reports of the made-up run, held against files: a change of wording or layout shows in
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
fn csv() {
    insta::assert_snapshot!(duel_reports::csv(&Model::new(&synthetic::run())));
}

#[test]
fn messages() {
    let mut messages = duel_reports::messages(&Model::new(&synthetic::builds()));
    for message in &mut messages {
        if let Message::Comparison(comparison) = message {
            // The last digits of a logarithm are the platform's own.
            for ratio in [&mut comparison.ratio, &mut comparison.low, &mut comparison.high] {
                *ratio = (*ratio * 1e6).round() / 1e6;
            }
        }
    }
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn html_of_builds() {
    insta::assert_snapshot!(skeleton(&duel_reports::html(&[Model::new(&synthetic::builds())])));
}

#[test]
fn folded_stacks() {
    let model = Model::new(&synthetic::run());
    let profile = model.cases.iter().find_map(|case| case.profile.as_ref()).expect("a profile");
    insta::assert_snapshot!(duel_reports::flame::folded(&profile.summary));
}
