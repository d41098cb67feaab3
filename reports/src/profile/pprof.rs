//! pprof's protocol buffers: <https://github.com/google/pprof/blob/main/proto/profile.proto>, of
//! which these are the messages and fields that are used.

use std::{collections::HashMap, io::Write};

use duel_record::ProfileSummary;
use flate2::{Compression, write::GzEncoder};
use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

/// Both are indices of texts.
#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    /// Leaf first.
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
}

/// How long the CPU was there for each sample.
fn ns_per_sample(profile: &ProfileSummary) -> f64 {
    profile.samples_per_cpu_s().filter(|rate| *rate > 0.0).map_or(0.0, |rate| 1e9 / rate)
}

/// The texts of a profile; the first must be empty.
const TEXTS: [&str; 5] = ["", "samples", "count", "cpu", "nanoseconds"];
const SAMPLES: ValueType = ValueType { kind: 1, unit: 2 };
const CPU: ValueType = ValueType { kind: 3, unit: 4 };

/// The profile as `go tool pprof` reads it: compressed, with samples and CPU time.
pub fn pprof(profile: &ProfileSummary) -> Vec<u8> {
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    let written = compressed.write_all(&message(profile).encode_to_vec());
    // Memory takes all that is written to it.
    written.and_then(|()| compressed.finish()).unwrap_or_default()
}

fn message(profile: &ProfileSummary) -> Profile {
    let mut file = Profile {
        sample_type: vec![SAMPLES, CPU],
        string_table: TEXTS.map(str::to_owned).to_vec(),
        duration_nanos: whole(profile.duration_ns as f64),
        period_type: Some(CPU),
        period: whole(ns_per_sample(profile)),
        ..Profile::default()
    };
    let mut known: HashMap<&str, u64> = HashMap::new();
    for stack in &profile.stacks {
        let location_id = stack.frames.rsplit(';').map(|name| {
            *known.entry(name).or_insert_with(|| {
                let id = file.function.len() as u64 + 1;
                let text = file.string_table.len() as i64;
                file.string_table.push(name.to_owned());
                file.function.push(Function { id, name: text, system_name: text });
                file.location.push(Location { id, line: vec![Line { function_id: id }] });
                id
            })
        });
        let location_id = location_id.collect();
        let time_ns = stack.samples as f64 * ns_per_sample(profile);
        file.sample.push(Sample { location_id, value: vec![whole(stack.samples as f64), whole(time_ns)] });
    }
    file
}

fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use duel_record::Stack;
    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_profile_comes_back_as_it_was_written() {
        let stack = |frames: &str, samples| Stack { frames: frames.to_owned(), samples };
        let stacks = vec![stack("fast;run;malloc", 7), stack("fast;run", 3)];
        let profile = ProfileSummary {
            stacks,
            samples: 10,
            cpu_ns: 40_000_000,
            duration_ns: 50,
            ..ProfileSummary::default()
        };
        let mut bytes = Vec::new();
        GzDecoder::new(&*pprof(&profile)).read_to_end(&mut bytes).unwrap();
        let file = Profile::decode(&*bytes).unwrap();
        let name = |location: &u64| {
            let function = file.location[*location as usize - 1].line[0].function_id;
            file.string_table[file.function[function as usize - 1].name as usize].as_str()
        };
        let samples: Vec<(Vec<&str>, i64, i64)> = file
            .sample
            .iter()
            .map(|sample| (sample.location_id.iter().map(name).collect(), sample.value[0], sample.value[1]))
            .collect();
        assert_eq!(samples[0], (vec!["malloc", "run", "fast"], 7, 28_000_000));
        assert_eq!(samples[1], (vec!["run", "fast"], 3, 12_000_000));
        assert_eq!((file.period, file.string_table[0].as_str()), (4_000_000, ""));
    }
}
