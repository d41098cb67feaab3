//! One element at a time: the reference.
//!
//! The compiler would turn this loop into `auto`'s. What keeps it from that is the empty
//! `black_box` after each element: it costs no instruction to speak of, but the compiler must
//! assume that it looks at memory, so every element is stored before the next is loaded.

use std::hint::black_box;

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter_mut().zip(b) {
        *a += *b;
        black_box(());
    }
}
