//! Records that no run wrote: whatever the fields of a line hold, every format is rendered.

mod altered;
mod synthetic;

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

/// The made-up runs, as lines of JSON.
static RECORDS: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
    let runs = [
        synthetic::run(),
        synthetic::builds(),
        synthetic::tiny_gate("family", "variant"),
        synthetic::contaminated_gate(),
        synthetic::mixed_gate(),
    ];
    runs.iter().map(altered::lines_of).collect()
});

#[test]
fn most_altered_records_are_read() {
    let read = (0..40).filter(|seed| {
        let mut lines = RECORDS[0].clone();
        altered::alter(&mut lines, *seed);
        altered::read(&altered::written(&lines)).is_ok()
    });
    let read = read.count();
    assert!(read > 30, "{read} of 40: the property below would test the reader alone");
}

/// A heap and a CPU profile whose stacks are as deep as no thread's is.
#[test]
fn calls_of_any_depth_are_rendered() {
    const DEPTH: usize = 30_000;
    fn deepen(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), &*field) {
                        ("frames", Value::Array(_)) => *field = vec!["f"; DEPTH].into(),
                        ("frames", Value::String(_)) => *field = "f;".repeat(DEPTH).into(),
                        _ => deepen(field),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(deepen),
            _ => {}
        }
    }
    let of_kind = |kind: &str| RECORDS[0].iter().rfind(|line| line["kind"] == kind).expect("one").clone();
    let mut lines = ["started", "heap", "profile"].map(of_kind);
    lines.iter_mut().for_each(deepen);
    let recording = altered::read(&altered::written(&lines)).expect("a record");
    altered::render(&recording, false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_altered_record_is_rendered_in_every_format(
        record in 0..5_usize,
        seeds in prop::collection::vec(any::<u64>(), 1..12),
    ) {
        let mut lines = RECORDS[record].clone();
        for seed in seeds {
            altered::alter(&mut lines, seed);
        }
        if let Ok(recording) = altered::read(&altered::written(&lines)) {
            altered::render(&recording, false);
        }
    }
}
