//! The trials of a gate's cases, fed to its procedure again in the order in which they were taken.

use std::collections::{HashMap, HashSet};

use duel_record::{
    Arm, CaseId, Factor, Failure, GateCase, GateDeclared, IdenticalCase, Instrument, Line, Metric, Missing,
    MissingKind, Purpose, Recording, Trial,
};
use duel_stats::{Decision, Gate, Margins, Reason, Verdict, median, trial_log_ratio};

use super::procedure::{gate_margins, gate_procedure};
use super::{GateCaseModel, GateOutcome, SetAside, Standing, TrialCounts, counts};
use crate::model::{comparison::EMPTY_LOOP_NS, sides};
use crate::number::time_ns;

/// What is gathered of one case while its trials go by.
#[derive(Clone, Debug, Default)]
struct CaseTrials {
    log_ratios: Vec<f64>,
    baseline_medians: Vec<f64>,
    candidate_medians: Vec<f64>,
    set_aside: usize,
    elapsed_ns: u64,
}

/// Every case of the gate, with its word.
pub(super) fn cases(
    declared: &GateDeclared,
    recording: &Recording,
    failures: &[Failure],
) -> Vec<GateCaseModel> {
    let lines = &recording.lines;
    let (gate, tracks) = replay(declared, lines);
    let missing = not_comparable(lines);
    let refusals: HashMap<&CaseId, &str> = missing.iter().rev().copied().collect();
    let left_out = left_out(lines);
    let instructions = MissingKind::Instrument(Instrument::Instructions);
    let counts = counts::counts(lines);
    let mut failures_of: HashMap<&Arm, Vec<(usize, &Failure)>> = HashMap::new();
    for (place, failure) in failures.iter().enumerate() {
        failures_of.entry(&failure.arm).or_default().push((place, failure));
    }
    let mut cases: Vec<GateCaseModel> = declared
        .cases
        .iter()
        .zip(tracks)
        .zip(gate.decisions())
        .map(|((case, track), decision)| {
            let counted = counts::counted(&counts, declared, case);
            let decision = counts::decide(declared.metric, counted.as_ref(), case, decision);
            let outcome = failed(&failures_of, case)
                .or_else(|| refused(&refusals, &case.candidate.case))
                .unwrap_or(GateOutcome::Decided(decision));
            let trials = TrialCounts {
                explored: decision.trials.0,
                confirming: decision.trials.1,
                set_aside: track.set_aside,
            };
            let by_counts = declared.metric == Metric::Instructions;
            let evidence = counted
                .as_ref()
                .filter(|_| !by_counts)
                .map(|counted| counts::evidence(&counted.effect, decision.verdict));
            let (outcome, too_short) = without_empty_loops(declared.metric, &track, outcome);
            let mut case = GateCaseModel { trials, evidence, ..model(declared, case, track, outcome) };
            if let Some(why) = too_short {
                case.why = why;
            }
            if by_counts
                && case.decision().is_some()
                && let Some(counted) = &counted
            {
                case.why = counted.why();
                case.not_judged = counted.is_open();
            }
            if by_counts && counted.is_none() {
                let arms = case.arms.iter().flat_map(|(baseline, candidate)| [baseline, candidate]);
                let uncounted: Vec<&Arm> = arms.filter(|arm| !counts.contains_key(arm)).collect();
                if let [only] = uncounted[..] {
                    case.not_judged = true;
                    case.why = format!(
                        "its instructions could not be counted on the {}'s side alone, so what changed can't be judged",
                        only.artifact
                    );
                }
                if let Some(reason) = left_out.get(&(&case.id, &instructions)) {
                    case.why.push_str(": ");
                    case.why.push_str(reason);
                }
            }
            if case.standing() == Standing::Inconclusive
                && let Some(reason) = left_out.get(&(&case.id, &MissingKind::Verdict))
            {
                (*reason).clone_into(&mut case.why);
            }
            case
        })
        .collect();
    undeclared(declared, failures, &missing, &refusals, &mut cases);
    let mut arms: HashSet<(Arm, Arm)> = cases.iter().filter_map(|case| case.arms.clone()).collect();
    let without_arms: HashSet<CaseId> =
        cases.iter().filter(|case| case.arms.is_none()).map(|case| case.id.clone()).collect();
    for (case, reason) in sides::identical(lines, &recording.started.artifacts) {
        let known = without_arms.contains(&case.candidate.case);
        if !known && arms.insert((case.baseline.clone(), case.candidate.clone())) {
            cases.push(identical(declared, case, reason));
        }
    }
    cases
}

/// The gate after its last trial, and what its cases' trials hold.
fn replay(declared: &GateDeclared, lines: &[Line]) -> (Gate, Vec<CaseTrials>) {
    let mut gate = gate_procedure(declared);
    let mut tracks = vec![CaseTrials::default(); declared.cases.len()];
    let places: HashMap<(&Arm, &Arm), usize> = declared
        .cases
        .iter()
        .enumerate()
        .map(|(index, case)| ((&case.baseline, &case.candidate), index))
        .collect();
    for line in lines {
        if *line == Line::EarlyLook {
            (0..tracks.len()).for_each(|case| gate.look_early(case));
        }
        let Line::Trial(trial) = line else { continue };
        let [baseline, candidate, ..] = &trial.arms[..] else { continue };
        let place = places.get(&(&baseline.arm, &candidate.arm));
        let (Some(&index), true) = (place, is_of_a_case(trial)) else { continue };
        let track = &mut tracks[index];
        track.elapsed_ns = track.elapsed_ns.saturating_add(trial.elapsed_ns);
        if trial.set_aside.is_some() {
            track.set_aside += 1;
            continue;
        }
        let (baseline_ns, candidate_ns) = (baseline.ns_per_iter(), candidate.ns_per_iter());
        let Some(log_ratio) = trial_log_ratio(&baseline_ns, &candidate_ns) else { continue };
        if gate.wants(index).is_none() {
            continue;
        }
        gate.add(index, log_ratio);
        track.log_ratios.push(log_ratio);
        track.baseline_medians.extend(median(&baseline_ns));
        track.candidate_medians.extend(median(&candidate_ns));
    }
    gate.close();
    (gate, tracks)
}

/// No change is found between two times that are those of an empty loop, whatever the trials say.
fn without_empty_loops(
    metric: Metric,
    track: &CaseTrials,
    outcome: GateOutcome,
) -> (GateOutcome, Option<String>) {
    let sides = [median(&track.baseline_medians), median(&track.candidate_medians)];
    let [Some(baseline_ns), Some(candidate_ns)] = sides else { return (outcome, None) };
    let (short, long) = (baseline_ns.min(candidate_ns), baseline_ns.max(candidate_ns));
    let is_empty = short < EMPTY_LOOP_NS && long < FEW_EMPTY_LOOPS * EMPTY_LOOP_NS;
    match outcome {
        GateOutcome::Decided(decision)
            if metric == Metric::Time && is_empty && decision.verdict != Verdict::Equivalent =>
        {
            let decision = Decision { verdict: Verdict::Inconclusive, reason: Reason::NotEnough, ..decision };
            let why = format!(
                "its iterations take {} and {}, about as long as an empty loop: no change can be found in that",
                time_ns(baseline_ns),
                time_ns(candidate_ns)
            );
            (GateOutcome::Decided(decision), Some(why))
        }
        outcome => (outcome, None),
    }
}

/// So many empty loops are a few more instructions at most.
const FEW_EMPTY_LOOPS: f64 = 5.0;

/// Whether a trial sets the two builds of a case against each other.
fn is_of_a_case(trial: &Trial) -> bool {
    trial.factor == Factor::Artifact && trial.purpose != Purpose::Control
}

fn model(declared: &GateDeclared, case: &GateCase, track: CaseTrials, outcome: GateOutcome) -> GateCaseModel {
    GateCaseModel {
        id: case.candidate.case.clone(),
        arms: Some((case.baseline.clone(), case.candidate.clone())),
        margins: gate_margins(case),
        baseline_ns_per_iter_median: median(&track.baseline_medians),
        candidate_ns_per_iter_median: median(&track.candidate_medians),
        log_ratios: track.log_ratios,
        trials: TrialCounts::default(),
        elapsed_ns: track.elapsed_ns,
        why: outcome.why(declared.metric),
        outcome,
        evidence: None,
        not_judged: false,
    }
}

/// A case that took no part in the procedure, since both of its sides are the same.
fn identical(declared: &GateDeclared, case: &IdenticalCase, reason: String) -> GateCaseModel {
    let outcome = GateOutcome::Identical { reason };
    GateCaseModel {
        arms: Some((case.baseline.clone(), case.candidate.clone())),
        ..without_trials(declared, &case.candidate.case, outcome)
    }
}

fn without_trials(declared: &GateDeclared, id: &CaseId, outcome: GateOutcome) -> GateCaseModel {
    GateCaseModel {
        id: id.clone(),
        arms: None,
        margins: Margins::default(),
        baseline_ns_per_iter_median: None,
        candidate_ns_per_iter_median: None,
        log_ratios: Vec::new(),
        trials: TrialCounts::default(),
        elapsed_ns: 0,
        why: outcome.why(declared.metric),
        outcome,
        evidence: None,
        not_judged: false,
    }
}

/// The first failure of either side of a case, or of both if they have the same.
fn failed(failures: &HashMap<&Arm, Vec<(usize, &Failure)>>, case: &GateCase) -> Option<GateOutcome> {
    let of = |arm: &Arm| failures.get(arm).map_or(&[][..], Vec::as_slice);
    let all = || of(&case.baseline).iter().chain(of(&case.candidate));
    let (_, first) = all().min_by_key(|(place, _)| place)?;
    let same = |(_, f): &(usize, &Failure)| {
        (&f.stage, &f.reason) == (&first.stage, &first.reason) && f.arm != first.arm
    };
    let mut outcome = failure(first);
    if let GateOutcome::Failed { artifact, .. } = &mut outcome
        && all().any(same)
    {
        "both sides".clone_into(artifact);
    }
    Some(outcome)
}

fn failure(failure: &Failure) -> GateOutcome {
    GateOutcome::Failed {
        artifact: failure.arm.artifact.clone(),
        stage: failure.stage,
        reason: failure.reason.clone(),
    }
}

/// The cases that could not be compared, and why.
fn not_comparable(lines: &[Line]) -> Vec<(&CaseId, &str)> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Unavailable(Missing { case: Some(case), what, reason, .. })
                if *what == MissingKind::Comparison =>
            {
                Some((case, reason.strip_prefix("not comparable: ").unwrap_or(reason)))
            }
            _ => None,
        })
        .collect()
}

/// Why cases have not what a verdict needs, such as enough trials, where that was recorded; by case and what it is.
fn left_out(lines: &[Line]) -> HashMap<(&CaseId, &MissingKind), &str> {
    // The first of a case counts.
    let left_out = lines.iter().rev().filter_map(|line| match line {
        Line::Unavailable(Missing { case: Some(case), what, reason, .. }) => {
            Some(((case, what), reason.as_str()))
        }
        _ => None,
    });
    left_out.collect()
}

fn refused(refusals: &HashMap<&CaseId, &str>, id: &CaseId) -> Option<GateOutcome> {
    let reason = refusals.get(id)?;
    Some(GateOutcome::NotComparable { reason: (*reason).to_owned() })
}

/// Adds what fell out before the gate was declared: none of it may be missing from a report.
fn undeclared(
    declared: &GateDeclared,
    failures: &[Failure],
    missing: &[(&CaseId, &str)],
    refusals: &HashMap<&CaseId, &str>,
    cases: &mut Vec<GateCaseModel>,
) {
    let mut known: HashSet<CaseId> = cases.iter().map(|case| case.id.clone()).collect();
    known.extend(cases.iter().filter_map(|case| Some(case.arms.as_ref()?.0.case.clone())));
    let failed = failures.iter().map(|f| (&f.arm.case, failure(f)));
    let refused = missing.iter().filter_map(|(id, _)| Some((*id, refused(refusals, id)?)));
    for (id, outcome) in failed.chain(refused) {
        if known.insert(id.clone()) {
            cases.push(without_trials(declared, id, outcome));
        }
    }
}

/// All trials that were set aside, those with the same reason together.
pub(super) fn set_aside(lines: &[Line]) -> Vec<SetAside> {
    let mut all: Vec<SetAside> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for line in lines {
        let Line::Trial(Trial { set_aside: Some(reason), .. }) = line else { continue };
        let place = *places.entry(reason).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => known.trials += 1,
            None => all.push(SetAside { reason: reason.clone(), trials: 1 }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(verdict: Verdict) -> GateOutcome {
        GateOutcome::Decided(Decision {
            verdict,
            reason: Reason::Stands { look: 1 },
            p_values: [1.0; 3],
            q_regressed: 1.0,
            p_confirmed: None,
            looks: 1,
            trials: (12, 8),
            effect: None,
            smallest_detectable_ratio: None,
        })
    }

    fn outcome(metric: Metric, times_ns: (f64, f64), outcome: GateOutcome) -> (GateOutcome, Option<String>) {
        let track = CaseTrials {
            baseline_medians: vec![times_ns.0; 3],
            candidate_medians: vec![times_ns.1; 3],
            ..CaseTrials::default()
        };
        without_empty_loops(metric, &track, outcome)
    }

    /// A kernel that was optimised away takes less than 1 ns; five times that is not a kernel either, and more is.
    #[test]
    fn a_change_within_a_few_empty_loops_is_none() {
        for (baseline_ns, candidate_ns, is_empty) in [
            (0.25, 0.26, true),
            (0.8, 2.4, true),
            (2.4, 0.8, true),
            (0.99, 4.99, true),
            (4.99, 0.99, true),
            // Work that went or came is a change.
            (0.99, 5.0, false),
            (5.0, 0.99, false),
            (0.3, 1_000.0, false),
            // From 1 ns on it is no empty loop.
            (1.0, 1.1, false),
            (1.0, 3.0, false),
        ] {
            for verdict in [Verdict::Regressed, Verdict::Improved] {
                let (found, why) = outcome(Metric::Time, (baseline_ns, candidate_ns), decided(verdict));
                let GateOutcome::Decided(decision) = found else { panic!("{found:?}") };
                let expected = if is_empty { Verdict::Inconclusive } else { verdict };
                assert_eq!(decision.verdict, expected, "{baseline_ns} and {candidate_ns} ns");
                assert_eq!(why.is_some_and(|why| why.contains("as an empty loop")), is_empty);
            }
        }
    }

    #[test]
    fn what_says_nothing_of_a_change_stays_as_it_is() {
        let empty = (0.3, 0.9);
        for (metric, unchanged) in [
            (Metric::Time, decided(Verdict::Equivalent)),
            (Metric::Instructions, decided(Verdict::Regressed)),
            (Metric::Time, GateOutcome::Identical { reason: "the same".to_owned() }),
        ] {
            assert_eq!(outcome(metric, empty, unchanged.clone()), (unchanged, None));
        }
        let untimed = without_empty_loops(Metric::Time, &CaseTrials::default(), decided(Verdict::Regressed));
        assert_eq!(untimed, (decided(Verdict::Regressed), None));
    }
}
