//! How busy the machine was while it measured.

use duel_record::{Finding, Line, Pressure};

use crate::number;

/// How busy the machine was over several measurements; each share is 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PressureSummary {
    /// Mean share of CPU time that other guests took.
    pub steal_mean: Option<f64>,
    /// The worst of them.
    pub steal_max: Option<f64>,
    /// Mean share of CPU time that was busy.
    pub busy_mean: Option<f64>,
    /// Highest load average.
    pub load_max: Option<f64>,
}

impl PressureSummary {
    /// Over several measurements.
    pub fn new(all: &[Pressure]) -> Self {
        Self {
            steal_mean: mean(all, |p| p.steal),
            steal_max: highest(all, |p| p.steal),
            busy_mean: mean(all, |p| p.busy),
            load_max: highest(all, |p| p.load),
        }
    }

    /// Over the trials of a run, or over the whole run where it has none.
    pub(super) fn of_run(lines: &[Line]) -> Self {
        let trials: Vec<Pressure> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Trial(trial) => Some(trial.pressure),
                _ => None,
            })
            .collect();
        if !trials.is_empty() {
            return Self::new(&trials);
        }
        let whole: Vec<Pressure> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Finished(finished) => Some(finished.pressure),
                Line::Found(Finding::Criterion { pressure, .. }) => Some(*pressure),
                _ => None,
            })
            .collect();
        Self::new(&whole)
    }

    /// In words; `None` where nothing is known.
    pub fn describe(&self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(mean) = self.steal_mean {
            let worst = self.steal_max.unwrap_or(mean);
            parts.push(format!("steal {} (worst trial {})", number::percent(mean), number::percent(worst)));
        }
        if let Some(busy) = self.busy_mean {
            parts.push(format!("CPUs busy {}", number::percent(busy)));
        }
        if let Some(load) = self.load_max {
            parts.push(format!("load up to {load:.1}"));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn mean(all: &[Pressure], of: impl Fn(&Pressure) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = all.iter().filter_map(of).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn highest(all: &[Pressure], of: impl Fn(&Pressure) -> Option<f64>) -> Option<f64> {
    all.iter().filter_map(of).max_by(f64::total_cmp)
}
