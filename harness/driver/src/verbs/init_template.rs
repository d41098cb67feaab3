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

duel::main!(vowels());
