//! What this command is where `doctor` starts it as a runner: four small kernels that speak the
//! protocol, so that the same code can be compared with itself on any machine, outside of any crate.
//!
//! They stand for everyday work (sorting, hashing, formatting, streaming) and are nobody's
//! benchmark: only how far their times spread is used.

use std::{
    collections::HashMap,
    fmt::Write as _,
    hash::{BuildHasherDefault, DefaultHasher},
    hint::black_box,
    io::{self, BufRead, Write},
    process::ExitCode,
    time::Instant,
};

use duel_record::{
    Allocator, CaseId,
    protocol::{
        self, FamilyListing, Identity, Request, Response, SizeListing, VariantListing, WorkloadListing,
    },
};

use crate::{duration::nanoseconds, rng::Rng};

const FAMILY: &str = "null";
const WORKLOAD: &str = "fixed";
const SIZE: &str = "small";
/// The kernels by name, and what they say in print.
pub const KERNELS: [(&str, &str); 4] = [
    ("sort", "sort 1,000 numbers"),
    ("hash", "fill a hash map"),
    ("format", "format 200 numbers"),
    ("sum", "sum 256 kB"),
];

/// The case of a kernel.
pub fn case(kernel: &str) -> CaseId {
    CaseId {
        family: FAMILY.to_owned(),
        workload: WORKLOAD.to_owned(),
        size: SIZE.to_owned(),
        variant: kernel.to_owned(),
        allocator: Allocator::System,
        threads: None,
    }
}

/// Answers the driver until it is done, where this command was started as a runner.
pub fn become_runner() -> Option<ExitCode> {
    if std::env::args().nth(1).as_deref() != Some(protocol::ARGUMENT) {
        return None;
    }
    Some(match converse() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::reporter::error(&anyhow::Error::new(error).context("the null runner lost its driver"));
            crate::command::status::Status::Impossible.into()
        }
    })
}

fn converse() -> io::Result<()> {
    let (mut requests, mut answers) = (io::stdin().lock(), io::stdout().lock());
    let mut kernel: Option<Kernel> = None;
    let mut line = String::new();
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let response = match serde_json::from_str(&line) {
            Ok(request) => answer(request, &mut kernel).unwrap_or_else(|reason| Response::Failed { reason }),
            Err(error) => Response::Failed { reason: format!("not a request: {error}") },
        };
        let mut text = serde_json::to_vec(&response)?;
        text.push(b'\n');
        answers.write_all(&text)?;
        answers.flush()?;
        if response == Response::Bye {
            return Ok(());
        }
    }
}

type Kernel = Box<dyn FnMut()>;

fn answer(request: Request, kernel: &mut Option<Kernel>) -> Result<Response, String> {
    let prepared = |kernel: &mut Option<Kernel>| kernel.take().ok_or("no case is prepared");
    Ok(match request {
        Request::Hello { .. } => Response::Hello(identity()),
        Request::List => Response::Listed { families: vec![listing()] },
        Request::Prepare { case, seed, .. } => {
            *kernel = Some(make(&case.variant, seed)?);
            Response::Prepared { data_hash: None }
        }
        Request::Calibrate { target_ns } => {
            let mut run = prepared(kernel)?;
            let (iters, ns_per_iter) = calibrate(&mut run, target_ns);
            *kernel = Some(run);
            Response::Calibrated { iters, ns_per_iter, elsewhere: None }
        }
        Request::Sample { warm_iters, iters } => {
            let mut run = prepared(kernel)?;
            time_ns(&mut run, warm_iters);
            let time_ns = time_ns(&mut run, iters).max(1);
            *kernel = Some(run);
            Response::Sampled { time_ns }
        }
        Request::Done => Response::Bye,
        other => return Err(format!("the null runner has no answer to {other:?}")),
    })
}

fn time_ns(run: &mut Kernel, iters: u64) -> u64 {
    let start = Instant::now();
    for _ in 0..iters {
        run();
    }
    nanoseconds(start.elapsed())
}

/// Doubles a batch until even the quickest of many is long enough.
fn calibrate(run: &mut Kernel, target_ns: u64) -> (u64, f64) {
    let mut iters = 1;
    loop {
        let quickest = (0..10).map(|_| time_ns(run, iters)).min().unwrap_or(1).max(1);
        if quickest * 2 >= target_ns {
            let ns_per_iter = quickest as f64 / iters as f64;
            return ((target_ns as f64 / ns_per_iter).round().max(1.0) as u64, ns_per_iter);
        }
        iters *= 2;
    }
}

fn make(name: &str, seed: u64) -> Result<Kernel, String> {
    let mut rng = Rng::new(seed);
    let mut numbers = |count: usize| -> Vec<u64> { (0..count).map(|_| rng.next()).collect() };
    Ok(match name {
        "sort" => {
            let unsorted = numbers(1_000);
            let mut sorted = unsorted.clone();
            Box::new(move || {
                sorted.copy_from_slice(&unsorted);
                black_box(&mut sorted).sort_unstable();
            })
        }
        "hash" => {
            let keys = numbers(500);
            // Not seeded afresh in every process, so that all of them do the same work.
            let mut map: HashMap<u64, u64, BuildHasherDefault<DefaultHasher>> = HashMap::default();
            Box::new(move || {
                map.clear();
                for key in &keys {
                    *map.entry(*key).or_default() += 1;
                }
                black_box(&map);
            })
        }
        "format" => {
            let values = numbers(200);
            Box::new(move || {
                let mut text = String::new();
                for value in &values {
                    // Writing to a String can't fail.
                    let _ = write!(text, "{value} ");
                }
                black_box(text);
            })
        }
        "sum" => {
            let values = numbers(32 * 1024);
            Box::new(move || {
                black_box(black_box(&values).iter().fold(0_u64, |sum, value| sum.wrapping_add(*value)));
            })
        }
        unknown => return Err(format!("the null runner has no kernel \"{unknown}\"")),
    })
}

fn listing() -> FamilyListing {
    let variant = |(index, (name, _)): (usize, &(&str, &str))| VariantListing {
        name: (*name).to_owned(),
        reference: index == 0,
        parallel: false,
        unavailable: None,
    };
    FamilyListing {
        name: FAMILY.to_owned(),
        question: "How far apart are two times of the same code?".to_owned(),
        check: "none: the kernels are not variants of one task".to_owned(),
        workloads: vec![WorkloadListing {
            name: WORKLOAD.to_owned(),
            sizes: vec![SizeListing { name: SIZE.to_owned(), elements: 1 }],
        }],
        variants: KERNELS.iter().enumerate().map(variant).collect(),
        compare_allocators: false,
        precision_bits: 0,
    }
}

/// Waits until a clock moves that stood still in all readings before.
fn next_step_ns() -> u64 {
    let start = Instant::now();
    loop {
        let step_ns = nanoseconds(start.elapsed());
        if step_ns > 0 {
            return step_ns;
        }
    }
}

fn identity() -> Identity {
    // As a runner's library measures it: the cost is the median of readings with nothing between.
    let mut gaps: Vec<u64> = (0..2_000)
        .map(|_| {
            let start = Instant::now();
            nanoseconds(start.elapsed())
        })
        .collect();
    gaps.sort_unstable();
    let step = gaps.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0).min();
    Identity {
        tree: None,
        version: protocol::VERSION,
        library: env!("CARGO_PKG_VERSION").to_owned(),
        allocator: Allocator::System,
        allocators: vec![Allocator::System],
        debug_assertions: cfg!(debug_assertions),
        cpu_features: Vec::new(),
        clock_step_ns: step.unwrap_or_else(next_step_ns),
        clock_cost_ns: gaps[gaps.len() / 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_that_is_listed_can_be_prepared_and_timed() {
        for (name, _) in KERNELS {
            let mut kernel = None;
            let request = Request::Prepare { case: case(name), seed: 1, hash: true };
            assert_eq!(answer(request, &mut kernel), Ok(Response::Prepared { data_hash: None }));
            let Ok(Response::Calibrated { iters, .. }) =
                answer(Request::Calibrate { target_ns: 400_000 }, &mut kernel)
            else {
                panic!("{name} is not calibrated");
            };
            let sampled = answer(Request::Sample { warm_iters: 1, iters }, &mut kernel);
            assert!(matches!(sampled, Ok(Response::Sampled { time_ns: 1.. })), "{name}: {sampled:?}");
        }
    }

    #[test]
    fn what_it_has_not_is_refused_in_words() {
        assert!(make("quux", 1).err().unwrap().contains("quux"));
        let refused = answer(Request::Sample { warm_iters: 1, iters: 1 }, &mut None).unwrap_err();
        assert!(refused.contains("no case is prepared"), "{refused}");
        assert!(answer(Request::Run { duration_ns: 1 }, &mut None).is_err());
    }
}
