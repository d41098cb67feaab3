//! Where the CPU was: flame graphs, and the function whose time changed most.

use std::collections::BTreeMap;

use duel_record::ProfileSummary;
use maud::Markup;

use super::{CauseFact, FactKind, Flames, Section, ShownSides, Timed};
use crate::model::ArmModel;
use crate::number;

pub(super) struct ProfileSection;

impl Section for ProfileSection {
    fn html(&self, sides: &ShownSides, flames: &mut Flames) -> Markup {
        flames.details(sides)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
        largest_change(baseline, candidate).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.profile.is_some()
    }

    fn plural(&self) -> &'static str {
        "CPU profiles"
    }
}

/// A function that takes less than this of the whole change says little.
const SHARE_OF_CHANGE: f64 = 0.25;
/// A function that is nearly all of an arm is its time over again.
const MOST_SHARE: f64 = 0.9;
/// Deviations of a share of samples beyond which it is no accident.
const DEVIATIONS: f64 = 4.0;

/// Shares of samples by the function that ran, without what ran in the variant itself: that has
/// another name on each side, and its change is what remains of the time.
fn own_shares(profile: &ProfileSummary) -> BTreeMap<&str, f64> {
    let mut shares = BTreeMap::new();
    for stack in &profile.stacks {
        if let Some((_, leaf)) = stack.frames.rsplit_once(';') {
            *shares.entry(leaf).or_insert(0.0) += stack.samples as f64 / profile.samples.max(1) as f64;
        }
    }
    shares
}

/// Whether a function is a variant's own code: a step of its path has the variant's name.
fn is_of(function: &str, variant: &str) -> bool {
    function.split("::").any(|step| step == variant)
}

/// The function that accounts for most of the change, from profiles and times of both.
fn largest_change(baseline: Timed, candidate: Timed) -> Option<CauseFact> {
    let (a, b) = (baseline.found.profile.as_ref()?, candidate.found.profile.as_ref()?);
    let (ns_a, ns_b) = (baseline.ns_per_iter?, candidate.ns_per_iter?);
    let (shares_a, shares_b) = (own_shares(&a.summary), own_shares(&b.summary));
    let share = |shares: &BTreeMap<&str, f64>, name: &str| shares.get(name).copied().unwrap_or(0.0);
    let (name, change_ns) = shares_a
        .keys()
        .chain(shares_b.keys())
        .filter(|name| ![baseline.variant, candidate.variant].iter().any(|of| is_of(name, of)))
        .filter(|name| share(&shares_a, name).max(share(&shares_b, name)) < MOST_SHARE)
        .map(|name| (*name, ns_b * share(&shares_b, name) - ns_a * share(&shares_a, name)))
        .max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))?;
    let (p, q) = (share(&shares_a, name), share(&shares_b, name));
    // Of a share: binomial, and never zero, since nothing seen in n samples may still be 1/n.
    let deviation = |share: f64, samples: u64, ns: f64| {
        let n = samples.max(1) as f64;
        ns * ((share * (1.0 - share)).max(1.0 / n) / n).sqrt()
    };
    let chance = deviation(p, a.summary.samples, ns_a).hypot(deviation(q, b.summary.samples, ns_b));
    let whole = (ns_b - ns_a).abs();
    if change_ns.abs() <= DEVIATIONS * chance || change_ns.abs() < SHARE_OF_CHANGE * whole {
        return None;
    }
    let words = format!(
        "{name} {} → {}",
        number::time_ns(ns_a * p),
        if q == 0.0 { "0".to_owned() } else { number::time_ns(ns_b * q) }
    );
    Some(CauseFact::moved(FactKind::Function, change_ns < 0.0, words))
}
