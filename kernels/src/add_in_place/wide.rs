//! Portable SIMD by the crate `wide`: eight lanes on any machine, made of what the build's
//! target has (two 128-bit vectors where nothing wider is enabled).

use ::wide::f32x8;

const LANES: usize = 8;

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let (a, a_rest) = a.as_chunks_mut::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter_mut().zip(b) {
        *a = (f32x8::new(*a) + f32x8::new(*b)).to_array();
    }
    for (a, b) in a_rest.iter_mut().zip(b_rest) {
        *a += *b;
    }
}
