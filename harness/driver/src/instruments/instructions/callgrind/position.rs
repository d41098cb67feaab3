//! Where a cost was: each column whole, or relative to the cost line before.

/// What the columns before the costs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Address,
    Line,
    /// Such as a basic block's address, which nothing here needs.
    Other,
}

/// An address, a line, or both; 0 is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub address: u64,
    pub line: u32,
}

/// The columns of a file, as its header names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Default for Columns {
    /// What a file has that does not say.
    fn default() -> Self {
        Self(vec![Column::Line])
    }
}

impl Columns {
    pub fn new(header: &str) -> Self {
        Self(
            header
                .split_whitespace()
                .map(|name| match name {
                    "instr" => Column::Address,
                    "line" => Column::Line,
                    _ => Column::Other,
                })
                .collect(),
        )
    }

    /// Whether instructions can be told apart.
    pub fn has_addresses(&self) -> bool {
        self.0.contains(&Column::Address)
    }

    /// Takes the position off a line's words; `None` where it is none.
    pub fn take<'a>(&self, last: Position, words: &mut impl Iterator<Item = &'a str>) -> Option<Position> {
        let mut position = last;
        for column in &self.0 {
            let word = words.next()?;
            match column {
                Column::Address => position.address = number(word, last.address)?,
                Column::Line => position.line = number(word, last.line.into())?.try_into().ok()?,
                Column::Other => _ = number(word, u64::MAX / 2)?,
            }
        }
        Some(position)
    }
}

/// `0x4f`, `12`, or relative to the last: `+3`, `-3`, `*` for the same.
fn number(word: &str, last: u64) -> Option<u64> {
    if word == "*" {
        Some(last)
    } else if let Some(more) = word.strip_prefix('+') {
        last.checked_add(whole(more)?)
    } else if let Some(less) = word.strip_prefix('-') {
        last.checked_sub(whole(less)?)
    } else {
        whole(word)
    }
}

fn whole(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}
