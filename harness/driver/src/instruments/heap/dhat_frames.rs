//! The frames of an allocation as a reader wants them: the caller's own functions by short names,
//! and of every library that only hands on, the one function that was called.

use std::{borrow::Cow, iter};

/// Crates whose inner calls say nothing to the one who calls them; `duel` and `dhat` are the way from
/// a library to the counting allocator.
const PLUMBING: [&str; 10] =
    ["alloc", "core", "std", "hashbrown", "rayon", "rayon_core", "duel", "dhat", "__rustc", "???"];
/// Functions below a thread's own, and the allocator's doors.
const NAMELESS: [&str; 8] = [
    "__rust_alloc",
    "__rust_alloc_zeroed",
    "__rust_realloc",
    "start_thread",
    "clone",
    "clone3",
    "__clone",
    "__clone3",
];

/// Who called the allocator.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    /// From the outermost to the one that asked the allocator.
    pub frames: Vec<String>,
    /// Source file and line of the innermost frame that is not a library's.
    pub place: String,
}

/// Reads a stack, innermost frame first, as dhat writes each:
/// `0x55d1: alloc::vec::from_elem (src/vec/mod.rs:3651:5)`.
pub fn called<'a>(frames: impl Iterator<Item = &'a str>) -> Called {
    let all: Vec<(&str, &str)> = frames.map(split).collect();
    // The innermost of the harness's frames: above it are only more of them.
    let kernel = all.iter().position(|(name, _)| is_harness(name)).unwrap_or(all.len());
    let mut own = &all[..kernel];
    while let [rest @ .., (name, _)] = own
        && !rest.is_empty()
        && only_starts(name)
    {
        own = rest;
    }
    let place = own.iter().find(|(name, _)| !is_plumbing(name)).or(own.first());
    // A call of a closure is no more than the closure.
    let told: Vec<&str> = own.iter().map(|(name, _)| *name).filter(|name| !only_calls(name)).collect();
    let named = told.iter().enumerate().filter(|(i, name)| {
        // Of a run, only the outermost is what somebody called.
        !is_plumbing(name) || told.get(i + 1).is_none_or(|outer| !is_plumbing(outer))
    });
    let mut frames: Vec<String> = named.map(|(_, name)| shorten(name)).collect();
    if frames.is_empty() {
        // Only the harness, or only calls: the innermost function is better than nothing.
        frames.extend(all.first().map(|(name, _)| shorten(name)));
    }
    frames.reverse();
    Called { frames, place: place.map_or_else(String::new, |(_, place)| (*place).to_owned()) }
}

/// A frame's name, and its file and line, which are empty where unknown.
fn split(frame: &str) -> (&str, &str) {
    let frame = match frame.split_once(": ") {
        Some((address, rest)) if address.starts_with("0x") => rest,
        _ => frame,
    };
    let Some((name, place)) = frame.strip_suffix(')').and_then(|frame| frame.rsplit_once(" (")) else {
        return (frame, "");
    };
    let place = place.rsplit_once(':').map_or(place, |(place, _column)| place);
    (name, if place.starts_with("???") || place.ends_with(":0") { "" } else { place })
}

fn is_harness(name: &str) -> bool {
    name.trim_start_matches('<').starts_with("duel::kernel::")
}

/// The crate that a function is of.
fn root(name: &str) -> &str {
    let Some(inner) = name.strip_prefix('<') else {
        return name.split(['<', ':', '[']).next().unwrap_or(name);
    };
    let of = inner.trim_start_matches(['&', '*', '[', '(']);
    let of = ["mut ", "const ", "dyn "].iter().fold(of, |of, word| of.strip_prefix(word).unwrap_or(of));
    let path = of.split([' ', '>', '<']).next().unwrap_or(of);
    match (path.contains("::"), qualified(name)) {
        // Of a number or of any type at all: the trait tells whose function it is.
        (false, Some((_, Some(of_trait), _))) => root(of_trait),
        _ => root(path),
    }
}

fn is_plumbing(name: &str) -> bool {
    NAMELESS.contains(&name) || PLUMBING.contains(&root(name))
}

/// Whether the outermost frame only calls what the kernel is: a boxed closure, a thread's start.
fn only_starts(name: &str) -> bool {
    let starts = ["thread", "panic", "::sys", "backtrace"].iter().any(|part| name.contains(part));
    is_plumbing(name) && (starts || NAMELESS.contains(&name) || name == "???" || only_calls(name))
}

/// Whether a library's function does nothing but call a closure.
fn only_calls(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    let last = last.split('{').next().unwrap_or(last);
    is_plumbing(name) && matches!(last, "call" | "call_mut" | "call_once")
}

/// A name without hashes and generic arguments; a library's without the modules it is in.
pub fn shorten(name: &str) -> String {
    let plain = match qualified(name) {
        Some((of, as_trait, rest)) => {
            let as_trait = as_trait.map(|name| format!(" as {}", last(&without_arguments(name), 1)));
            format!(
                "<{}{}>{}",
                last(&without_arguments(of), 1),
                as_trait.unwrap_or_default(),
                without_arguments(rest)
            )
        }
        None => without_arguments(name).into_owned(),
    };
    let plain = plain.replace("{{closure}}", "{closure}");
    let short = match plain.rsplit_once("::h") {
        Some((short, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => short,
        _ => &plain,
    };
    if is_plumbing(name) && !short.starts_with('<') { last(short, 2).to_owned() } else { short.to_owned() }
}

/// The last parts of a path, a given number; of a closure with the function around it.
fn last(path: &str, parts: usize) -> &str {
    let mut parts = parts;
    for (at, _) in path.rmatch_indices("::") {
        if !path[at + 2..].starts_with('{') {
            parts -= 1;
        }
        if parts == 0 {
            return &path[at + 2..];
        }
    }
    path
}

/// `<A as B>::rest` as `A`, `B` and `::rest`.
fn qualified(name: &str) -> Option<(&str, Option<&str>, &str)> {
    let inner = name.strip_prefix('<')?;
    let mut as_at = None;
    for (at, depth, byte) in depths(inner) {
        if depth == 0 && byte == b' ' && inner[at..].starts_with(" as ") {
            as_at = Some(at);
        }
        if depth < 0 {
            let (of, rest) = (&inner[..at], &inner[at + 1..]);
            return Some(match as_at {
                Some(as_at) => (&inner[..as_at], Some(&inner[as_at + 4..at]), rest),
                None => (of, None, rest),
            });
        }
    }
    None
}

/// Each byte with how many angle brackets it is in, closing ones without their own.
fn depths(text: &str) -> impl Iterator<Item = (usize, i32, u8)> {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    iter::from_fn(move || {
        let byte = *bytes.get(at)?;
        // The arrow of a function's type closes nothing.
        if byte == b'>' && (at == 0 || bytes[at - 1] != b'-') {
            depth -= 1;
        }
        let here = (at, depth, byte);
        if byte == b'<' {
            depth += 1;
        }
        at += 1;
        Some(here)
    })
}

/// `Vec<T,A>::push` as `Vec::push`, and `krate[1f2e]::f` as `krate::f`.
fn without_arguments(path: &str) -> Cow<'_, str> {
    if !path.contains(['<', '[']) || path.starts_with(['<', '[', '(', '&']) {
        return Cow::Borrowed(path);
    }
    let mut kept = Vec::with_capacity(path.len());
    let mut in_hash = false;
    for (_, depth, byte) in depths(path) {
        let outside = depth <= 0 && byte != b'<' && byte != b'>';
        in_hash |= outside && byte == b'[';
        if outside && !in_hash {
            kept.push(byte);
        }
        in_hash &= byte != b']';
    }
    // What is left out begins and ends with an ASCII character, so what is left is text.
    let kept = String::from_utf8_lossy(&kept);
    // A turbofish leaves its colons.
    Cow::Owned(kept.replace("::::", "::").trim_end_matches("::").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_hashes_arguments_and_a_librarys_modules() {
        for (long, short) in [
            ("my_crate::parse::table", "my_crate::parse::table"),
            ("my_crate::Map<K,V>::grow::h0123456789abcdef", "my_crate::Map::grow"),
            ("my_crate::f::{{closure}}::{{closure}}", "my_crate::f::{closure}::{closure}"),
            ("alloc::vec::Vec<T,A>::with_capacity_in", "Vec::with_capacity_in"),
            ("std::collections::hash::map::HashMap<K,V,S>::insert", "HashMap::insert"),
            ("<alloc::vec::Vec<T> as core::clone::Clone>::clone", "<Vec as Clone>::clone"),
            ("<my_crate::A<fn(u8) -> u8> as core::ops::Add>::add", "<A as Add>::add"),
            ("core::iter::traits::iterator::Iterator::collect::<Vec<u8>>", "Iterator::collect"),
            ("my_crate[5e8f]::run::<u64>", "my_crate::run"),
            ("größe::<ß>::wörter", "größe::wörter"),
            ("<", "<"),
            ("", ""),
        ] {
            assert_eq!(shorten(long), short, "{long}");
        }
    }

    #[test]
    fn a_stack_is_told_from_the_kernel_to_the_librarys_function_that_it_called() {
        let frames = [
            "0x0: <dhat::Alloc as core::alloc::global::GlobalAlloc>::alloc (src/lib.rs:1242:26)",
            "0x0: duel::recorder::record (runner/src/recorder.rs:80:1)",
            "0x0: <duel::recorder::Recorded as core::alloc::GlobalAlloc>::alloc (runner/src/recorder.rs:90:1)",
            "0x0: duel::allocator::dhat::alloc (runner/src/allocator.rs:70:1)",
            "0x0: __rustc::__rust_alloc (allocates/benches/a.rs:1:1)",
            "0x1: <alloc::alloc::Global as core::alloc::Allocator>::allocate (alloc/src/alloc.rs:429:14)",
            "0x1: alloc::raw_vec::RawVecInner<A>::try_allocate_in (src/raw_vec/mod.rs:464:47)",
            "0x1: <u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem (src/vec/spec_from_elem.rs:53:21)",
            "0x1: alloc::vec::from_elem (src/vec/mod.rs:3651:5)",
            "0x1: kernels::boxes::object (src/churn/boxes.rs:78:5)",
            "0x1: core::iter::adapters::map::map_fold (src/map.rs:1:1)",
            "0x1: core::iter::traits::iterator::Iterator::fold (src/iterator.rs:1:1)",
            "0x1: core::ops::function::FnOnce::call_once (ops/function.rs:250:5)",
            "0x1: kernels::boxes::small (src/churn/boxes.rs:36:53)",
            "0x2: <alloc::boxed::Box<F,A> as core::ops::function::FnMut<Args>>::call_mut (alloc/src/boxed.rs:2247:9)",
            "0x2: <duel::kernel::Returning<K,O> as duel::kernel::Prepared>::fire::{{closure}} (runner/src/kernel.rs:122:31)",
            "0x2: duel::kernel::clocked (runner/src/kernel.rs:77:5)",
            "0x3: duel::instruments::heap::heap (src/instruments/heap.rs:27:12)",
        ];
        let Called { frames, place } = called(frames.into_iter());
        assert_eq!(
            frames,
            ["kernels::boxes::small", "Iterator::fold", "kernels::boxes::object", "vec::from_elem"]
        );
        assert_eq!(place, "src/churn/boxes.rs:78");
    }

    #[test]
    fn a_thread_begins_with_what_it_runs() {
        let frames = [
            "0x1: kernels::work::{{closure}} (src/work.rs:7:1)",
            "0x1: std::sys::backtrace::__rust_begin_short_backtrace (sys/backtrace.rs:1:1)",
            "0x1: core::ops::function::FnOnce::call_once{{vtable.shim}} (ops/function.rs:250:5)",
            "0x2: <alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once (alloc/src/boxed.rs:1:1)",
            "0x2: std::sys::thread::unix::Thread::new::thread_start (thread/unix.rs:1:1)",
            "0x3: start_thread (???:0:0)",
            "0x3: ??? (???:0:0)",
        ];
        assert_eq!(called(frames.into_iter()).frames, ["kernels::work::{closure}"]);
    }

    #[test]
    fn a_stack_without_names_is_still_a_stack() {
        for frames in [&["0x1: ??? (???:0:0)"][..], &["no such form"], &[""], &[]] {
            let called = called(frames.iter().copied());
            assert_eq!((called.frames.len(), called.place), (frames.len(), String::new()), "{frames:?}");
        }
    }
}
