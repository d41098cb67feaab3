//! callgrind's files: what was counted in all, by which function, source line and instruction.
//!
//! The format is described in valgrind's manual ("Callgrind Format Specification"). Only what totals
//! and costs by function, source line and instruction need is read; all else is left for kcachegrind.

mod dump;
mod position;
mod reader;

pub use dump::{BadDump, Cost, Dump};

use reader::Reader;

/// Reads a file.
pub fn parse(text: &str) -> Result<Dump, BadDump> {
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(line).ok_or_else(|| {
            let text = line.chars().take(80).collect();
            BadDump::Line { line: index + 1, text }
        })?;
    }
    reader.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As callgrind 3.19 writes it.
    const DUMP: &str = "# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 11668
cmd:  /target/release/deps/catalogue-1350a0aec3882582 --duel-protocol
part: 2


desc: I1 cache: 
desc: Timerange: Basic block 37 - 514413
desc: Trigger: Client Request: repetition

positions: instr line
events: Ir
summary: 1000


ob=(2) /usr/lib/x86_64-linux-gnu/libc.so.6
fl=(19) ./malloc/./malloc/malloc.c
fn=(90) free
0x98ef0 3362 8
+10 * 2
cfi=(19)
cfn=(94) _int_free
calls=2 0x96120 4417 
* * 100

fn=(94)
0x96120 4417 90
cfn=(94)
calls=1 0x96120 4417 
+3 +1 40
+4 -2 10

ob=(1) /target/release/deps/catalogue-1350a0aec3882582
fl=(2) /src/kernel.rs
fn=(2) duel::kernel::clocked
0x1e6397 74 300
fi=(32) /library/core/src/hint.rs
+3 491 90
cfi=(7) /src/lib.rs
cfn=(40) <fancy::Sum<f64> as fancy::Fold>::fold
calls=1 0x1cfde0 12 
* * 390
cob=(2)
cfi=(19)
cfn=(90)
calls=2 0x98ef0 3362 
+55 +1 110
fe=(2)
+61 75 0

fl=(7)
fn=(40)
0x1cfde0 12 390
jump=2 +32 +2
+2 *
* * 10
-16 +1 100

totals: 1000
";

    #[test]
    fn totals_and_costs_by_function_are_read() {
        let dump = parse(DUMP).unwrap();
        assert_eq!(dump.total, 1000);
        let cost = |name: &str| (dump.functions[name].own, dump.functions[name].inclusive);
        assert_eq!(cost("free"), (10, 110));
        assert_eq!(cost("_int_free"), (100, 100), "a recursion is not counted twice");
        assert_eq!(cost("duel::kernel::clocked"), (390, 890));
        assert_eq!(cost("<fancy::Sum<f64> as fancy::Fold>::fold"), (500, 500));
        assert_eq!(dump.functions.len(), 4);
    }

    #[test]
    fn own_costs_are_booked_by_line_and_address_without_those_of_calls() {
        let dump = parse(DUMP).unwrap();
        let mut lines: Vec<_> =
            dump.lines.iter().map(|((file, line), own)| (file.as_str(), *line, *own)).collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                ("./malloc/./malloc/malloc.c", 3362, 10),
                ("./malloc/./malloc/malloc.c", 4415, 10),
                ("./malloc/./malloc/malloc.c", 4417, 90),
                ("/library/core/src/hint.rs", 491, 90),
                ("/src/kernel.rs", 74, 300),
                ("/src/kernel.rs", 75, 0),
                ("/src/lib.rs", 12, 400),
                ("/src/lib.rs", 13, 100),
            ]
        );
        let libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";
        let runner = &dump.objects["duel::kernel::clocked"];
        assert_eq!(runner, "/target/release/deps/catalogue-1350a0aec3882582");
        let of = |object: &str| {
            let of = dump.addresses.iter().filter(|((of, _), _)| of == object);
            let mut of: Vec<_> = of.map(|((_, address), executed)| (*address, *executed)).collect();
            of.sort_unstable();
            of
        };
        assert_eq!(of(libc), [(0x96120, 90), (0x96124, 10), (0x98ef0, 8), (0x98efa, 2)]);
        assert_eq!(
            of(runner),
            [(0x1cfdd0, 100), (0x1cfde0, 400), (0x1e6397, 300), (0x1e639a, 90), (0x1e63d7, 0)],
            "relative to the last own cost, not to a call or jump between"
        );
    }

    #[test]
    fn names_are_written_alike_under_both_manglings() {
        let dump = parse(
            "events: Ir\nfn=(1) duel::kernel::clocked::<k::run::{closure#0}>\n1 5\nfn=(2) k::of::<[u8; 64]>\n\
             1 2\nfn=(1)\n2 4\ntotals: 11",
        )
        .unwrap();
        assert_eq!(dump.functions["duel::kernel::clocked"].own, 9);
        assert_eq!(dump.functions["k::of::<[u8 x 64]>"].own, 2);
    }

    #[test]
    fn what_was_simulated_is_read_by_name() {
        let dump = parse("events: Ir Dr D1mr Bc\nfn=f\n1 5 2 1\n2 2 1\ntotals: 7 3 1").unwrap();
        let simulated: Vec<_> = dump.simulated.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(simulated, [("Dr", 3), ("D1mr", 1), ("Bc", 0)]);
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_refused() {
        let totals = DUMP.find("totals:").unwrap();
        for end in 0..DUMP.len() - 2 {
            let found = parse(&DUMP[..end]);
            assert!(found.is_err(), "cut at {end}: {found:?}");
            if end <= totals {
                assert!(matches!(found, Err(BadDump::CutShort | BadDump::Line { .. })), "cut at {end}");
            }
        }
    }

    #[test]
    fn what_is_no_dump_says_why() {
        assert_eq!(parse(""), Err(BadDump::CutShort));
        assert!(matches!(parse("take this"), Err(BadDump::Line { line: 1, .. })));
        assert!(matches!(parse("fn=(7)"), Err(BadDump::Line { line: 1, .. })), "a number without a name");
        assert!(matches!(parse("fn=(7) f\n1 x"), Err(BadDump::Line { line: 2, .. })));
        assert_eq!(parse("events: Cycles\ntotals: 0"), Err(BadDump::Events { found: "Cycles".to_owned() }));
        assert_eq!(parse("events: Ir\nfn=f\n1 2\ntotals: 3"), Err(BadDump::Sum { sum: 2, total: 3 }));
    }

    #[test]
    fn lines_alone_have_no_addresses() {
        let dump = parse("events: Ir\nfn=f\n79 2\n+3 5\ntotals: 7").unwrap();
        assert_eq!((dump.lines.len(), dump.addresses.len()), (2, 0));
        assert!(matches!(
            parse("events: Ir\nfn=f\n79 2\n-80 5\ntotals: 7"),
            Err(BadDump::Line { line: 4, .. })
        ));
    }
}
