//! Records as nobody measured them: real lines with fields removed, repeated, swapped or set to extremes, and a reader
//! that renders them in every format. Shared by a property test and the fuzz target `record`.

#![allow(dead_code)] // neither of the two uses all of it

use std::path::Path;

use duel_record::{Line, ReadError, Recording, read_from};
use duel_reports::Model;
use serde_json::{Number, Value, json};

/// How often an alteration is tried again if its line is no longer one that the reader takes. A record with a single
/// wrong line is refused as a whole, so that most alterations would reach nothing behind the reader.
const ATTEMPTS: u32 = 8;
/// Altered records stay below this many lines, however often lines are repeated.
const MOST_LINES: usize = 400;

/// Values that copies of one value may have, with those within them: a few copies of copies would fill the memory.
const MOST_COPIED: usize = 20_000;

/// Reads a record as `cargo duel report` does.
///
/// # Errors
/// If it is refused.
pub fn read(bytes: &[u8]) -> Result<Recording, ReadError> {
    read_from(bytes, Path::new("record.jsonl"))
}

/// Renders a record in every format that there is, and returns how many bytes that gave.
pub fn render(recording: &Recording, side_by_side: bool) -> usize {
    let model = Model::new(recording);
    let messages = duel_reports::messages(&model);
    let messages = serde_json::to_string(&messages).expect("a message is always JSON");
    let lines = duel_reports::annotations(&model).iter().map(String::len).sum::<usize>() + messages.len();
    let one_run =
        lines + duel_reports::csv(&model).len() + duel_reports::junit(&model).map_or(0, |text| text.len());
    let models = if side_by_side { vec![model.clone(), model] } else { vec![model] };
    one_run + duel_reports::html(&models).len() + duel_reports::markdown(&models).len()
}

/// A record's lines as JSON text.
pub fn written(lines: &[Value]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// The lines of a record that are JSON.
pub fn parsed(bytes: &[u8]) -> Vec<Value> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// A record's lines as JSON.
pub fn lines_of(recording: &Recording) -> Vec<Value> {
    let started = Line::Started(Box::new(recording.started.clone()));
    let lines = [&started].into_iter().chain(&recording.lines);
    lines.map(|line| serde_json::to_value(line).expect("a line is always JSON")).collect()
}

/// Makes one alteration, which the seed decides.
pub fn alter(lines: &mut Vec<Value>, seed: u64) {
    let mut random = Random(seed);
    if lines.is_empty() {
        return;
    }
    let at = random.below(lines.len());
    match random.below(12) {
        0 if at > 0 => drop(lines.remove(at)),
        1 if lines.len() < MOST_LINES => lines.insert(at, lines[at].clone()),
        2 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
        }
        3 => everywhere(lines, &mut random),
        _ => within(lines, at, &mut random),
    }
}

/// Alters one value of a line.
fn within(lines: &mut [Value], at: usize, random: &mut Random) {
    for _ in 0..ATTEMPTS {
        let mut line = lines[at].clone();
        let donor = lines[random.below(lines.len())].clone();
        let chosen = random.below(count(&line));
        visit(&mut line, chosen, &mut |value| change(value, &donor, random));
        if is_line(&line) || random.below(64) == 0 {
            lines[at] = line;
            return;
        }
    }
}

/// Gives one field the same value wherever it is: what is compared then meets its like.
fn everywhere(lines: &mut [Value], random: &mut Random) {
    let line = &lines[random.below(lines.len())];
    let Some(name) = names(line).get(random.below(names(line).len().max(1))).cloned() else { return };
    let value = extreme(random);
    for line in lines {
        let mut altered = line.clone();
        set(&mut altered, &name, &value);
        if is_line(&altered) {
            *line = altered;
        }
    }
}

fn is_line(value: &Value) -> bool {
    Line::from_json(value.to_string().as_bytes()).is_ok()
}

fn set(value: &mut Value, name: &str, to: &Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key == name { *field = to.clone() } else { set(field, name, to) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| set(item, name, to)),
        _ => {}
    }
}

/// The names of all fields.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, field)| [vec![name.clone()], names(field)].concat()).collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

/// How many values there are, with those within others.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Hands over the value that is `chosen` steps away, in the order of the text.
fn visit(value: &mut Value, chosen: usize, then: &mut impl FnMut(&mut Value)) {
    let mut left = chosen;
    if left == 0 {
        return then(value);
    }
    left -= 1;
    let within: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => return,
    };
    for inner in within {
        let size = count(inner);
        if left < size {
            return visit(inner, left, then);
        }
        left -= size;
    }
}

fn change(value: &mut Value, donor: &Value, random: &mut Random) {
    if random.below(8) == 0 {
        // What another line has somewhere, such as another case's name.
        let mut donor = donor.clone();
        let chosen = random.below(count(&donor));
        visit(&mut donor, chosen, &mut |taken| *value = taken.take());
        return;
    }
    match value {
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            if names.is_empty() {
                return;
            }
            let [one, other] = [0; 2].map(|_| &names[random.below(names.len())]);
            if random.below(2) == 0 {
                fields.remove(one);
            } else {
                let [first, second] = [fields[one].clone(), fields[other].clone()];
                fields[one] = second;
                fields[other] = first;
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let [one, other] = [0; 2].map(|_| random.below(items.len()));
            match random.below(6) {
                0 => items.clear(),
                4 => {
                    let most = MOST_COPIED / count(&items[one]);
                    items.extend(vec![items[one].clone(); (1 << random.below(11)).min(most)]);
                }
                1 => drop(items.remove(one)),
                2 => items.truncate(1),
                3 => items.swap(one, other),
                _ => items.push(items[one].clone()),
            }
        }
        Value::Number(_) | Value::Null | Value::Array(_) => *value = extreme(random),
        Value::Bool(bool) => *bool = !*bool,
        Value::String(text) => *text = words(text, random),
    }
}

/// A number from the ends of what a field may hold, or nothing.
fn extreme(random: &mut Random) -> Value {
    let near = random.below(300) as u64;
    let float = |value: f64| Number::from_f64(value).map_or(Value::Null, Value::Number);
    match random.below(20) {
        0 | 1 => json!(0),
        2 => json!(-1),
        3 => json!(1),
        4 => Value::Null,
        5 => float(1e308),
        6 => float(-1e308),
        7 => float(f64::MIN_POSITIVE),
        8 => float(-0.0),
        9 => json!(u64::MAX),
        10 => json!(u64::MAX - near),
        11 => json!(i64::MIN),
        12 => json!(i64::MAX),
        13 => json!(u32::MAX),
        14 => json!(1_u64 << random.below(64)),
        15 => json!(near),
        16 => float(1.0 / (1.0 + near as f64)),
        17 => json!([]),
        18 => float(0.5),
        _ => float(near as f64 - 0.5),
    }
}

fn words(text: &str, random: &mut Random) -> String {
    const ODD: [&str; 10] = [
        "",
        " ",
        "\n",
        ";",
        "/",
        "@",
        "\u{0}\u{1b}[2J",
        "ä😀\u{202e}",
        "{closure}::<impl Fn(&[u8]) -> [u8; 3]>::",
        "2026-13-99T99:99:99Z",
    ];
    match random.below(5) {
        0 => ODD[random.below(ODD.len())].to_owned(),
        1 => text.repeat(1 + random.below(400)),
        2 => "ß".repeat(random.below(20_000)),
        3 => text.chars().rev().collect(),
        _ => format!("{text}{}", ODD[random.below(ODD.len())]),
    }
}

/// Splitmix64: the seed decides everything, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
