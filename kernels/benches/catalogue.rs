//! The catalogue runner.
fn main() {}
