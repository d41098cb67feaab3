//! Without the driver: a bench target that answers `cargo bench`, `cargo test --benches` and
//! `cargo nextest` as any criterion bench does.
//!
//! Under `--test` every variant is verified against its reference, on the smallest size of
//! each workload.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    time::Duration,
};

use criterion::{Bencher, Criterion};
use duel_record::CaseId;

use crate::{
    AnyFamily, allocator,
    early_exit::UsersCode,
    kernel::{Prepared, sample},
};

/// The seed of data sets where nobody chose one; the driver's default is the same.
const SEED: u64 = 1;

/// Hands every case to criterion, which parses the arguments.
pub(crate) fn bench(families: &[Box<dyn AnyFamily>]) -> ExitCode {
    if let Some(problem) = families.iter().find_map(|family| family.problem()) {
        eprintln!("error: {problem}");
        return ExitCode::FAILURE;
    }
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // criterion's own rule: cargo passes --bench only where timings are wanted.
    let testing = given("--test") || !given("--bench");
    let mut criterion = Criterion::default().configure_from_args();
    if given("--list") {
        return list(families, testing);
    }
    let (mut failed, mut known, mut matched) = (0, 0, 0);
    for family in families {
        for case in cases(&**family, testing) {
            let mut outcome = Ok(());
            let mut ran = false;
            criterion.bench_function(&case.path(), |bencher| {
                ran = true;
                if outcome.is_ok() {
                    let _running = UsersCode::begins(&case.path());
                    outcome = run(&**family, &case, testing, bencher);
                }
                if outcome.is_err() {
                    // criterion insists on an iteration; this one is reported as failed below.
                    bencher.iter_custom(|_| Duration::from_nanos(1));
                }
            });
            known += 1;
            matched += u32::from(ran);
            if let Err(reason) = outcome {
                eprintln!("FAILED {}: {}", case.path(), start_of(&reason));
                failed += 1;
            }
        }
    }
    criterion.final_summary();
    if known > 0 && matched == 0 && !given("--ignored") {
        let asked = filter(std::env::args().skip(1)).unwrap_or_default();
        // cargo gives one filter to all targets of a package, so one that is for another target is no error. A name
        // is asked of the target that has listed it.
        let is_name = given("--exact");
        eprintln!(
            "{}: no case of this bench target matches \"{asked}\", so nothing ran\n\
             help: `--list` shows the names; where another target has it, name that one: --bench TARGET",
            if is_name { "error" } else { "warning" }
        );
        if is_name {
            return ExitCode::FAILURE;
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

/// Prints the name of every case that the arguments choose, in the form of libtest. criterion's own list cuts
/// long names, and a name that was cut matches nothing when it is asked for.
fn list(families: &[Box<dyn AnyFamily>], testing: bool) -> ExitCode {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    let filter = filter(std::env::args().skip(1));
    // criterion has refused a filter that is no regular expression.
    let pattern = filter.as_deref().and_then(|filter| regex::Regex::new(filter).ok());
    let chosen = |name: &str| match (&filter, &pattern) {
        _ if given("--ignored") => false,
        (Some(exact), _) if given("--exact") => name == exact,
        (_, Some(pattern)) => pattern.is_match(name),
        (_, None) => true,
    };
    for family in families {
        for case in cases(&**family, testing) {
            let name = case.path();
            if chosen(&name) {
                println!("{name}: benchmark");
            }
        }
    }
    ExitCode::SUCCESS
}

/// The filter among the arguments: the first that is no flag, nor what belongs to one.
fn filter(arguments: impl IntoIterator<Item = String>) -> Option<String> {
    /// criterion's flags with a value behind them.
    const WITH_VALUE: [&str; 18] = [
        "-c",
        "--color",
        "-s",
        "--save-baseline",
        "-b",
        "--baseline",
        "--baseline-lenient",
        "--load-baseline",
        "--format",
        "--profile-time",
        "--sample-size",
        "--warm-up-time",
        "--measurement-time",
        "--nresamples",
        "--noise-threshold",
        "--confidence-level",
        "--significance-level",
        "--plotting-backend",
    ];
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) || argument == "--output-format" {
            arguments.next();
        } else if argument == "--" {
            return arguments.next();
        } else if !argument.starts_with('-') {
            return Some(argument);
        }
    }
    None
}

/// The cases that can run here; those that can't are named on stderr.
fn cases(family: &dyn AnyFamily, testing: bool) -> Vec<CaseId> {
    let listing = family.listing();
    let mut cases = Vec::new();
    for variant in &listing.variants {
        if let Some(reason) = &variant.unavailable {
            eprintln!("unavailable here: {}/{}: {reason}", listing.name, variant.name);
            continue;
        }
        for workload in &listing.workloads {
            let sizes = if testing { &workload.sizes[..1] } else { &workload.sizes[..] };
            cases.extend(sizes.iter().map(|size| CaseId {
                family: listing.name.clone(),
                workload: workload.name.clone(),
                size: size.name.clone(),
                variant: variant.name.clone(),
                allocator: allocator::in_force(),
                threads: None,
            }));
        }
    }
    cases
}

/// The longest reason that is printed: a check or a panic may print a whole data set.
const LONGEST_REASON: usize = 4_000;

fn start_of(reason: &str) -> String {
    let mut start: String = reason.chars().take(LONGEST_REASON).collect();
    if start.len() < reason.len() {
        start.push_str("… (the rest is left out)");
    }
    start
}

fn run(
    family: &dyn AnyFamily,
    case: &CaseId,
    testing: bool,
    bencher: &mut Bencher<'_>,
) -> Result<(), String> {
    let prepared = catch_unwind(AssertUnwindSafe(|| {
        if testing && let Some(difference) = family.verify(case, SEED)?.difference {
            return Err(format!("wrong answer: {difference}"));
        }
        family.prepare(case, SEED, false)
    }));
    let mut kernel: Box<dyn Prepared> = match prepared {
        Ok(prepared) => prepared?.0,
        Err(_) => return Err("panicked".into()),
    };
    bencher.iter_custom(|iters| Duration::from_nanos(sample(&mut *kernel, 0, iters)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn the_filter_is_the_argument_that_belongs_to_no_flag() {
        let of = |arguments: &str| filter(arguments.split_whitespace().map(str::to_owned));
        for (arguments, expected) in [
            ("--bench", None),
            ("--list --format terse", None),
            ("--format terse a/b --exact --list", Some("a/b")),
            ("--bench --sample-size 10 parse", Some("parse")),
            ("--color=never parse --test", Some("parse")),
            ("--list -- -odd", Some("-odd")),
        ] {
            assert_eq!(of(arguments).as_deref(), expected, "{arguments}");
        }
    }
}
