//! Written into a crate by the end-to-end tests: a name that would ring the terminal's bell.

use duel::Family;

fn bells() -> Family<u64, u64> {
    Family::new("bells", "Does it ring?", duel::exact())
        .workload("number", &[("s", 1)], |_, seed| seed)
        .reference("silent", |data| move || *data)
        .variant("rings\u{7}", |data| move || *data)
}

duel::main!(bells());
