//! What was inlined into a function, by the weight that it has there.

use std::collections::{BTreeSet, HashMap};

use duel_record::InlinedFunction;

use super::{
    names,
    source::{Frame, is_standard_library},
};

/// Functions that are named.
const MOST: usize = 12;

/// The functions that were inlined, from the frames and the weight of every instruction; those of
/// the standard library and of the harness are left out.
pub fn inlined<'a>(instructions: impl Iterator<Item = (&'a [Frame], f64)>) -> Vec<InlinedFunction> {
    let mut weights: HashMap<&str, (usize, f64)> = HashMap::new();
    let (mut count, mut total) = (0, 0.0);
    for (frames, weight) in instructions {
        count += 1;
        total += weight;
        let own = frames.len().saturating_sub(1);
        let names: BTreeSet<&str> = frames[..own]
            .iter()
            .filter(|frame| !frame.file.as_deref().is_some_and(is_standard_library))
            .filter_map(|frame| frame.function.as_deref())
            .filter(|name| !name.starts_with("duel::"))
            .collect();
        for name in names {
            let (seen, sum) = weights.entry(name).or_default();
            *seen += 1;
            *sum += weight;
        }
    }
    let share = |seen: usize, weight: f64| {
        if total > 0.0 { weight / total } else { seen as f64 / f64::from(count.max(1)) }
    };
    let mut found: Vec<InlinedFunction> = weights
        .into_iter()
        .map(|(name, (seen, weight))| InlinedFunction {
            name: names::shortened(name),
            weight_share: share(seen, weight),
        })
        .collect();
    found.sort_by(|a, b| b.weight_share.total_cmp(&a.weight_share).then_with(|| a.name.cmp(&b.name)));
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame {
        Frame { function: Some(function.to_owned()), file: Some("/a/src/lib.rs".to_owned()), line: Some(1) }
    }

    #[test]
    fn a_function_weighs_with_what_was_inlined_into_it() {
        let deep = [frame("k::inner"), frame("k::outer"), frame("k::run")];
        let flat = [frame("k::outer"), frame("k::run")];
        let own = [frame("k::run")];
        let all = [(&deep[..], 6.0), (&flat[..], 2.0), (&own[..], 2.0)];
        let found = inlined(all.into_iter());
        let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.weight_share)).collect();
        assert_eq!(found, [("k::outer", 0.8), ("k::inner", 0.6)]);
    }
}
