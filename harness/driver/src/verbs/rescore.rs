//! `rescore`: replays recorded trials as thousands of gates and counts how often the gate is
//! wrong, so that its error rates are seen and not believed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::{Factor, Line, Purpose};
use duel_reports::number::plural;
use duel_stats::{GatePlan, Margins, Pool, Reason, Verdict, binomial_interval, replay, trial_log_ratio};

use crate::{
    command::{
        cli::RescoreArgs,
        status::{Status, helpful},
    },
    duration::human,
    reporter::Reporter,
    rng::Rng,
};

/// Where `--time-budget` does not say: six seconds of trials for each case, as in a gate.
const BUDGET_PER_CASE_S: f64 = 6.0;
/// A pool of fewer trials than the first look of a gate says nothing.
const FEWEST_TRIALS: usize = 16;

/// The trials under one folder, case by case.
struct Recorded {
    name: String,
    pools: Vec<Pool>,
    /// The slowdown that was put into each: the true ratio, where nothing else differs.
    injected: Vec<f64>,
}

/// The trials of one case, as they are read.
#[derive(Default)]
struct Taken {
    log_ratios: Vec<f64>,
    elapsed_s: f64,
    injected: f64,
}

/// What thousands of gates said.
#[derive(Default)]
struct Tally {
    gates: u64,
    cases: u64,
    gates_with_regression: u64,
    verdicts: [u64; 4],
    unconfirmed: u64,
    covered: u64,
    elapsed_s: f64,
}

pub fn rescore(args: &RescoreArgs) -> Result<Status> {
    let reporter = Reporter::new(
        args.common.color.unwrap_or_default(),
        args.common.message_format.unwrap_or_default(),
        i16::from(args.common.verbose) - i16::from(args.common.quiet),
    );
    let budget_s =
        args.common.time_budget.map_or(BUDGET_PER_CASE_S * args.cases as f64, |budget| budget.as_secs_f64());
    reporter.result(HEADING);
    for folder in &args.folders {
        let recorded = read(folder)?;
        let tally = tally(&recorded, args, budget_s);
        if reporter.json() {
            tell(&reporter, &recorded, &tally);
        } else {
            reporter.result(&row(&recorded, &tally));
        }
    }
    reporter.result(LEGEND);
    Ok(Status::Good)
}

const HEADING: &str = "| trials | cases | gates with a false or true regression | regressed | improved | equivalent | inconclusive | of these found, not confirmed | interval holds the injected ratio | time of trials |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
const LEGEND: &str = "\nShares are of all cases in all gates; brackets hold the exact 95 % binomial interval, as if every gate's \
trials were new: gates replayed from the same trials are not independent, so the true uncertainty is that of \
the recorded trials.";

/// Reads every record under a folder.
fn read(folder: &Path) -> Result<Recorded> {
    let mut cases: BTreeMap<String, Taken> = BTreeMap::new();
    for path in records(folder)? {
        let recording = duel_record::read(&path)?;
        for line in &recording.lines {
            let Line::Trial(trial) = line else { continue };
            let counts = trial.factor == Factor::Artifact
                && trial.purpose != Purpose::Control
                && trial.set_aside.is_none();
            let [baseline, candidate] = &trial.arms[..] else { continue };
            if !counts {
                continue;
            }
            let Some(log_ratio) = trial_log_ratio(&baseline.ns_per_iter(), &candidate.ns_per_iter()) else {
                continue;
            };
            let taken = cases.entry(candidate.arm.case.to_string()).or_default();
            taken.log_ratios.push(log_ratio);
            taken.elapsed_s += trial.elapsed_ns as f64 / 1e9;
            taken.injected = candidate.injected();
        }
    }
    let taken: Vec<Taken> =
        cases.into_values().filter(|taken| taken.log_ratios.len() >= FEWEST_TRIALS).collect();
    let injected = taken.iter().map(|taken| taken.injected).collect();
    let pools: Vec<Pool> = taken
        .into_iter()
        .map(|taken| Pool {
            trial_s: taken.elapsed_s / taken.log_ratios.len() as f64,
            log_ratios: taken.log_ratios,
            margins: Margins::default(),
        })
        .collect();
    if pools.is_empty() {
        return Err(helpful(
            format!("{} holds no case with {FEWEST_TRIALS} trials between two artifacts", folder.display()),
            "`cargo duel compare --baseline A --candidate B --trials 60 --instruments time` records some; where both \
             are the same executable, with --measure-unchanged",
        ));
    }
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    Ok(Recorded { name, pools, injected })
}

/// The records under a folder, or the folder's own.
fn records(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let entries = fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
            // Links, such as `latest`, would count a run twice.
            let kind =
                entry.file_type().with_context(|| format!("cannot read {}", entry.path().display()))?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if entry.file_name() == "record.jsonl" {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(helpful(
            format!("no record.jsonl under {}", folder.display()),
            "name the folder of a run, or one that holds such folders",
        ));
    }
    Ok(found)
}

fn tally(recorded: &Recorded, args: &RescoreArgs, budget_s: f64) -> Tally {
    let mut rng = Rng::new(args.common.seed.unwrap_or(1));
    let mut tally = Tally::default();
    let mut order: Vec<usize> = (0..recorded.pools.len()).collect();
    for _ in 0..args.gates {
        rng.shuffle(&mut order);
        let pools: Vec<&Pool> = order.iter().take(args.cases).map(|index| &recorded.pools[*index]).collect();
        let replayed = replay(GatePlan::default(), &pools, budget_s, |n| rng.below(n));
        let mut regressed = false;
        for (decision, index) in replayed.decisions.iter().zip(&order) {
            let injected = recorded.injected[*index];
            tally.cases += 1;
            tally.verdicts[decision.verdict as usize] += 1;
            regressed |= decision.verdict == Verdict::Regressed;
            tally.unconfirmed += u64::from(decision.reason == Reason::NoTimeToConfirm);
            let covers = |effect: duel_stats::Effect| effect.low <= injected && injected <= effect.high;
            tally.covered += u64::from(decision.effect.is_some_and(covers));
        }
        tally.gates += 1;
        tally.gates_with_regression += u64::from(regressed);
        tally.elapsed_s += replayed.elapsed_s;
    }
    tally
}

fn row(recorded: &Recorded, tally: &Tally) -> String {
    let share = |count: u64, of: u64| {
        let (low, high) = binomial_interval(count, of, 0.95).unwrap_or((0.0, 1.0));
        let percent = |share: f64| format!("{:.2}", share * 100.0);
        format!("{} % [{}, {}]", percent(count as f64 / of.max(1) as f64), percent(low), percent(high))
    };
    let cases = |verdict: Verdict| share(tally.verdicts[verdict as usize], tally.cases);
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        recorded.name,
        plural(recorded.pools.len(), "case"),
        share(tally.gates_with_regression, tally.gates),
        cases(Verdict::Regressed),
        cases(Verdict::Improved),
        cases(Verdict::Equivalent),
        cases(Verdict::Inconclusive),
        share(tally.unconfirmed, tally.cases),
        share(tally.covered, tally.cases),
        human(std::time::Duration::from_secs_f64(tally.elapsed_s / tally.gates.max(1) as f64)),
    )
}

fn tell(reporter: &Reporter, recorded: &Recorded, tally: &Tally) {
    let of = |verdict: Verdict| tally.verdicts[verdict as usize];
    reporter.message(&duel_record::Message::Rescored(duel_record::RescoredMessage {
        trials: recorded.name.clone(),
        pools: recorded.pools.len() as u64,
        injected: duel_stats::geometric_mean(&recorded.injected).unwrap_or(1.0),
        unconfirmed: tally.unconfirmed,
        gates: tally.gates,
        gates_with_regression: tally.gates_with_regression,
        cases: tally.cases,
        regressed: of(Verdict::Regressed),
        improved: of(Verdict::Improved),
        equivalent: of(Verdict::Equivalent),
        inconclusive: of(Verdict::Inconclusive),
        covered: tally.covered,
        elapsed_s_mean: tally.elapsed_s / tally.gates.max(1) as f64,
    }));
}
