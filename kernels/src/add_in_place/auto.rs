//! Left to the compiler: the plain loop becomes vectors as wide as the build's target has.

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter_mut().zip(b) {
        *a += *b;
    }
}
