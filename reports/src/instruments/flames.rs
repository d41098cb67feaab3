//! Flame graphs: kept as text, drawn only when their line is opened.
//!
//! inferno puts the same 16 KB of script and the same style into every graph. The page keeps them once, names
//! their hashes in its policy, and puts them back when a graph is opened.

use duel_record::{CaseId, ProfileSummary};
use maud::{Markup, PreEscaped, html};

use super::{ShownSide, ShownSides, file_link::file_link};
use crate::flame::{FlameError, difference_svg, flame_graph_svg, hottest, uncertainty_of_a_tenth};
use crate::model::ProfileModel;
use crate::number;
use crate::page_run::{Run, long_label};
use crate::profile::FORMATS;

/// What a frame runs before and after inferno's script. The frame is sandboxed, so the page can't look into
/// it: it says itself what it has drawn and what went wrong.
const FRAME_START: &str = include_str!("flame_start.js");
const FRAME_END: &str = include_str!("flame_end.js");
const FRAME_STYLE: &str = "body{margin:0;overflow-x:hidden}svg{display:block;width:100%}";
const HOTTEST: usize = 8;

/// The flame graphs of a page.
#[derive(Default)]
pub(crate) struct Flames {
    /// Scripts and styles of the graphs; all graphs of one version of inferno have the same.
    parts: Vec<FrameParts>,
    /// The arms whose graph is on the page already.
    drawn: Vec<(usize, String, CaseId)>,
}

/// What is the same in many graphs.
#[derive(PartialEq, Eq)]
struct FrameParts {
    script: String,
    style: String,
}

impl Flames {
    /// The profiles of both sides: what was hot, and the graphs.
    pub(super) fn details(&mut self, sides: &ShownSides) -> Markup {
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
    fn graph(&mut self, sides: &ShownSides, side: ShownSide, profile: &ProfileModel, named: bool) -> Markup {
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
        sides: &ShownSides,
        baseline: ShownSide,
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
                    Some(Ok((svg, parts))) => { template id=[id] data-parts=(parts) { (text(svg)) } }
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

    /// The graph without its script and style, and the number of the parts that have them.
    fn share(&mut self, svg: &str) -> (String, usize) {
        let svg = svg.find("<svg").map_or(svg, |start| &svg[start..]);
        let mut graph = svg.replacen(" onload=\"init(evt)\"", "", 1);
        let script = take_element(&mut graph, "script");
        let style = take_element(&mut graph, "style");
        let script = script.replace("<![CDATA[", "").replace("]]>", "");
        // It takes the frame's width as it finds it, and before the first layout there is none.
        let width = "svg.width.baseVal.value - xpad * 2";
        let script = script.replace(width, &format!("Math.max(1, {width})"));
        let parts = FrameParts {
            script: format!("{FRAME_START}{script}{FRAME_END}"),
            style: format!("{FRAME_STYLE}{style}"),
        };
        let known = self.parts.iter().position(|known| *known == parts);
        let number = known.unwrap_or_else(|| {
            self.parts.push(parts);
            self.parts.len() - 1
        });
        (graph, number)
    }

    /// The scripts and styles that graphs share.
    pub fn templates(&self) -> Markup {
        html! {
            @for (number, parts) in self.parts.iter().enumerate() {
                template id={ "flame-script-" (number) } { (text(&parts.script)) }
                template id={ "flame-style-" (number) } { (text(&parts.style)) }
            }
        }
    }

    /// The texts of all scripts that frames run.
    pub fn scripts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|parts| &*parts.script)
    }

    /// The texts of all styles that frames have.
    pub fn styles(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|parts| &*parts.style)
    }
}

/// Text within an element. Only what could begin a tag or an entity is escaped: a graph has many
/// quotes, and outside an attribute they are harmless.
fn text(text: &str) -> PreEscaped<String> {
    PreEscaped(text.replace('&', "&amp;").replace('<', "&lt;"))
}

/// Cuts the first element of this name out of a graph, and returns its content. inferno writes it before
/// anything that has a name in it.
fn take_element(svg: &mut String, name: &str) -> String {
    let (open, close) = (format!("<{name} "), format!("</{name}>"));
    let found = || {
        let start = svg.find(&open)?;
        let content = start + svg[start..].find('>')? + 1;
        let end = content + svg[content..].find(&close)?;
        Some((start, content, end))
    };
    let Some((start, content, end)) = found() else { return String::new() };
    let taken = svg[content..end].to_owned();
    svg.replace_range(start..end + close.len(), "");
    taken
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
            @for note in profile.notes() { span.muted { " · " (note) } }
        }
    }
}

fn hottest_functions(
    sides: &ShownSides,
    baseline: Option<&ProfileModel>,
    candidate: &ProfileModel,
) -> Markup {
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
                    (file_link(&file, format.extension))
                }
                " for " (format.opened_by)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_keeps_neither_script_nor_handler() {
        let svg = "<svg onload=\"init(evt)\" width=\"1\"><style type=\"text/css\">a</style>\
                   <script type=\"x\"><![CDATA[b]]><![CDATA[c]]></script><g/></svg>";
        let mut flames = Flames::default();
        let (graph, parts) = flames.share(svg);
        assert_eq!((&*graph, parts), ("<svg width=\"1\"><g/></svg>", 0));
        assert_eq!(flames.share(svg).1, 0, "equal parts are kept once");
        assert!(flames.parts[0].script.contains("bc"));
        assert!(flames.parts[0].style.ends_with('a'));
    }
}
