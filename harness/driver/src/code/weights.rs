//! How much each instruction of an executable weighs: executions, or else samples.

use duel_record::{Finding, InstructionSummary, ProfileSummary, Weight};

use super::{executable::Executable, functions::Function};

/// Where more of the samples lie where callgrind has met nothing, it has counted another path.
const MOST_OUTSIDE: f64 = 0.5;

/// What instruments said of where an arm's weight is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    executed: Option<Weights>,
    sampled: Option<Weights>,
    /// callgrind ran it without CPU features that it has under the clock.
    counted_without_features: bool,
}

impl Evidence {
    /// Takes in an instrument's finding.
    pub fn take(&mut self, finding: &Finding) {
        match finding {
            Finding::Instructions { summary, .. } => {
                self.executed = Weights::executed(summary);
                self.counted_without_features = !summary.hidden_cpu_features.is_empty();
            }
            Finding::Profile { summary, .. } => self.sampled = Weights::sampled(summary),
            _ => {}
        }
    }

    /// The better of both: executions, unless they were counted without CPU features and most
    /// samples lie where nothing was executed: then the count took another path than the clock.
    pub fn weights(&self) -> Option<&Weights> {
        match (&self.executed, &self.sampled) {
            (Some(executed), Some(sampled))
                if self.counted_without_features && sampled.share_outside(executed) > MOST_OUTSIDE =>
            {
                Some(sampled)
            }
            (executed, sampled) => executed.as_ref().or(sampled.as_ref()),
        }
    }
}

/// The weights of one case's instructions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub kind: Weight,
    /// In the order of addresses.
    by_address: Vec<(u64, f64)>,
    /// Of the whole case, in whatever file.
    total: f64,
}

impl Weights {
    fn executed(counted: &InstructionSummary) -> Option<Self> {
        let weights = counted.addresses.iter().map(|one| (one.address, one.executed_per_iter)).collect();
        let total = duel_stats::median(&counted.instructions_per_iter).unwrap_or(0.0);
        Self::new(Weight::Executed, weights, total)
    }

    fn sampled(profile: &ProfileSummary) -> Option<Self> {
        let weights = profile.addresses.iter().map(|one| (one.address, one.samples as f64)).collect();
        Self::new(Weight::Samples, weights, profile.samples as f64)
    }

    /// `None` where nothing weighs anything.
    fn new(kind: Weight, mut by_address: Vec<(u64, f64)>, total: f64) -> Option<Self> {
        by_address.retain(|(_, weight)| *weight > 0.0);
        by_address.sort_by_key(|(address, _)| *address);
        let sum: f64 = by_address.iter().map(|(_, weight)| weight).sum();
        (sum > 0.0).then(|| Self { kind, by_address, total: total.max(sum) })
    }

    /// The function with the most weight of its own, and that weight.
    pub fn hottest<'a>(&self, executable: &'a Executable) -> Option<(&'a Function, f64)> {
        let mut best: Option<(&Function, f64)> = None;
        let mut place = 0;
        while let Some((address, _)) = self.by_address.get(place) {
            let Some(function) = executable.function_at(*address) else {
                place += 1;
                continue;
            };
            let weight = self.of(function).iter().map(|(_, weight)| weight).sum();
            if best.is_none_or(|(_, most)| weight > most) {
                best = Some((function, weight));
            }
            place += self.of(function).len();
        }
        best
    }

    /// The weights within a function.
    pub fn of(&self, function: &Function) -> &[(u64, f64)] {
        let start = self.by_address.partition_point(|(address, _)| *address < function.address);
        let end = self.by_address.partition_point(|(address, _)| *address < function.address + function.size);
        &self.by_address[start..end]
    }

    /// The share of this weight at addresses where the other has none.
    fn share_outside(&self, other: &Self) -> f64 {
        let is_outside =
            |address: &u64| other.by_address.binary_search_by_key(address, |(at, _)| *at).is_err();
        let sum: f64 = self.by_address.iter().map(|(_, weight)| weight).sum();
        let outside = self.by_address.iter().filter(|(address, _)| is_outside(address));
        outside.map(|(_, weight)| weight).sum::<f64>() / sum
    }

    /// A weight as a share of the case's.
    pub fn share(&self, weight: f64) -> f64 {
        weight / self.total
    }
}

#[cfg(test)]
mod tests {
    use duel_record::{AddressInstructions, AddressSamples};

    use super::*;

    #[test]
    fn what_was_not_met_weighs_nothing() {
        assert_eq!(Weights::executed(&InstructionSummary::default()), None);
        let sampled = |samples| ProfileSummary {
            addresses: vec![AddressSamples { address: 1, samples }],
            samples: 9,
            ..ProfileSummary::default()
        };
        assert_eq!(Weights::sampled(&sampled(0)), None);
        assert_eq!(Weights::sampled(&sampled(3)).map(|weights| weights.share(3.0)), Some(1.0 / 3.0));
    }

    #[test]
    fn shares_are_of_the_whole_case_with_what_other_files_took() {
        let counted = InstructionSummary {
            instructions_per_iter: vec![100.0, 100.0],
            addresses: vec![AddressInstructions { address: 8, executed_per_iter: 25.0 }],
            ..InstructionSummary::default()
        };
        let weights = Weights::executed(&counted).unwrap();
        assert_eq!((weights.kind, weights.share(25.0)), (Weight::Executed, 0.25));
    }

    #[test]
    fn samples_weigh_only_where_the_count_took_another_path() {
        let evidence = |counted_without_features, sampled: &[(u64, f64)]| Evidence {
            executed: Weights::new(Weight::Executed, vec![(8, 5.0), (12, 100.0)], 0.0),
            sampled: Weights::new(Weight::Samples, sampled.to_vec(), 0.0),
            counted_without_features,
        };
        let kind = |evidence: &Evidence| evidence.weights().map(|weights| weights.kind);
        let (same, other) = ([(8, 90.0), (12, 3.0), (90, 1.0)], [(90, 9.0), (94, 9.0), (12, 1.0)]);
        assert_eq!(kind(&evidence(true, &same)), Some(Weight::Executed), "hot elsewhere, but the same path");
        assert_eq!(kind(&evidence(true, &other)), Some(Weight::Samples));
        assert_eq!(kind(&evidence(false, &other)), Some(Weight::Executed));
        assert_eq!(kind(&evidence(true, &[])), Some(Weight::Executed));
        assert_eq!(kind(&Evidence::default()), None);
    }
}
