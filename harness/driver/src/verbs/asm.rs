//! `asm`: the hot machine code of one case, or of two beside each other.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Instant,
};

use anyhow::Result;
use duel_record::{Arm, CodeSummary, Instrument, Message, Verb};

use crate::{
    code::{Executable, Unreadable, Wish, summarize},
    command::{
        cli::AsmArgs,
        settings::Settings,
        status::{Status, helpful},
    },
    plan,
    reporter::Event,
    run::{close::Measured, job::Job, subject::Subject, work::Work},
    runner::{artifact::Runner, interrupt},
    verbs::{asm_text, one_case::one_case},
};

/// What tells where the weight is. Both are taken: callgrind's counts are exact, and not to be had
/// of every kernel.
const WEIGHING: [Instrument; 2] = [Instrument::Profile, Instrument::Instructions];

pub fn asm(args: &AsmArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    let subject = Subject::find(&args.cargo, &args.common)?;
    let runners = subject.kept_runners()?;
    let Subject { project, settings } = subject;
    let filters: Vec<String> = args.against.iter().chain([&args.case]).cloned().collect();
    let arms = filters
        .iter()
        .map(|filter| Ok(one_case(&runners, filter, &settings)?.arm))
        .collect::<Result<Vec<Arm>>>()?;
    let ids: Vec<String> = arms.iter().map(|arm| arm.case.to_string()).collect();
    let mut chosen = plan::choose(&runners, &ids, &settings)?;
    chosen.cases.retain(|case| arms.contains(&case.arm));
    let job = Job {
        recorded: settings.recorded(Verb::Asm, &filters, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let mut distinct = arms.clone();
    distinct.dedup();
    let instruments = WEIGHING.map(|instrument| (instrument, distinct.clone())).into();
    let work = Work::instruments_only(chosen, instruments);
    let measured = job.measure(&work, None)?;
    if measured.stop.is_some() {
        return Ok(Status::Interrupted);
    }
    let mut executables = HashMap::new();
    let shown = arms
        .iter()
        .map(|arm| {
            let runner = runner_of(&runners, arm)?;
            let executable = match executables.entry(runner.files().0) {
                Entry::Occupied(read) => read.into_mut(),
                Entry::Vacant(place) => place.insert(read(runner, arm, &settings)?),
            };
            take_apart(executable, &measured, arm, args.function.as_deref(), &settings)
        })
        .collect::<Result<Vec<CodeSummary>>>()?;
    let reporter = &settings.reporter;
    for (arm, summary) in arms.iter().zip(&shown) {
        reporter.message(&Message::Code { arm: arm.clone(), summary: summary.clone() });
    }
    match shown.as_slice() {
        [baseline, candidate] => {
            let [old, new] = [&ids[0], &ids[1]];
            reporter.result(&asm_text::beside((old, baseline), (new, candidate), reporter));
        }
        all => all.iter().zip(&ids).for_each(|(summary, id)| {
            reporter.result(&asm_text::alone(id, summary, args.all, reporter));
        }),
    }
    Ok(if arms.iter().any(|arm| measured.results.is_out(arm)) { Status::CaseFailed } else { Status::Good })
}

fn runner_of<'a>(runners: &'a [Runner], arm: &Arm) -> Result<&'a Runner> {
    runners
        .iter()
        .find(|runner| runner.artifact.runner == arm.runner && runner.artifact.label == arm.artifact)
        .ok_or_else(|| anyhow::anyhow!("no runner has {}", arm.case))
}

fn read(runner: &Runner, arm: &Arm, settings: &Settings) -> Result<Executable> {
    let start = Instant::now();
    let (file, built) = runner.files();
    let executable = Executable::read(file, built).map_err(|why| no_code(arm, why))?;
    let what = format!("{} read", file.display());
    settings.reporter.report(&Event::Took { what: &what, time: &milliseconds(start) });
    Ok(executable)
}

/// The function of an arm, weighed with what was just measured.
fn take_apart(
    executable: &Executable,
    measured: &Measured,
    arm: &Arm,
    function: Option<&str>,
    settings: &Settings,
) -> Result<CodeSummary> {
    let start = Instant::now();
    let weights = measured.results.weighed(arm).and_then(|found| found.weights());
    let wish = function.map_or(Wish::Hottest, Wish::Named);
    let summary =
        summarize(executable, weights, &wish, &arm.case.variant).map_err(|why| no_code(arm, why))?;
    let what = format!("{} instructions of {} disassembled", summary.instructions.len(), arm.case);
    settings.reporter.report(&Event::Took { what: &what, time: &milliseconds(start) });
    Ok(summary)
}

fn no_code(arm: &Arm, why: Unreadable) -> anyhow::Error {
    let message = format!("no code of {}: {}", arm.case, why.reason);
    match why.remedy {
        Some(remedy) => helpful(message, remedy),
        None => anyhow::anyhow!(message),
    }
}

fn milliseconds(start: Instant) -> String {
    format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3)
}
