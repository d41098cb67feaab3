//! How a family compares its variants' outputs with the reference's.

use std::fmt::Debug;

use crate::output::{Difference, Output, Tolerance};

/// Compares the expected output with the found one; says what differs.
type Compare<O> = Box<dyn Fn(&O, &O) -> Result<(), String> + Send + Sync>;

/// How outputs of type `O` are compared with the reference's.
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

/// Outputs must be equal by `==`, whatever their type; of a difference the report shows both as `{:?}` prints
/// them. [`exact`] says where in the output they differ, and takes NaN as equal to NaN.
pub fn equal<O: PartialEq + Debug>() -> Check<O> {
    Check::new("equal".to_owned(), |expected: &O, found: &O| {
        if expected == found { Ok(()) } else { Err(Difference::new(expected, found).to_string()) }
    })
}

/// The author's own check: gets the expected and the found output, says what differs.
pub fn checked_by<O>(compare: impl Fn(&O, &O) -> Result<(), String> + Send + Sync + 'static) -> Check<O> {
    Check::new("by the family's own check".to_owned(), compare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_needs_nothing_but_equality_and_a_way_to_print() {
        #[derive(Debug, PartialEq)]
        struct Foreign(u8);
        assert_eq!((equal().compare)(&Foreign(1), &Foreign(1)), Ok(()));
        assert_eq!(
            (equal().compare)(&Foreign(1), &Foreign(2)),
            Err("expected Foreign(1), found Foreign(2)".to_owned())
        );
    }
}
