//! The axis that runs across a chart.

/// A linear map of values to percent of the width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
}

impl Scale {
    /// Covers all values, with a margin at both ends; `None` of nothing finite.
    pub fn covering(values: impl IntoIterator<Item = f64>, margin: f64) -> Option<Self> {
        let finite = values.into_iter().filter(|v| v.is_finite());
        let (low, high) = finite.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            return None;
        }
        let width = if high > low { high - low } else { high.abs().max(1e-9) * 0.02 };
        Some(Self { low: low - width * margin, high: high + width * margin })
    }

    pub fn percent(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low) * 100.0
    }
}

/// A percentage as an attribute; two decimals are finer than any screen.
pub(super) fn at(percent: f64) -> String {
    format!("{:.2}%", percent.clamp(-10.0, 110.0))
}

/// Round numbers within a range, about `wished` of them.
pub(super) fn round_ticks(low: f64, high: f64, wished: usize) -> Vec<f64> {
    let rough = (high - low) / wished.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).take(20).map(|n| n as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let ticks = round_ticks(0.87, 1.13, 5);
        assert_eq!(ticks.iter().map(|t| format!("{t:.2}")).collect::<Vec<_>>(), ["0.90", "1.00", "1.10"]);
        assert!(round_ticks(1.0, 1.0, 5).is_empty());
    }

    #[test]
    fn a_scale_of_one_value_has_a_width() {
        let scale = Scale::covering([5.0, f64::NAN], 0.1).unwrap();
        assert!((scale.percent(5.0) - 50.0).abs() < 1e-6);
    }
}
