//! What a program asks of its allocator: scripts of sizes and lifetimes.
//!
//! Why scripts: every allocator under comparison must see the same requests in the same order, drawn before any clock.
//! The sizes are no trace of a program. They have the shape on which studies of allocators agree: most requests are
//! small and a few are large, and here from 32 bytes on each doubling of the size is half as frequent, so that all
//! sizes up to 512 matter about equally in bytes.

use crate::rng::Rng;

/// Of 100 requests, how many are of `low..=high` bytes; within a row all sizes are equally frequent.
const SIZES: [(u64, u64, u64); 6] =
    [(18, 8, 16), (28, 17, 32), (28, 33, 64), (14, 65, 128), (8, 129, 256), (4, 257, 512)];

/// One in this many slots of a window is hot.
const HOT: usize = 16;

/// `n` sizes of small objects, 8 to 512 bytes, 66 on average.
pub fn sizes(n: usize, seed: u64) -> Vec<u32> {
    let mut rng = Rng::for_recipe("allocation_sizes", seed);
    (0..n).map(|_| size(&mut rng)).collect()
}

/// `n` steps `[slot, size]` for a window of `window` slots: make an object of that size in place of the slot's last.
///
/// The first steps fill the window slot by slot. Then three of four replace in a sixteenth of the slots, so those
/// objects die young, and one anywhere: most objects are short-lived and some last, as in most programs.
///
/// # Panics
/// If `window` is zero while `n` is not, or above 2^32.
pub fn replacements(n: usize, window: usize, seed: u64) -> Vec<[u32; 2]> {
    let mut rng = Rng::for_recipe("allocation_replacements", seed);
    let hot = window.div_ceil(HOT) as u64;
    (0..n)
        .map(|step| {
            let slot = if step < window {
                step as u64
            } else if rng.below(4) < 3 {
                rng.below(hot)
            } else {
                rng.below(window as u64)
            };
            [u32::try_from(slot).expect("a window has at most 2^32 slots"), size(&mut rng)]
        })
        .collect()
}

/// `n` steps `[slot, pushes, ends]`: push so many elements to the slot's vector, which then ends (1) or goes on (0).
///
/// Each vector is to become 1 to `2 * mean_length` elements long, evenly drawn, and grows in bursts of up to an eighth
/// of `mean_length`, while the vectors in the other slots grow in between: no vector can simply stretch into free
/// memory behind it. `mean_length` and `slots` are taken as at least 1.
pub fn bursts(n: usize, slots: usize, mean_length: usize, seed: u64) -> Vec<[u32; 3]> {
    let mut rng = Rng::for_recipe("allocation_bursts", seed);
    let longest = (2 * mean_length as u64).max(1);
    let longest_burst = (mean_length as u64 / 8).max(1);
    let mut missing = vec![0; slots.max(1)];
    (0..n)
        .map(|_| {
            let slot = rng.below(missing.len() as u64) as usize;
            if missing[slot] == 0 {
                missing[slot] = 1 + rng.below(longest);
            }
            let pushes = missing[slot].min(1 + rng.below(longest_burst));
            missing[slot] -= pushes;
            [slot as u32, pushes as u32, u32::from(missing[slot] == 0)]
        })
        .collect()
}

fn size(rng: &mut Rng) -> u32 {
    let mut ticket = rng.below(100);
    for (share, low, high) in SIZES {
        if ticket < share {
            return (low + rng.below(high - low + 1)) as u32;
        }
        ticket -= share;
    }
    unreachable!("the shares add up to 100");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_small_and_mostly_very_small() {
        let sizes = sizes(100_000, 1);
        assert!(sizes.iter().all(|size| (8..=512).contains(size)));
        let at_most = |limit: u32| sizes.iter().filter(|size| **size <= limit).count();
        assert!((73_000..75_000).contains(&at_most(64)), "{}", at_most(64));
        let mean = sizes.iter().sum::<u32>() as f64 / sizes.len() as f64;
        assert!((mean - 66.9).abs() < 1.0, "{mean}");
    }

    #[test]
    fn a_window_is_filled_first_and_its_hot_slots_replaced_most() {
        let steps = replacements(50_000, 1_000, 2);
        assert!(steps[..1_000].iter().enumerate().all(|(step, [slot, _])| *slot as usize == step));
        assert!(steps.iter().all(|[slot, size]| *slot < 1_000 && (8..=512).contains(size)));
        let hot = steps[1_000..].iter().filter(|[slot, _]| *slot < 63).count() as f64 / 49_000.0;
        assert!((hot - (0.75 + 0.25 * 0.063)).abs() < 0.01, "{hot}");
    }

    #[test]
    fn a_window_of_one_is_replaced_every_time() {
        assert!(replacements(100, 1, 3).iter().all(|[slot, _]| *slot == 0));
    }

    #[test]
    fn vectors_grow_to_the_lengths_stated() {
        let (slots, mean) = (32, 200);
        let mut lengths = vec![0; slots];
        let mut ended = Vec::new();
        for [slot, pushes, ends] in bursts(100_000, slots, mean, 4) {
            assert!((1..=mean as u32 / 8).contains(&pushes));
            lengths[slot as usize] += pushes;
            if ends == 1 {
                ended.push(std::mem::take(&mut lengths[slot as usize]));
            }
        }
        assert!(ended.iter().all(|length| (1..=400).contains(length)));
        let found = ended.iter().sum::<u32>() as f64 / ended.len() as f64;
        assert!((found - 200.5).abs() < 10.0, "{found}");
    }

    #[test]
    fn extreme_shapes_are_taken() {
        assert_eq!(bursts(10, 0, 0, 5).len(), 10);
        assert!(bursts(10, 1, 1, 5).iter().all(|[slot, pushes, _]| *slot == 0 && *pushes == 1));
        assert!(replacements(0, 0, 5).is_empty());
    }
}
