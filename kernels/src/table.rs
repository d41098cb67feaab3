//! The table of a family whose variants work in place: one row a variant, the reference first.
//!
//! The family and its tests iterate over the same rows. So a variant that has a row is listed, verified, measured
//! and tested without another edit.

use duel::{Family, InPlace};

use crate::cpu::CpuNeeds;

/// The parts of a variant whose state is `S`. The run is boxed, so that one call through a
/// pointer per iteration is all that the variants' types cost, and costs all alike.
pub(crate) type Parts<D, S, O> = InPlace<fn(&D) -> S, fn(&D, &mut S), Box<dyn Fn(&mut S)>, fn(&S) -> O>;

/// One row: a variant of a family with data sets `D` and outputs `O`.
///
/// `K` is what the family's kernels on bare slices look like, such as `dyn Fn(&mut [f32], &[f32])`.
pub(crate) struct Variant<D, O, K: ?Sized> {
    pub name: &'static str,
    pub needs: CpuNeeds,
    parallel: bool,
    parts: Box<dyn AnyParts<D, O>>,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests alone call a kernel without its state"))]
    kernel: Option<Box<K>>,
}

impl<D: 'static, O: 'static, K: ?Sized> Variant<D, O, K> {
    /// A variant with a state of its own, which tests reach through whole data sets alone.
    pub(crate) fn new<S: 'static>(name: &'static str, parts: Parts<D, S, O>) -> Self {
        Self { name, needs: CpuNeeds::NONE, parallel: false, parts: Box::new(parts), kernel: None }
    }

    /// Its kernel on slices, which tests call with any length and alignment. A runner is compiled without it: a
    /// second caller would change what the compiler inlines.
    pub(crate) fn kernel(self, kernel: impl FnOnce() -> Box<K>) -> Self {
        Self { kernel: if cfg!(test) { Some(kernel()) } else { None }, ..self }
    }

    /// It is listed as unavailable, and tests do not run it, if the CPU lacks one of these features.
    pub(crate) fn needs(self, needs: CpuNeeds) -> Self {
        Self { needs, ..self }
    }

    /// It runs on as many threads as the case says.
    pub(crate) fn parallel(self) -> Self {
        Self { parallel: true, ..self }
    }
}

#[cfg(test)]
impl<D, O, K: ?Sized> Variant<D, O, K> {
    /// The output of one iteration.
    pub(crate) fn output(&self, data: &D) -> O {
        self.outputs(data, 1).swap_remove(0)
    }

    /// The outputs of a number of iterations on one state, which is reset before each.
    pub(crate) fn outputs(&self, data: &D, iterations: usize) -> Vec<O> {
        self.parts.outputs(data, iterations)
    }

    /// Its kernel on slices, if it has one.
    pub(crate) fn on_slices(&self) -> Option<&K> {
        self.kernel.as_deref()
    }
}

/// Adds all rows of a table to a family; the first row is the reference.
pub(crate) fn with_variants<D, O, K: ?Sized>(
    family: Family<D, O>,
    table: Vec<Variant<D, O, K>>,
) -> Family<D, O>
where
    D: 'static,
    O: 'static,
{
    table.into_iter().enumerate().fold(family, |family, (row, variant)| {
        let family = variant.parts.add_to(family, variant.name, row == 0);
        let family = family.needs_cpu(variant.needs.features);
        if variant.parallel { family.parallel() } else { family }
    })
}

/// [`Parts`], whatever their state.
trait AnyParts<D, O> {
    fn add_to(self: Box<Self>, family: Family<D, O>, name: &str, reference: bool) -> Family<D, O>;

    #[cfg(test)]
    fn outputs(&self, data: &D, iterations: usize) -> Vec<O>;
}

impl<D: 'static, S: 'static, O: 'static> AnyParts<D, O> for Parts<D, S, O> {
    fn add_to(self: Box<Self>, family: Family<D, O>, name: &str, reference: bool) -> Family<D, O> {
        if reference { family.in_place_reference(name, *self) } else { family.in_place(name, *self) }
    }

    #[cfg(test)]
    fn outputs(&self, data: &D, iterations: usize) -> Vec<O> {
        let mut state = (self.prepare)(data);
        let iteration = |_| {
            // The runner resets a state before its first use, too.
            (self.reset)(data, &mut state);
            (self.run)(&mut state);
            (self.output)(&state)
        };
        (0..iterations).map(iteration).collect()
    }
}
