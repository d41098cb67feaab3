//! What `#[derive(Content)]` promises: the same content has the same hash, different content another one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque, hash_map::RandomState},
    hash::{BuildHasherDefault, DefaultHasher},
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

use proptest::{collection::vec, option, prelude::*};

use crate::{Content, ContentHash};

fn hash(content: &impl Content) -> String {
    ContentHash::of(content)
}

#[derive(Clone, Debug, PartialEq, Content)]
struct Named {
    beta: Vec<u8>,
    alpha: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Content)]
struct Tuple(String, Option<Box<Named>>);

#[derive(Clone, Debug, PartialEq, Content)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Content)]
enum Shape {
    Nothing,
    Point(u32, u32),
    Line { from: (i16, i16), to: [i16; 2] },
    Path(Vec<Shape>),
    Empty {},
    Of(Unit),
}

#[derive(Clone, Debug, PartialEq, Content)]
struct Generic<'a, T, I: Iterator, const N: usize>
where
    I::Item: PartialEq + Clone + std::fmt::Debug,
{
    values: [T; N],
    items: Vec<I::Item>,
    name: &'a str,
    #[content(skip)]
    kind: PhantomData<I>,
}

/// A type of another crate, as far as the derive knows.
#[derive(Clone, Debug, PartialEq)]
struct Foreign(u64);

#[derive(Content)]
struct Partly<T> {
    kept: u8,
    #[content(skip)]
    _cache: T,
    #[content(with = |value, hash| value.0.feed(hash))]
    foreign: Foreign,
}

fn feed_foreign(value: &Foreign, hash: &mut ContentHash) {
    value.0.feed(hash);
}

#[allow(dead_code)]
#[derive(Content)]
enum PartlyTuple {
    Some(#[content(skip)] Foreign, u8, #[content(with = feed_foreign)] Foreign),
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Nothing),
        Just(Shape::Empty {}),
        Just(Shape::Of(Unit)),
        (0..3_u32, 0..3_u32).prop_map(|(x, y)| Shape::Point(x, y)),
        ((0..2_i16, 0..2_i16), [0..2_i16, 0..2]).prop_map(|(from, to)| Shape::Line { from, to }),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| vec(inner, 0..4).prop_map(Shape::Path))
}

fn named() -> impl Strategy<Value = Named> {
    // Few bytes of few values, so that equal and nearly equal ones are met.
    (vec(0..2_u8, 0..4), vec(0..2_u8, 0..4)).prop_map(|(beta, alpha)| Named { beta, alpha })
}

fn tuple() -> impl Strategy<Value = Tuple> {
    ("[ab]{0,3}", option::of(named().prop_map(Box::new))).prop_map(|(name, inner)| Tuple(name, inner))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn structs_have_the_same_hash_exactly_if_they_are_equal(a in named(), b in named()) {
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }

    #[test]
    fn what_is_nested_in_a_tuple_struct_is_not_run_together(a in tuple(), b in tuple()) {
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }

    #[test]
    fn enums_have_the_same_hash_exactly_if_they_are_equal(a in vec(shape(), 0..3), b in vec(shape(), 0..3)) {
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }

    #[test]
    fn a_hash_map_is_hashed_whatever_its_order(entries: HashMap<u16, String>) {
        let mut backwards: Vec<_> = entries.iter().collect();
        backwards.reverse();
        let other: HashMap<_, _, BuildHasherDefault<DefaultHasher>> = backwards.into_iter().collect();
        prop_assert_eq!(hash(&entries), hash(&other));
        let keys: HashSet<_> = entries.keys().collect();
        let other: HashSet<_, RandomState> = entries.keys().collect();
        prop_assert_eq!(hash(&keys), hash(&other));
    }

    #[test]
    fn collections_have_the_same_hash_exactly_if_they_are_equal(
        a in vec((0..3_u8, 0..3_u8), 0..4),
        b in vec((0..3_u8, 0..3_u8), 0..4),
    ) {
        fn both<T: Content + PartialEq + FromIterator<(u8, u8)>>(a: &[(u8, u8)], b: &[(u8, u8)]) -> bool {
            let [a, b] = [a, b].map(|entries| entries.iter().copied().collect::<T>());
            (hash(&a) == hash(&b)) == (a == b)
        }
        prop_assert!(both::<HashMap<_, _>>(&a, &b));
        prop_assert!(both::<BTreeMap<_, _>>(&a, &b));
        prop_assert!(both::<HashSet<_>>(&a, &b));
        prop_assert!(both::<BTreeSet<_>>(&a, &b));
        prop_assert!(both::<VecDeque<_>>(&a, &b));
    }
}

#[test]
fn the_derived_hash_of_known_content_never_changes() {
    // All three were made by Python's blake3 from the bytes that the comments name.
    let named = Named { beta: vec![2], alpha: vec![1, 1] };
    // 2 as u64, 1, 1, 1 as u64, 2: the fields by name, not in the order of the definition.
    assert_eq!(hash(&named), "e1363f6f3392e52dd531d7ddf906ad15");
    // "Line" with its length, from.0, from.1, the length of `to`, to[0], to[1].
    let line = Shape::Line { from: (1, 2), to: [3, 4] };
    assert_eq!(hash(&line), "6a9723472be0cb195c1d3c359311e02a");
    // The number of entries, and the sums of the two halves of the hashes of (1, 2) and (3, 4), as u128.
    assert_eq!(hash(&HashMap::from([(1_u8, 2_u8), (3, 4)])), "45279dfdfc9fe3f6c8caecb135664114");
}

#[test]
fn another_order_of_fields_or_variants_is_the_same_content() {
    #[derive(Content)]
    struct Turned {
        alpha: Vec<u8>,
        beta: Vec<u8>,
    }
    let (alpha, beta) = (vec![1], vec![2, 3]);
    let turned = Turned { alpha: alpha.clone(), beta: beta.clone() };
    assert_eq!(hash(&turned), hash(&Named { beta, alpha }));

    #[allow(dead_code)]
    #[derive(Content)]
    enum TurnedShape {
        Point(u32, u32),
        Nothing,
    }
    assert_eq!(hash(&TurnedShape::Point(1, 2)), hash(&Shape::Point(1, 2)));
    assert_eq!(hash(&TurnedShape::Nothing), hash(&Shape::Nothing));
}

#[test]
fn generic_types_are_hashed_with_what_they_hold() {
    let generic = |values, items: &[u32], name| Generic::<u8, std::vec::IntoIter<u32>, 2> {
        values,
        items: items.to_vec(),
        name,
        kind: PhantomData,
    };
    let once = hash(&generic([1, 2], &[3], "a"));
    assert_eq!(once, hash(&generic([1, 2], &[3], "a")));
    for other in [generic([1, 9], &[3], "a"), generic([1, 2], &[3, 9], "a"), generic([1, 2], &[3], "b")] {
        assert_ne!(hash(&other), once, "{other:?}");
    }
}

#[test]
fn a_skipped_field_is_no_content_and_a_foreign_one_is_as_its_function_says() {
    let partly = |kept, cache, foreign| Partly { kept, _cache: Foreign(cache), foreign: Foreign(foreign) };
    assert_eq!(hash(&partly(1, 2, 3)), hash(&partly(1, 9, 3)));
    assert_ne!(hash(&partly(1, 2, 3)), hash(&partly(9, 2, 3)));
    assert_ne!(hash(&partly(1, 2, 3)), hash(&partly(1, 2, 9)));
    let tuple = |skipped, kept, with| PartlyTuple::Some(Foreign(skipped), kept, Foreign(with));
    assert_eq!(hash(&tuple(1, 2, 3)), hash(&tuple(9, 2, 3)));
    assert_ne!(hash(&tuple(1, 2, 3)), hash(&tuple(1, 9, 3)));
    assert_ne!(hash(&tuple(1, 2, 3)), hash(&tuple(1, 2, 9)));
}

#[test]
fn how_a_value_is_held_does_not_matter() {
    let named = Named { beta: vec![1], alpha: vec![] };
    let once = hash(&named);
    for held in [hash(&Rc::new(named.clone())), hash(&Arc::new(named.clone())), hash(&&named)] {
        assert_eq!(held, once);
    }
}
