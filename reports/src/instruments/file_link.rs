//! Links from the page to files of the run.

use maud::{Markup, html};

/// A file of the run's folder: a link, or text where the path could lead out of the folder.
pub(super) fn file_link(path: &str, text: &str) -> Markup {
    html! {
        @match relative_link(path) {
            Some(link) => { a href=(link) download { (text) } }
            None => { code { (path) } }
        }
    }
}

/// A path below the page's folder as a link that can't leave for a scheme, a host or another folder.
fn relative_link(path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with(['/', '\\']) || path.split(['/', '\\']).any(|part| part == "..") {
        return None;
    }
    let mut link = "./".to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                link.push(char::from(byte));
            }
            _ => link.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_within_the_runs_folder() {
        for path in [
            "",
            "..",
            "../x",
            "heap/../../x",
            "heap/..",
            "/etc/passwd",
            "//host/x",
            "\\\\host\\x",
            "heap\\..\\..\\x",
        ] {
            assert_eq!(relative_link(path), None, "{path}");
        }
        for (path, link) in [
            ("heap/a.json", "./heap/a.json"),
            ("heap/..a", "./heap/..a"),
            ("heap/%2e%2e/x", "./heap/%252e%252e/x"),
            ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
            ("a?b#c", "./a%3Fb%23c"),
        ] {
            assert_eq!(relative_link(path).as_deref(), Some(link));
        }
    }
}
