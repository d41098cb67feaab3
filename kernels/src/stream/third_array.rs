//! The sum goes to a third array, with ordinary stores. Before a line of it is written the
//! processor reads it, so memory moves sixteen bytes where the loop asks for twelve.

/// `c[i] = a[i] + b[i]`, left to the compiler.
///
/// # Panics
/// If the three differ in length.
pub fn add(a: &[f32], b: &[f32], c: &mut [f32]) {
    assert!(a.len() == c.len() && b.len() == c.len());
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        *c = *a + *b;
    }
}
