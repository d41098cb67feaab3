//! Bench targets that call `duel::main!` and lack `harness = false` in their manifest: libtest's
//! `main` takes the place of theirs, so they build and are no runners. cargo does not say of a
//! target which it is, so the manifest and the source are read.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::{Package, Target, TargetKind};

use crate::safe_file::read_text;

/// A bench target whose manifest lacks the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    package: String,
    target: String,
    manifest: PathBuf,
    /// Whether the manifest has a `[[bench]]` of this name.
    has_table: bool,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the bench target \"{}\" of {} calls duel::main!, but Cargo.toml does not say `harness = false` for it",
            self.target, self.package
        )
    }
}

impl Forgotten {
    /// The line to add, and where.
    pub fn help(&self) -> String {
        let manifest = self.manifest.display();
        if self.has_table {
            format!(
                "add the line `harness = false` to the [[bench]] with name = \"{}\" in {manifest}",
                self.target
            )
        } else {
            format!(
                "add these lines to {manifest}:\n  [[bench]]\n  name = \"{}\"\n  harness = false",
                self.target
            )
        }
    }
}

/// What the sources and manifests say of some bench targets.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that lack the line.
    pub forgotten: Vec<Forgotten>,
    /// Whether another one has it and may be a runner.
    pub has_runner: bool,
}

/// Looks at the bench targets of these packages; only at one where its name is given.
///
/// # Errors
/// When a manifest can't be read.
pub fn look(packages: &[&Package], only: Option<&str>) -> Result<Found> {
    let mut found = Found::default();
    for package in packages {
        let path = package.manifest_path.as_std_path();
        let text = read_text(path)?;
        let manifest: toml::Table = text.parse().with_context(|| format!("cannot use {}", path.display()))?;
        for target in benches(package).filter(|target| only.is_none_or(|only| target.name == only)) {
            let harness = harness(&manifest, &target.name);
            // One that can't be read is cargo's to complain about.
            let source = read_text(target.src_path.as_std_path()).unwrap_or_default();
            let (calls, mentions) = calls_main(&source, &crate_names(package));
            if harness == Some(false) {
                // It may call it from another file.
                found.has_runner |= calls || mentions;
            } else if calls {
                found.forgotten.push(Forgotten {
                    package: package.name.to_string(),
                    target: target.name.clone(),
                    manifest: named(path),
                    has_table: harness.is_some(),
                });
            }
        }
    }
    Ok(found)
}

/// As one would name it from here.
fn named(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

fn benches(package: &Package) -> impl Iterator<Item = &Target> {
    package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bench))
}

/// What the manifest says of a bench target; `None` if it does not name it.
fn harness(manifest: &toml::Table, target: &str) -> Option<bool> {
    let mut tables = manifest.get("bench")?.as_array()?.iter();
    let table = tables.find(|table| table.get("name").and_then(toml::Value::as_str) == Some(target))?;
    Some(table.get("harness").and_then(toml::Value::as_bool).unwrap_or(true))
}

/// The names under which a package's sources know the library.
fn crate_names(package: &Package) -> Vec<String> {
    let named = package.dependencies.iter().filter(|dependency| dependency.name == "duel");
    named.map(|it| it.rename.as_deref().unwrap_or("duel").replace('-', "_")).collect()
}

/// Whether a source calls the library's `main!`, and whether it names the library at all.
fn calls_main(source: &str, crates: &[String]) -> (bool, bool) {
    let tokens = tokens(source);
    let is_crate = |token: &str| crates.iter().any(|name| name == token);
    let mut names: Vec<&str> = Vec::new();
    let mut calls = false;
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| is_crate(token)) {
        let after = &tokens[at + 1..];
        calls |= starts_with(after, &[":", ":", "main", "!"]);
        let before: Vec<&str> =
            tokens[..at].iter().rev().map(String::as_str).skip_while(|token| *token == ":").take(2).collect();
        match before[..] {
            ["use", ..] => names.extend(imported(after)),
            // `#[macro_use] extern crate duel;` brings it in, too.
            ["crate", "extern"] => names.push("main"),
            _ => {}
        }
    }
    calls |= tokens.windows(2).any(|pair| names.contains(&pair[0].as_str()) && pair[1] == "!");
    (calls, tokens.iter().any(|token| is_crate(token)))
}

fn starts_with(tokens: &[String], wanted: &[&str]) -> bool {
    tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(token, wanted)| token == wanted)
}

/// The names that `main` has after `use duel` and these tokens.
fn imported(tokens: &[String]) -> Vec<&str> {
    let end = tokens.iter().position(|token| token == ";").unwrap_or(tokens.len());
    let path = &tokens[..end];
    let mut names = Vec::new();
    for (at, token) in path.iter().enumerate() {
        match (token.as_str(), path.get(at + 1).map(String::as_str), path.get(at + 2)) {
            ("main", Some("as"), Some(name)) => names.push(name.as_str()),
            ("main" | "*", _, _) => names.push("main"),
            _ => {}
        }
    }
    names
}

/// Identifiers and single signs of a source, without comments and the content of texts.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            text(rest)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else {
            // A quotation mark as a character is no text.
            let length = ["'\"'", "'\\\"'"].iter().find(|it| rest.starts_with(**it)).map(|it| it.len());
            if length.is_none() && !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            length.unwrap_or(first.len_utf8())
        };
        rest = &rest[length..];
    }
    tokens
}

/// Bytes of a block comment, which may hold others.
fn block_comment(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < source.len() {
        if source[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if source[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += source[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    source.len()
}

/// Bytes of a text, with its quotation marks.
fn text(source: &str) -> usize {
    let mut escaped = true;
    for (at, c) in source.char_indices() {
        if c == '"' && !escaped {
            return at + 1;
        }
        // The first mark opens.
        escaped = c == '\\' && !escaped;
    }
    source.len()
}

/// Bytes of a raw text, if there is one.
fn raw_text(source: &str) -> Option<usize> {
    let marks = source.strip_prefix('r').or_else(|| source.strip_prefix("br"))?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let inner = marks[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = source.len() - inner.len();
    Some(inner.find(&end).map_or(source.len(), |at| start + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(source: &str) -> bool {
        calls_main(source, &["duel".to_owned()]).0
    }

    #[test]
    fn a_call_is_found_however_it_is_written() {
        for source in [
            "duel::main!(a());",
            "::duel :: main ! { a() }",
            "use duel::{Family, main};\nmain!(a());",
            "use duel::*; main![a()];",
            "use duel::{self as d, main as start}; start!(a());",
            "use ::duel::main; main!(a());",
            "#[macro_use] extern crate duel; main!(a());",
            "const A: &str = r#\"\"//\"#; const B: char = '\"'; duel::main!(a());",
            "/* /* duel */ */ duel::main!(a());",
        ] {
            assert!(calls(source), "{source}");
        }
    }

    #[test]
    fn what_only_looks_like_a_call_is_none() {
        for source in [
            "// duel::main!(a());",
            "/* duel::main!(a()); */ fn main() {}",
            "const A: &str = \"\\\"duel::main!(a())\";",
            "use criterion::criterion_main; use duel::Family; criterion_main!(a);",
            "use other::main; main!(a());",
            "criterion::main!(a);",
            "let r = \"main\"; r\"duel::main!(a())\";",
        ] {
            assert!(!calls(source), "{source}");
        }
        assert_eq!(calls_main("perf::main!(a());", &["perf".to_owned()]), (true, true));
    }

    #[test]
    fn the_manifest_is_asked_for_the_target_of_this_name() {
        let manifest: toml::Table =
            "[[bench]]\nname = \"a\"\nharness = false\n[[bench]]\nname = \"b\"\npath = \"x.rs\"\n\
             [[bench]]\nname = \"c\"\nharness = true"
                .parse()
                .unwrap();
        assert_eq!(
            ["a", "b", "c", "d"].map(|name| harness(&manifest, name)),
            [Some(false), Some(true), Some(true), None]
        );
        assert_eq!(harness(&toml::Table::new(), "a"), None);
    }
}
