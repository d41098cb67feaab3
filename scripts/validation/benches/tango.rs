//! The kernels under tango-bench.

use duel_validation::cases;
use tango_bench::{Benchmark, benchmark_fn, tango_benchmarks};

fn benchmarks() -> Vec<Benchmark> {
    cases()
        .into_iter()
        .map(|case| benchmark_fn(case.name, move |bencher| bencher.iter((case.prepare)())))
        .collect()
}

tango_benchmarks!(benchmarks());
