//! Gives a built file the folder that it runs in, in place of the one that it was built in.
//!
//! All sides are built at one path, so that the same source gives the same bytes: paths reach debug
//! information, panic messages and `env!("CARGO_MANIFEST_DIR")`. Each side must run with its own files,
//! though. So the path holds a name that occurs nowhere else, and what was built gets another name of the
//! same length in its place.

use std::{collections::HashMap, path::Path};

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
    let places = places(bytes, from);
    for (place, start) in &places {
        bytes[*place..*place + PIECE].copy_from_slice(&to[*start..*start + PIECE]);
    }
    places.len()
}

/// Where pieces of a name lie, and where in the name each starts: in one pass, since an executable is large and
/// a name has many pieces.
fn places(bytes: &[u8], name: &[u8]) -> Vec<(usize, usize)> {
    let pieces: HashMap<&[u8], usize> =
        name.windows(PIECE).enumerate().map(|(start, piece)| (piece, start)).collect();
    let mut is_of_name = [false; 256];
    name.iter().for_each(|byte| is_of_name[usize::from(*byte)] = true);
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + PIECE) {
        // No piece holds a byte that the name does not have, so the next one starts behind it.
        match window.iter().rposition(|byte| !is_of_name[usize::from(*byte)]) {
            Some(foreign) => at += foreign + 1,
            None => {
                places.extend(pieces.get(window).map(|start| (at, *start)));
                at += 1;
            }
        }
    }
    places
}

/// The longest path, and the most places, that are looked at.
const LONGEST_PATH: usize = 512;
const MOST_PLACES: usize = 1_000;

/// Files below a folder whose paths stand in a program, but for sources: the compiler leaves their paths.
pub fn paths_below(bytes: &[u8], folder: &Path) -> Vec<String> {
    let start = format!("{}/", folder.display());
    let path = |place: usize| {
        let rest = &bytes[place..(place + LONGEST_PATH).min(bytes.len())];
        let end = rest.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
        // Nothing stands between one text and the next.
        let mut lengths = (start.len() + 1..=end).rev();
        lengths.find_map(|length| {
            let path = String::from_utf8_lossy(&rest[..length]).into_owned();
            Path::new(&path).is_file().then_some(path)
        })
    };
    let places = memmem::find_iter(bytes, start.as_bytes()).take(MOST_PLACES);
    places.filter_map(path).filter(|path| !path.ends_with(".rs")).collect()
}

#[cfg(test)]
mod tests {
    use super::{paths_below, relocate};

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
    fn data_of_the_work_tree_is_found_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "lib.rs"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = |name: &str| format!("{}/{name}", folder.path().display());
        let program =
            ["a", &path("data"), "then", &path("lib.rs"), "\0", &path("none"), "\0", &path("")].concat();
        assert_eq!(paths_below(program.as_bytes(), folder.path()), [path("data")]);
    }

    #[test]
    fn back_and_forth_is_the_same() {
        let mut bytes = b"/a/0123456789abcdef/b".to_vec();
        assert!(relocate(&mut bytes, FROM, TO) > 0);
        relocate(&mut bytes, TO, FROM);
        assert_eq!(bytes, b"/a/0123456789abcdef/b");
    }
}
