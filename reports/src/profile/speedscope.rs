//! speedscope's JSON: <https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources>.

use std::collections::HashMap;

use duel_record::ProfileSummary;
use serde::Serialize;

use crate::number::total;

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: &'a str,
    exporter: &'static str,
    shared: Shared<'a>,
    profiles: [Sampled<'a>; 1],
}

#[derive(Serialize)]
struct Shared<'a> {
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Sampled<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start: u64,
    #[serde(rename = "endValue")]
    end: u64,
    /// Indices of frames, outermost first: one list for each distinct stack.
    samples: Vec<Vec<usize>>,
    /// How often each was met.
    weights: Vec<u64>,
}

/// The profile as speedscope's "sampled" format.
pub fn speedscope(title: &str, profile: &ProfileSummary) -> String {
    let mut frames: Vec<Frame> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut samples = Vec::new();
    for stack in &profile.stacks {
        let stack = stack.frames.split(';').map(|name| {
            *known.entry(name).or_insert_with(|| {
                frames.push(Frame { name });
                frames.len() - 1
            })
        });
        samples.push(stack.collect());
    }
    let weights: Vec<u64> = profile.stacks.iter().map(|stack| stack.samples).collect();
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        name: title,
        exporter: concat!("duel ", env!("CARGO_PKG_VERSION")),
        shared: Shared { frames },
        profiles: [Sampled {
            kind: "sampled",
            name: title,
            unit: "none",
            start: 0,
            end: total(weights.iter().copied()),
            samples,
            weights,
        }],
    };
    // Texts and whole numbers: there is nothing that JSON can't say.
    serde_json::to_string(&file).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use duel_record::Stack;
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_stack_is_a_sample_with_its_weight() {
        let stack = |frames: &str, samples| Stack { frames: frames.to_owned(), samples };
        let stacks = vec![stack("fast;run;\"malloc\"", 7), stack("fast;run", 3)];
        let profile = ProfileSummary { stacks, samples: 10, ..ProfileSummary::default() };
        let file: Value = serde_json::from_str(&speedscope("a/b", &profile)).unwrap();
        let names: Vec<_> =
            file["shared"]["frames"].as_array().unwrap().iter().map(|frame| &frame["name"]).collect();
        assert_eq!(names, ["fast", "run", "\"malloc\""]);
        let sampled = &file["profiles"][0];
        assert_eq!(sampled["samples"], serde_json::json!([[0, 1, 2], [0, 1]]));
        assert_eq!(
            (&sampled["weights"], &sampled["endValue"]),
            (&serde_json::json!([7, 3]), &Value::from(10))
        );
    }
}
