//! Every variant against a model that keeps books instead of objects.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::object::{Checksum, filling};
use super::*;

/// The checksum that a script must give.
fn model(script: &Script) -> u64 {
    let mut checksum = Checksum::default();
    match script {
        Script::Small { steps, .. } => {
            let mut alive = BTreeMap::new();
            for (step, &[slot, size]) in steps.iter().enumerate() {
                if let Some((step, size)) = alive.insert(slot, (step, size)) {
                    checksum.object(&vec![filling(step); size as usize]);
                }
            }
            for (step, size) in alive.into_values() {
                checksum.object(&vec![filling(step); size as usize]);
            }
        }
        Script::Growing { slots, steps } => {
            let mut pushed = 0;
            let mut alive = vec![Vec::new(); *slots];
            for &[slot, pushes, ends] in steps.iter() {
                let slot = slot as usize;
                alive[slot].extend(pushed..pushed + u64::from(pushes));
                pushed += u64::from(pushes);
                if ends == 1 {
                    checksum.vector(&alive[slot]);
                    alive[slot].clear();
                }
            }
            alive.iter().for_each(|vector| checksum.vector(vector));
        }
        Script::CrossThread { sizes, .. } => {
            for (step, size) in sizes.iter().enumerate() {
                checksum.object(&vec![filling(step); *size as usize]);
            }
        }
    }
    checksum.value()
}

fn all_agree(script: &Script) {
    let expected = model(script);
    for (name, prepare) in ROWS {
        let mut iteration = prepare(script);
        // Twice: what one iteration leaves behind would change the next.
        for round in 0..2 {
            assert_eq!(iteration(), expected, "{name}, round {round}, of {script:?}");
        }
    }
}

#[test]
fn sizes_from_none_to_odd() {
    for size in [0, 1, 2, 3, 4, 5, 17, 255, 1_001] {
        all_agree(&Script::small(size, 1));
        all_agree(&Script::growing(size, 2));
        all_agree(&Script::cross_thread(size, 3));
    }
}

#[test]
fn scripts_without_steps() {
    all_agree(&Script::Small { window: 0, steps: Arc::new([]) });
    all_agree(&Script::Growing { slots: 0, steps: Arc::new([]) });
    all_agree(&Script::CrossThread { batch: 1, sizes: Arc::new([]) });
}

#[test]
fn batches_that_do_not_divide_the_objects() {
    for batch in [1, 2, 3, 7, 50] {
        all_agree(&Script::CrossThread { batch, sizes: vec![8, 512, 64, 1, 33, 9, 17].into() });
    }
}

#[test]
fn a_prepared_variant_that_never_ran_stops_its_thread() {
    for (_, prepare) in ROWS {
        drop(prepare(&Script::cross_thread(10, 1)));
    }
}

#[test]
fn work_counts_what_is_made() {
    let script = Script::Growing { slots: 1, steps: Arc::new([[0, 3, 0], [0, 4, 1]]) };
    let work = script.work();
    assert_eq!((work.elements, work.bytes), (7, 56));
    let script = Script::CrossThread { batch: 1, sizes: vec![8, 9].into() };
    let work = script.work();
    assert_eq!((work.elements, work.bytes), (2, 17));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_scripts(size in 0usize..500, seed: u64) {
        all_agree(&Script::small(size, seed));
        all_agree(&Script::growing(size, seed));
        all_agree(&Script::cross_thread(size, seed));
    }
}
