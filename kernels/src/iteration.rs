//! One iteration of a kernel by itself, for another harness to run.

use duel::InPlace;

/// One iteration, with its data set made.
pub type Iteration = Box<dyn FnMut()>;

/// Of a kernel that changes a state of its own, without resetting it in between.
pub(crate) fn in_place<D, S: 'static, P, R, F, O>(parts: InPlace<P, R, F, O>, data: &D) -> Iteration
where
    P: Fn(&D) -> S,
    F: Fn(&mut S) + 'static,
{
    let (mut state, run) = ((parts.prepare)(data), parts.run);
    Box::new(move || run(&mut state))
}
