//! Written into a crate by the end-to-end tests: two variants under one name.

use duel::Family;

fn twins() -> Family<u64, u64> {
    Family::new("twins", "Which is which?", duel::exact())
        .workload("number", &[("s", 1)], |_, seed| seed)
        .reference("reference", |data| move || *data)
        .variant("twin", |data| move || *data)
        .variant("twin", |data| move || *data)
}

duel::main!(twins());
