//! Markdown of a limited length, whatever a run holds: GitHub refuses a comment of more than 65,536 characters, and
//! drops a job's whole summary beyond 1 MiB. What comes first stays; what is left out is counted.

use crate::number::plural;

/// The most bytes of a whole report.
pub(super) const MOST_BYTES: usize = 60_000;

/// Blocks of Markdown, as many as there is room for.
pub(super) struct Bounded {
    text: String,
    most_bytes: usize,
    rows_left_out: usize,
    blocks_left_out: usize,
}

impl Bounded {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { text: String::new(), most_bytes, rows_left_out: 0, blocks_left_out: 0 }
    }

    /// How many bytes there is room for.
    pub(super) fn room(&self) -> usize {
        self.most_bytes.saturating_sub(self.text.len())
    }

    /// Adds a block: a heading, a paragraph, a table. Of a table that is too long the first rows; nothing of another
    /// block.
    pub(super) fn push(&mut self, block: &str) {
        if block.len() <= self.room() {
            self.text.push_str(block);
            return;
        }
        let is_row = |line: &&str| line.starts_with('|');
        let rows = block.lines().filter(is_row).count();
        let mut taken = String::new();
        let mut rows_taken: usize = 0;
        for line in block.split_inclusive('\n') {
            // One more byte for the empty line that ends a table.
            if taken.len() + line.len() >= self.room() {
                break;
            }
            taken.push_str(line);
            rows_taken += usize::from(is_row(&line));
        }
        // A head and the line below it are no rows of a table's body.
        if rows_taken > 2 {
            self.text.push_str(&taken);
            self.text.push('\n');
            self.rows_left_out += rows - rows_taken;
        } else {
            self.blocks_left_out += 1;
        }
    }

    /// The text, and what is left out.
    pub(super) fn finish(mut self) -> String {
        let mut left_out = Vec::new();
        if self.rows_left_out > 0 {
            left_out.push(plural(self.rows_left_out, "more row"));
        }
        if self.blocks_left_out > 0 {
            left_out.push(plural(self.blocks_left_out, "more section"));
        }
        if !left_out.is_empty() {
            self.text.push_str(&format!(
                "*Not shown here, but in the HTML report: {}.*\n\n",
                left_out.join(" and ")
            ));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_the_rest_is_counted() {
        let table = "| a |\n| --- |\n| 1 |\n| 2 |\n| 3 |\n\n";
        let mut all = Bounded::new(1_000);
        all.push("## One\n\n");
        all.push(table);
        assert_eq!(all.finish(), format!("## One\n\n{table}"));
        let mut some = Bounded::new(30);
        some.push(table);
        some.push("a paragraph that is too long by now\n\n");
        some.push("x\n");
        assert_eq!(
            some.finish(),
            "| a |\n| --- |\n| 1 |\n| 2 |\n\nx\n*Not shown here, but in the HTML report: 1 more row and 1 more section.*\n\n"
        );
        let mut none = Bounded::new(5);
        none.push(table);
        assert_eq!(none.finish(), "*Not shown here, but in the HTML report: 1 more section.*\n\n");
    }
}
