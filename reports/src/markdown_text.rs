//! Arbitrary text inside GitHub-flavoured Markdown.

/// What would otherwise start emphasis, code, a link, a cell, a heading or an escape.
const SPECIAL: &str = "\\`*_[]#~|!";

/// The longest reason that a summary shows.
const LONGEST: usize = 300;

/// A name or reason as plain inline text: on one line, with nothing that Markdown or HTML would
/// act upon.
pub(crate) fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A zero-width joint keeps GitHub from calling somebody of that name.
            '@' => escaped.push_str("@\u{2060}"),
            c if c.is_control() => escaped.push(' '),
            c if SPECIAL.contains(c) => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped.trim().to_owned()
}

/// A reason, cut where it is long: the whole of it is in the HTML report.
pub(crate) fn reason(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return inline(text);
    }
    let cut: String = text.chars().take(LONGEST).collect();
    format!("{}…", inline(&cut))
}

/// A row of a table; the cells are Markdown already.
pub(crate) fn row(cells: impl IntoIterator<Item = String>) -> String {
    let mut row = "|".to_owned();
    for cell in cells {
        row.push(' ');
        row.push_str(&cell);
        row.push_str(" |");
    }
    row.push('\n');
    row
}

/// Markdown behind a line that opens.
pub(crate) fn folded(summary: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<details><summary>{}</summary>\n\n{text}</details>\n\n", inline(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_acted_upon() {
        assert_eq!(inline("a|b `c` <b>&\nd"), "a\\|b \\`c\\` &lt;b&gt;&amp; d");
        assert_eq!(inline("**x** [y](z) \\| #1"), "\\*\\*x\\*\\* \\[y\\](z) \\\\\\| \\#1");
    }

    #[test]
    fn a_long_reason_is_cut() {
        assert!(reason(&"x".repeat(1000)).ends_with("x…"));
    }
}
