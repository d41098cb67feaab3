//! What a process that runs one case takes of the machine's memory, and what the allocator says.

use duel_record::{Allocator, MemorySummary};
use maud::{Markup, html};

use super::{
    CauseFact, FactKind, Flames, Section, ShownSides, Timed, by_build,
    sides::{self, SideRow},
};
use crate::model::{ArmModel, FamilyModel, Model};
use crate::number;

/// About what a page fault takes: it enters the kernel and clears or maps a page. If the faults that are more can't
/// make up this share of the time, they are not worth a word.
const FAULT_NS: f64 = 1_000.0;
const FAULT_SHARE: f64 = 0.01;

pub(super) struct MemorySection;

impl Section for MemorySection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        by_build::tables(model, family, "Resident at the peak, and after all was dropped", |_, of| {
            resident(of)
        })
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
        faults(baseline, candidate).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.memory.is_some()
    }

    fn plural(&self) -> &'static str {
        "page faults"
    }
}

fn details(sides: &ShownSides) -> Markup {
    let found: Vec<Option<&MemorySummary>> = sides.both().map(|side| side.found.memory.as_ref()).collect();
    let Some(candidate) = found.last().copied().flatten().or(found[0]) else {
        return html! {};
    };
    let own = allocators(sides, &found);
    html! {
        details.memory {
            summary {
                "Memory "
                span.muted {
                    (number::bytes(candidate.peak_resident_bytes as f64)) " resident at the peak"
                    @if let Some((side, memory)) = sides.baseline.zip(found[0]) {
                        ", " (side.level) " " (number::bytes(memory.peak_resident_bytes as f64))
                    }
                }
            }
            div.parts {
                (sides::table("The whole process", sides, &process(&found)))
                @if !own.is_empty() {
                    (sides::table("The allocator's own account, with the case → after it", sides, &own))
                }
            }
        }
    }
}

fn process(found: &[Option<&MemorySummary>]) -> Vec<SideRow> {
    let bytes = |n: u64| Some(number::bytes(n as f64));
    let each = |n: u64, of: &MemorySummary| Some(number::quantity(n as f64 / of.iters.max(1) as f64));
    let row =
        |label: &str, value: &dyn Fn(&MemorySummary) -> Option<String>| SideRow::of(label, found, value);
    [
        row("Resident at the peak", &|of| bytes(of.peak_resident_bytes)),
        row("Before the data set, at most", &|of| bytes(of.start_resident_bytes)),
        row("When prepared, at most", &|of| bytes(of.prepared_resident_bytes)),
        row("After the iterations", &|of| of.used_resident_bytes.and_then(bytes)),
        row("After kernel and data set were dropped", &|of| of.freed_resident_bytes.and_then(bytes)),
        row("Minor page faults per iteration", &|of| each(of.minor_faults, of)),
        row("Major page faults per iteration", &|of| each(of.major_faults, of)),
        row("Forced context switches", &|of| Some(number::count(of.involuntary_switches))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Each allocator's numbers in a row of its own: no two keep the same books.
fn allocators(sides: &ShownSides, found: &[Option<&MemorySummary>]) -> Vec<SideRow> {
    let of_side: Vec<_> = sides
        .both()
        .zip(found)
        .map(|(side, memory)| memory.map(|memory| (side.case.allocator, memory)))
        .collect();
    let mut names = Vec::new();
    for (allocator, memory) in of_side.iter().flatten() {
        for statistic in &memory.allocator {
            if !names.contains(&(*allocator, &statistic.name)) {
                names.push((*allocator, &statistic.name));
            }
        }
    }
    let sides: Vec<_> = of_side.iter().map(Option::as_ref).collect();
    let row = |(allocator, name): (Allocator, &String)| {
        SideRow::of(format!("{allocator}: {name}"), &sides, |(of, memory)| {
            let mut own = memory.allocator.iter().filter(|_| *of == allocator);
            let statistic = own.find(|statistic| statistic.name == *name)?;
            let [used, freed] =
                [statistic.used_bytes, statistic.freed_bytes].map(|bytes| number::bytes(bytes as f64));
            Some(format!("{used} → {freed}"))
        })
    };
    names.into_iter().filter_map(row).collect()
}

fn resident(of: &ArmModel) -> Option<String> {
    let memory = of.memory.as_ref()?;
    let peak = number::bytes(memory.peak_resident_bytes as f64);
    Some(match memory.freed_resident_bytes {
        None => peak,
        Some(freed) => format!("{peak}, {}", number::bytes(freed as f64)),
    })
}

/// Page faults of an iteration. They come in by chance, so a difference counts only beyond four
/// standard deviations of two counts (Poisson), and is worth a word where it can matter to the time.
fn faults(baseline: Timed, candidate: Timed) -> Option<CauseFact> {
    let (a, b) = (baseline.found.memory.as_ref()?, candidate.found.memory.as_ref()?);
    let count = |m: &MemorySummary| m.minor_faults.saturating_add(m.major_faults) as f64;
    let (iters_a, iters_b) = (a.iters.max(1) as f64, b.iters.max(1) as f64);
    let (per_a, per_b) = (count(a) / iters_a, count(b) / iters_b);
    let deviation = (count(a) / iters_a.powi(2) + count(b) / iters_b.powi(2)).sqrt();
    let slower_ns = baseline.ns_per_iter?.max(candidate.ns_per_iter?);
    let difference = (per_a - per_b).abs();
    if difference <= 4.0 * deviation {
        return Some(CauseFact::same(FactKind::Faults));
    }
    if difference * FAULT_NS < FAULT_SHARE * slower_ns {
        return None;
    }
    let words =
        format!("page faults {} → {} per iteration", number::significant(per_a), number::significant(per_b));
    Some(CauseFact::moved(FactKind::Faults, per_b < per_a, words))
}
