//! `asm`: the hot machine code of one case, or of two beside each other.

use std::time::Instant;

use anyhow::Result;
use duel_record::{Arm, CodeSummary, Instrument, Message};

use crate::{
    artifact::{self, Runner},
    cargo::Project,
    cli::AsmArgs,
    code::{Evidence, Executable, Unreadable, Wish, summarize},
    plan,
    runner::interrupt,
    settings::Settings,
    status::{Status, helpful},
    verbs::{
        asm_text,
        measured::{Job, Measured, Work},
        one_case::one_case,
    },
};

/// What tells where the weight is. Both are taken: callgrind's counts are exact, and not to be had
/// of every kernel.
const WEIGHING: [Instrument; 2] = [Instrument::Profile, Instrument::Instructions];

pub fn asm(args: &AsmArgs) -> Result<Status> {
    interrupt::listen()?;
    let project = Project::find(&args.cargo)?;
    let settings = Settings::new(&args.common, Some(&project.folder), project.target_folder())?;
    let mut runners = artifact::from_build(project.build(&settings.terminal)?, &settings)?;
    artifact::keep(&mut runners, &settings.out)?;
    let filters: Vec<String> = args.against.iter().chain([&args.case]).cloned().collect();
    let arms = filters
        .iter()
        .map(|filter| Ok(one_case(&runners, filter, &settings)?.arm))
        .collect::<Result<Vec<Arm>>>()?;
    let ids: Vec<String> = arms.iter().map(|arm| arm.case.to_string()).collect();
    let mut chosen = plan::choose(&runners, &ids, &settings)?;
    chosen.cases.retain(|case| arms.contains(&case.arm));
    let job = Job {
        recorded: settings.recorded("asm", &filters, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let mut distinct = arms.clone();
    distinct.dedup();
    let instruments = WEIGHING.map(|instrument| (instrument, distinct.clone())).into();
    let work = Work { chosen, comparisons: Vec::new(), gate: None, instruments, foreign: Vec::new() };
    let measured = job.measure(&work, None)?;
    if measured.stop.is_some() {
        return Ok(Status::Interrupted);
    }
    let shown = arms
        .iter()
        .map(|arm| take_apart(&runners, &measured, arm, args.function.as_deref(), &settings))
        .collect::<Result<Vec<CodeSummary>>>()?;
    let terminal = &settings.terminal;
    for (arm, summary) in arms.iter().zip(&shown) {
        terminal.message(&Message::Code { arm: arm.clone(), summary: summary.clone() });
    }
    match shown.as_slice() {
        [baseline, candidate] => {
            let [old, new] = [&ids[0], &ids[1]];
            terminal.result(&asm_text::beside((old, baseline), (new, candidate), terminal));
        }
        all => all.iter().zip(&ids).for_each(|(summary, id)| {
            terminal.result(&asm_text::alone(id, summary, terminal));
        }),
    }
    Ok(if arms.iter().any(|arm| measured.done.is_out(arm)) { Status::CaseFailed } else { Status::Good })
}

/// The function of an arm, weighed with what was just measured.
fn take_apart(
    runners: &[Runner],
    measured: &Measured,
    arm: &Arm,
    function: Option<&str>,
    settings: &Settings,
) -> Result<CodeSummary> {
    let unreadable = |why: Unreadable| {
        let message = format!("no code of {}: {}", arm.case, why.reason);
        match why.remedy {
            Some(remedy) => helpful(message, remedy),
            None => anyhow::anyhow!(message),
        }
    };
    let of_arm =
        |runner: &&Runner| runner.artifact.runner == arm.runner && runner.artifact.label == arm.artifact;
    let runner = runners.iter().find(of_arm).ok_or_else(|| anyhow::anyhow!("no runner has {}", arm.case))?;
    let (file, built) = runner.files();
    let start = Instant::now();
    let executable = Executable::read(file, built).map_err(unreadable)?;
    let read = start.elapsed();
    let nothing = Evidence::default();
    let weights = measured.done.weighed(arm).unwrap_or(&nothing).weights(&executable);
    let start = Instant::now();
    let wish = function.map_or(Wish::Hottest, Wish::Named);
    let summary = summarize(&executable, weights, &wish, &arm.case.variant).map_err(unreadable)?;
    settings.terminal.detail(&format!(
        "{} read in {:.0} ms, {} instructions taken apart in {:.1} ms",
        file.display(),
        read.as_secs_f64() * 1e3,
        summary.instructions.len(),
        start.elapsed().as_secs_f64() * 1e3
    ));
    Ok(summary)
}
