//! The machine code of a case in words, as reports and the command say it.

use duel_record::{CodeInstruction, CodeSummary, VectorShares, Weight};

use crate::number;

/// The hottest loop, calls and size, in one line.
pub fn summary_words(code: &CodeSummary) -> String {
    let mut words = Vec::new();
    match code.inner_loop().filter(|inner| inner.weight_share.is_none_or(|share| share > 0.0)) {
        Some(inner) => words.push(format!("inner loop {}", vector_words(&inner.vectors))),
        None => words.push(format!("no loop, {}", vector_words(&code.vectors))),
    }
    words.push(match code.calls_made().count() {
        0 => "no calls".to_owned(),
        calls => format!("{} not inlined", number::plural(calls, "call")),
    });
    words.push(size_words(code));
    words.join("; ")
}

/// The loops that an instruction is in as bars, outermost at the left; deeper ones than `DEEPEST`
/// share the last column.
pub fn loop_bars<const DEEPEST: usize>(code: &CodeSummary, one: &CodeInstruction) -> String {
    let mut bars = [' '; DEEPEST];
    for of in code.loops.iter().filter(|of| of.holds(one.address)) {
        if let Some(bar) = bars.get_mut((of.depth as usize).min(DEEPEST.saturating_sub(1))) {
            *bar = match (one.address == of.start, one.address == of.end) {
                (true, true) => '╶',
                (true, false) => '┌',
                (false, true) => '└',
                (false, false) => '│',
            };
        }
    }
    bars.iter().collect()
}

/// Its own size, and that of all that it can call.
pub fn size_words(code: &CodeSummary) -> String {
    let size = number::bytes(code.size_bytes as f64);
    if code.reached_bytes > code.size_bytes {
        format!("{size}, pulls in {}", number::bytes((code.reached_bytes - code.size_bytes) as f64))
    } else {
        size
    }
}

/// `512-bit wide, 88 % packed`.
pub fn vector_words(shares: &VectorShares) -> String {
    match shares.widest_bits() {
        // Code on single numbers clears and copies whole registers now and then.
        Some(_) if shares.scalar > shares.packed() => format!(
            "on single floating-point numbers ({} scalar, {} packed)",
            percent(shares.scalar),
            percent(shares.packed())
        ),
        Some(bits) => format!("{bits}-bit wide, {} packed", percent(shares.packed())),
        None if shares.scalar > 0.0 => {
            format!("on single floating-point numbers ({} scalar)", percent(shares.scalar))
        }
        None => "without vectors".to_owned(),
    }
}

/// The function, and whose it is where it is not the measured loop.
pub fn function_words(code: &CodeSummary, variant: &str) -> String {
    let share = code.weight_share.map_or_else(String::new, |share| {
        let of = if code.weighed_by == Weight::Samples { "samples" } else { "instructions" };
        format!(", {} of all {of}", percent(share))
    });
    if code.function == variant {
        format!("the measured loop with what was inlined into it{share}")
    } else {
        format!("{}{share}", code.function)
    }
}

/// A share without decimals, but for small ones.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 { "< 1\u{a0}%".to_owned() } else { format!("{percent:.0}\u{a0}%") }
}

#[cfg(test)]
mod tests {
    use duel_record::{CodeCall, CodeLoop};

    use super::*;

    fn code() -> CodeSummary {
        let vectors =
            VectorShares { packed_512: 0.75, packed_128: 0.13, scalar: 0.05, ..VectorShares::default() };
        CodeSummary {
            function: "avx512".into(),
            size_bytes: 412,
            reached_bytes: 412 + 3174,
            weighed_by: Weight::Executed,
            weight_share: Some(0.981),
            loops: vec![CodeLoop { weight_share: Some(0.9), vectors, ..CodeLoop::default() }],
            calls: [3.0, 0.0].map(|weight| CodeCall { weight, ..CodeCall::default() }).into(),
            ..CodeSummary::default()
        }
    }

    #[test]
    fn the_hottest_loop_calls_and_size_make_one_line() {
        let words = summary_words(&code()).replace('\u{a0}', " ");
        assert_eq!(
            words,
            "inner loop 512-bit wide, 88 % packed; 1 call not inlined; 412 B, pulls in 3.10 KiB"
        );
        let plain = CodeSummary { size_bytes: 9, reached_bytes: 9, ..CodeSummary::default() };
        assert_eq!(summary_words(&plain).replace('\u{a0}', " "), "no loop, without vectors; no calls; 9 B");
    }

    #[test]
    fn code_that_only_clears_whole_registers_is_not_called_wide() {
        let words = |shares| vector_words(&shares).replace('\u{a0}', " ");
        let shares = VectorShares { scalar: 0.72, packed_128: 0.03, ..VectorShares::default() };
        assert_eq!(words(shares), "on single floating-point numbers (72 % scalar, 3 % packed)");
        let shares = VectorShares { scalar: 0.72, ..VectorShares::default() };
        assert_eq!(words(shares), "on single floating-point numbers (72 % scalar)");
    }

    #[test]
    fn the_measured_loop_is_called_so() {
        let words = |variant| function_words(&code(), variant).replace('\u{a0}', " ");
        assert_eq!(
            words("avx512"),
            "the measured loop with what was inlined into it, 98 % of all instructions"
        );
        assert_eq!(words("dispatched"), "avx512, 98 % of all instructions");
    }
}
