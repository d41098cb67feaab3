//! Many cases in one gate: what must be paid so that all its words together are seldom wrong.

/// Which hypotheses fall at a family-wise level, by Holm's step-down procedure (*A simple
/// sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6, 1979):
/// the smallest of `m` p-values is compared with `level / m`, the next against `level / (m - 1)`,
/// and so on until one stands. Any false one falls with probability `level` at most, however the
/// p-values depend on each other. A value that is not a number never falls.
pub fn holm(p_values: &[f64], level: f64) -> Vec<bool> {
    let mut fallen = vec![false; p_values.len()];
    let order = ascending(p_values);
    for (step, index) in order.iter().enumerate() {
        if p_values[*index].is_nan() || p_values[*index] > level / (p_values.len() - step) as f64 {
            break;
        }
        fallen[*index] = true;
    }
    fallen
}

/// The q-value of each p-value: the smallest share of false ones among all that fall with it
/// (Benjamini and Hochberg, *Controlling the false discovery rate*, Journal of the Royal
/// Statistical Society B 57, 1995). For reading a report; a gate does not decide by it. What is
/// not a number counts as 1.
pub fn q_values(p_values: &[f64]) -> Vec<f64> {
    let order = ascending(p_values);
    let mut q = vec![1.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, index) in order.iter().enumerate().rev() {
        let scaled = p_values[*index] * p_values.len() as f64 / (rank + 1) as f64;
        // `min` passes over what is not a number.
        smallest = smallest.min(scaled);
        q[*index] = smallest;
    }
    q
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_down_has_one_hypothesis_less_to_pay_for() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[0.01, 0.02, 0.03, 0.005], 0.05), [true, true, true, true]);
        assert_eq!(holm(&[0.02, 0.02, 0.02], 0.05), [false; 3], "the first costs a third of 5 %");
        assert_eq!(holm(&[], 0.05), [false; 0]);
        assert_eq!(holm(&[f64::NAN, 0.001], 0.05), [false, true]);
    }

    #[test]
    fn q_values_are_those_of_the_textbook() {
        let q = q_values(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in q.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
        assert_eq!(q_values(&[1.0, f64::NAN]), [1.0, 1.0]);
        assert!(q_values(&[]).is_empty());
    }
}
