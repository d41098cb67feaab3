//! A seeded generator (splitmix64), so that every process makes the same data set.

pub(crate) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// `count` numbers below `end`.
    pub fn numbers(&mut self, count: usize, end: u32) -> Vec<u32> {
        (0..count).map(|_| self.below(end.into()) as u32).collect()
    }

    /// A word of `from` to `to` lower-case letters.
    pub fn word(&mut self, from: usize, to: usize) -> String {
        let length = from + self.below((to - from + 1) as u64) as usize;
        (0..length).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }

    /// `count` words, no two alike.
    pub fn words(&mut self, count: usize, from: usize, to: usize) -> Vec<String> {
        let mut words: Vec<String> = Vec::with_capacity(count);
        while words.len() < count {
            let word = self.word(from, to);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}
