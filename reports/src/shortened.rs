//! Texts of any length, as long as a reader can use.

use std::borrow::Cow;

/// The longest reason that the page shows; a terminal shows less.
pub(crate) const ON_THE_PAGE: usize = 5_000;

/// The longest reason beside others in a table, or in a test report.
pub(crate) const IN_A_TABLE: usize = 1_000;

/// The text, or its start with how many characters are left out.
pub fn shortened(text: &str, most_characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most_characters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let left_out = text[end..].chars().count();
            Cow::Owned(format!("{}… ({} more)", &text[..end], crate::number::plural(left_out, "character")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_long_text_says_how_much_is_left_out() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äöü… (1 character more)");
        assert_eq!(shortened("", 0), "");
    }
}
