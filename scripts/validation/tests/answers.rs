//! Whatever slip is made, a kernel must still give the right answer; `scripts/validate build` runs
//! this with each feature.

use duel_validation::{cases, mutation::Mutation};

/// What each kernel answers, taken from a build without any slip.
const ANSWERS: [(&str, u64); 25] = [
    ("sum_scaled", 3_447_436_420),
    ("dot", 2_176_970_759_076),
    ("binary_search", 910_455_099),
    ("substring", 1_071),
    ("intersect", 2_256),
    ("insertion_sort", 4_635_764_038_926_922_057),
    ("sort_records", 68_933_930_061_958),
    ("radix_sort", 50_064_800_367_936),
    ("parse_table", 2_194_378_946_127),
    ("parse_pairs", 561_247_882_030),
    ("evaluate", 14_286_711_491),
    ("count_words", 24_676),
    ("dedupe", 40_065),
    ("join", 303_222_378),
    ("escape", 690_492),
    ("edit_distance", 22),
    ("format_rows", 152_297),
    ("multiply", 8_070_723_756_075_455_345),
    ("life", 2_152_729),
    ("tree_walk", 9_381),
    ("tree_insert", 2_217),
    ("breadth_first", 7_745),
    ("run_lengths", 473_908),
    ("lempel_ziv", 16_231),
    ("checksum", 159_242_062_438),
];

#[test]
fn every_kernel_gives_the_answer_of_the_build_without_a_slip() {
    let answers: Vec<_> = cases().iter().map(|case| (case.name, (case.prepare)()())).collect();
    assert_eq!(answers, ANSWERS);
}

#[test]
fn a_kernel_gives_the_same_answer_each_time_that_it_is_called() {
    for case in cases() {
        let mut kernel = (case.prepare)();
        let first = kernel();
        assert!((0..3).all(|_| kernel() == first), "{}", case.name);
    }
}

#[test]
fn every_slip_touches_at_least_20_kernels_and_every_kernel_is_touched() {
    for mutation in Mutation::ALL {
        let touched = cases()
            .iter()
            .filter(|case| case.untouched_by.iter().all(|(untouched, _)| *untouched != mutation))
            .count();
        assert!(touched >= 20, "{} touches {touched}", mutation.feature());
    }
    for case in cases() {
        assert!(case.untouched_by.len() < Mutation::ALL.len(), "{} is touched by nothing", case.name);
    }
}
