//! callgrind's files: what was counted in all, and by which function.
//!
//! The format is described in valgrind's manual ("Callgrind Format Specification"). Only what a
//! total and costs by function need is read; all else is left for kcachegrind.

use std::collections::HashMap;

/// Why a file can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDump {
    #[error("callgrind's file is cut short: it has no line \"totals:\"")]
    CutShort,
    #[error("line {line} of callgrind's file is not understood: {text:?}")]
    Line { line: usize, text: String },
    #[error("callgrind's file counts {found:?}, expected \"Ir\" (instructions) first")]
    Events { found: String },
    #[error("callgrind's file does not add up: {sum} instructions by function, {total} in all")]
    Sum { sum: u64, total: u64 },
}

/// Instructions of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// In itself.
    pub own: u64,
    /// In itself and all that it called; of a recursion at most the total.
    pub inclusive: u64,
}

/// What one file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump {
    pub total: u64,
    pub functions: HashMap<String, Cost>,
}

/// Reads a file.
pub fn parse(text: &str) -> Result<Dump, BadDump> {
    let mut reader = Reader { positions: 1, ..Reader::default() };
    for (index, line) in text.lines().enumerate() {
        reader.line(line).ok_or_else(|| {
            let text = line.chars().take(80).collect();
            BadDump::Line { line: index + 1, text }
        })?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    /// Columns of a cost line before its costs.
    positions: usize,
    events: String,
    total: Option<u64>,
    /// Names by their number: a name stands beside it only the first time.
    names: HashMap<String, String>,
    current: String,
    called: String,
    /// The next cost line is that of a call.
    in_call: bool,
    functions: HashMap<String, Cost>,
}

impl Reader {
    /// Takes one line; `None` where it is not understood.
    fn line(&mut self, line: &str) -> Option<()> {
        let line = line.trim_end();
        if line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '*')) {
            return self.cost(line);
        }
        if let Some((key, value)) = line.split_once('=')
            && key.chars().all(|c| c.is_ascii_lowercase())
        {
            match key {
                "fn" => self.current = self.name(value)?,
                "cfn" => self.called = self.name(value)?,
                "calls" => self.in_call = true,
                // Where it stands: files, objects, jumps.
                _ => {}
            }
            return Some(());
        }
        match line.split_once(':') {
            Some(("positions", value)) => self.positions = value.split_whitespace().count(),
            Some(("events", value)) => self.events = value.trim().to_owned(),
            Some(("totals", value)) => self.total = Some(value.split_whitespace().next()?.parse().ok()?),
            // Headers, comments and empty lines.
            Some(_) => {}
            None if line.is_empty() || line.starts_with('#') => {}
            None => return None,
        }
        Some(())
    }

    /// `(12) name` the first time, `(12)` from then on.
    fn name(&mut self, value: &str) -> Option<String> {
        let Some(rest) = value.strip_prefix('(') else { return Some(value.to_owned()) };
        let (number, name) = rest.split_once(')')?;
        match name.strip_prefix(' ') {
            Some(name) => {
                self.names.insert(number.to_owned(), name.to_owned());
                Some(name.to_owned())
            }
            None => self.names.get(number).cloned(),
        }
    }

    fn cost(&mut self, line: &str) -> Option<()> {
        // A cost that is left out is zero.
        let cost: u64 =
            line.split_whitespace().nth(self.positions).map_or(Some(0), |text| text.parse().ok())?;
        let function = self.functions.entry(self.current.clone()).or_default();
        if std::mem::take(&mut self.in_call) {
            if self.called != self.current {
                function.inclusive = function.inclusive.checked_add(cost)?;
            }
        } else {
            function.own = function.own.checked_add(cost)?;
            function.inclusive = function.inclusive.checked_add(cost)?;
        }
        Some(())
    }

    fn finish(mut self) -> Result<Dump, BadDump> {
        let total = self.total.ok_or(BadDump::CutShort)?;
        if self.events.split_whitespace().next() != Some("Ir") {
            return Err(BadDump::Events { found: self.events });
        }
        let sum = self.functions.values().fold(0_u64, |sum, cost| sum.saturating_add(cost.own));
        if sum != total {
            return Err(BadDump::Sum { sum, total });
        }
        for cost in self.functions.values_mut() {
            cost.inclusive = cost.inclusive.min(total);
        }
        Ok(Dump { total, functions: self.functions })
    }
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

positions: line
events: Ir
summary: 1000


ob=(2) /usr/lib/x86_64-linux-gnu/libc.so.6
fl=(19) ./malloc/./malloc/malloc.c
fn=(90) free
3362 8
+10 2
cfi=(19)
cfn=(94) _int_free
calls=2 4417 
* 100
-10

fn=(94)
4417 90
cfn=(94)
calls=1 4417 
+3 40
fe=(19)
-1 10

fl=(2) /src/kernel.rs
fn=(2) duel::kernel::clocked
74 390
cfi=(7) /src/lib.rs
cfn=(40) <fancy::Sum<f64> as fancy::Fold>::fold
calls=1 12 
75 390
cfn=(90)
calls=2 3362 
+1 110

fn=(40)
12 390
jump=2 14
12 10
+1 100

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
    fn addresses_before_lines_are_skipped() {
        let dump = parse("positions: instr line\nevents: Ir\nfn=f\n0x4f 1 2\n+3 +1 5\ntotals: 7");
        assert_eq!(dump.map(|dump| dump.total), Ok(7));
    }
}
