//! Every variant against the truth in `f64` and against the reference.

use duel_workloads::{cities, sphere};
use proptest::prelude::*;

use crate::testing;

use super::{
    Variant,
    layout::{Piece, Sites},
    points::{Answers, LARGEST_ERROR, Points, compare, half_chord, half_chord_of},
    variants,
};

/// The family's variants that this CPU runs; the reference first.
fn variants_here() -> Vec<Variant> {
    testing::rows_here("haversine", variants())
}

/// The answers of every variant that runs here; those of the reference first.
fn all_answers(points: &Points) -> Vec<(&'static str, Answers)> {
    variants_here().iter().map(|variant| (variant.name, variant.output(points))).collect()
}

/// The largest error of the answers, in halves of the chord; infinite where one is no answer.
fn largest_error(answers: &Answers) -> f64 {
    let Answers { points, index, km } = answers;
    assert_eq!((index.len(), km.len()), (points.records.len(), points.records.len()));
    let mut largest = 0.0_f64;
    for (record, (&index, &km)) in points.records.iter().zip(index.iter().zip(km)) {
        let truth = |site: &[f32; 2]| half_chord(*record, *site);
        let nearest = points.sites.iter().map(truth).fold(f64::INFINITY, f64::min);
        let Some(chosen) = points.sites.get(index as usize).map(truth) else {
            return f64::INFINITY;
        };
        // Choosing wrongly takes the errors of two sites, so half of it counts.
        let error = (half_chord_of(km) - chosen).abs().max((chosen - nearest) / 2.0);
        largest = if error.is_nan() { f64::INFINITY } else { largest.max(error) };
    }
    largest
}

fn check(points: &Points) {
    let all = all_answers(points);
    for (name, answers) in &all {
        let error = largest_error(answers);
        assert!(error <= LARGEST_ERROR, "{name} is off by {error:e} on {points:?}");
        assert_eq!(compare(&all[0].1, answers), Ok(()), "{name}");
    }
}

#[test]
fn no_variant_is_further_from_the_truth_than_stated() {
    for sites in [1, 16, 500] {
        let cities = Points::new(cities::cities(20_001, 1), cities::cities(sites, 2));
        let uniform = Points::new(sphere::uniform(20_001, 1), sphere::uniform(sites, 2));
        for (workload, points) in [("cities", cities), ("uniform", uniform)] {
            for (name, answers) in all_answers(&points) {
                let error = largest_error(&answers);
                println!("{name} {workload} {sites} sites: {error:e}");
                assert!(error <= LARGEST_ERROR, "{name} {workload} {sites} sites: {error:e}");
            }
        }
    }
}

/// Poles, antipodes, the date line, identical points and near misses of each.
#[test]
fn corners_of_the_globe_are_right() {
    let latitudes = [-90.0, -89.99999, -60.0, -45.0, -0.0, 0.0, 1e-6, 1e-30, 30.0, 45.0, 89.99999, 90.0];
    let longitudes = [-180.0, -179.99998, -90.0, -1e-30, -0.0, 0.0, 1e-6, 89.99999, 90.0, 179.99998, 180.0];
    let all: Vec<_> =
        latitudes.iter().flat_map(|&latitude| longitudes.map(|longitude| [latitude, longitude])).collect();
    for site in &all {
        check(&Points::new(all.clone(), vec![*site]));
    }
    check(&Points::new(all.clone(), all));
}

#[test]
fn a_few_metres_apart_is_told_from_the_same_place() {
    for [latitude, longitude] in cities::cities(200, 3) {
        let record = [latitude, longitude];
        let beside = [latitude.next_up().next_up(), longitude.next_up().next_up()];
        check(&Points::new(vec![record], vec![record, beside]));
        check(&Points::new(vec![record], vec![beside]));
        // What the haversine is for: the difference of near degrees is exact, so is the distance.
        let points = Points::new(vec![record], vec![beside]);
        let soa = variants().into_iter().find(|variant| variant.name == "soa").expect("it has a row");
        let found = soa.output(&points).km[0];
        assert!((half_chord_of(found) / half_chord(record, beside) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn of_equally_near_sites_the_first_is_taken() {
    let twice = vec![[10.0, 20.0], [10.0, 20.0], [-80.0, 0.0], [10.0, 20.0]];
    for (name, answers) in all_answers(&Points::new(sphere::uniform(40, 4), twice)) {
        assert!(answers.index.iter().all(|&index| index == 0 || index == 2), "{name}");
    }
}

#[test]
fn no_record_and_one_record_are_fine() {
    check(&Points::new(Vec::new(), vec![[1.0, 2.0]]));
    check(&Points::new(vec![[1.0, 2.0]], vec![[3.0, 4.0]]));
}

#[test]
#[should_panic(expected = "at least one site")]
fn no_site_is_refused() {
    let _ = Points::new(vec![[1.0, 2.0]], Vec::new());
}

/// Any length, starting anywhere in a vector's alignment, writes its own answers and no others.
#[test]
fn pieces_of_any_length_and_alignment_are_answered() {
    const ROOM: usize = 80;
    let records = sphere::uniform(ROOM, 5);
    let points = Points::new(records.clone(), cities::cities(7, 6));
    let sites = Sites::new(&points);
    let latitude: Vec<f32> = records.iter().map(|record| record[0]).collect();
    let longitude: Vec<f32> = records.iter().map(|record| record[1]).collect();
    for variant in variants_here() {
        let Some(kernel) = variant.on_slices() else { continue };
        let (name, whole) = (variant.name, variant.output(&points));
        for start in 0..17 {
            for end in start..ROOM - 17 {
                let (mut index, mut km) = (vec![99; ROOM], vec![-1.0; ROOM]);
                kernel(
                    &sites,
                    Piece {
                        latitude: &latitude[start..end],
                        longitude: &longitude[start..end],
                        index: &mut index[start..end],
                        km: &mut km[start..end],
                    },
                );
                for record in 0..ROOM {
                    let inside = (start..end).contains(&record);
                    let expected = if inside { (whole.index[record], whole.km[record]) } else { (99, -1.0) };
                    assert_eq!((index[record], km[record]), expected, "{name} {start}..{end} [{record}]");
                }
            }
        }
    }
}

#[test]
fn a_second_iteration_finds_the_same() {
    let points = Points::new(sphere::uniform(100, 7), sphere::uniform(5, 8));
    for variant in variants_here() {
        let answers = variant.outputs(&points, 2);
        let [first, second] = [0, 1].map(|iteration| (&answers[iteration].index, &answers[iteration].km));
        assert_eq!(first, second, "{}", variant.name);
    }
}

/// Degrees, with the ends more likely than chance has them.
fn degrees(limit: f32) -> impl Strategy<Value = f32> {
    prop_oneof![8 => -limit..=limit, 1 => Just(limit), 1 => Just(-limit), 1 => Just(0.0_f32)]
}

fn places(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[f32; 2]>> {
    proptest::collection::vec((degrees(90.0), degrees(180.0)).prop_map(|(north, east)| [north, east]), count)
}

proptest! {
    #[test]
    fn every_variant_is_right_wherever_the_points_are(records in places(0..70), sites in places(1..20)) {
        check(&Points::new(records, sites));
    }
}
