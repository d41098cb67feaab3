//! Own counts of functions and of source lines, both sides in one table.

use maud::{Markup, html};

use crate::instruments::ShownSide;
use crate::model::InstructionModel;
use crate::number;

/// Rows that a table shows; callgrind's file has all of them.
const MOST: usize = 12;

/// Of an arm of which instructions were counted.
#[derive(Clone, Copy)]
pub(super) struct CountedSide<'a> {
    pub side: ShownSide<'a>,
    pub found: &'a InstructionModel,
}

/// One row of a table.
pub(super) struct CountRow {
    /// What it is about; two sides' rows of one name are one row.
    name: String,
    /// More about it than there is room for.
    hint: Option<String>,
    /// Instructions of one iteration in itself, by side.
    own: Vec<Option<f64>>,
    /// The same with all that it called; for one side alone, since of two it would say twice what the own counts say.
    inclusive: Option<f64>,
}

/// Functions by name. The measured loop, which has another name on each side, is one of them.
pub(super) fn functions(both: &[CountedSide]) -> Vec<CountRow> {
    let mut rows = Vec::new();
    for (index, of) in both.iter().enumerate() {
        for function in &of.found.summary.functions {
            let is_loop = function.name == of.side.case.variant;
            let name = if is_loop { measured_loop(both) } else { function.name.clone() };
            let row = put(&mut rows, both.len(), index, (name, None), function.own_per_iter);
            row.inclusive = (both.len() == 1).then_some(function.inclusive_per_iter);
        }
    }
    sorted(rows)
}

fn measured_loop(both: &[CountedSide]) -> String {
    let mut variants: Vec<&str> = both.iter().map(|of| of.side.case.variant.as_str()).collect();
    variants.dedup();
    variants.join(" | ")
}

/// Source lines, each file as short as it can be told from the others.
pub(super) fn lines(both: &[CountedSide]) -> Vec<CountRow> {
    let all = || both.iter().flat_map(|of| &of.found.summary.lines);
    let mut rows = Vec::new();
    for (index, of) in both.iter().enumerate() {
        for line in &of.found.summary.lines {
            let short = short(&line.file);
            let another = all().any(|other| other.file != line.file && self::short(&other.file) == short);
            let file = if another { &line.file } else { short };
            let hint = (file != line.file).then(|| format!("{}:{}", line.file, line.line));
            put(&mut rows, both.len(), index, (format!("{file}:{}", line.line), hint), line.own_per_iter);
        }
    }
    sorted(rows)
}

/// From the crate's folder on, where a path has one: `/home/me/.cargo/…/wide-1.0.0/src/lib.rs` is
/// `wide-1.0.0/src/lib.rs`, and `/rustc/…/library/core/src/iter/range.rs` is `core/src/iter/range.rs`.
fn short(file: &str) -> &str {
    let folders = ["/src/", "/benches/", "/tests/", "/examples/"];
    let Some(end) = folders.iter().filter_map(|folder| file.rfind(folder)).min() else { return file };
    file[..end].rfind('/').map_or(file, |start| &file[start + 1..])
}

fn put(
    rows: &mut Vec<CountRow>,
    sides: usize,
    side: usize,
    (name, hint): (String, Option<String>),
    own: f64,
) -> &mut CountRow {
    let index = rows.iter().position(|row: &CountRow| row.name == name).unwrap_or_else(|| {
        rows.push(CountRow { name, hint, own: vec![None; sides], inclusive: None });
        rows.len() - 1
    });
    let row = &mut rows[index];
    row.own[side] = Some(row.own[side].unwrap_or(0.0) + own);
    row
}

/// The costliest first, whichever side it costs; what costs nothing in itself is left out.
fn sorted(mut rows: Vec<CountRow>) -> Vec<CountRow> {
    let most = |row: &CountRow| row.own.iter().flatten().fold(0.0, |most: f64, own| most.max(*own));
    rows.retain(|row| most(row) > 0.0);
    rows.sort_by(|a, b| most(b).total_cmp(&most(a)).then_with(|| a.name.cmp(&b.name)));
    rows.truncate(MOST);
    rows
}

/// Nothing where there are no rows.
pub(super) fn table(caption: &str, what: &str, both: &[CountedSide], rows: Vec<CountRow>) -> Markup {
    let inclusive = rows.iter().any(|row| row.inclusive.is_some());
    html! {
        @if !rows.is_empty() {
            div.scroll {
                table.plain.hottest {
                    caption { (caption) }
                    thead {
                        tr {
                            @if inclusive { th.number scope="col" { "With callees" } }
                            @for of in both {
                                th.number scope="col" { @if both.len() > 1 { (of.side.level) } @else { "Own" } }
                            }
                            @if both.len() > 1 { th.number scope="col" { "Difference" } }
                            th scope="col" { (what) }
                        }
                    }
                    tbody {
                        @for row in &rows {
                            tr {
                                @if inclusive { td.number { (count(row.inclusive)) } }
                                @for own in &row.own { td.number { (count(*own)) } }
                                @if let [before, now] = row.own[..] {
                                    td.number { (difference(now.unwrap_or(0.0) - before.unwrap_or(0.0))) }
                                }
                                th scope="row" { code title=[row.hint.as_ref()] { (row.name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn count(count: Option<f64>) -> String {
    count.map_or_else(|| "–".to_owned(), number::quantity)
}

/// With its sign.
pub(super) fn difference(difference: f64) -> String {
    if difference < 0.0 {
        format!("−{}", number::quantity(-difference))
    } else if difference > 0.0 {
        format!("+{}", number::quantity(difference))
    } else {
        "0".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_from_its_crate_on() {
        for (file, expected) in [
            ("/rustc/5980/library/core/src/iter/range.rs", "core/src/iter/range.rs"),
            (
                "/home/me/.cargo/registry/src/index.crates.io-1949/wide-1.0.0/src/lib.rs",
                "wide-1.0.0/src/lib.rs",
            ),
            ("/work/my crate/benches/counted.rs", "my crate/benches/counted.rs"),
            ("./malloc/./malloc/malloc.c", "./malloc/./malloc/malloc.c"),
            ("src/lib.rs", "src/lib.rs"),
        ] {
            assert_eq!(short(file), expected);
        }
    }

    #[test]
    fn differences_have_their_sign() {
        assert_eq!([difference(-3.0), difference(2.0), difference(0.0)], ["−3", "+2", "0"]);
    }
}
