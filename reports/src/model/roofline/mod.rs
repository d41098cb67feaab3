//! A case against what the machine can do at most: the roofline model (Williams, Waterman, Patterson
//! 2009).
//!
//! An iteration of `bytes` and `flops` can't take less than `bytes / bandwidth`, nor less than
//! `flops / peak`. Which of the two is longer is the limit, and its share of the time that the
//! iteration took is how near the case comes to it.

mod roofs;
#[cfg(test)]
mod tests;
mod words;

use duel_record::protocol::Work;

pub use roofs::{Ceiling, DataSource, MemoryLevel, Roofs};

/// The precision that is taken where a family does not state one: that of a float literal in Rust.
const ASSUMED_PRECISION_BITS: u32 = 64;

/// What a resident set may hide: memory that the start of the process gave back is used again, and
/// the growth that is seen is smaller by that.
const BLUR_BYTES: u64 = 256 << 10;

/// What limits a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Moving its data.
    Bandwidth,
    /// Computing: its floating-point operations.
    Arithmetic,
}

/// One arm against the machine's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Roofline {
    /// Threads that it ran on.
    pub threads: u32,
    /// Bytes a second that its work and time come to; `None` where the work states none.
    pub bytes_per_s: Option<f64>,
    /// Floating-point operations a second, likewise.
    pub flops_per_s: Option<f64>,
    /// Where its data come from, and what that level gives; `None` where bytes are not stated, or nothing
    /// was measured for data this large.
    pub place: Option<MemoryLevel>,
    /// The level that its data lie in by their size, if they come faster than it can give.
    pub faster_than: Option<MemoryLevel>,
    /// The widest arithmetic of its precision; `None` where operations are not stated.
    pub ceiling: Option<Ceiling>,
    /// Whether the family states its precision, or `f64` was taken.
    pub precision_stated: bool,
    /// Which limit is the nearer one.
    pub binding: Binding,
    /// Attained of that limit; above 1 where more is stated than can be.
    pub share: f64,
}

/// What is known of an arm.
pub(in crate::model) struct RooflineInput {
    pub work: Work,
    pub ns_per_iter: f64,
    pub threads: u32,
    /// 0 where it is not stated.
    pub precision_bits: u32,
    /// By how much the process grew when the case was prepared.
    pub footprint_bytes: Option<u64>,
}

impl Roofline {
    /// Holds an arm against the limits; `None` where nothing is stated that could be.
    pub(in crate::model) fn new(facts: &RooflineInput, roofs: &Roofs) -> Option<Self> {
        let RooflineInput { work, ns_per_iter, threads, .. } = *facts;
        if !(ns_per_iter.is_finite() && ns_per_iter > 0.0) {
            return None;
        }
        let rate = |amount: u64| (amount > 0).then(|| amount as f64 * 1e9 / ns_per_iter);
        let (bytes_per_s, flops_per_s) = (rate(work.bytes), rate(work.flops));
        let source = bytes_per_s.and_then(|rate| roofs.source_of(facts.data_bytes(), rate, threads));
        let (place, faster_than) = source.map_or((None, None), |of| (Some(of.place), of.faster_than));
        let precision_stated = [32, 64].contains(&facts.precision_bits);
        let precision = if precision_stated { facts.precision_bits } else { ASSUMED_PRECISION_BITS };
        let ceiling = flops_per_s.and_then(|_| roofs.ceiling(precision, threads));
        let of_bandwidth = bytes_per_s.zip(place.as_ref()).map(|(rate, place)| rate / place.bytes_per_s);
        let of_arithmetic = flops_per_s.zip(ceiling).map(|(rate, ceiling)| rate / ceiling.flops_per_s);
        // The lower of two limits is the one of which more is attained.
        let (binding, share) = match (of_bandwidth, of_arithmetic) {
            (Some(bytes), Some(flops)) if flops > bytes => (Binding::Arithmetic, flops),
            (Some(bytes), _) => (Binding::Bandwidth, bytes),
            (None, Some(flops)) => (Binding::Arithmetic, flops),
            (None, None) => return None,
        };
        Some(Self {
            threads,
            bytes_per_s,
            flops_per_s,
            place,
            faster_than,
            ceiling,
            precision_stated,
            binding,
            share,
        })
    }

    /// Operations for each byte: the intensity.
    pub fn flops_per_byte(&self) -> Option<f64> {
        Some(self.flops_per_s? / self.bytes_per_s?)
    }
}

impl RooflineInput {
    /// How large the data are at most. Neither number can be less than what an iteration touches: of the bytes
    /// that it moves each may be another, and its data lie within what the process grew by.
    fn data_bytes(&self) -> u64 {
        match self.footprint_bytes {
            Some(grown) if grown > 0 => self.work.bytes.min(grown.saturating_add(BLUR_BYTES)),
            _ => self.work.bytes,
        }
    }
}
