//! What the machine can do at most, for any number of threads.

use duel_record::{Bandwidth, Calibration, Line, Peak};

/// Levels, nearest first; memory is the last.
const LEVELS: [&str; 5] = ["L1", "L2", "L3", "L4", "memory"];

/// From here on a share is more than an error of measurement.
pub(super) const TOO_MUCH: f64 = 1.05;

/// The limits of the machine that a run was made on.
#[derive(Clone, Debug)]
pub struct Roofs {
    calibration: Calibration,
}

/// A level of the memory and what it gives.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryLevel {
    /// `L1`, `L2`, `L3` or `memory`.
    pub level: String,
    /// How large data may be that lie there; `None` for memory.
    pub holds_bytes: Option<u64>,
    /// What streaming from there gives, read and written.
    pub bytes_per_s: f64,
}

/// Which level data come from.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource {
    /// The level whose bandwidth is the limit.
    pub place: MemoryLevel,
    /// The level that holds the data by their size, if they come faster than it can give.
    pub faster_than: Option<MemoryLevel>,
}

/// What arithmetic gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// Bits of the numbers.
    pub precision_bits: u32,
    /// Bits of the registers; the precision itself for scalar code.
    pub register_bits: u32,
    /// A multiply-add is two.
    pub flops_per_s: f64,
}

impl Ceiling {
    /// `512-bit multiply-add peak (f64)`.
    pub fn name(&self) -> String {
        format!("{} multiply-add peak (f{})", self.width(), self.precision_bits)
    }

    /// `512-bit` or `scalar`.
    pub fn width(&self) -> String {
        if self.register_bits == self.precision_bits {
            "scalar".to_owned()
        } else {
            format!("{}-bit", self.register_bits)
        }
    }
}

impl Roofs {
    /// The last that a record holds; `None` where nothing was measured.
    pub fn of(lines: &[Line]) -> Option<Self> {
        let calibration = lines.iter().rev().find_map(|line| match line {
            Line::Calibration(calibration) => Some(calibration.clone()),
            _ => None,
        })?;
        let good = |rate: f64| rate.is_finite() && rate > 0.0;
        let calibration = Calibration {
            bandwidths: calibration.bandwidths.into_iter().filter(|of| good(of.bytes_per_s)).collect(),
            peaks: calibration.peaks.into_iter().filter(|of| good(of.flops_per_s)).collect(),
            ..calibration
        };
        (!calibration.bandwidths.is_empty() || !calibration.peaks.is_empty()).then_some(Self { calibration })
    }

    /// The day on which they were measured.
    pub fn day(&self) -> &str {
        self.calibration.at.split('T').next().unwrap_or_default()
    }

    /// What each level gives to so many threads, nearest first.
    pub fn places(&self, threads: u32) -> Vec<MemoryLevel> {
        LEVELS.iter().filter_map(|level| self.place(level, threads)).collect()
    }

    fn place(&self, level: &str, threads: u32) -> Option<MemoryLevel> {
        let rows: Vec<&Bandwidth> =
            self.calibration.bandwidths.iter().filter(|row| row.level == level).collect();
        let of = |row: &&Bandwidth| (row.threads, row.bytes_per_s);
        // A kernel that only reads may be faster than one that writes, so the faster mix is the limit.
        let bytes_per_s = for_threads(rows.iter().map(of), threads)?;
        let holds = rows.iter().filter_map(|row| Some((row.threads, row.level_bytes? as f64)));
        let holds_bytes = for_threads(holds, threads).map(|bytes| bytes as u64);
        Some(MemoryLevel { level: level.to_owned(), holds_bytes, bytes_per_s })
    }

    /// Where so many bytes of data come from that arrive at so many bytes a second.
    ///
    /// By their size they lie in the nearest level that holds them. How large the data are is known only
    /// from above, so a rate that this level can't give shows that they lie nearer: then the first level
    /// that can give it is taken, or the nearest one.
    pub fn source_of(&self, data_bytes: u64, bytes_per_s: f64, threads: u32) -> Option<DataSource> {
        let mut places = self.places(threads);
        let by_size =
            places.iter().position(|place| place.holds_bytes.is_none_or(|holds| data_bytes <= holds))?;
        let can_give = |place: &MemoryLevel| bytes_per_s <= place.bytes_per_s * TOO_MUCH;
        let place = places[..=by_size].iter().rposition(can_give).unwrap_or(0);
        let faster_than = (place < by_size).then(|| places[by_size].clone());
        Some(DataSource { place: places.swap_remove(place), faster_than })
    }

    /// What each width of register gives to so many threads, narrowest first.
    pub fn ceilings(&self, precision_bits: u32, threads: u32) -> Vec<Ceiling> {
        let rows: Vec<&Peak> =
            self.calibration.peaks.iter().filter(|row| row.precision_bits == precision_bits).collect();
        let mut widths: Vec<u32> = rows.iter().map(|row| row.register_bits).collect();
        widths.sort_unstable();
        widths.dedup();
        let ceiling = |register_bits| {
            let of_width = rows.iter().filter(|row| row.register_bits == register_bits);
            let flops_per_s = for_threads(of_width.map(|row| (row.threads, row.flops_per_s)), threads)?;
            Some(Ceiling { precision_bits, register_bits, flops_per_s })
        };
        widths.into_iter().filter_map(ceiling).collect()
    }

    /// The highest of them.
    pub fn ceiling(&self, precision_bits: u32, threads: u32) -> Option<Ceiling> {
        let ceilings = self.ceilings(precision_bits, threads);
        ceilings.into_iter().max_by(|a, b| a.flops_per_s.total_cmp(&b.flops_per_s))
    }
}

/// What so many threads have where one thread and all cores were measured: as many times what one
/// has, but no more than all have.
fn for_threads(rows: impl Iterator<Item = (u32, f64)>, threads: u32) -> Option<f64> {
    let rows: Vec<(u32, f64)> = rows.collect();
    // More threads can do what fewer can, also where the machine was too busy to show it.
    let best =
        |count: u32| rows.iter().filter(|(of, _)| *of <= count).map(|(_, rate)| *rate).max_by(f64::total_cmp);
    if rows.iter().any(|(of, _)| *of == threads) {
        return best(threads);
    }
    let below = rows.iter().map(|(of, _)| *of).filter(|of| *of < threads).max();
    let above = rows.iter().map(|(of, _)| *of).filter(|of| *of > threads).min();
    match (below, above) {
        (Some(below), Some(above)) => {
            let scaled = best(below)? * f64::from(threads) / f64::from(below.max(1));
            Some(scaled.min(best(above)?))
        }
        // More threads than cores have what the cores have.
        (Some(below), None) => best(below),
        (None, above) => best(above?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_between_one_and_all_have_their_share_and_no_more_than_all() {
        let rows = [(1, 10.0), (8, 50.0), (1, 12.0)];
        let at = |threads| for_threads(rows.into_iter(), threads);
        assert_eq!((at(1), at(2), at(4)), (Some(12.0), Some(24.0), Some(48.0)));
        assert_eq!((at(5), at(8), at(16)), (Some(50.0), Some(50.0), Some(50.0)));
        assert_eq!(for_threads([].into_iter(), 1), None);
        assert_eq!(
            for_threads([(1, 10.0), (2, 9.0)].into_iter(), 2),
            Some(10.0),
            "two are not slower than one"
        );
    }
}
