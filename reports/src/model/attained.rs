//! Which share of the machine's limits each timed arm reaches.

use std::collections::BTreeMap;

use duel_record::{Factor, MemorySummary};

use super::{
    CaseModel, ComparisonModel, Roofline, Roofs, index::ModelIndex, listing::Listing, roofline::RooflineInput,
};

/// Holds every arm that has a time against the limits.
pub(super) fn attach(
    roofs: &Roofs,
    listing: &Listing,
    comparisons: &[ComparisonModel],
    index: &ModelIndex,
    cases: &mut [CaseModel],
) {
    for case in cases.iter_mut().filter(|case| case.work.bytes > 0 || case.work.flops > 0) {
        let family = listing.family(&case.id.family);
        let own: Vec<&ComparisonModel> =
            index.comparisons_of(&case.id).iter().map(|at| &comparisons[*at]).collect();
        let precision_bits = family.map_or(0, |family| family.precision_bits);
        // Trials say more than criterion; where several comparisons have a case, its time is that among the
        // variants, as everywhere in the report.
        let mut timed: BTreeMap<String, f64> = BTreeMap::new();
        for arm in &case.arms {
            timed.extend(arm.criterion.as_ref().map(|of| (arm.artifact.clone(), of.time_ns_median)));
        }
        let times: Vec<(String, f64)> = times(case, &own).collect();
        timed.extend(times);
        for (artifact, ns_per_iter) in timed {
            let (work, threads) = (case.work, case.id.threads.unwrap_or(1));
            let arm = case.arm_of_mut(&artifact);
            let footprint_bytes = arm.memory.as_ref().map(footprint);
            let facts = RooflineInput { work, ns_per_iter, threads, precision_bits, footprint_bytes };
            arm.roofline = Roofline::new(&facts, roofs);
        }
    }
}

/// The time of a case in each build that was compared; the last of a build counts.
fn times<'a>(
    case: &'a CaseModel,
    comparisons: &[&'a ComparisonModel],
) -> impl Iterator<Item = (String, f64)> + use<'a> {
    let (variants, others): (Vec<&ComparisonModel>, Vec<&ComparisonModel>) =
        comparisons.iter().copied().partition(|comparison| comparison.factor == Factor::Variant);
    let sides = others
        .into_iter()
        .chain(variants.into_iter().rev())
        .flat_map(|of| std::iter::once(&of.baseline).chain(of.candidates.iter().map(|x| &x.side)));
    sides
        .filter(|side| side.arm.case == case.id)
        .filter_map(|side| Some((side.arm.artifact.clone(), side.ns_per_iter_median()?)))
}

fn footprint(memory: &MemorySummary) -> u64 {
    memory.prepared_resident_bytes.saturating_sub(memory.start_resident_bytes)
}
