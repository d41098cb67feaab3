//! What several verbs print alike.

use duel_reports::Model;

/// A name can have any length, and padding every line to it could take all memory.
const WIDEST_COLUMN: usize = 120;

/// The width that holds every text of a column; longer texts than a terminal has room for stick out.
pub fn column_width<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> usize {
    texts.map(|text| text.as_ref().chars().count()).max().unwrap_or(0).min(WIDEST_COLUMN)
}

/// What differs between the sides and is not the code, and what both take from outside, one line each.
pub fn differences(model: &Model) -> Vec<String> {
    let lines = model.difference_lines();
    let title = (!lines.is_empty()).then(|| "beside the code, the sides were built with:".to_owned());
    title.into_iter().chain(lines.into_iter().map(|line| format!("  {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_texts_up_to_a_limit() {
        assert_eq!(column_width(["ab", "äöü"].iter()), 3);
        assert_eq!(column_width(["x".repeat(70_000)].iter()), WIDEST_COLUMN);
        assert_eq!(column_width(std::iter::empty::<&str>()), 0);
    }
}
