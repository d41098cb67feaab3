//! Written into a crate by the end-to-end tests: nobody is the reference.

use duel::Family;

fn orphans() -> Family<u64, u64> {
    Family::new("orphans", "Who is to be held against whom?", duel::exact())
        .workload("number", &[("s", 1)], |_, seed| seed)
        .variant("one", |data| move || *data)
        .variant("two", |data| move || *data)
}

duel::main!(orphans());
