//! Function names as people read them.

/// The function that has the measured loop, and all that was inlined into it.
const MEASURED: &str = "duel::kernel::clocked";
/// Segments of a path that are kept.
const SEGMENTS: usize = 2;
/// Characters of a name that are kept.
const MOST_CHARS: usize = 90;

/// A symbol's name, demangled, without its hash, as it is written everywhere.
pub fn demangled(symbol: &str) -> String {
    duel_record::function_name(&format!("{:#}", rustc_demangle::demangle(symbol)))
}

/// A function's name in a file of callgrind's. The measured loop has its own under every mangling.
pub fn callgrind_name(name: &str) -> String {
    let name = demangled(name);
    if is_measured(&name) { MEASURED.to_owned() } else { name }
}

/// Whether this is the measured loop.
pub fn is_measured(demangled: &str) -> bool {
    demangled
        .strip_prefix(MEASURED)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(" (also "))
}

/// A name with only the ends of its paths: `<core::iter::Map<I, F> as core::iter::Iterator>::fold` is
/// `<iter::Map<I, F> as iter::Iterator>::fold`.
pub fn shortened(name: &str) -> String {
    let mut short = String::new();
    let mut path = String::new();
    for letter in name.chars().chain(['\0']) {
        if letter.is_alphanumeric() || matches!(letter, '_' | ':' | '{' | '}' | '#' | '$' | '.') {
            path.push(letter);
            continue;
        }
        short.push_str(&end_of(&path));
        path.clear();
        if letter != '\0' {
            short.push(letter);
        }
    }
    if short.chars().count() > MOST_CHARS {
        short = short.chars().take(MOST_CHARS - 1).chain(['…']).collect();
    }
    short
}

/// The last segments of a path, closures beside them.
fn end_of(path: &str) -> String {
    // Arguments of a generic function follow: `step::<[u64; 8]>`, as the v0 mangling has it.
    if let Some(path) = path.strip_suffix("::").filter(|path| !path.is_empty()) {
        return end_of(path) + "::";
    }
    let segments: Vec<&str> = path.split("::").collect();
    let mut named = 0;
    let start = segments.iter().rposition(|segment| {
        named += usize::from(!segment.starts_with('{') && !segment.is_empty());
        named == SEGMENTS || segment.is_empty()
    });
    segments[start.unwrap_or(0)..].join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_end() {
        for (name, short) in [
            ("main", "main"),
            ("core::slice::sort::unstable::quicksort::quicksort", "quicksort::quicksort"),
            ("counted::summed::{{closure}}::{{closure}}", "counted::summed::{{closure}}::{{closure}}"),
            ("kernels::sum::run::{{closure}}", "sum::run::{{closure}}"),
            (
                "<core::iter::adapters::Map<I, F> as core::iter::traits::Iterator>::fold",
                "<adapters::Map<I, F> as traits::Iterator>::fold",
            ),
            ("alloc::vec::Vec<T,A>::push", "vec::Vec<T,A>::push"),
            ("a::b::step::<[u64; 8], core::ops::Range<u8>>", "b::step::<[u64; 8], ops::Range<u8>>"),
            ("k::step::<u8>::{closure#0}", "k::step::<u8>::{closure#0}"),
            ("<[u8; 4] as k::deep::Step>::go::<u8>", "<[u8; 4] as deep::Step>::go::<u8>"),
            ("a::b::step::<[u8 x 64]> (also a::b::walk)", "b::step::<[u8 x 64]> (also b::walk)"),
        ] {
            assert_eq!(shortened(name), short);
        }
    }

    #[test]
    fn an_array_type_is_written_alike_under_both_manglings() {
        for (symbol, name) in [
            (
                "_ZN51_$LT$$u5b$u8$u3b$$u20$64$u5d$$u20$as$u20$k..Sum$GT$3sum17h0123456789abcdefE",
                "<[u8 x 64] as k::Sum>::sum",
            ),
            ("_RINvC1k4stepAhj40_EB2_", "k::step::<[u8 x 64]>"),
        ] {
            assert_eq!(demangled(symbol), name);
        }
    }

    #[test]
    fn the_measured_loop_is_known_in_both_manglings() {
        assert_eq!(demangled("_ZN4duel6kernel7clocked17h0123456789abcdefE"), "duel::kernel::clocked");
        assert!(is_measured("duel::kernel::clocked"));
        assert!(is_measured("duel::kernel::clocked::<F>"));
        assert!(is_measured("duel::kernel::clocked (also k::same)"));
        assert!(!is_measured("duel::kernel::clocked_twice"));
    }
}
