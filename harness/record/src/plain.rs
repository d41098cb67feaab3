//! Words of others, made harmless: what a kernel, a record or a file says is shown with its control characters
//! and marks of writing direction spelt out, so that it can neither steer a terminal nor look like something else.

use std::borrow::Cow;

/// Whether a character acts on a terminal or on its neighbours instead of being shown: control characters (of both
/// sets), marks of writing direction (Unicode's UAX 9), separators of lines and paragraphs, and what is invisible, so
/// that two names would look the same. Joiners between letters are shown by what they do, and stay.
pub fn is_acting(c: char) -> bool {
    c.is_control() || is_invisible(c) || is_mark_of_direction(c)
}

fn is_mark_of_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Soft hyphen, zero-width space and joint, byte order mark, fillers, invisible operators, tags.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Text on one line: every acting character is spelt out, such as `\n` or `\u{1b}`.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// Text that may have several lines and tabs; every other acting character is spelt out.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// Reads a name: text [on one line](on_one_line).
///
/// # Errors
/// When it is no text.
pub(crate) fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name: String = serde::Deserialize::deserialize(deserializer)?;
    Ok(on_one_line(&name).into_owned())
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let acts = |c: char| is_acting(c) && !stays(c);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) { plain.extend(c.escape_debug()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

/// How far a line within a text is indented from the second on, so that it can't pass for a line of this
/// command's own.
const INDENT: &[u8] = b"    ";

/// JSON text whose strings are [lines] of text, each but the first indented. What is no JSON comes out as what is no
/// JSON.
pub fn json(text: &[u8]) -> Cow<'_, [u8]> {
    // In JSON a control character is written as an escape, and escapes occur within strings only.
    if text.iter().all(|byte| *byte != b'\\' && *byte < 0x7f) {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.first() {
        let (spelt, length) = match first {
            b'\\' => escape(rest),
            0..0x7f => (None, 1),
            _ => character(rest),
        };
        let (taken, behind) = rest.split_at(length.min(rest.len()));
        match spelt {
            Some('\n') => {
                plain.extend_from_slice(b"\\n");
                if !behind.starts_with(INDENT) {
                    plain.extend_from_slice(INDENT);
                }
            }
            // Its spelling begins with a backslash, which JSON escapes with another.
            Some(c) => plain.extend(format!("\\{}", c.escape_debug()).into_bytes()),
            None => plain.extend_from_slice(taken),
        }
        rest = behind;
    }
    Cow::Owned(plain)
}

/// The acting character that a JSON escape stands for, if it is one, and how long the escape is.
fn escape(rest: &[u8]) -> (Option<char>, usize) {
    let c = match rest.get(1) {
        Some(b'u') => {
            let digits = rest.get(2..6).and_then(|digits| std::str::from_utf8(digits).ok());
            let c = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            return (c.filter(|c| is_acting(*c) && *c != '\t'), 6);
        }
        Some(b'n') => Some('\n'),
        Some(b'r') => Some('\r'),
        Some(b'b') => Some('\u{8}'),
        Some(b'f') => Some('\u{c}'),
        _ => None,
    };
    (c, 2)
}

/// The character that the text begins with, if it acts, and how many bytes it has.
fn character(rest: &[u8]) -> (Option<char>, usize) {
    // At most four bytes make a character.
    let start = &rest[..rest.len().min(4)];
    let whole = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default(),
    };
    match whole.chars().next() {
        Some(c) => (Some(c).filter(|c| is_acting(*c)), c.len_utf8()),
        None => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_spelt_out_and_all_else_stays() {
        assert_eq!(on_one_line("é 🦀 שלום\t"), "é 🦀 שלום\\t");
        assert_eq!(lines("a\n\tb\r\x1b[2J\u{9b}\u{202e}\x7f"), "a\n\tb\\r\\u{1b}[2J\\u{9b}\\u{202e}\\u{7f}");
        assert!(matches!(lines("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_strings_hold_no_acting_character_and_their_lines_are_indented() {
        let of = |text: &str| serde_json::from_slice::<String>(&json(text.as_bytes())).unwrap();
        assert_eq!(of(r#""a\u001b[2J\r\n::x\u202E\n    y""#), "a\\u{1b}[2J\\r\n    ::x\\u{202e}\n    y");
        assert_eq!(of("\"\u{202e}\u{9b}\u{7f}é\""), "\\u{202e}\\u{9b}\\u{7f}é");
        assert_eq!(of(r#""\\u001b \" \/ \ud83e\udd80 \t""#), "\\u001b \" / 🦀 \t", "only what is an escape");
        for broken in [&b"\"\\"[..], b"\"\\u12", b"\xff\xfe\"", b"\xf0\x9f"] {
            assert!(serde_json::from_slice::<String>(&json(broken)).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_string_comes_through_json_as_its_indented_lines(text in any::<String>()) {
            let written = serde_json::to_vec(&text).unwrap();
            let read: String = serde_json::from_slice(&json(&written)).unwrap();
            prop_assert!(!read.contains(|c| is_acting(c) && c != '\n' && c != '\t'), "{read:?}");
            let expected: Vec<String> = lines(&text).split('\n').map(|line| line.trim_start().to_owned()).collect();
            let found: Vec<String> = read.split('\n').map(|line| line.trim_start().to_owned()).collect();
            prop_assert_eq!(found, expected);
            // Read again, it stays as it is.
            let again = serde_json::to_vec(&read).unwrap();
            prop_assert_eq!(serde_json::from_slice::<String>(&json(&again)).unwrap(), read);
        }
    }
}
