//! `doctor`: what this machine can measure, how to get the rest, and how small a change it shows; on
//! one screen.

use std::{path::Path, time::Duration};

use anyhow::Result;
use duel_record::{Diagnosis, Fact, KernelNoise, Message, NoiseFloor, Pressure};
use duel_reports::number;

use crate::{
    command::{cli::DoctorArgs, settings::Settings, status::Status},
    machine::{PressureMeter, doctor, machine},
    reporter::{Event, Reporter, Style},
    verbs::limits,
};

/// How long the same code is compared with itself.
const NULL_COMPARISON: Duration = Duration::from_secs(10);
const QUICK_NULL_COMPARISON: Duration = Duration::from_secs(2);
const COLUMNS: usize = 100;
/// Names stand to the left of this.
const INDENT: usize = 16;

pub fn doctor(args: &DoctorArgs) -> Result<Status> {
    let settings = Settings::new(&args.common, None, Path::new("target"))?;
    let reporter = &settings.reporter;
    let meter = PressureMeter::start();
    let limits = limits::limits(&machine(), args.calibrate, &settings)?;
    let mut diagnosis = doctor::diagnose(&settings);
    print_facts(reporter, &diagnosis.facts);
    print_instruments(reporter, &diagnosis);
    let limits: Vec<Fact> =
        limits.into_iter().map(|(name, found)| Fact { name, found, remedy: None }).collect();
    print_facts(reporter, &limits);
    diagnosis.facts.extend(limits);
    let time = if settings.quick { QUICK_NULL_COMPARISON } else { NULL_COMPARISON };
    reporter.report(&Event::MeasuringNoise { time });
    let noise = doctor::noise(&settings, time)?;
    diagnosis.pressure = meter.read();
    print_noise(reporter, &noise, &diagnosis.pressure);
    diagnosis.noise = Some(noise);
    reporter.message(&Message::Doctor(diagnosis));
    Ok(Status::Good)
}

fn print_facts(reporter: &Reporter, facts: &[Fact]) {
    for fact in facts {
        let mut text = fact.found.clone();
        if let Some(remedy) = &fact.remedy {
            text.push_str(&format!("; {remedy}"));
        }
        print(reporter, &fact.name, None, &text);
    }
    reporter.result("");
}

fn print_instruments(reporter: &Reporter, diagnosis: &Diagnosis) {
    for check in &diagnosis.instruments {
        let word = if check.available { (Style::Green, "yes ") } else { (Style::Yellow, "no  ") };
        let mut text = check.found.clone();
        if let Some(remedy) = &check.remedy {
            text.push_str(&format!("; {remedy}"));
        }
        print(reporter, &check.name, Some(word), &text);
    }
    reporter.result("");
}

/// One named line, broken where it is too long, with the rest below its text.
fn print(reporter: &Reporter, name: &str, word: Option<(Style, &str)>, text: &str) {
    let indent = INDENT + 2 + word.map_or(0, |(_, word)| word.len());
    let painted = word.map_or_else(String::new, |(style, word)| reporter.paint(style, word));
    let mut lines = wrap(text, COLUMNS - indent).into_iter();
    let first = lines.next().unwrap_or_default();
    reporter.result(&format!("{name:>INDENT$}  {painted}{first}"));
    for line in lines {
        reporter.result(&format!("{:indent$}{line}", ""));
    }
}

/// Breaks a text between words into lines of no more than so many characters, where its words allow.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > columns {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += word_length;
        }
    }
    lines
}

fn print_noise(reporter: &Reporter, noise: &NoiseFloor, pressure: &Pressure) {
    let head = "the same code against itself";
    reporter.result(&format!(
        "{head:<30}{:>8}{:>10}{:>24}{:>10}{:>16}",
        "trials", "spread", "ratio, 95 % interval", "floor", "a gate finds"
    ));
    for kernel in &noise.kernels {
        reporter.result(&row(kernel));
    }
    for line in wrap(&in_words(noise, pressure), COLUMNS) {
        reporter.result(&line);
    }
}

fn row(kernel: &KernelNoise) -> String {
    let title = format!("  {}, {}", kernel.kernel, number::time_ns(kernel.time_ns_median));
    let ratio = number::ratio_with_interval(kernel.ratio, Some((kernel.low, kernel.high)));
    format!(
        "{title:<30}{:>8}{:>10}{ratio:>24}{:>10}{:>16}",
        kernel.trials,
        share(kernel.spread),
        share((kernel.high - kernel.low) / 2.0),
        change(kernel.gate_smallest_ratio)
    )
}

/// What it comes to.
fn in_words(noise: &NoiseFloor, pressure: &Pressure) -> String {
    let floor = noise.half_width.map_or_else(|| "not found".to_owned(), share);
    let minutes = noise.gate_s / 60.0;
    let gate = match noise.gate_smallest_ratio {
        Some(ratio) => format!(
            "a gate of {minutes:.0} minutes with {} cases usually finds changes of {} and more here",
            noise.gate_cases,
            share(ratio - 1.0)
        ),
        None => format!("too few trials to say what a gate of {minutes:.0} minutes would find here"),
    };
    let busy = |name: &str, part: Option<f64>| part.map(|part| format!("{name} {}", share(part)));
    let meanwhile: Vec<String> = [busy("busy", pressure.busy), busy("stolen by the host", pressure.steal)]
        .into_iter()
        .flatten()
        .collect();
    let meanwhile =
        if meanwhile.is_empty() { String::new() } else { format!(" (meanwhile: {})", meanwhile.join(", ")) };
    format!("noise floor {floor}: {gate}{meanwhile}")
}

fn share(share: f64) -> String {
    let digits = if share < 0.001 { 2 } else { 1 };
    format!("{:.digits$} %", share * 100.0)
}

fn change(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| share(ratio - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one", 1), ["one"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn the_noise_is_said_in_words() {
        let noise = NoiseFloor {
            half_width: Some(0.006),
            gate_cases: 20,
            gate_s: 180.0,
            gate_smallest_ratio: Some(1.023),
            ..NoiseFloor::default()
        };
        let pressure = Pressure { steal: Some(0.0), busy: Some(0.5), load: None };
        assert_eq!(
            in_words(&noise, &pressure),
            "noise floor 0.6 %: a gate of 3 minutes with 20 cases usually finds changes of 2.3 % and more \
             here (meanwhile: busy 50.0 %, stolen by the host 0.00 %)"
        );
        let nothing = NoiseFloor { gate_s: 180.0, ..NoiseFloor::default() };
        assert!(in_words(&nothing, &Pressure::default()).contains("too few trials"));
    }
}
