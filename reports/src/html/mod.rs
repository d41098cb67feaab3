//! The report as one HTML file: no network, no fonts of its own, useful without its script.

mod anchor;
mod case;
mod chart;
mod facts;
mod family;
mod foreign;
mod gate;
mod matrix;
mod roofline;
mod run;
mod runs;
mod sides;
mod summary;
mod table;
mod trouble;
mod why;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::Model;
use run::Run;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be loaded from anywhere; what is inline may run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; frame-src 'self'";

/// The report of one run, or of several side by side, as one HTML page.
///
/// The page loads nothing from anywhere. Links lead within the page, but for the folded stacks
/// of a single run, which lie beside it in the run's folder.
pub fn html(models: &[Model]) -> String {
    let many = models.len() > 1;
    let runs: Vec<Run> =
        models.iter().enumerate().map(|(number, model)| Run { model, number, many }).collect();
    let mut flames = why::Flames::default();
    let families = family::names(&runs);
    let body = html! {
        (summary::section(&runs))
        (gate::section(&runs))
        (sides::section(&runs))
        (trouble::section(&runs))
        (summary::contents(&runs, &families))
        (facts::section(&runs))
        @for name in &families {
            (family::section(&runs, name, &mut flames))
        }
        (foreign::section(&runs))
        (words::how_to_read(&runs))
    };
    page(&runs, &body, &flames).into_string()
}

fn page(runs: &[Run], body: &Markup, flames: &why::Flames) -> Markup {
    let names: Vec<&str> = runs.iter().map(|run| run.model.started.run.as_str()).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
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
                (flames.script())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}
