//! The one or two arms that a section shows beside each other, and a table of their numbers.

use duel_record::CaseId;
use maud::{Markup, html};

use crate::{model::ArmModel, page_run::Run};

/// One arm as a section shows it.
#[derive(Clone, Copy)]
pub(crate) struct ShownSide<'a> {
    /// What it is called beside the other: a variant's or allocator's name, a revision.
    pub level: &'a str,
    pub case: &'a CaseId,
    pub found: &'a ArmModel,
}

/// A case, and the baseline that it is compared with, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct ShownSides<'a> {
    pub run: &'a Run<'a>,
    pub baseline: Option<ShownSide<'a>>,
    pub candidate: ShownSide<'a>,
}

impl<'a> ShownSides<'a> {
    /// The baseline, where there is one, and the candidate.
    pub fn both(&self) -> impl Iterator<Item = ShownSide<'a>> + use<'a> {
        self.baseline.into_iter().chain([self.candidate])
    }
}

/// One number of each side, in words, and what it is.
pub(in crate::instruments) struct SideRow {
    label: String,
    values: Vec<String>,
}

impl SideRow {
    /// A row of what each side has; `None` where no side has it.
    pub(in crate::instruments) fn of<T>(
        label: impl Into<String>,
        sides: &[Option<&T>],
        value: impl Fn(&T) -> Option<String>,
    ) -> Option<Self> {
        let values: Vec<_> = sides.iter().map(|side| side.and_then(&value)).collect();
        values.iter().any(Option::is_some).then(|| Self {
            label: label.into(),
            values: values.into_iter().map(|value| value.unwrap_or_else(|| "–".to_owned())).collect(),
        })
    }
}

/// Names of the columns.
pub(in crate::instruments) fn levels<'a>(sides: &ShownSides<'a>) -> Vec<&'a str> {
    sides.both().map(|side| side.level).collect()
}

/// The rows as a table; a column's name is above it where there are two.
pub(in crate::instruments) fn table(caption: &str, sides: &ShownSides, rows: &[SideRow]) -> Markup {
    html! {
        div.scroll {
            table.plain.beside {
                caption { (caption) }
                @if sides.baseline.is_some() {
                    thead { tr { td {} @for level in levels(sides) { th.number scope="col" { (level) } } } }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (row.label) }
                            @for value in &row.values { td.number { (value) } }
                        }
                    }
                }
            }
        }
    }
}
