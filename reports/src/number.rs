//! Numbers as people read them: three significant digits and a unit.

use std::fmt::Write as _;

/// The sum of counts that a record has, which may be anything: one that is too large is the largest there is.
pub(crate) fn total(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

/// `x` with three significant digits and no exponent: `0.0123`, `1.23`, `12.3`, `123`, `1230`.
pub fn significant(x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let decimals = |x: f64| (2.0 - x.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.*}", decimals(x), x);
    // 9.999 rounds to 10.00: one digit too many, so the rounded number decides.
    let rounded: f64 = text.parse().unwrap_or(x);
    if rounded == 0.0 { text } else { format!("{:.*}", decimals(rounded), x) }
}

/// `x` in the largest of the units (each `step` times the one before) that leaves at least 1.
fn scaled(x: f64, step: f64, units: &[&str]) -> String {
    let mut x = x;
    let mut unit = 0;
    // What would be printed as 1000 belongs to the next unit.
    let limit = if step == 1000.0 { 999.5 } else { step - 0.5 };
    while x.abs() >= limit && unit + 1 < units.len() {
        x /= step;
        unit += 1;
    }
    let text =
        if unit == 0 && x.fract() == 0.0 && x.abs() < 1e4 { format!("{x:.0}") } else { significant(x) };
    format!("{text}\u{a0}{}", units.get(unit).copied().unwrap_or_default())
}

/// A duration: `12.3 ns`, `4.56 µs`, `7.80 ms`, `1.20 s`.
pub fn time_ns(ns: f64) -> String {
    if ns > 0.0 && ns < 0.995 {
        return format!("{}\u{a0}ps", significant(ns * 1e3));
    }
    scaled(ns, 1000.0, &["ns", "µs", "ms", "s"])
}

/// An energy: `12.3 µJ`, `1.20 J`.
pub fn energy_j(joules: f64) -> String {
    scaled(joules * 1e9, 1000.0, &["nJ", "µJ", "mJ", "J", "kJ"])
}

/// A size: `512 B`, `1.50 KiB`, `3.20 MiB`.
pub fn bytes(bytes: f64) -> String {
    scaled(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A rate of bytes: `3.20 GB/s` (decimal, as memory bandwidth is quoted).
pub fn bytes_per_s(rate: f64) -> String {
    scaled(rate, 1000.0, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
}

/// A rate of anything else: `12.0 M elements/s`.
pub fn per_s(rate: f64, unit: &str) -> String {
    let number = scaled(rate, 1000.0, &["", "k", "M", "G", "T"]);
    let number = number.trim_end_matches('\u{a0}');
    format!("{number}\u{a0}{unit}/s")
}

/// A rate of floating-point operations: `1.50 Gflop/s`.
pub fn flops_per_s(rate: f64) -> String {
    scaled(rate, 1000.0, &["flop/s", "kflop/s", "Mflop/s", "Gflop/s", "Tflop/s"])
}

/// A whole number with thin groups of three: `12 345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number that may be broken, such as blocks per iteration: whole where it is whole, and where it
/// is so large that what is broken off does not matter.
pub fn quantity(x: f64) -> String {
    let whole = x.fract() == 0.0 || x >= 1e4;
    if whole && (0.0..1e15).contains(&x) { count(x.round() as u64) } else { significant(x) }
}

/// A share as a percentage: `3.2 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}

/// A share that was chosen, such as a margin, as a percentage with no more digits than it has:
/// `5 %`, `2.5 %`.
pub fn percent_short(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let digits = format!("{:.3}", share * 100.0);
    format!("{}\u{a0}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// A ratio alone, at least two decimals: `0.52`, `1.92`, `12.3`.
pub fn ratio(ratio: f64) -> String {
    ratio_at(ratio, ratio_decimals(ratio, None))
}

/// A ratio and its interval, with as many decimals as the interval is worth:
/// `0.52 [0.51, 0.53]`. Without an interval the ratio stands alone.
pub fn ratio_with_interval(ratio: f64, interval: Option<(f64, f64)>) -> String {
    let decimals = ratio_decimals(ratio, interval);
    let mut text = ratio_at(ratio, decimals);
    if let Some((low, high)) = interval {
        let _ = write!(text, " [{}, {}]", ratio_at(low, decimals), ratio_at(high, decimals));
    }
    text
}

/// How many decimals a ratio gets: enough for its interval, or three significant digits.
fn ratio_decimals(ratio: f64, interval: Option<(f64, f64)>) -> usize {
    let least = match ratio.abs() {
        r if r >= 100.0 => 0.0,
        r if r >= 9.995 => 1.0,
        r if r >= 0.0995 || r == 0.0 => 2.0,
        r => (2.0 - r.log10().floor()).min(9.0),
    };
    let width = interval.map_or(0.0, |(low, high)| (high - low) / 2.0);
    let wished = if width > 0.0 && width.is_finite() { (-width.log10()).ceil() } else { least };
    wished.clamp(least, least.max(4.0)) as usize
}

/// A larger ratio is not printed as a number, since no measurement is that precise.
const LARGEST_RATIO: f64 = 1e6;

fn ratio_at(ratio: f64, decimals: usize) -> String {
    if ratio > LARGEST_RATIO {
        ">10⁶".to_owned()
    } else if ratio > 0.0 && ratio < LARGEST_RATIO.recip() {
        "<10⁻⁶".to_owned()
    } else if ratio.is_finite() {
        format!("{ratio:.decimals$}")
    } else {
        "–".to_owned()
    }
}

/// A ratio in words: `1.92x faster`, `1.30x slower`, `the same` where it rounds to one.
pub fn speed(ratio: f64) -> String {
    if !(ratio.is_finite() && ratio > 0.0) {
        return "–".to_owned();
    }
    let (factor, word) = if ratio < 1.0 { (1.0 / ratio, "faster") } else { (ratio, "slower") };
    if factor > LARGEST_RATIO {
        return format!("over a million times {word}");
    }
    let text = self::ratio(factor);
    if text == "1.00" { "the same".to_owned() } else { format!("{text}x {word}") }
}

/// `1 block`, `2.50 blocks`.
pub fn quantity_of(x: f64, noun: &str) -> String {
    let ending = if x == 1.0 { "" } else { "s" };
    format!("{} {noun}{ending}", quantity(x))
}

/// `1 case`, `2 cases`, `2 processes`.
pub fn plural(n: usize, noun: &str) -> String {
    let ending = match noun {
        _ if n == 1 => "",
        noun if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{n} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units are tied to their numbers by a no-break space.
    fn plain(text: &str) -> String {
        text.replace(['\u{a0}', '\u{202f}'], " ")
    }

    #[test]
    fn times_take_the_unit_that_fits() {
        for (ns, text) in [
            (0.25, "250 ps"),
            (1.0, "1 ns"),
            (12.345, "12.3 ns"),
            (999.4, "999 ns"),
            (999.9, "1.00 µs"),
            (4_560.0, "4.56 µs"),
            (7_800_000.0, "7.80 ms"),
            (120e9, "120 s"),
        ] {
            assert_eq!(plain(&time_ns(ns)), text);
        }
    }

    #[test]
    fn sizes_and_rates_take_the_unit_that_fits() {
        assert_eq!(plain(&energy_j(12.3e-6)), "12.3 µJ");
        assert_eq!(plain(&energy_j(1.2)), "1.20 J");
        assert_eq!(plain(&bytes(0.0)), "0 B");
        assert_eq!(plain(&bytes(512.0)), "512 B");
        assert_eq!(plain(&bytes(1536.0)), "1.50 KiB");
        assert_eq!(plain(&bytes(1023.9)), "1.00 KiB");
        assert_eq!(plain(&bytes_per_s(3.2e9)), "3.20 GB/s");
        assert_eq!(plain(&per_s(12e6, "elements")), "12.0 M elements/s");
        assert_eq!(plain(&count(1_234_567)), "1 234 567");
    }

    #[test]
    fn a_chosen_share_has_no_digits_that_were_not_chosen() {
        for (share, text) in
            [(0.05, "5 %"), (0.025, "2.5 %"), (0.1, "10 %"), (0.0, "0 %"), (1.2 - 1.0, "20 %")]
        {
            assert_eq!(plain(&percent_short(share)), text);
        }
        assert_eq!(percent_short(f64::NAN), "–");
    }

    #[test]
    fn a_ratio_has_the_digits_that_its_interval_is_worth() {
        assert_eq!(ratio_with_interval(0.52, Some((0.51, 0.53))), "0.52 [0.51, 0.53]");
        assert_eq!(ratio_with_interval(1.0031, Some((1.0011, 1.0051))), "1.003 [1.001, 1.005]");
        assert_eq!(ratio_with_interval(25.31, Some((24.9, 25.7))), "25.3 [24.9, 25.7]");
        assert_eq!(ratio_with_interval(0.5, None), "0.50");
        assert_eq!(ratio_with_interval(11_082_139_274.0, Some((9e9, f64::INFINITY))), ">10⁶ [>10⁶, >10⁶]");
        assert_eq!(ratio(1e-9), "<10⁻⁶");
        assert_eq!(ratio(0.0123), "0.0123");
    }

    #[test]
    fn a_ratio_below_one_reads_as_faster() {
        assert_eq!(speed(0.52), "1.92x faster");
        assert_eq!(speed(1.3), "1.30x slower");
        assert_eq!(speed(1.001), "the same");
        assert_eq!(speed(f64::NAN), "–");
    }
}
