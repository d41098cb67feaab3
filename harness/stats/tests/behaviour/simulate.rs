//! A fixed generator, so that a simulation is the same on every machine and in every year.

/// SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, 2014).
pub struct Generator(u64);

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

/// What the log ratios of trials may look like, all with their centre at 0.
#[derive(Clone, Copy, Debug)]
pub enum Noise {
    Normal,
    Laplace,
    /// One in ten is ten times as wide.
    Contaminated,
}

impl Noise {
    pub const ALL: [Noise; 3] = [Noise::Normal, Noise::Laplace, Noise::Contaminated];

    pub fn draw(self, generator: &mut Generator) -> f64 {
        match self {
            Noise::Normal => generator.normal(),
            Noise::Laplace => (generator.uniform() / generator.uniform()).ln(),
            Noise::Contaminated => {
                let wide = generator.uniform() < 0.1;
                generator.normal() * if wide { 10.0 } else { 1.0 }
            }
        }
    }

    /// One value per trial: `center` and noise times `scale`.
    pub fn trials(self, generator: &mut Generator, count: usize, center: f64, scale: f64) -> Vec<f64> {
        (0..count).map(|_| center + scale * self.draw(generator)).collect()
    }
}
