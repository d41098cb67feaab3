//! How near a case comes to the machine's limits, in words.

use super::{Binding, Roofline, roofs::TOO_MUCH};
use crate::number;

/// From here on the limit is what there is to be done about.
const NEAR: f64 = 0.7;
/// Below this the limit is not what holds it back.
const FAR: f64 = 0.3;

impl Roofline {
    /// Attained of the limit: `71 %`.
    pub fn share_words(&self) -> String {
        percent(self.share)
    }

    /// What of what: `71 % of the L2 bandwidth`.
    pub fn short(&self) -> String {
        format!("{} of the {}", percent(self.share), self.limit())
    }

    /// `L2 bandwidth`, `512-bit multiply-add peak (f64)`; with its threads where there are several.
    pub fn limit(&self) -> String {
        let limit = match (self.binding, &self.place, &self.ceiling) {
            (Binding::Bandwidth, Some(place), _) => format!("{} bandwidth", place.level),
            (Binding::Arithmetic, _, Some(ceiling)) => ceiling.name(),
            // A limit that binds is there.
            _ => "limit".to_owned(),
        };
        match self.threads {
            1 => limit,
            threads => format!("{limit} of {}", number::plural(threads as usize, "thread")),
        }
    }

    /// Attained and limit, with units: `63.2 GB/s of 89.0 GB/s`.
    pub fn rates(&self) -> String {
        match (self.binding, self.bytes_per_s, &self.place, self.flops_per_s, &self.ceiling) {
            (Binding::Bandwidth, Some(rate), Some(place), ..) => {
                format!("{} of {}", number::bytes_per_s(rate), number::bytes_per_s(place.bytes_per_s))
            }
            (Binding::Arithmetic, .., Some(rate), Some(ceiling)) => {
                format!("{} of {}", number::flops_per_s(rate), number::flops_per_s(ceiling.flops_per_s))
            }
            _ => String::new(),
        }
    }

    /// What follows from it.
    pub fn meaning(&self) -> String {
        let bandwidth = self.binding == Binding::Bandwidth;
        let both = self.place.is_some() && self.ceiling.is_some();
        if self.share > TOO_MUCH {
            return self.too_much();
        }
        if bandwidth && let (Some(far), Some(near)) = (&self.faster_than, &self.place) {
            return format!(
                "Between two levels: by their size the data lie in {far}, but they come faster than {far} can give \
                 ({rate}), so at least a part of them comes from {near}.",
                far = far.level,
                rate = number::bytes_per_s(far.bytes_per_s),
                near = near.level
            );
        }
        if self.share >= NEAR {
            return if bandwidth {
                "Near the limit: moving fewer bytes, or keeping them in a nearer cache, is what would make it \
                 faster."
                    .to_owned()
            } else {
                "Near the limit: fewer operations are what would make it faster.".to_owned()
            };
        }
        if self.share >= FAR {
            return format!("The limit would allow {} times the speed.", number::ratio(1.0 / self.share));
        }
        match (bandwidth, both) {
            (true, false) => "Moving its data is not what limits it.".to_owned(),
            (false, false) => "The width of its arithmetic is not what limits it.".to_owned(),
            (_, true) => {
                "Far from both limits, of bandwidth and of arithmetic: waiting (for memory, for earlier \
                          results, for branches), narrow registers or other instructions take the time."
                    .to_owned()
            }
        }
    }

    fn too_much(&self) -> String {
        match (self.binding, &self.place) {
            (Binding::Bandwidth, Some(place)) if place.level == "L1" => {
                "More than the nearest cache can give: not all of the stated bytes are moved; some stay in \
                 registers or are not touched."
                    .to_owned()
            }
            (Binding::Bandwidth, Some(place)) => format!(
                "More than {} can give, and no nearer level was measured: not all of the stated bytes come from \
                 there; some stay in a nearer cache or are not touched.",
                place.level
            ),
            _ if !self.precision_stated => {
                "More than the peak: the family does not state its precision, so f64 was taken; or fewer operations \
                 are done than stated."
                    .to_owned()
            }
            _ => "More than the peak: fewer operations are done than stated, or on narrower numbers.".to_owned(),
        }
    }
}

/// A share with about two digits: `71 %`, `4.2 %`, `0.031 %`.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        p if p >= 9.95 || !p.is_finite() => 0,
        p if p >= 0.995 => 1,
        p if p > 0.0 => (1.0 - p.log10().floor()).clamp(1.0, 9.0) as usize,
        _ => 0,
    };
    format!("{percent:.digits$}\u{a0}%")
}
