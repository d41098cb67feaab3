//! Counters as rows: what each side counted, and what follows from two counts together.

use duel_record::CounterSummary;

use crate::number;

/// Per thousand instructions, where both were counted.
const PER_INSTRUCTION: [&str; 4] = ["branch misses", "L1d misses", "LLC misses", "dTLB misses"];

/// One counter, or what two of them come to.
pub(crate) struct Row {
    pub name: String,
    /// In words, of each side.
    pub values: Vec<Option<String>>,
    /// The last side over the first, where both have a number above zero.
    pub ratio: Option<f64>,
    /// The smallest share of the time in which a side counted, where one did not always.
    pub counted_share: Option<f64>,
}

/// The rows of one side, or of two; in the order in which the counters are asked for.
pub(crate) fn rows(sides: &[Option<&CounterSummary>]) -> Vec<Row> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for count in sides.iter().flatten().flat_map(|summary| &summary.counts) {
        if !names.iter().any(|(name, _)| *name == count.name) {
            names.push((&count.name, &count.unit));
        }
    }
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|(name, unit)| {
            let of = |summary: &CounterSummary| summary.per_iter(name);
            Row { counted_share: counted_share(sides, name), ..row(name, sides, of, |x| quantity(x, unit)) }
        })
        .collect();
    rows.extend(derived(sides));
    rows
}

fn derived(sides: &[Option<&CounterSummary>]) -> impl Iterator<Item = Row> {
    let over = |summary: &CounterSummary, above: &str, below: &str| {
        let below = summary.per_iter(below).filter(|below| *below > 0.0)?;
        Some(summary.per_iter(above)? / below)
    };
    let per_cycle = row(
        "instructions per cycle",
        sides,
        |summary| over(summary, "instructions", "cycles"),
        number::significant,
    );
    let misses = PER_INSTRUCTION.into_iter().map(move |name| {
        row(
            &format!("{name} per 1,000 instructions"),
            sides,
            |summary| Some(1e3 * over(summary, name, "instructions")?),
            number::significant,
        )
    });
    let all: Vec<Row> = std::iter::once(per_cycle).chain(misses).collect();
    all.into_iter().filter(|row| row.values.iter().any(Option::is_some))
}

fn row(
    name: &str,
    sides: &[Option<&CounterSummary>],
    of: impl Fn(&CounterSummary) -> Option<f64>,
    words: impl Fn(f64) -> String,
) -> Row {
    let values: Vec<Option<f64>> = sides.iter().map(|side| of((*side)?)).collect();
    let ratio = match values[..] {
        [Some(baseline), Some(candidate)] if baseline > 0.0 && candidate > 0.0 => Some(candidate / baseline),
        _ => None,
    };
    let values = values.into_iter().map(|value| value.map(&words)).collect();
    Row { name: name.to_owned(), values, ratio, counted_share: None }
}

fn counted_share(sides: &[Option<&CounterSummary>], name: &str) -> Option<f64> {
    let counts = sides.iter().flatten().flat_map(|summary| &summary.counts);
    let shares = counts.filter(|count| count.name == name).map(|count| count.counted_share);
    shares.reduce(f64::min).filter(|share| *share < 0.995)
}

fn quantity(x: f64, unit: &str) -> String {
    match unit {
        "ns" => number::time_ns(x),
        "J" => number::energy_j(x),
        "" => number::quantity(x),
        unit => format!("{}\u{a0}{unit}", number::quantity(x)),
    }
}

#[cfg(test)]
mod tests {
    use duel_record::Count;

    use super::*;

    fn summary(counts: &[(&str, f64, f64)]) -> CounterSummary {
        let count = |(name, per_iter, counted_share): &(&str, f64, f64)| Count {
            name: (*name).to_owned(),
            unit: String::new(),
            per_iter: *per_iter,
            counted_share: *counted_share,
        };
        CounterSummary { iters: 1, counts: counts.iter().map(count).collect(), ..CounterSummary::default() }
    }

    fn named<'a>(rows: &'a [Row], name: &str) -> Option<&'a Row> {
        rows.iter().find(|row| row.name == name)
    }

    #[test]
    fn what_follows_from_two_counts_is_there_where_both_are() {
        let one =
            summary(&[("cycles", 500.0, 0.5), ("instructions", 1_000.0, 1.0), ("LLC misses", 4.0, 1.0)]);
        let other = summary(&[("instructions", 2_000.0, 1.0), ("LLC misses", 2.0, 1.0)]);
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
        let idle = summary(&[("cycles", 0.0, 1.0), ("instructions", 0.0, 1.0), ("page faults", 0.0, 1.0)]);
        let rows = rows(&[Some(&idle), Some(&idle)]);
        assert!(rows.iter().all(|row| row.ratio.is_none()));
        assert!(named(&rows, "instructions per cycle").is_none());
    }
}
