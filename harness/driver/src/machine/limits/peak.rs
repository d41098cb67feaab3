//! The loops whose arithmetic is measured: chains of multiply-adds in registers, so many of them
//! that none has to wait for its own last result.

/// Registers that are computed with at once: a multiply-add takes four or five cycles and two may
/// start in each, and 16 registers must hold these and two constants.
pub const CHAINS: usize = 12;

/// One loop.
pub struct Arithmetic {
    pub precision_bits: u32,
    /// The precision itself for scalar code.
    pub register_bits: u32,
    /// Whether this CPU has what it takes.
    pub runs_here: bool,
    /// Does so many steps with every chain and returns all lanes, which started as 0, 1, 2, …
    pub run: fn(steps: u64, factor: f64, summand: f64) -> Vec<f64>,
}

impl Arithmetic {
    /// Floating-point operations of one step: a multiplication and an addition in each lane.
    pub fn flops_per_step(&self) -> u64 {
        2 * CHAINS as u64 * u64::from(self.register_bits / self.precision_bits)
    }
}

/// All loops of this architecture, those that can't run here too.
pub fn all() -> Vec<Arithmetic> {
    #[cfg(target_arch = "x86_64")]
    return super::peak_x86::all();
    #[cfg(not(target_arch = "x86_64"))]
    portable::all()
}

/// What the compiler makes of it, on a CPU that has no loops of its own here.
#[cfg(not(target_arch = "x86_64"))]
mod portable {
    use super::{Arithmetic, CHAINS};

    pub fn all() -> Vec<Arithmetic> {
        let of = |bits, run| Arithmetic { precision_bits: bits, register_bits: bits, runs_here: true, run };
        vec![of(32, single), of(64, double)]
    }

    macro_rules! portable {
        ($name:ident, $float:ty) => {
            fn $name(steps: u64, factor: f64, summand: f64) -> Vec<f64> {
                let (factor, summand) = (factor as $float, summand as $float);
                let mut lanes: [$float; CHAINS] = std::array::from_fn(|lane| lane as $float);
                for _ in 0..steps {
                    for lane in &mut lanes {
                        // A fused one is a call into a library where the CPU has none.
                        *lane = if cfg!(target_arch = "aarch64") {
                            lane.mul_add(factor, summand)
                        } else {
                            *lane * factor + summand
                        };
                    }
                }
                lanes.map(f64::from).to_vec()
            }
        };
    }
    portable!(single, f32);
    portable!(double, f64);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chains of one loop, one lane after the other.
    fn reference(bits: u32, lanes: usize, steps: u64, fused: bool) -> Vec<f64> {
        let step = |x: f64| match (bits, fused) {
            (32, true) => f64::from((x as f32).mul_add(0.75, 0.3)),
            (32, false) => f64::from(x as f32 * 0.75 + 0.3),
            (_, true) => x.mul_add(0.75, 0.3),
            (_, false) => x * 0.75 + 0.3,
        };
        (0..lanes).map(|lane| (0..steps).fold(lane as f64, |x, _| step(x))).collect()
    }

    #[test]
    fn every_loop_computes_what_scalar_code_does() {
        for of in all().iter().filter(|of| of.runs_here) {
            let lanes = CHAINS * (of.register_bits / of.precision_bits) as usize;
            for steps in [0, 1, 2, 17] {
                let found =
                    (of.run)(steps, 0.75, if of.precision_bits == 32 { f64::from(0.3_f32) } else { 0.3 });
                let expected = [true, false].map(|fused| reference(of.precision_bits, lanes, steps, fused));
                assert!(
                    expected.contains(&found),
                    "{} bits of {}, {steps} steps: {found:?}",
                    of.register_bits,
                    of.precision_bits
                );
            }
        }
    }

    #[test]
    fn there_is_scalar_code_of_both_precisions_everywhere() {
        for bits in [32, 64] {
            let scalar = all().into_iter().find(|of| of.precision_bits == bits && of.register_bits == bits);
            assert!(scalar.is_some_and(|of| of.runs_here && of.flops_per_step() == 2 * CHAINS as u64));
        }
    }
}
