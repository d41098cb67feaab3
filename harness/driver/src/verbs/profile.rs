//! `profile`: where the CPU is while one case runs; with `--against`, what differs from another.

use std::path::Path;

use anyhow::{Context, Result};
use duel_record::{Arm, HotFunction, Instrument, Message, ProfileMessage, ProfileSummary, Verb};
use duel_reports::{Model, flame, model::ProfileModel, number, profile::FORMATS};

use crate::{
    command::{
        cli::ProfileArgs,
        settings::Settings,
        status::{Status, helpful},
    },
    plan,
    reporter::{Event, Reporter, Style},
    run::{
        close::{Measured, load},
        job::Job,
        subject::Subject,
        work::Work,
    },
    runner::interrupt,
    safe_file,
    verbs::one_case::one_case,
};

/// Functions that are printed; the report and the files have all.
const PRINTED: usize = 12;

pub fn profile(args: &ProfileArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    let subject = Subject::find(&args.cargo, &args.common)?;
    let runners = subject.kept_runners()?;
    let Subject { project, settings } = subject;
    // The baseline first, as in every comparison.
    let filters = args.against.iter().chain([&args.case]);
    let arms =
        filters.map(|filter| Ok(one_case(&runners, filter, &settings)?.arm)).collect::<Result<Vec<Arm>>>()?;
    if let [baseline, candidate] = arms.as_slice()
        && baseline == candidate
    {
        return Err(helpful(
            format!("{} is the same case on both sides", candidate.case),
            "name another one with --against, or leave it out",
        ));
    }
    let ids: Vec<String> = arms.iter().map(|arm| arm.case.to_string()).collect();
    let mut chosen = plan::choose(&runners, &ids, &settings)?;
    chosen.cases.retain(|case| arms.contains(&case.arm));
    let job = Job {
        recorded: settings.recorded(Verb::Profile, &ids, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let instruments = vec![(Instrument::Profile, arms.clone())];
    let work = Work::instruments_only(chosen, instruments);
    let measured = job.measure(&work, None)?;
    close(measured, &arms, &settings)
}

/// Draws the difference, says what was hot, and writes the report.
fn close(measured: Measured, arms: &[Arm], settings: &Settings) -> Result<Status> {
    let model = load(&measured.folder)?;
    let found: Vec<&ProfileModel> = arms.iter().filter_map(|arm| profile_of(&model, arm)).collect();
    let failed = measured.results.any_failed();
    if found.len() < arms.len() {
        // Why was reported as it came up, and is in the record.
        for missing in &measured.results.missing {
            settings.reporter.report(&Event::Unavailable { missing, asked_for: true });
        }
        let status = if failed { Status::CaseFailed } else { Status::Impossible };
        return measured.close_with(&model, "", status, settings);
    }
    let folder = measured.folder.path.clone();
    let mut files: Vec<String> = found.iter().flat_map(|profile| files_of(&folder, profile)).collect();
    if let ([before, after], [baseline, candidate]) = (found.as_slice(), arms) {
        files.push(difference(&folder, (baseline, before), (candidate, after))?);
    }
    let text = text(arms, &found, &settings.reporter);
    settings.reporter.message(&message(arms, &found, &files));
    for file in &files {
        settings.reporter.report(&Event::Written { what: "file", path: file });
    }
    let status = if failed { Status::CaseFailed } else { Status::Good };
    measured.close_with(&model, &text, status, settings)
}

fn profile_of<'a>(model: &'a Model, arm: &Arm) -> Option<&'a ProfileModel> {
    model.case(&arm.case)?.arm_of(&arm.artifact)?.profile.as_ref()
}

fn files_of(folder: &Path, profile: &ProfileModel) -> Vec<String> {
    let file = folder.join(&profile.file);
    FORMATS.iter().map(|format| file.with_extension(format.extension).display().to_string()).collect()
}

/// Writes `CANDIDATE.diff.svg`: a run of this verb has one pair, and both names together may be longer
/// than a file's name can be.
fn difference(
    folder: &Path,
    baseline: (&Arm, &ProfileModel),
    candidate: (&Arm, &ProfileModel),
) -> Result<String> {
    let title = format!("{}, against {}", candidate.0.case, baseline.0.case);
    let svg = flame::difference_svg(&title, &baseline.1.summary, &candidate.1.summary)
        .context("cannot draw the difference")?;
    let name = format!("profiles/{}.diff.svg", candidate.0.file_stem());
    let path = folder.join(name);
    safe_file::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path.display().to_string())
}

/// The hottest functions of both sides.
fn text(arms: &[Arm], found: &[&ProfileModel], reporter: &Reporter) -> String {
    let mut text = String::new();
    for (arm, profile) in arms.iter().zip(found) {
        text.push_str(&reporter.paint(Style::Bold, &arm.case.to_string()));
        text.push_str(&reporter.paint(Style::Dim, &format!("  {}\n", facts(&profile.summary))));
    }
    let (baseline, candidate) = sides(found);
    let percent = |share: f64| format!("{:>7}", number::percent(share));
    if let ([before, after], true) = (arms, baseline.is_some()) {
        let heads = [&before.case.variant, &after.case.variant];
        text.push_str(
            &reporter.paint(Style::Dim, &format!("{} | {} | difference | function\n", heads[0], heads[1])),
        );
    }
    for hot in candidate.map(|candidate| flame::hottest(candidate, baseline, PRINTED)).unwrap_or_default() {
        if let Some(before) = hot.share_baseline {
            let difference = format!("{:+.1} %", 100.0 * (hot.share - before));
            text.push_str(&format!(
                "{} {} {difference:>9}  {}\n",
                percent(before),
                percent(hot.share),
                hot.name
            ));
        } else {
            text.push_str(&format!("{}  {}\n", percent(hot.share), hot.name));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// The baseline where there is one, and the candidate.
fn sides<'a>(found: &[&'a ProfileModel]) -> (Option<&'a ProfileSummary>, Option<&'a ProfileSummary>) {
    let candidate = found.last().map(|profile| &profile.summary);
    (found.first().filter(|_| found.len() > 1).map(|profile| &profile.summary), candidate)
}

/// `1,043 samples, 249 a CPU second, pprof`.
fn facts(profile: &ProfileSummary) -> String {
    let rate = profile
        .samples_per_cpu_s()
        .map_or_else(String::new, |rate| format!(", {} a CPU second", number::count(rate.round() as u64)));
    let few = if profile.samples < ProfileSummary::ENOUGH_SAMPLES { " (few)" } else { "" };
    let notes: String = profile.notes().iter().map(|note| format!("\n{note}")).collect();
    format!("{} samples{few}{rate}, {}{notes}", number::count(profile.samples), profile.profiler)
}

fn message(arms: &[Arm], found: &[&ProfileModel], files: &[String]) -> Message {
    let (baseline, candidate) = sides(found);
    let nothing = ProfileSummary::default();
    let candidate = candidate.unwrap_or(&nothing);
    let functions = flame::hottest(candidate, baseline, PRINTED).into_iter();
    Message::Profile(ProfileMessage {
        case: arms[arms.len() - 1].case.clone(),
        against: (arms.len() > 1).then(|| arms[0].case.clone()),
        profiler: candidate.profiler.clone(),
        samples: candidate.samples,
        samples_per_cpu_s: candidate.samples_per_cpu_s(),
        cut_stacks: candidate.cut_stacks,
        unattributed: candidate.unattributed,
        functions: functions
            .map(|hot| HotFunction { name: hot.name, share: hot.share, share_against: hot.share_baseline })
            .collect(),
        files: files.to_vec(),
    })
}
