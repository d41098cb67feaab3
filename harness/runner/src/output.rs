//! Where two outputs first differ, and how far their numbers may.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt::{self, Debug},
    hash::{BuildHasher, Hash},
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

/// Where two outputs first differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Indices and fields from the outermost inwards, such as `[17].radius`; empty for a plain value.
    pub place: String,
    /// What the reference has there.
    pub expected: String,
    /// What the variant has there.
    pub found: String,
}

impl Difference {
    /// Two values that differ as a whole, as `{:?}` prints them, at most 120 characters of each.
    pub fn new(expected: impl Debug, found: impl Debug) -> Self {
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

    /// The same difference, seen from the value that has it at `place`, such as `[17]` or `.radius`.
    #[must_use]
    pub fn inside(mut self, place: impl fmt::Display) -> Self {
        self.place.insert_str(0, &place.to_string());
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

/// An output that can say where it first differs from another.
///
/// Derive it for your own outputs:
/// ```
/// #[derive(duel::Output)]
/// struct Fit {
///     slope: f64,
///     intercept: f64,
///     #[output(skip)] // may differ between variants
///     steps: usize,
/// }
/// ```
/// [`within_relative`](crate::within_relative) and [`within_absolute`](crate::within_absolute) then hold for
/// the floating-point numbers in it, and a report names the field that differs.
///
/// If a field's type belongs to another crate, a function or a closure compares it:
/// ```
/// #[derive(duel::Output)]
/// struct Listing {
///     #[output(with = |expected, found, _| (expected != found).then(|| duel::Difference::new(expected, found)))]
///     root: std::path::PathBuf,
///     files: u64,
/// }
/// ```
/// If the output itself does, see [`equal`](crate::equal) and [`checked_by`](crate::checked_by).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be in an output that is compared by this check",
    label = "needs `duel::Output`",
    note = "write `#[derive(duel::Output)]` above the definition of `{Self}`",
    note = "if it is defined in another crate, make the family with `duel::equal()` or `duel::checked_by(…)`"
)]
pub trait Output {
    /// The first place where `found` is further from `self`, the expected, than allowed.
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference>;
}

macro_rules! exact_output {
    ($($kind:ty),+) => {$(
        impl Output for $kind {
            fn difference(&self, found: &Self, _: Tolerance) -> Option<Difference> {
                (self != found).then(|| Difference::new(self, found))
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
                (!(same || near && self.is_finite() && found.is_finite())).then(|| Difference::new(self, found))
            }
        }
    )+};
}
float_output!(f32, f64);

impl<T: Output> Output for [T] {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        if self.len() != found.len() {
            return Some(Difference::new(self.len(), found.len()).inside("length"));
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

macro_rules! pointer_output {
    ($($pointer:ty),+) => {$(
        impl<T: Output + ?Sized> Output for $pointer {
            fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
                (**self).difference(found, tolerance)
            }
        }
    )+};
}
pointer_output!(Box<T>, Rc<T>, Arc<T>, &T);

impl<T: Output> Output for VecDeque<T> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        if self.len() != found.len() {
            return Some(Difference::new(self.len(), found.len()).inside("length"));
        }
        self.iter().zip(found).enumerate().find_map(|(index, (expected, found))| {
            Some(expected.difference(found, tolerance)?.inside(format_args!("[{index}]")))
        })
    }
}

impl<T: Output + Debug> Output for Option<T> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        match (self, found) {
            (None, None) => None,
            (Some(expected), Some(found)) => expected.difference(found, tolerance),
            (expected, found) => Some(Difference::new(expected, found)),
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
tuple_output!(A 0, B 1, C 2, D 3, E 4);
tuple_output!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_output!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_output!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

impl<T: Output + Debug, E: Output + Debug> Output for Result<T, E> {
    fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
        match (self, found) {
            (Ok(expected), Ok(found)) => expected.difference(found, tolerance),
            (Err(expected), Err(found)) => expected.difference(found, tolerance),
            (expected, found) => Some(Difference::new(expected, found)),
        }
    }
}

impl<T: ?Sized> Output for PhantomData<T> {
    fn difference(&self, _: &Self, _: Tolerance) -> Option<Difference> {
        None
    }
}

/// The text that a message has for a key that one side lacks.
const NO_ENTRY: fmt::Arguments = format_args!("no entry");

macro_rules! map_output {
    ($map:ty, $key:ident: $($bound:path),+; $($other:ident),*) => {
        impl<$key: $($bound +)+ Debug, V: Output + Debug, $($other: BuildHasher),*> Output for $map {
            fn difference(&self, found: &Self, tolerance: Tolerance) -> Option<Difference> {
                let differs = self.iter().filter_map(|(key, expected)| {
                    let difference = match found.get(key) {
                        Some(found) => expected.difference(found, tolerance)?,
                        None => Difference::new(expected, NO_ENTRY),
                    };
                    Some(difference.inside(format_args!("[{key:?}]")))
                });
                let more = found.iter().filter(|(key, _)| !self.contains_key(key)).map(|(key, found)| {
                    Difference::new(NO_ENTRY, found).inside(format_args!("[{key:?}]"))
                });
                // The same one in every process, although a hash map's order is not.
                differs.chain(more).min_by(|a, b| a.place.cmp(&b.place))
            }
        }
    };
}
map_output!(BTreeMap<K, V>, K: Ord;);
map_output!(HashMap<K, V, S>, K: Eq, Hash; S);

macro_rules! set_output {
    ($set:ty, $element:ident: $($bound:path),+; $($other:ident),*) => {
        impl<$element: $($bound +)+ Debug, $($other: BuildHasher),*> Output for $set {
            fn difference(&self, found: &Self, _: Tolerance) -> Option<Difference> {
                let missing = self.difference(found).map(|element| Difference::new(element, NO_ENTRY));
                let more = found.difference(self).map(|element| Difference::new(NO_ENTRY, element));
                missing.chain(more).min_by(|a, b| (&a.expected, &a.found).cmp(&(&b.expected, &b.found)))
            }
        }
    };
}
set_output!(BTreeSet<T>, T: Ord;);
set_output!(HashSet<T, S>, T: Eq, Hash; S);

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

    #[derive(Debug, duel::Output)]
    struct Fit {
        slope: f64,
        knots: Vec<Knot>,
        #[output(skip)]
        _steps: usize,
        #[output(with = |expected, found, _| (expected.0 != found.0).then(|| Difference::new(expected.0, found.0)))]
        foreign: Foreign,
    }

    #[derive(Debug)]
    struct Foreign(u8);

    #[derive(Clone, Debug, duel::Output)]
    enum Knot {
        None,
        At(f64, u8),
        Named { r#type: String },
    }

    #[derive(duel::Output)]
    struct Pair<T>(T, T);

    fn fit(slope: f64, knot: &Knot, steps: usize, foreign: u8) -> Fit {
        Fit { slope, knots: vec![Knot::None, knot.clone()], _steps: steps, foreign: Foreign(foreign) }
    }

    #[test]
    fn a_derived_output_names_the_field_and_keeps_to_the_tolerance() {
        let exact = |found| say(&fit(1.0, &Knot::At(2.0, 3), 4, 5), &found, Tolerance::Exact);
        let near = |found| say(&fit(1.0, &Knot::At(2.0, 3), 4, 5), &found, Tolerance::Relative(0.1));
        assert_eq!(exact(fit(1.0, &Knot::At(2.0, 3), 99, 5)), "same");
        assert_eq!(exact(fit(1.01, &Knot::At(2.0, 3), 4, 5)), "at .slope: expected 1.0, found 1.01");
        assert_eq!(exact(fit(1.0, &Knot::At(2.1, 3), 4, 5)), "at .knots[1].0: expected 2.0, found 2.1");
        assert_eq!(near(fit(1.01, &Knot::At(2.1, 3), 4, 5)), "same");
        assert_eq!(near(fit(1.0, &Knot::At(2.0, 4), 4, 5)), "at .knots[1].1: expected 3, found 4");
        assert_eq!(near(fit(1.0, &Knot::None, 4, 5)), "at .knots[1]: expected At, found None");
        assert_eq!(near(fit(1.0, &Knot::At(2.0, 3), 4, 6)), "at .foreign: expected 5, found 6");
        let named = |name: &str| Pair(Knot::Named { r#type: name.into() }, Knot::None);
        assert_eq!(
            say(&named("a"), &named("b"), Tolerance::Exact),
            "at .0.type: expected \"a\", found \"b\""
        );
    }

    #[test]
    fn maps_and_sets_name_the_key_in_whatever_order_they_are() {
        let map = |entries: &[(u8, f64)]| entries.iter().copied().collect::<HashMap<_, _>>();
        let tree = |entries: &[(u8, f64)]| entries.iter().copied().collect::<BTreeMap<_, _>>();
        let expected = [(1, 1.0), (2, 2.0), (3, 3.0)];
        for (found, message) in [
            (&[(3, 3.0), (1, 1.0), (2, 2.0)][..], "same"),
            (&[(1, 1.0), (2, 9.0), (3, 9.0)], "at [2]: expected 2.0, found 9.0"),
            (&[(1, 1.0), (2, 2.0)], "at [3]: expected 3.0, found no entry"),
            (&[(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)], "at [4]: expected no entry, found 4.0"),
        ] {
            assert_eq!(say(&map(&expected), &map(found), Tolerance::Exact), message);
            assert_eq!(say(&tree(&expected), &tree(found), Tolerance::Exact), message);
        }
        let set = |elements: &[u8]| elements.iter().copied().collect::<HashSet<_>>();
        assert_eq!(say(&set(&[1, 2]), &set(&[2, 1]), Tolerance::Exact), "same");
        assert_eq!(say(&set(&[1, 2, 3]), &set(&[3]), Tolerance::Exact), "expected 1, found no entry");
        assert_eq!(say(&set(&[3]), &set(&[3, 4]), Tolerance::Exact), "expected no entry, found 4");
    }

    proptest! {
        #[test]
        fn every_output_equals_itself(values: Vec<f64>) {
            prop_assert_eq!(values.difference(&values, Tolerance::Exact), None);
        }
    }
}
