//! Written into a crate by the end-to-end tests: a bench target that links the library and is no
//! runner all the same, and leaves a trace where anyone runs it.

#[global_allocator]
static ALLOCATOR: duel::Switch = duel::Switch;

fn main() {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/bystander-ran"), "").unwrap();
}
