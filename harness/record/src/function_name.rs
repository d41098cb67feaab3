//! One spelling of function names for every format.

/// A function's name as duel writes it everywhere: an array type is `[u8 x 64]`, since the folded
/// format, which every flame graph is made from, ends a frame at a semicolon. Any other semicolon
/// becomes a colon, and a line break a space.
pub fn function_name(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    let mut brackets = 0_usize;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        match letter {
            ';' if brackets > 0 => {
                while letters.next_if_eq(&' ').is_some() {}
                written.truncate(written.trim_end().len());
                written.push_str(" x ");
            }
            ';' => written.push(':'),
            '\n' => written.push(' '),
            letter => written.push(letter),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_type_stays_one_frame_and_is_readable() {
        for (name, written) in [
            ("k::step::<[u8; 64]>", "k::step::<[u8 x 64]>"),
            ("<[[f32;4]; 8] as k::Sum>::sum", "<[[f32 x 4] x 8] as k::Sum>::sum"),
            ("<[u8] as k::Sum>::sum", "<[u8] as k::Sum>::sum"),
            ("k::of::<&[(u8, [T; N]); 2]>", "k::of::<&[(u8, [T x N]) x 2]>"),
            ("k::{closure#0}", "k::{closure#0}"),
        ] {
            assert_eq!(function_name(name), written);
            assert_eq!(function_name(written), written, "a written name is not written again");
        }
    }

    #[test]
    fn no_name_ends_a_frame_or_a_line() {
        assert_eq!(function_name("f;g\nh"), "f:g h");
        assert_eq!(function_name("f];g"), "f]:g");
    }
}
