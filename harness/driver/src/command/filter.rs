//! What a filter of the command line and of `duel.toml` chooses, and words for the ids that there are.

use std::collections::BTreeSet;

/// Whether an id contains a filter, in which `*` stands for anything. Upper and lower case differ, as they do
/// for `cargo test` and criterion.
pub fn matches(filter: &str, id: &str) -> bool {
    let mut rest = id;
    filter.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Ids that are named where there are many.
const NAMED: usize = 5;

/// Which ids there are: all of them if they are few.
pub fn there_are(ids: &BTreeSet<String>) -> String {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match ids[..] {
        [only] => format!("the only id is {only}"),
        _ if ids.len() <= NAMED => format!("the ids are {}", ids.join(", ")),
        _ => format!("`cargo duel list` shows all {} ids, such as {}", ids.len(), ids[..NAMED].join(", ")),
    }
}

/// `a, b and 3 more`.
pub fn some_of(ids: &[&str]) -> String {
    let named = &ids[..ids.len().min(NAMED)];
    match ids.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_matches_anywhere_and_a_star_anything() {
        let id = "haversine/cities/l2/avx2@system";
        for filter in ["haversine", "cities/l2", "avx2", "haversine/*/l2/", "h*@system", "", "*"] {
            assert!(matches(filter, id), "{filter}");
        }
        for filter in ["l1", "AVX2", "Haversine", "L2/*@SYSTEM", "l2/cities", "avx2*cities", "haversine/l2"] {
            assert!(!matches(filter, id), "{filter}");
        }
        assert!(matches("É", "É/Å@system") && !matches("é", "É/Å@system"));
    }

    #[test]
    fn ids_are_named_once_and_counted_right() {
        let ids = |n: u32| -> BTreeSet<String> { (0..n).map(|i| format!("f/w/s/v{i}@system")).collect() };
        assert_eq!(there_are(&ids(1)), "the only id is f/w/s/v0@system");
        assert_eq!(there_are(&ids(2)), "the ids are f/w/s/v0@system, f/w/s/v1@system");
        assert!(there_are(&ids(5)).starts_with("the ids are "));
        assert!(
            there_are(&ids(6)).starts_with("`cargo duel list` shows all 6 ids, such as f/w/s/v0@system, ")
        );
        assert_eq!(some_of(&["a"]), "a");
        assert_eq!(some_of(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e and 1 more");
    }
}
