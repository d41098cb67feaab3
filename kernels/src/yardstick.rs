//! One iteration of one variant of each family, for another harness to count.
//!
//! Why: counts of instructions are believed where an independent tool arrives at the same. The bench
//! target `iai` has iai-callgrind count these, and `scripts/validate iai` holds its counts against ours.

use crate::iteration::Iteration;

/// Makes an iteration over the data set of a seed.
pub type Prepare = fn(seed: u64) -> Iteration;

/// A case's id without the allocator, and how its iteration is made.
pub const CASES: [(&str, Prepare); 6] = [
    ("add_in_place/floats/l2/auto", crate::add_in_place::auto_on_l2),
    ("stream/floats/l2/third_array", crate::stream::third_array_on_l2),
    ("haversine/cities/l2/aos", crate::haversine::aos_on_cities_l2),
    ("count_duplicates/zipf/l2/siphash", crate::count_duplicates::siphash_on_zipf_l2),
    ("count_duplicate_strings/words/l2/siphash", crate::count_duplicates::siphash_on_words_l2),
    ("churn/small/l2/boxes", crate::churn::boxes_on_small_l2),
];
