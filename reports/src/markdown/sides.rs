//! Both sides of a comparison of artifacts as Markdown: what each was built from, and what differs
//! between them and is not the code.

use crate::markdown_text::{inline, reason, row};
use crate::model::{Model, difference_cells};

/// The tables; nothing for a run of one artifact.
pub(super) fn section(model: &Model) -> String {
    let sides = model.sides();
    let mut text = String::new();
    if !sides.is_empty() {
        text.push_str("## Both sides\n\n");
        let rows = sides.iter().map(|side| side.cells().map(|cell| reason(&cell)));
        text.push_str(&table(
            ["Side", "Runner", "Executable", "Tree", "Revision", "Built from that tree"],
            rows,
        ));
    }
    let differences = model.differences();
    if !differences.is_empty() {
        text.push_str("What the sides were built with beside their code:\n\n");
        let rows =
            differences.iter().map(|difference| difference_cells(difference).map(|cell| reason(&cell)));
        text.push_str(&table(["Kind", "Name", "Baseline", "Candidate", "What was done"], rows));
    }
    text
}

fn table<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = row(heads.map(inline));
    text.push_str(&row(heads.map(|_| "---".to_owned())));
    rows.for_each(|cells| text.push_str(&row(cells)));
    text.push('\n');
    text
}
