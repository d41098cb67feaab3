//! What the processor's and the system's counters say of one case.

use serde::{Deserialize, Serialize};

use super::Counter;

/// Counters of one case, each over iterations alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CounterSummary {
    /// Iterations that were counted.
    pub iters: u64,
    /// What could be counted.
    pub counts: Vec<Count>,
    /// What the machine refused.
    pub refused: Vec<Refused>,
    /// Whether what happens in the kernel on the case's behalf is left out, since the system lets
    /// this user count no more.
    #[serde(default)]
    pub user_space_only: bool,
}

impl CounterSummary {
    /// What a counter says of one iteration.
    pub fn per_iter(&self, counter: Counter) -> Option<f64> {
        self.counts.iter().find(|count| count.counter == counter).map(|count| count.per_iter)
    }
}

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "CountOnDisk", into = "CountOnDisk")]
pub struct Count {
    /// Which.
    pub counter: Counter,
    /// Of one iteration, in the counter's unit.
    pub per_iter: f64,
    /// The share of the time in which it counted, 0 to 1: under 1 where there were more counters
    /// than the processor has, and the count is scaled up.
    pub counted_share: f64,
}

/// A count with its unit, for whoever reads a record with other programs.
#[derive(Serialize, Deserialize)]
struct CountOnDisk {
    name: Counter,
    #[serde(default)]
    unit: String,
    per_iter: f64,
    counted_share: f64,
}

impl From<CountOnDisk> for Count {
    fn from(of: CountOnDisk) -> Self {
        Self { counter: of.name, per_iter: of.per_iter, counted_share: of.counted_share }
    }
}

impl From<Count> for CountOnDisk {
    fn from(of: Count) -> Self {
        Self {
            name: of.counter,
            unit: of.counter.unit().symbol().to_owned(),
            per_iter: of.per_iter,
            counted_share: of.counted_share,
        }
    }
}

/// A counter that can't be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which.
    #[serde(rename = "name")]
    pub counter: Counter,
    /// Why.
    pub reason: String,
    /// What would make it available, where something would.
    pub remedy: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As duel wrote it when a counter was any text.
    #[test]
    fn a_summary_of_an_older_version_is_read() {
        let old = r#"{"iters":9,"counts":[{"name":"LLC misses","unit":"","per_iter":4.5,"counted_share":0.5},
            {"name":"package energy","unit":"J","per_iter":1e-6,"counted_share":1.0}],
            "refused":[{"name":"cycles","reason":"no","remedy":null}]}"#;
        let summary: CounterSummary = serde_json::from_str(old).unwrap();
        assert_eq!(summary.per_iter(Counter::LlcMisses), Some(4.5));
        assert_eq!(summary.per_iter(Counter::PackageEnergy), Some(1e-6));
        assert_eq!(summary.refused[0].counter, Counter::Cycles);
        let again: serde_json::Value = serde_json::to_value(&summary).unwrap();
        let before: serde_json::Value = serde_json::from_str(old).unwrap();
        assert_eq!((&again["counts"], &again["refused"]), (&before["counts"], &before["refused"]));
    }
}
