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
    let mut failed = 0;
    for family in families {
        for case in cases(&**family, testing) {
            let mut outcome = Ok(());
            criterion.bench_function(&case.path(), |bencher| {
                if outcome.is_ok() {
                    outcome = run(&**family, &case, testing, bencher);
                }
                if outcome.is_err() {
                    // criterion insists on an iteration; this one is reported as failed below.
                    bencher.iter_custom(|_| Duration::from_nanos(1));
                }
            });
            if let Err(reason) = outcome {
                eprintln!("FAILED {}: {reason}", case.path());
                failed += 1;
            }
        }
    }
    criterion.final_summary();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(101) }
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
