//! Counters as rows: what each side counted, and what follows from two counts together.

use std::fmt;

use duel_record::{Counter, CounterSummary, CounterUnit};

use crate::number;

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CounterRowKind {
    /// What was counted in an iteration.
    PerIteration(Counter),
    /// Instructions over cycles.
    InstructionsPerCycle,
    /// A counter over instructions.
    PerThousandInstructions(Counter),
}

impl fmt::Display for CounterRowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerIteration(counter) => counter.fmt(f),
            Self::InstructionsPerCycle => f.write_str("instructions per cycle"),
            Self::PerThousandInstructions(counter) => write!(f, "{counter} per 1,000 instructions"),
        }
    }
}

/// One counter, or the quotient of two of them.
pub(super) struct CounterRow {
    pub kind: CounterRowKind,
    /// In words, of each side.
    pub values: Vec<Option<String>>,
    /// The last side over the first, where both have a number above zero.
    pub ratio: Option<f64>,
    /// The smallest share of the time in which a side counted, where one did not always.
    pub counted_share: Option<f64>,
}

/// The rows of one side, or of two; in the order in which the counters are asked for.
pub(super) fn rows(sides: &[Option<&CounterSummary>]) -> Vec<CounterRow> {
    let counted = |counter: &Counter| sides.iter().flatten().any(|of| of.per_iter(*counter).is_some());
    let mut rows: Vec<CounterRow> = Counter::ALL
        .into_iter()
        .filter(counted)
        .map(|counter| {
            let kind = CounterRowKind::PerIteration(counter);
            let words = |x| quantity(x, counter.unit());
            let row = row(kind, sides, |summary| summary.per_iter(counter), words);
            CounterRow { counted_share: counted_share(sides, counter), ..row }
        })
        .collect();
    rows.extend(derived(sides));
    rows
}

fn derived(sides: &[Option<&CounterSummary>]) -> impl Iterator<Item = CounterRow> {
    let over = |summary: &CounterSummary, above: Counter, below: Counter| {
        let below = summary.per_iter(below).filter(|below| *below > 0.0)?;
        Some(summary.per_iter(above)? / below)
    };
    let per_cycle = row(
        CounterRowKind::InstructionsPerCycle,
        sides,
        |summary| over(summary, Counter::Instructions, Counter::Cycles),
        number::significant,
    );
    let misses = Counter::MISSES.into_iter().map(move |counter| {
        row(
            CounterRowKind::PerThousandInstructions(counter),
            sides,
            |summary| Some(1e3 * over(summary, counter, Counter::Instructions)?),
            number::significant,
        )
    });
    let all: Vec<CounterRow> = std::iter::once(per_cycle).chain(misses).collect();
    all.into_iter().filter(|row| row.values.iter().any(Option::is_some))
}

fn row(
    kind: CounterRowKind,
    sides: &[Option<&CounterSummary>],
    of: impl Fn(&CounterSummary) -> Option<f64>,
    words: impl Fn(f64) -> String,
) -> CounterRow {
    let values: Vec<Option<f64>> = sides.iter().map(|side| of((*side)?)).collect();
    let ratio = match values[..] {
        [Some(baseline), Some(candidate)] if baseline > 0.0 && candidate > 0.0 => Some(candidate / baseline),
        _ => None,
    };
    let values = values.into_iter().map(|value| value.map(&words)).collect();
    CounterRow { kind, values, ratio, counted_share: None }
}

fn counted_share(sides: &[Option<&CounterSummary>], counter: Counter) -> Option<f64> {
    let counts = sides.iter().flatten().flat_map(|summary| &summary.counts);
    let shares = counts.filter(|count| count.counter == counter).map(|count| count.counted_share);
    shares.reduce(f64::min).filter(|share| *share < 0.995)
}

fn quantity(x: f64, unit: CounterUnit) -> String {
    match unit {
        CounterUnit::Nanoseconds => number::time_ns(x),
        CounterUnit::Joules => number::energy_j(x),
        CounterUnit::Number => number::quantity(x),
    }
}

#[cfg(test)]
mod tests {
    use duel_record::Count;

    use super::*;

    fn summary(counts: &[(Counter, f64, f64)]) -> CounterSummary {
        let count = |(counter, per_iter, counted_share): &(Counter, f64, f64)| Count {
            counter: *counter,
            per_iter: *per_iter,
            counted_share: *counted_share,
        };
        CounterSummary { iters: 1, counts: counts.iter().map(count).collect(), ..CounterSummary::default() }
    }

    fn named<'a>(rows: &'a [CounterRow], name: &str) -> Option<&'a CounterRow> {
        rows.iter().find(|row| row.kind.to_string() == name)
    }

    #[test]
    fn what_follows_from_two_counts_is_there_where_both_are() {
        let one = summary(&[
            (Counter::Cycles, 500.0, 0.5),
            (Counter::Instructions, 1_000.0, 1.0),
            (Counter::LlcMisses, 4.0, 1.0),
        ]);
        let other = summary(&[(Counter::Instructions, 2_000.0, 1.0), (Counter::LlcMisses, 2.0, 1.0)]);
        let rows = rows(&[Some(&one), Some(&other)]);
        let per_cycle = named(&rows, "instructions per cycle").unwrap();
        assert_eq!(per_cycle.values, [Some("2.00".to_owned()), None]);
        assert_eq!(per_cycle.ratio, None);
        assert_eq!(named(&rows, "LLC misses per 1,000 instructions").unwrap().ratio, Some(0.25));
        assert!(named(&rows, "dTLB misses per 1,000 instructions").is_none());
        assert_eq!(named(&rows, "cycles").unwrap().counted_share, Some(0.5));
        assert_eq!(named(&rows, "instructions").unwrap().ratio, Some(2.0));
    }

    #[test]
    fn nothing_divides_by_zero() {
        let idle = summary(&[
            (Counter::Cycles, 0.0, 1.0),
            (Counter::Instructions, 0.0, 1.0),
            (Counter::PageFaults, 0.0, 1.0),
        ]);
        let rows = rows(&[Some(&idle), Some(&idle)]);
        assert!(rows.iter().all(|row| row.ratio.is_none()));
        assert!(named(&rows, "instructions per cycle").is_none());
    }
}
