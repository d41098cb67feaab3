//! criterion inside the runner: the timings that every other tool reads.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use criterion::{Criterion, SamplingMode};
use duel_record::CriterionTiming;
use serde_json::Value;

use crate::kernel::{Prepared, sample};

/// How criterion is to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    /// The group that it is filed under.
    pub group: &'a str,
    /// The name within the group.
    pub name: &'a str,
    pub warm_up: Duration,
    pub measurement: Duration,
    /// At least 10.
    pub samples: usize,
}

/// Takes criterion's timing and reads back the raw samples that it filed under `folder`.
pub(crate) fn criterion_timing(
    kernel: &mut dyn Prepared,
    folder: &Path,
    plan: Plan<'_>,
) -> Result<CriterionTiming, String> {
    let kernel = RefCell::new(kernel);
    let (group_name, name) = (filed(plan.group), filed(plan.name));
    let mut criterion = Criterion::default()
        .output_directory(folder)
        .without_plots()
        .warm_up_time(plan.warm_up)
        .measurement_time(plan.measurement)
        .sample_size(plan.samples.max(10));
    let mut group = criterion.benchmark_group(&group_name);
    group.sampling_mode(SamplingMode::Auto);
    group.bench_function(&name, |bencher| {
        bencher.iter_custom(|iters| Duration::from_nanos(sample(&mut **kernel.borrow_mut(), 0, iters)));
    });
    group.finish();

    let found = find(folder, &format!("{group_name}/{name}"))?;
    let samples = read(&found.join("sample.json"))?;
    let estimates = read(&found.join("estimates.json"))?;
    let numbers =
        |name: &str| -> Option<Vec<f64>> { samples[name].as_array()?.iter().map(Value::as_f64).collect() };
    let median = &estimates["median"];
    let interval = &median["confidence_interval"];
    let timing = || {
        Some(CriterionTiming {
            iters: numbers("iters")?,
            time_ns: numbers("times")?,
            time_ns_median: median["point_estimate"].as_f64()?,
            time_ns_median_low: interval["lower_bound"].as_f64()?,
            time_ns_median_high: interval["upper_bound"].as_f64()?,
        })
    };
    timing().ok_or_else(|| format!("criterion's files in {} are not as expected", found.display()))
}

/// The name to file under: the given one where criterion keeps it whole. It cuts names at 64
/// bytes and replaces some characters, and where two fell together the later case would
/// overwrite the earlier one's files.
fn filed(name: &str) -> String {
    const LONGEST_BYTES: usize = 64;
    const REPLACED: [char; 9] = ['?', '"', '\\', '*', '<', '>', ':', '|', '^'];
    if name.len() <= LONGEST_BYTES && !name.contains(REPLACED) {
        return name.to_owned();
    }
    let cut = (0..=LONGEST_BYTES - 17).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}-{}", &name[..cut], &blake3::hash(name.as_bytes()).to_hex()[..16])
}

/// The folder in which criterion filed a benchmark; criterion chooses its name.
fn find(folder: &Path, full_id: &str) -> Result<PathBuf, String> {
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let entries = fs::read_dir(&at).map_err(|error| format!("cannot read {}: {error}", at.display()))?;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
            let benchmark = path.join("benchmark.json");
            if path.ends_with("new") && benchmark.exists() && read(&benchmark)?["full_id"] == full_id {
                return Ok(path);
            }
            folders.push(path);
        }
    }
    Err(format!("criterion left no files for {full_id} in {}", folder.display()))
}

fn read(path: &Path) -> Result<Value, String> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("cannot parse {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_criterion_would_let_fall_together_are_filed_apart() {
        assert_eq!(filed("sort/shuffled/l2"), "sort/shuffled/l2");
        let long = "ü".repeat(60);
        let names = [long.clone() + "a", long + "b", "a?b".to_owned(), "a*b".to_owned(), "<>".to_owned()];
        let filed: std::collections::HashSet<_> = names.iter().map(|name| filed(name)).collect();
        assert_eq!(filed.len(), names.len(), "{filed:?}");
        assert!(filed.iter().all(|name| name.len() <= 64), "{filed:?}");
    }
}
