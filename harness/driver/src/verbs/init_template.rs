//! Interchangeable variants, compared by `cargo duel run`. Put your own kernels here.

use duel::{Family, Work};

fn vowels() -> Family<String, usize> {
    Family::<String, usize>::new("vowels", "How are the vowels of a text counted fastest?", duel::exact())
        // The same size and seed must always make the same data set.
        .workload("letters", &[("l1", 8_000), ("l2", 500_000)], |size, seed| {
            let mut state = seed;
            let mut letter = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'a' + (state >> 33) as u8 % 26)
            };
            (0..size).map(|_| letter()).collect()
        })
        .work(|text| Work { elements: text.len() as u64, bytes: text.len() as u64, flops: 0 })
        // What the inner closure does is measured; all else stays outside the clock.
        .reference("chars", |text| move || text.chars().filter(|c| "aeiou".contains(*c)).count())
        .variant("bytes", |text| {
            move || text.bytes().filter(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u')).count()
        })
        .variant("table", |text| {
            let mut is_vowel = [0_u8; 256];
            b"aeiou".iter().for_each(|vowel| is_vowel[usize::from(*vowel)] = 1);
            move || text.bytes().map(|byte| usize::from(is_vowel[usize::from(byte)])).sum()
        })
}

// Data sets and outputs can have types of your own, which derive what duel needs. For an example, uncomment
// the rest of this file, and write `duel::main!(vowels(), nearest());` in the last line.

// /// A data set. Every field counts as its content, unless it is marked `#[content(skip)]`.
// #[derive(duel::Content)]
// struct Points {
//     x: Vec<f64>,
//     y: Vec<f64>,
// }
//
// /// An output. Every field is compared, unless it is marked `#[output(skip)]`.
// #[derive(duel::Output)]
// struct Nearest {
//     index: usize,
//     distance: f64,
// }
//
// fn nearest() -> Family<Points, Nearest> {
//     let check = duel::within_relative(1e-12);
//     Family::<Points, Nearest>::new("nearest", "How is the point nearest to (0, 0) found fastest?", check)
//         .workload("random", &[("l1", 1_000), ("l2", 50_000)], |size, seed| {
//             let mut state = seed;
//             let mut coordinate = || {
//                 state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
//                 (state >> 33) as f64
//             };
//             Points { x: (0..size).map(|_| coordinate()).collect(), y: (0..size).map(|_| coordinate()).collect() }
//         })
//         .reference("distances", |points| {
//             move || {
//                 let distances = points.x.iter().zip(&points.y).map(|(x, y)| x.hypot(*y));
//                 let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
//                 let (index, distance) = nearest.expect("at least one point");
//                 Nearest { index, distance }
//             }
//         })
//         .variant("squares", |points| {
//             move || {
//                 let squares = points.x.iter().zip(&points.y).map(|(x, y)| x * x + y * y);
//                 let nearest = squares.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
//                 let (index, square) = nearest.expect("at least one point");
//                 Nearest { index, distance: square.sqrt() }
//             }
//         })
// }

duel::main!(vowels());
