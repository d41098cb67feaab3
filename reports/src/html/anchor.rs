//! Ids of the page's elements: valid, unique and the same in every rendering.

use std::fmt::Write as _;

/// Any text as the part of an id. What is no ASCII letter, digit or `-` becomes `_` and its
/// number in hexadecimal, ended by `.`: so different texts stay different.
pub(super) fn part(text: &str) -> String {
    let mut id = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            id.push(c);
        } else {
            let _ = write!(id, "_{:x}.", u32::from(c));
        }
    }
    id
}

/// The section of a family.
pub(super) fn family(name: &str) -> String {
    format!("family-{}", part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_valid_and_stay_apart() {
        let texts = ["a b", "a_b", "a-b", "a%20b", "a_20.b", "a\nb", "<script>", "é", "e\u{301}"];
        let mut ids = texts.map(family).to_vec();
        for id in &ids {
            assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{id}");
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), texts.len());
    }
}
