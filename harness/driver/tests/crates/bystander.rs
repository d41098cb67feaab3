//! Written into a crate by the end-to-end tests: a bench target that is no runner, and leaves
//! a trace where anyone runs it.

fn main() {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/bystander-ran"), "").unwrap();
}
