//! How surely a share is known from a count, for error rates that were counted.

use statrs::distribution::{Beta, ContinuousCDF};

/// The exact interval for a probability of which `hits` in `count` were seen (Clopper and Pearson,
/// *The use of confidence or fiducial limits illustrated in the case of the binomial*, Biometrika
/// 26, 1934): it holds the true one with at least this confidence, for any count.
///
/// `None` if there are no trials, more hits than trials, or `confidence` is not between 0 and 1.
pub fn binomial_interval(hits: u64, count: u64, confidence: f64) -> Option<(f64, f64)> {
    if count == 0 || hits > count || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let (seen, unseen) = (hits as f64, (count - hits) as f64);
    let low = if hits == 0 { 0.0 } else { Beta::new(seen, unseen + 1.0).ok()?.inverse_cdf(tail) };
    let high = if hits == count { 1.0 } else { Beta::new(seen + 1.0, unseen).ok()?.inverse_cdf(1.0 - tail) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_published_tables() {
        for (hits, count, expected) in [
            (0, 30, (0.0, 0.1157)),
            (5, 10, (0.1871, 0.8129)),
            (1, 20, (0.00127, 0.2487)),
            (20, 20, (0.8316, 1.0)),
        ] {
            let (low, high) = binomial_interval(hits, count, 0.95).unwrap();
            assert!((low - expected.0).abs() < 1e-4 && (high - expected.1).abs() < 1e-4, "{low} {high}");
        }
    }

    #[test]
    fn what_is_no_count_has_no_interval() {
        assert_eq!(binomial_interval(0, 0, 0.95), None);
        assert_eq!(binomial_interval(3, 2, 0.95), None);
        assert_eq!(binomial_interval(1, 2, 1.0), None);
    }
}
