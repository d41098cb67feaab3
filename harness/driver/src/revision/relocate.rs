//! Gives a built file the folder that it runs in, in place of the one that it was built in.
//!
//! All sides are built at one path, so that the same source gives the same bytes: paths reach debug
//! information, panic messages and `env!("CARGO_MANIFEST_DIR")`. Each side must run with its own files,
//! though. So the path holds a name that occurs nowhere else, and what was built gets another name of the
//! same length in its place.

use memchr::memmem;

/// The compiler may copy a constant string in pieces, as numbers within instructions. It does so for
/// pieces of up to eight bytes, so pieces of that length are replaced wherever they lie.
const PIECE: usize = 8;

/// Replaces every piece of `from` that is found in `bytes` with the same piece of `to`. Both are names of
/// random digits, of the same length, so that no piece occurs by chance. Returns how many places changed.
///
/// # Panics
/// When the names differ in length.
pub fn relocate(bytes: &mut [u8], from: &str, to: &str) -> usize {
    assert_eq!(from.len(), to.len(), "a name can only be replaced by one of its length");
    let (from, to) = (from.as_bytes(), to.as_bytes());
    // All places are found before the first is changed, since pieces overlap.
    let places: Vec<(usize, usize)> = (0..=from.len().saturating_sub(PIECE))
        .flat_map(|start| {
            let found = memmem::find_iter(bytes, &from[start..start + PIECE]);
            found.map(move |place| (place, start)).collect::<Vec<_>>()
        })
        .collect();
    for (place, start) in &places {
        bytes[*place..*place + PIECE].copy_from_slice(&to[*start..*start + PIECE]);
    }
    places.len()
}

#[cfg(test)]
mod tests {
    use super::relocate;

    const FROM: &str = "0123456789abcdef";
    const TO: &str = "fedcba9876543210";

    fn relocated(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        relocate(&mut bytes, FROM, TO);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_name_is_replaced_wherever_it_lies_whole() {
        assert_eq!(
            relocated("/a/0123456789abcdef/b:0123456789abcdef"),
            "/a/fedcba9876543210/b:fedcba9876543210"
        );
        assert_eq!(relocated("0123456789abcdef0123456789abcdef"), "fedcba9876543210fedcba9876543210");
        assert_eq!(relocated("nothing here"), "nothing here");
        assert_eq!(relocated(""), "");
    }

    #[test]
    fn pieces_that_the_compiler_has_cut_out_are_replaced_too() {
        assert_eq!(relocated("..01234567..89abcdef.."), "..fedcba98..76543210..");
        assert_eq!(relocated("x3456789abcx"), "xcba9876543x");
        assert_eq!(relocated("a piece too short: 0123456"), "a piece too short: 0123456");
    }

    #[test]
    fn back_and_forth_is_the_same() {
        let mut bytes = b"/a/0123456789abcdef/b".to_vec();
        assert!(relocate(&mut bytes, FROM, TO) > 0);
        relocate(&mut bytes, TO, FROM);
        assert_eq!(bytes, b"/a/0123456789abcdef/b");
    }
}
