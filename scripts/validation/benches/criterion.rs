//! The kernels under criterion, with its defaults but for the times that the environment sets:
//! `VALIDATION_WARM_UP_MS` and `VALIDATION_MEASUREMENT_MS`.

use std::time::Duration;

use criterion::Criterion;
use duel_validation::cases;

/// A time from the environment; criterion's default where it has none.
fn time_from(variable: &str) -> Option<Duration> {
    let text = std::env::var(variable).ok()?;
    match text.parse() {
        Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
        Err(error) => {
            eprintln!("error: {variable} is `{text}`, expected milliseconds: {error}");
            std::process::exit(2);
        }
    }
}

fn main() {
    let mut criterion = Criterion::default();
    if let Some(time) = time_from("VALIDATION_WARM_UP_MS") {
        criterion = criterion.warm_up_time(time);
    }
    if let Some(time) = time_from("VALIDATION_MEASUREMENT_MS") {
        criterion = criterion.measurement_time(time);
    }
    let mut criterion = criterion.without_plots().configure_from_args();
    for case in cases() {
        let mut kernel = None;
        criterion.bench_function(case.name, |bencher| {
            let kernel = kernel.get_or_insert_with(case.prepare);
            bencher.iter(kernel);
        });
    }
    criterion.final_summary();
}
