//! Flame graphs: kept as text, drawn only when their line is opened.
//!
//! inferno puts the same 16 KB of script into every graph. The page keeps it once and puts it
//! back when a graph is opened.

use duel_record::{CaseId, ProfileSummary};
use maud::{Markup, PreEscaped, html};

use super::{Side, Sides};
use crate::flame::{FlameError, difference_svg, flame_graph_svg, hottest, uncertainty_of_a_tenth};
use crate::html::run::{Run, long_label};
use crate::model::ProfileModel;
use crate::number;
use crate::profile::FORMATS;

const SCRIPT_START: &str = "<![CDATA[";
const SCRIPT_END: &str = "]]>";
/// What stands in a graph for the script that all share.
const PLACEHOLDER: &str = "/*flame-script*/";
const HOTTEST: usize = 8;

/// The flame graphs of a page.
#[derive(Default)]
pub(in crate::html) struct Flames {
    script: Option<String>,
    /// The arms whose graph is on the page already.
    drawn: Vec<(usize, String, CaseId)>,
}

impl Flames {
    /// The profiles of both sides: what was hot, and the graphs.
    pub(super) fn details(&mut self, sides: &Sides) -> Markup {
        let Some(candidate) = &sides.candidate.found.profile else {
            return html! {};
        };
        let baseline = sides.baseline.and_then(|side| Some((side, side.found.profile.as_ref()?)));
        html! {
            div.profile {
                h4 { "CPU profile" }
                @for (side, profile) in baseline.into_iter().chain([(sides.candidate, candidate)]) {
                    (facts(baseline.map(|_| side.level), &profile.summary))
                }
                (hottest_functions(sides, baseline.map(|(_, profile)| profile), candidate))
                (self.graph(sides, sides.candidate, candidate, baseline.is_some()))
                @if let Some((side, profile)) = baseline {
                    (self.graph(sides, side, profile, true))
                    (self.difference(sides, side, profile, candidate))
                }
            }
        }
    }

    /// The graph of one side, which opens when it is asked for. The page has each only once.
    fn graph(&mut self, sides: &Sides, side: Side, profile: &ProfileModel, named: bool) -> Markup {
        let arm = (sides.run.number, side.found.artifact.clone(), side.case.clone());
        let known = self.drawn.iter().position(|drawn| *drawn == arm);
        let id = format!("flame-{}", known.unwrap_or(self.drawn.len()));
        let title = long_label(side.case);
        let drawn = match known {
            Some(_) => None,
            None => {
                self.drawn.push(arm);
                Some(flame_graph_svg(&title, &profile.summary))
            }
        };
        let name = if named { format!("Flame graph of {}", side.level) } else { "Flame graph".to_owned() };
        self.opened(&name, &title, Some(&id), drawn, Some(&files(sides.run, profile)))
    }

    fn difference(
        &mut self,
        sides: &Sides,
        baseline: Side,
        before: &ProfileModel,
        after: &ProfileModel,
    ) -> Markup {
        let title = format!("{}, against {}", long_label(sides.candidate.case), baseline.level);
        let drawn = difference_svg(&title, &before.summary, &after.summary);
        let name =
            format!("What {} spends more on, and less, than {}", sides.candidate.level, baseline.level);
        self.opened(&name, &title, None, Some(drawn), None)
    }

    fn opened(
        &mut self,
        name: &str,
        title: &str,
        id: Option<&str>,
        drawn: Option<Result<String, FlameError>>,
        below: Option<&Markup>,
    ) -> Markup {
        let drawn = drawn.map(|drawn| drawn.map(|svg| self.share(&svg)));
        html! {
            details.flame {
                summary { (name) }
                @match &drawn {
                    Some(Err(error)) => { p.callout { "No flame graph: " (error) } }
                    Some(Ok(svg)) => { template id=[id] { (text(svg)) } }
                    None => {}
                }
                @if !matches!(drawn, Some(Err(_))) {
                    noscript { p.muted { "The graph is drawn by a script; the functions above are its widest leaves." } }
                    div.flame-view data-title=(title) data-graph=[id] {}
                }
                @if let Some(below) = below { (below) }
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

/// How many samples, how fast, by what.
fn facts(level: Option<&str>, profile: &ProfileSummary) -> Markup {
    html! {
        p {
            @if let Some(level) = level { (level) ": " }
            (number::count(profile.samples)) " samples"
            @if let Some(rate) = profile.samples_per_cpu_s() { ", " (number::count(rate.round() as u64)) " a CPU second" }
            ", " (profile.profiler)
            @if profile.samples < ProfileSummary::ENOUGH_SAMPLES {
                span.muted {
                    " · fewer than " (number::count(ProfileSummary::ENOUGH_SAMPLES)) ": a share of 10 % may be off by "
                    (number::percent(uncertainty_of_a_tenth(profile))) " by chance"
                }
            }
            @if let Some(note) = &profile.note { span.muted { " · " (note) } }
        }
    }
}

fn hottest_functions(sides: &Sides, baseline: Option<&ProfileModel>, candidate: &ProfileModel) -> Markup {
    let hot = hottest(&candidate.summary, baseline.map(|profile| &profile.summary), HOTTEST);
    html! {
        div.scroll {
            table.plain.hottest {
                caption { "Share of samples in the function itself" }
                @if let (Some(side), Some(_)) = (sides.baseline, baseline) {
                    thead {
                        tr {
                            th.number scope="col" { (side.level) }
                            th.number scope="col" { (sides.candidate.level) }
                            th.number scope="col" { "Difference" }
                            th scope="col" { "Function" }
                        }
                    }
                }
                tbody {
                    @for hot in &hot {
                        tr {
                            @if let Some(before) = hot.share_baseline { td.number { (number::percent(before)) } }
                            td.number { (number::percent(hot.share)) }
                            @if let Some(before) = hot.share_baseline { td.number { (points(hot.share - before)) } }
                            th scope="row" { code { (hot.name) } }
                        }
                    }
                }
            }
        }
    }
}

/// A difference of shares, with its sign.
fn points(difference: f64) -> String {
    match difference {
        d if d > 0.0005 => format!("+{}", number::percent(d)),
        d if d < -0.0005 => format!("\u{2212}{}", number::percent(-d)),
        _ => number::percent(0.0),
    }
}

/// The profile's files, and what opens each.
fn files(run: &Run, profile: &ProfileModel) -> Markup {
    let stem = profile.file.strip_suffix(".folded").unwrap_or(&profile.file);
    html! {
        p.muted {
            @for (index, format) in FORMATS.iter().enumerate() {
                @if index > 0 { " · " }
                @let file = format!("{stem}.{}", format.extension);
                @if run.many {
                    code { (file) }
                } @else {
                    a href=(relative_link(&file)) download { (format.extension) }
                }
                " for " (format.opened_by)
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
