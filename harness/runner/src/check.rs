//! How a variant's output is held against the reference's.

use std::fmt::{self, Debug};

/// How far numbers may differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Not at all. NaN equals NaN.
    Exact,
    /// By this share of the larger magnitude.
    Relative(f64),
    /// By this much.
    Absolute(f64),
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Relative(share) => write!(f, "within {share:e} of the value"),
            Self::Absolute(distance) => write!(f, "within {distance:e}"),
        }
    }
}

/// Where two outputs first differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Indices from the outermost inwards, such as `[17].0`; empty for a plain value.
    pub place: String,
    /// What the reference has there.
    pub expected: String,
    /// What the variant has there.
    pub found: String,
}

impl Difference {
    fn of(expected: impl Debug, found: impl Debug) -> Self {
        let short = |value: String| match value.char_indices().nth(120) {
            Some((cut, _)) => format!("{}…", &value[..cut]),
            None => value,
        };
        Self {
            place: String::new(),
            expected: short(format!("{expected:?}")),
            found: short(format!("{found:?}")),
        }
    }

    fn inside(mut self, outer: impl fmt::Display) -> Self {
        self.place.insert_str(0, &outer.to_string());
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "at {}: ", self.place)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// An output that can say where it first differs from another.
pub trait Output {
    /// The first place where `found` is further from `self`, the expected, than allowed.
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference>;
}

macro_rules! exact_output {
    ($($kind:ty),+) => {$(
        impl Output for $kind {
            fn difference(&self, found: &Self, _: Tolerance) -> Option<Difference> {
                (self != found).then(|| Difference::of(self, found))
            }
        }
    )+};
}
exact_output!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, str, String, ());

macro_rules! float_output {
    ($($float:ty),+) => {$(
        impl Output for $float {
            fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
                let same = self == found || (self.is_nan() && found.is_nan());
                let distance = f64::from((self - found).abs());
                let near = match tolerance {
                    Tolerance::Exact => false,
                    Tolerance::Relative(share) => distance <= share * f64::from(self.abs().max(found.abs())),
                    Tolerance::Absolute(limit) => distance <= limit,
                };
                // An infinity is near nothing but itself, whatever the arithmetic above says.
                (!(same || near && self.is_finite() && found.is_finite())).then(|| Difference::of(self, found))
            }
        }
    )+};
}
float_output!(f32, f64);

impl<T: Output> Output for [T] {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        if self.len() != found.len() {
            return Some(Difference::of(self.len(), found.len()).inside("length"));
        }
        self.iter().zip(found).enumerate().find_map(|(index, (expected, found))| {
            Some(expected.difference(found, tolerance)?.inside(format_args!("[{index}]")))
        })
    }
}

impl<T: Output, const N: usize> Output for [T; N] {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        self.as_slice().difference(found, tolerance)
    }
}

impl<T: Output> Output for Vec<T> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        self.as_slice().difference(found, tolerance)
    }
}

impl<T: Output + ?Sized> Output for Box<T> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        (**self).difference(found, tolerance)
    }
}

impl<T: Output + Debug> Output for Option<T> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        match (self, found) {
            (None, None) => None,
            (Some(expected), Some(found)) => expected.difference(found, tolerance),
            (expected, found) => Some(Difference::of(expected, found)),
        }
    }
}

macro_rules! tuple_output {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Output),+> Output for ($($name,)+) {
            fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
                $(if let Some(difference) = self.$index.difference(&found.$index, tolerance) {
                    return Some(difference.inside(concat!(".", $index)));
                })+
                None
            }
        }
    };
}
tuple_output!(A 0);
tuple_output!(A 0, B 1);
tuple_output!(A 0, B 1, C 2);
tuple_output!(A 0, B 1, C 2, D 3);

/// Compares the expected output with the found one; says what differs.
type Compare<O> = Box<dyn Fn(&O, &O) -> Result<(), String> + Send + Sync>;

/// How outputs of type `O` are held against the reference's.
pub struct Check<O> {
    /// In words, for reports.
    pub(crate) description: String,
    pub(crate) compare: Compare<O>,
}

impl<O> Check<O> {
    fn new(
        description: String,
        compare: impl Fn(&O, &O) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { description, compare: Box::new(compare) }
    }
}

fn within<O: Output>(tolerance: Tolerance) -> Check<O> {
    Check::new(tolerance.to_string(), move |expected: &O, found: &O| {
        expected.difference(found, tolerance).map_or(Ok(()), |difference| Err(difference.to_string()))
    })
}

/// Outputs must be equal.
pub fn exact<O: Output>() -> Check<O> {
    within(Tolerance::Exact)
}

/// Floating-point numbers in the output may differ by this share of their magnitude.
pub fn within_relative<O: Output>(share: f64) -> Check<O> {
    within(Tolerance::Relative(share))
}

/// Floating-point numbers in the output may differ by this much.
pub fn within_absolute<O: Output>(distance: f64) -> Check<O> {
    within(Tolerance::Absolute(distance))
}

/// The author's own check: gets the expected and the found output, says what differs.
pub fn checked_by<O>(compare: impl Fn(&O, &O) -> Result<(), String> + Send + Sync + 'static) -> Check<O> {
    Check::new("by the family's own check".to_owned(), compare)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn say<O: Output>(expected: &O, found: &O, tolerance: Tolerance) -> String {
        expected.difference(found, tolerance).map_or("same".into(), |d| d.to_string())
    }

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        assert_eq!(say(&vec![1, 2, 3], &vec![1, 9, 8], Tolerance::Exact), "at [1]: expected 2, found 9");
        assert_eq!(
            say(&vec![(1, 2.0)], &vec![(1, 2.5)], Tolerance::Relative(0.1)),
            "at [0].1: expected 2.0, found 2.5"
        );
        assert_eq!(say(&vec![1], &vec![1, 2], Tolerance::Exact), "at length: expected 1, found 2");
        assert_eq!(say(&Some(1), &None, Tolerance::Exact), "expected Some(1), found None");
    }

    #[test]
    fn a_tolerance_lets_near_numbers_pass_and_no_infinity_or_nan() {
        assert_eq!(say(&1.0, &1.000_001, Tolerance::Relative(1e-5)), "same");
        assert_eq!(say(&100.0, &100.5, Tolerance::Absolute(1.0)), "same");
        assert_eq!(say(&f64::NAN, &f64::NAN, Tolerance::Exact), "same");
        assert_ne!(say(&1.0, &f64::NAN, Tolerance::Relative(1.0)), "same");
        assert_ne!(say(&1.0, &f64::INFINITY, Tolerance::Relative(1.0)), "same");
        assert_ne!(say(&f64::NEG_INFINITY, &f64::INFINITY, Tolerance::Absolute(f64::MAX)), "same");
    }

    #[test]
    fn a_long_output_is_cut_in_the_message() {
        let message = say(&"a".repeat(5_000), &"b".repeat(5_000), Tolerance::Exact);
        assert!(message.len() < 400, "{message}");
    }

    proptest! {
        #[test]
        fn every_output_equals_itself(values: Vec<f64>) {
            prop_assert_eq!(values.difference(&values, Tolerance::Exact), None);
        }
    }
}
