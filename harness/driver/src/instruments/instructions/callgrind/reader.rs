//! Takes a callgrind file line by line, since what a line means depends on those before it.

use std::collections::HashMap;

use super::{
    dump::{BadDump, Dump},
    position::{Columns, Position},
};
use crate::code::callgrind_name;

/// What a line with a position is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    /// The current function itself.
    #[default]
    Own,
    /// What it called there, with all that it took.
    Call,
    /// Where it jumped from: costs nothing.
    Jump,
}

/// Names by their number: a name is beside it only the first time.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// `(12) name` the first time, `(12)` from then on.
    fn name(&mut self, value: &str) -> Option<String> {
        self.spelled(value, str::to_owned)
    }

    /// The same, in another spelling.
    fn spelled(&mut self, value: &str, spell: fn(&str) -> String) -> Option<String> {
        let Some(rest) = value.strip_prefix('(') else { return Some(spell(value)) };
        let (number, name) = rest.split_once(')')?;
        match name.strip_prefix(' ') {
            Some(name) => {
                let name = spell(name);
                self.0.insert(number.to_owned(), name.clone());
                Some(name)
            }
            None => self.0.get(number).cloned(),
        }
    }
}

#[derive(Default)]
pub struct Reader {
    columns: Columns,
    events: String,
    totals: Option<Vec<u64>>,
    /// Functions, files and objects are numbered each by themselves.
    function_names: Names,
    file_names: Names,
    object_names: Names,
    current: String,
    file: String,
    object: String,
    called: String,
    next: Next,
    /// Of the last own cost: the lines of calls and jumps are relative to it, too, but nothing is
    /// relative to them, which the manual does not say and valgrind does.
    last: Position,
    dump: Dump,
}

impl Reader {
    /// Takes one line; `None` where it is not understood.
    pub fn line(&mut self, line: &str) -> Option<()> {
        let line = line.trim_end();
        if line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '*')) {
            return self.cost(line);
        }
        if let Some((key, value)) = line.split_once('=')
            && key.chars().all(|c| c.is_ascii_lowercase())
        {
            match key {
                "fn" => self.current = self.function_names.spelled(value, callgrind_name)?,
                "cfn" => self.called = self.function_names.spelled(value, callgrind_name)?,
                "fl" | "fi" | "fe" => self.file = self.file_names.name(value)?,
                // A name may stand there for the first time.
                "cfi" | "cfl" | "jfi" => _ = self.file_names.name(value)?,
                "ob" => self.object = self.object_names.name(value)?,
                "cob" => _ = self.object_names.name(value)?,
                "calls" => self.next = Next::Call,
                "jump" | "jcnd" => self.next = Next::Jump,
                _ => {}
            }
            return Some(());
        }
        match line.split_once(':') {
            Some(("positions", value)) => self.columns = Columns::new(value),
            Some(("events", value)) => self.events = value.trim().to_owned(),
            Some(("totals", value)) => {
                self.totals =
                    Some(value.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?);
            }
            // Headers, comments and empty lines.
            Some(_) => {}
            None if line.is_empty() || line.starts_with('#') => {}
            None => return None,
        }
        Some(())
    }

    fn cost(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_whitespace();
        let position = self.columns.take(self.last, &mut words)?;
        // A cost that is left out is zero.
        let cost: u64 = words.next().map_or(Some(0), |text| text.parse().ok())?;
        let function = self.dump.functions.entry(self.current.clone()).or_default();
        match std::mem::take(&mut self.next) {
            Next::Jump => {}
            Next::Call if self.called == self.current => {}
            Next::Call => function.inclusive = function.inclusive.checked_add(cost)?,
            Next::Own => {
                function.own = function.own.checked_add(cost)?;
                function.inclusive = function.inclusive.checked_add(cost)?;
                self.own(position, cost)?;
            }
        }
        Some(())
    }

    /// Books a cost where it was.
    fn own(&mut self, position: Position, cost: u64) -> Option<()> {
        self.last = position;
        let line = self.dump.lines.entry((self.file.clone(), position.line)).or_default();
        *line = line.checked_add(cost)?;
        if self.columns.has_addresses() {
            let place = (self.object.clone(), position.address);
            let executed = self.dump.addresses.entry(place).or_default();
            *executed = executed.checked_add(cost)?;
        }
        if !self.dump.objects.contains_key(&self.current) {
            self.dump.objects.insert(self.current.clone(), self.object.clone());
        }
        Some(())
    }

    pub fn finish(self) -> Result<Dump, BadDump> {
        let totals = self.totals.ok_or(BadDump::CutShort)?;
        let total = *totals.first().ok_or(BadDump::CutShort)?;
        let mut events = self.events.split_whitespace();
        if events.next() != Some("Ir") {
            return Err(BadDump::Events { found: self.events });
        }
        let mut dump = self.dump;
        let sum = dump.functions.values().fold(0_u64, |sum, cost| sum.saturating_add(cost.own));
        if sum != total {
            return Err(BadDump::Sum { sum, total });
        }
        for cost in dump.functions.values_mut() {
            cost.inclusive = cost.inclusive.min(total);
        }
        // Zeros at the end of a line of costs are left out.
        let counts = totals.iter().copied().skip(1).chain(std::iter::repeat(0));
        dump.simulated = events.map(str::to_owned).zip(counts).collect();
        dump.total = total;
        Ok(dump)
    }
}
