//! What verbs that look at a single case share: a filter must choose exactly one.

use anyhow::Result;

use crate::{
    command::{settings::Settings, status::helpful},
    plan::{self, Case},
    runner::artifact::Runner,
};

/// Cases that are named where a filter chooses several.
const NAMED: usize = 12;

/// The one case that a filter chooses; one whose whole id it is comes before others that have it in
/// theirs.
///
/// # Errors
/// When there is none, or more than one, or it can't run here.
pub fn one_case(runners: &[Runner], filter: &str, settings: &Settings) -> Result<Case> {
    let mut cases = plan::choose(runners, &[filter.to_owned()], settings)?.cases;
    let is_whole = |case: &Case| {
        let id = case.arm.case.to_string();
        id == filter || id.split('@').next() == Some(filter)
    };
    if cases.iter().any(is_whole) {
        cases.retain(is_whole);
    }
    match <[Case; 1]>::try_from(cases) {
        Ok([case]) => match &case.unavailable {
            None => Ok(case),
            Some(reason) => Err(helpful(
                format!("{} can't run here: {reason}", case.arm.case),
                "run it on a machine that has it",
            )),
        },
        Err(several) => Err(too_many(filter, &several)),
    }
}

fn too_many(filter: &str, cases: &[Case]) -> anyhow::Error {
    let mut names: Vec<String> = cases.iter().map(|case| case.arm.case.to_string()).collect();
    let count = names.len();
    names.dedup();
    if names.len() == 1 {
        return helpful(
            format!("\"{filter}\" is a case of {count} bench targets: {}", targets(cases)),
            "choose one with --bench NAME or --package NAME",
        );
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    helpful(
        format!("\"{filter}\" is part of {count} cases, expected one"),
        format!("name one of them (--sizes chooses a size, too):\n  {}{more}", names.join("\n  ")),
    )
}

fn targets(cases: &[Case]) -> String {
    cases.iter().map(|case| case.arm.runner.as_str()).collect::<Vec<_>>().join(", ")
}
