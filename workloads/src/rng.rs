//! Random numbers whose values never change.
//!
//! Why our own: a data set must be the same bytes in ten years, on every platform, whatever a dependency decides.
//! SplitMix64 (Steele, Lea, Flood 2014) spreads a seed; xoshiro256++ 1.0 (Blackman, Vigna 2019) makes the numbers.
//! Both are held to their published reference vectors below.

use crate::digest::fnv1a;

/// SplitMix64: 64 bits of state, every output once per period. Spreads seeds; not for long streams.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// Starts at `seed`; every seed is a good one.
    pub fn new(seed: u64) -> Self {
        SplitMix64 { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }
}

/// SplitMix64's finalizer: a bijection of 64 bits in which every input bit moves about half of the output bits.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// xoshiro256++ 1.0, the generator behind every recipe.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// Starts from `seed`, spread over the state by [`SplitMix64`] as the authors recommend.
    pub fn new(seed: u64) -> Self {
        let mut spread = SplitMix64::new(seed);
        Rng { state: std::array::from_fn(|_| spread.next_u64()) }
    }

    /// Starts a stream of its own for one recipe, so that two recipes given the same seed share no numbers.
    pub fn for_recipe(name: &str, seed: u64) -> Self {
        Rng::new(mix(seed) ^ fnv1a(name.as_bytes()))
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    #[inline]
    pub fn f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-24.
    #[inline]
    pub fn f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// Uniform in `0..bound` without bias (Lemire 2019: a multiplication, and a division only when it might matter).
    ///
    /// # Panics
    /// If `bound` is zero: nothing is below it.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no integer is below zero");
        let mut product = u128::from(self.next_u64()) * u128::from(bound);
        if (product as u64) < bound {
            let biased = bound.wrapping_neg() % bound;
            while (product as u64) < biased {
                product = u128::from(self.next_u64()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// Puts `items` in an order drawn uniformly from all orders (Fisher and Yates, from the back).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rng, SplitMix64};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn splitmix64_gives_the_published_numbers() {
        let mut rng = SplitMix64::new(1_234_567);
        let found: Vec<u64> = (0..5).map(|_| rng.next_u64()).collect();
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn xoshiro256pp_gives_the_published_numbers() {
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let found: Vec<u64> = (0..10).map(|_| rng.next_u64()).collect();
        assert_eq!(
            found,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386,
                9_228_616_714_210_784_205,
                9_973_669_472_204_895_162,
                14_011_001_112_246_962_877,
                12_406_186_145_184_390_807,
                15_849_039_046_786_891_736,
                10_450_023_813_501_588_000,
            ]
        );
    }

    #[test]
    fn a_seed_is_spread_by_splitmix64() {
        let mut rng = Rng::new(0);
        let found: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(found, [5_987_356_902_031_041_503, 7_051_070_477_665_621_255, 6_633_766_593_972_829_180]);
    }

    #[test]
    fn recipes_with_the_same_seed_share_no_numbers() {
        assert_ne!(Rng::for_recipe("one", 7).next_u64(), Rng::for_recipe("two", 7).next_u64());
        assert_ne!(Rng::for_recipe("one", 7).next_u64(), Rng::for_recipe("one", 8).next_u64());
    }

    #[test]
    fn bounded_integers_are_uniform() {
        // A bound of 3 * 2^62 is where a plain multiplication would be visibly biased.
        let bound = 3 << 62;
        let mut rng = Rng::new(1);
        let mut thirds = [0u32; 3];
        for _ in 0..30_000 {
            thirds[(rng.below(bound) >> 62) as usize] += 1;
        }
        assert!(thirds.iter().all(|&count| (9_700..10_300).contains(&count)), "{thirds:?}");
    }

    #[test]
    fn floats_use_all_their_bits() {
        let mut rng = Rng::new(2);
        let draws: Vec<f64> = (0..10_000).map(|_| rng.f64()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        assert!(draws.iter().any(|x| (x * (1u64 << 53) as f64) % 2.0 == 1.0), "the last bit is never set");
        assert!(
            (0..1_000).any(|_| (rng.f32() * (1u32 << 24) as f32) % 2.0 == 1.0),
            "the last bit is never set"
        );
    }

    #[test]
    fn every_order_of_three_comes_up_equally_often() {
        let mut rng = Rng::new(3);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..6_000 {
            let mut items = [0, 1, 2];
            rng.shuffle(&mut items);
            *seen.entry(items).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|&count| (850..1_150).contains(&count)), "{seen:?}");
    }

    proptest! {
        #[test]
        fn draws_stay_in_range(seed: u64, bound in 1u64..) {
            let mut rng = Rng::new(seed);
            prop_assert!(rng.below(bound) < bound);
            prop_assert_eq!(rng.below(1), 0);
            prop_assert!((0.0..1.0).contains(&rng.f64()));
            prop_assert!((0.0..1.0).contains(&rng.f32()));
        }

        #[test]
        fn a_shuffle_loses_nothing(seed: u64, n in 0usize..100) {
            let mut items: Vec<usize> = (0..n).collect();
            Rng::new(seed).shuffle(&mut items);
            items.sort_unstable();
            prop_assert_eq!(items, (0..n).collect::<Vec<_>>());
        }
    }
}
