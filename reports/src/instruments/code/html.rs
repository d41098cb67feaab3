//! The hottest machine code of both sides, beside each other.

use duel_record::{CodeInstruction, CodePlace, CodeSummary};
use maud::{Markup, html};

use crate::code::{function_words, loop_bars, percent, summary_words};
use crate::instruments::{ShownSide, ShownSides};
use crate::number;

/// Instructions that a case shows, over both sides; the record has more.
const INSTRUCTIONS: usize = 150;
/// Loops within loops that are drawn.
const DEEPEST: usize = 3;
/// Columns of an instruction's text, and of its source line.
const TEXT: usize = 38;
const SOURCE: usize = 64;

/// The listings, behind the line that they come to.
pub(super) fn details(sides: &ShownSides) -> Markup {
    let shown: Vec<(ShownSide, &CodeSummary)> =
        sides.both().filter_map(|side| Some((side, side.found.code.as_ref()?))).collect();
    let Some((_, last)) = shown.last() else { return html! {} };
    html! {
        details.code {
            summary { "Code" span.muted { " " (summary_words(last)) } }
            div.listings {
                @for (side, code) in &shown {
                    div {
                        p {
                            @if shown.len() > 1 { b { (side.level) } ": " }
                            (function_words(code, &side.case.variant))
                            @if shown.len() > 1 { span.muted { "; " (summary_words(code)) } }
                        }
                        (listing(code, INSTRUCTIONS / shown.len()))
                        (what_else(code))
                    }
                }
            }
        }
    }
}

fn listing(code: &CodeSummary, most: usize) -> Markup {
    let kept = code.excerpt(most);
    let total: f64 = code.instructions.iter().map(|one| one.weight).sum();
    let left_out = code.left_out.saturating_add((code.instructions.len() - kept.len()) as u64);
    let mut last: Option<(usize, &CodeInstruction)> = None;
    html! {
        pre.asm tabindex="0" role="region" aria-label="Machine code" {
            @for place in kept {
                @let one = &code.instructions[place];
                @let before = last.replace((place, one));
                @if before.is_some_and(|(of, before)| of + 1 != place || !before.is_followed_by(one)) {
                    small { "        …" } "\n"
                }
                @let source = one.source.as_ref().filter(|source| {
                    before.and_then(|(_, before)| before.source.as_ref()) != Some(source)
                });
                (line(code, one, total, source))
            }
        }
        @if left_out > 0 {
            p.muted { (number::count(left_out)) " colder instructions are not shown; cargo duel asm --all shows them." }
        }
    }
}

fn line(code: &CodeSummary, one: &CodeInstruction, total: f64, source: Option<&CodePlace>) -> Markup {
    let share = if total > 0.0 { one.weight / total } else { 0.0 };
    let text = format!("{} {} {}", shown_share(share), loop_bars::<DEEPEST>(code, one), one.text);
    let padding = (9 + DEEPEST + TEXT).saturating_sub(text.chars().count()).max(1);
    html! {
        @match heat(share) {
            None => (text),
            Some(heat) => span class=(heat) { (text) },
        }
        @if let Some(source) = source {
            (" ".repeat(padding)) small { (place_words(source)) }
        }
        "\n"
    }
}

fn shown_share(share: f64) -> String {
    if share >= 0.0005 { format!("{:5.1}\u{a0}%", share * 100.0) } else { " ".repeat(7) }
}

/// How much an instruction is shaded.
fn heat(share: f64) -> Option<&'static str> {
    match share {
        share if share >= 0.1 => Some("h4"),
        share if share >= 0.04 => Some("h3"),
        share if share >= 0.015 => Some("h2"),
        share if share >= 0.005 => Some("h1"),
        _ => None,
    }
}

/// The file's name, the line and what stands there.
fn place_words(place: &CodePlace) -> String {
    let file = place.file.rsplit('/').next().unwrap_or_default();
    let text = place.text.as_deref().unwrap_or_default();
    format!("{file}:{} {text}", place.line).chars().take(SOURCE).collect()
}

/// Calls that were made and what was inlined.
fn what_else(code: &CodeSummary) -> Markup {
    let calls: Vec<&str> = code.calls_made().map(|call| call.target.as_str()).take(6).collect();
    let inlined = code.inlined.iter().take(6);
    let inlined: Vec<String> =
        inlined.map(|one| format!("{} ({})", one.name, percent(one.weight_share))).collect();
    html! {
        @if !calls.is_empty() { p.muted { "Calls " (calls.join(", ")) } }
        @if !inlined.is_empty() { p.muted { "Inlined: " (inlined.join(", ")) } }
    }
}
