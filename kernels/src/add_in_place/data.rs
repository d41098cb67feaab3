//! The two arrays: as the data set has them, and as a variant works on them.

use std::sync::Arc;

use duel::{Content, ContentHash};
use duel_workloads::floats;

use crate::aligned::Aligned;

/// Two arrays of one length: `a` in 1..2, `b` so small that `a` stays normal however often it is
/// added (`duel_workloads::floats` says why).
pub struct Floats {
    a: Vec<f32>,
    /// Never changed, so every state shares it instead of copying half a gigabyte.
    b: Arc<Aligned>,
}

impl Floats {
    /// The workload of the same name.
    pub fn draw(len: usize, seed: u64) -> Self {
        // In this order, so that what `b` is copied from is gone before `a` takes its place.
        let b = Arc::new(Aligned::copy_of(&floats::steps(len, seed)));
        Self { a: floats::starts(len, seed), b }
    }

    /// Any two arrays of one length.
    #[cfg(test)]
    pub(crate) fn new(a: Vec<f32>, b: &[f32]) -> Self {
        Self { a, b: Arc::new(Aligned::copy_of(b)) }
    }

    /// How many elements an array has.
    pub fn elements(&self) -> usize {
        self.a.len()
    }
}

impl Content for Floats {
    fn feed(&self, hash: &mut ContentHash) {
        self.a.feed(hash);
        self.b.feed(hash);
    }
}

/// What one variant's iterations work on.
pub trait State {
    /// Makes the arrays; outside the clock.
    fn prepare(floats: &Floats) -> Self;
    /// The arrays.
    fn arrays(&self) -> &Arrays;
    /// The arrays.
    fn arrays_mut(&mut self) -> &mut Arrays;
}

/// Both arrays where kernels want them.
pub struct Arrays {
    /// Read and written.
    pub a: Aligned,
    /// Read.
    pub b: Arc<Aligned>,
}

impl State for Arrays {
    fn prepare(floats: &Floats) -> Self {
        Self { a: Aligned::copy_of(&floats.a), b: Arc::clone(&floats.b) }
    }

    fn arrays(&self) -> &Arrays {
        self
    }

    fn arrays_mut(&mut self) -> &mut Arrays {
        self
    }
}

impl Arrays {
    /// Brings `a` back to what it was.
    pub fn reset(&mut self, floats: &Floats) {
        self.a.copy_from_slice(&floats.a);
    }
}
