//! The report as one HTML file: no network, no fonts of its own, useful without its script.

mod anchor;
mod base64;
mod case;
mod chart;
mod facts;
mod family;
mod fold;
mod foreign;
mod gate;
mod matrix;
mod roofline;
mod runs;
mod sides;
mod summary;
mod table;
mod trouble;
mod why;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use sha2::{Digest, Sha256};

use crate::{instruments::Flames, model::Model, page_run::Run};
use base64::base64;
use fold::Folds;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be loaded or sent anywhere, and only the page's own scripts and styles count, by their hashes;
/// attributes may have a style. `style-src` is for browsers that know no more.
fn policy(flames: &Flames) -> String {
    let scripts = hashes([SCRIPT].into_iter().chain(flames.scripts()));
    let styles = hashes([STYLE].into_iter().chain(flames.styles()));
    format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; script-src {scripts}; style-src 'unsafe-inline'; \
         style-src-elem {styles}; style-src-attr 'unsafe-inline'; img-src data:; frame-src 'self'"
    )
}

/// Inline texts as sources of a policy.
fn hashes<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let sources: Vec<String> =
        texts.map(|text| format!("'sha256-{}'", base64(&Sha256::digest(text)))).collect();
    sources.join(" ")
}

/// The report of one run, or of several side by side, as one HTML page.
///
/// The page loads nothing from anywhere. Links lead within the page, but for the folded stacks
/// of a single run, which lie beside it in the run's folder.
pub fn html(models: &[Model]) -> String {
    let many = models.len() > 1;
    let runs: Vec<Run> =
        models.iter().enumerate().map(|(number, model)| Run { model, number, many }).collect();
    let mut flames = Flames::default();
    let candidates = |model: &Model| model.comparisons.iter().map(|one| one.candidates.len()).sum::<usize>();
    let mut folds = Folds::new(models.iter().map(|model| model.cases.len() + candidates(model)).sum());
    let families = family::names(&runs);
    let body = html! {
        (folds.without_script())
        (summary::section(&runs))
        (gate::section(&runs, &mut folds))
        (sides::section(&runs))
        (trouble::section(&runs))
        (summary::contents(&runs, &families))
        (facts::section(&runs))
        @for name in &families {
            (family::section(&runs, name, &mut flames, &mut folds))
        }
        (foreign::section(&runs))
        (words::how_to_read(&runs))
    };
    page(&runs, &body, &flames, &folds).into_string()
}

fn page(runs: &[Run], body: &Markup, flames: &Flames, folds: &Folds) -> Markup {
    let names: Vec<&str> = runs.iter().map(|run| run.model.started.run.as_str()).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(flames));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content="duel";
                title { "duel: " (names.join(", ")) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#summary" { "Skip to the result" }
                header.top {
                    span.brand { "duel" }
                    span.run-name { (names.join("  ·  ")) }
                    button #theme type="button" hidden { "Theme: auto" }
                }
                main { (body) }
                (flames.templates())
                (folds.templates())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_as_a_policy_has_them() {
        // The example of the specification, Content Security Policy Level 3.
        let found = hashes(["alert('Hello, world.');"].into_iter());
        assert_eq!(found, "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    }

    #[test]
    fn inline_texts_end_where_they_should() {
        for text in [SCRIPT, STYLE] {
            let lower = text.to_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
            assert!(!text.contains('\r'), "browsers would hash another text");
        }
    }
}
