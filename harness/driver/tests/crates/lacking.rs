//! Own types that lack what a data set, a field of one and an output need. Does not compile.

use duel::Family;

struct Points {
    x: Vec<f32>,
}

struct Nearest {
    index: usize,
}

struct Inner {
    value: u8,
}

#[derive(duel::Content)]
struct Outer {
    count: usize,
    inner: Vec<Inner>,
}

fn nearest() -> Family<Points, Nearest> {
    Family::<Points, Nearest>::new("nearest", "?", duel::exact())
        .workload("zeros", &[("l1", 1_000)], |size, _| Points { x: vec![0.0; size] })
        .reference("loop", |points| move || Nearest { index: points.x.len() })
}

fn outer() -> Family<Outer, u8> {
    Family::<Outer, u8>::new("outer", "?", duel::exact())
        .workload("zeros", &[("l1", 1_000)], |size, _| Outer {
            count: size,
            inner: vec![Inner { value: 0 }],
        })
        .reference("first", |outer| move || outer.inner[0].value)
}

duel::main!(nearest(), outer());
