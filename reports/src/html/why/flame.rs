//! Flame graphs: kept as text, drawn only when their line is opened.
//!
//! inferno puts the same 16 KB of script into every graph. The page keeps it once and puts it
//! back when a graph is opened.

use maud::{Markup, PreEscaped, html};

use super::Sides;
use crate::flame::{flame_graph_svg, hottest};
use crate::html::run::{Run, long_label};
use crate::model::ProfileModel;
use crate::number;

const SCRIPT_START: &str = "<![CDATA[";
const SCRIPT_END: &str = "]]>";
/// What stands in a graph for the script that all share.
const PLACEHOLDER: &str = "/*flame-script*/";
const HOTTEST: usize = 8;

/// The flame graphs of a page.
#[derive(Default)]
pub(in crate::html) struct Flames {
    script: Option<String>,
}

impl Flames {
    /// A case's flame graph and hottest functions, where it was profiled.
    pub(super) fn details(&mut self, sides: &Sides) -> Markup {
        let Some(profile) = &sides.candidate.found.profile else {
            return html! {};
        };
        let run = sides.run;
        let title = long_label(sides.candidate.case);
        let drawn = flame_graph_svg(&title, &profile.summary).map(|svg| self.share(&svg));
        let summary = &profile.summary;
        html! {
            details.flame {
                summary {
                    "Flame graph"
                    span.muted { " " (number::count(summary.samples)) " samples by " (summary.profiler) }
                }
                @match &drawn {
                    Err(error) => { p.callout { "No flame graph: " (error) } }
                    Ok(svg) => {
                        template { (text(svg)) }
                        noscript { p.muted { "The graph is drawn by a script; the functions below are its widest leaves." } }
                        div.flame-view data-title=(title) {}
                    }
                }
                (hottest_functions(profile))
                (folded(run, profile))
            }
        }
    }

    /// The graph without what all graphs have in common.
    fn share(&mut self, svg: &str) -> String {
        let svg = svg.find("<svg").map_or(svg, |start| &svg[start..]);
        let Some((head, script, tail)) = split_script(svg) else {
            return svg.to_owned();
        };
        let shared = self.script.get_or_insert_with(|| script.to_owned());
        if shared == script { format!("{head}{PLACEHOLDER}{tail}") } else { svg.to_owned() }
    }

    /// The script that all graphs share.
    pub fn script(&self) -> Markup {
        html! {
            @if let Some(script) = &self.script {
                template #flame-script { (text(script)) }
            }
        }
    }
}

/// Text within an element. Only what could begin a tag or an entity is escaped: a graph has many
/// quotes, and outside an attribute they are harmless.
fn text(text: &str) -> PreEscaped<String> {
    PreEscaped(text.replace('&', "&amp;").replace('<', "&lt;"))
}

/// A graph before, within and after its longest script.
fn split_script(svg: &str) -> Option<(&str, &str, &str)> {
    let first = svg.find(SCRIPT_START)?;
    let start = first + svg[first..].find("\"use strict\"")?;
    let end = start + svg[start..].find(SCRIPT_END)?;
    Some((&svg[..start], &svg[start..end], &svg[end..]))
}

fn hottest_functions(profile: &ProfileModel) -> Markup {
    html! {
        table.plain.hottest {
            caption { "Functions on top of the stack most often" }
            tbody {
                @for (function, share) in hottest(&profile.summary, HOTTEST) {
                    tr {
                        td.number { (number::percent(share)) }
                        th scope="row" { code { (function) } }
                    }
                }
            }
        }
    }
}

fn folded(run: &Run, profile: &ProfileModel) -> Markup {
    html! {
        p.muted {
            "Folded stacks: "
            @if run.many {
                code { (profile.file) }
            } @else {
                a href=(relative_link(&profile.file)) download { (profile.file) }
            }
        }
    }
}

/// A path beside the page as a link that can't leave for a scheme or a host.
pub(super) fn relative_link(path: &str) -> String {
    let mut link = "./".to_owned();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                link.push(char::from(byte));
            }
            _ => link.push_str(&format!("%{byte:02X}")),
        }
    }
    link
}
