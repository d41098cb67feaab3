//! The documents of this repository: their links lead somewhere, the commands in them exist, their Rust examples are
//! compiled, and the pages that are read first stay short.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::common::{bare_duel, cargo_duel, run};
use duel_record::Instrument;

const MOST_README_LINES: usize = 200;
const MOST_NUMBER_WORDS: usize = 2_500;
/// The page that leads to all others in `docs/`.
const INDEX: &str = "docs/README.md";
/// What a command line starts with that runs the command under test.
const PREFIXES: [&str; 2] = ["cargo duel ", "cargo run --release -- "];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

fn read(page: &str) -> String {
    fs::read_to_string(workspace().join(page)).unwrap_or_else(|error| panic!("cannot read {page}: {error}"))
}

/// Every document that git tracks, by its path from the top.
fn pages() -> Vec<String> {
    let mut git = Command::new("git");
    git.current_dir(workspace()).args(["ls-files", "-z", "--", "*.md"]);
    let listed = run(git).exits(0).stdout.clone();
    let pages: Vec<String> = listed
        .split_terminator('\0')
        .filter(|page| workspace().join(page).exists())
        .map(str::to_owned)
        .collect();
    assert!(pages.iter().any(|page| page == INDEX) && pages.len() > 10, "git tracks only {pages:?}");
    pages
}

/// A page in Markdown: what is in fenced blocks, and the rest.
#[derive(Debug, Default)]
struct Document {
    /// All lines outside of blocks.
    prose: String,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    /// What is behind the opening fence, such as `console`.
    info: String,
    /// Lines that end with `\` are joined with the next one.
    lines: Vec<String>,
}

impl Document {
    fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut open: Option<Block> = None;
        for line in text.lines() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    open = Some(Block { info: info.trim().to_owned(), lines: Vec::new() });
                }
                (Some(_), Some(_)) => document.blocks.extend(open.take()),
                (None, Some(block)) => match block.lines.last_mut().filter(|last| last.ends_with('\\')) {
                    Some(last) => {
                        last.pop();
                        last.push_str(line);
                    }
                    None => block.lines.push(line.to_owned()),
                },
                (None, None) => {
                    document.prose.push_str(line);
                    document.prose.push('\n');
                }
            }
        }
        assert!(open.is_none(), "a block is never closed: {open:?}");
        document
    }

    /// The prose without its code spans, and the code spans.
    fn spans(&self) -> (String, Vec<&str>) {
        let (mut text, mut code) = (String::new(), Vec::new());
        for (at, part) in self.prose.split('`').enumerate() {
            if at % 2 == 0 {
                text.push_str(part);
            } else {
                code.push(part);
            }
        }
        (text, code)
    }

    /// The targets of all links.
    fn links(&self) -> Vec<String> {
        let (text, _) = self.spans();
        let inline = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
        let defined = text.lines().filter_map(|line| Some(line.strip_prefix('[')?.split_once("]: ")?.1));
        inline.chain(defined).map(|target| target.trim_matches(['<', '>']).to_owned()).collect()
    }

    /// The anchors of all headings, as GitHub makes them.
    fn anchors(&self) -> BTreeSet<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.prose.lines().filter_map(|line| {
            let text = line.trim_start_matches('#');
            (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
        });
        headings
            .map(|heading| {
                let slug = slug(heading);
                let before = seen.entry(slug.clone()).or_default();
                *before += 1;
                if *before == 1 { slug } else { format!("{slug}-{}", *before - 1) }
            })
            .collect()
    }

    /// What follows `cargo duel` in each command: in console blocks, and in code spans within the text, where
    /// `VERB` and `…` stand for something.
    fn commands(&self) -> Vec<String> {
        let command = |line: &str| {
            let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
            PREFIXES.iter().find_map(|prefix| words.strip_prefix(prefix).map(str::to_owned))
        };
        let consoles = self.blocks.iter().filter(|block| block.info == "console");
        let lines = consoles.flat_map(|block| &block.lines).filter_map(|line| line.strip_prefix("$ "));
        let in_blocks = lines.filter_map(command);
        let (_, code) = self.spans();
        let in_text = code.into_iter().filter_map(command);
        in_blocks.chain(in_text.filter(|words| words.starts_with(|c: char| c.is_lowercase()))).collect()
    }
}

/// How GitHub turns a heading into an anchor: lower case, hyphens for spaces, no punctuation, no markup.
fn slug(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading.trim();
    // Of a link only its text counts.
    while let Some((before, behind)) = rest.split_once("](") {
        text.push_str(before);
        rest = behind.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let kept = text.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The links of a page below `root` that lead nowhere.
fn broken_links(root: &Path, page: &str) -> Vec<String> {
    let parse = |path: &Path| Document::parse(&fs::read_to_string(path).expect("a document"));
    let path = root.join(page);
    let mut broken = Vec::new();
    for target in parse(&path).links() {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(f, a)| (f, Some(a)));
        let file =
            if file.is_empty() { path.clone() } else { path.parent().expect("a page's folder").join(file) };
        if !file.exists() {
            broken.push(format!("{page}: {target} is not there"));
        } else if anchor.is_some_and(|anchor| !file.is_file() || !parse(&file).anchors().contains(anchor)) {
            broken.push(format!("{page}: {target} has no such heading"));
        }
    }
    broken
}

#[test]
fn every_link_leads_somewhere() {
    let broken: Vec<_> = pages().iter().flat_map(|page| broken_links(&workspace(), page)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let good = "# One `two`: three\n## Again\n## Again\n[a](#one-two-three) [b](sub/b.md#again-1) [c](sub) `[d](no.md)`\n\
                ```text\n[e](no.md)\n```\n[f](https://example.invalid/no)\n";
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/b.md"), good.replace("sub/b.md", "../a.md").replace("(sub)", "(.)"))
        .unwrap();
    fs::write(folder.path().join("a.md"), good).unwrap();
    assert_eq!(broken_links(folder.path(), "a.md"), [""; 0]);
    assert_eq!(broken_links(folder.path(), "sub/b.md"), [""; 0]);
    for (bad, fault) in [
        ("[a](no.md)", "no.md is not there"),
        ("[a](sub/b.md#again-2)", "sub/b.md#again-2 has no such heading"),
        ("[a](#again)", "#again has no such heading"),
        ("[a]: no.md", "no.md is not there"),
        ("[a](sub#again)", "sub#again has no such heading"),
    ] {
        fs::write(folder.path().join("a.md"), bad).unwrap();
        assert_eq!(broken_links(folder.path(), "a.md"), [format!("a.md: {fault}")]);
    }
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(
        slug("How a number is made, and why to believe it"),
        "how-a-number-is-made-and-why-to-believe-it"
    );
    assert_eq!(slug("`duel::main!` in [a page](a.md#b) – 1.0"), "duelmain-in-a-page--10");
    assert_eq!(slug("Über snake_case"), "über-snake_case");
}

#[test]
fn every_page_is_reached_from_the_index() {
    let linked = Document::parse(&read(INDEX)).links();
    let pages = pages();
    let lost: Vec<_> = pages
        .iter()
        .filter_map(|page| page.strip_prefix("docs/"))
        .filter(|page| *page != "README.md" && !linked.iter().any(|target| target == page))
        .collect();
    assert!(lost.is_empty(), "{INDEX} does not link to {lost:?}");
}

#[test]
fn what_is_read_first_stays_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= MOST_README_LINES, "README.md has {lines} lines, expected at most {MOST_README_LINES}");
    let page = "docs/how-a-number-is-made.md";
    let words = read(page).split_whitespace().count();
    assert!(words <= MOST_NUMBER_WORDS, "{page} has {words} words, expected at most {MOST_NUMBER_WORDS}");
}

#[test]
fn every_rust_example_is_compiled() {
    let library = read("harness/runner/src/lib.rs");
    for page in pages() {
        let blocks = Document::parse(&read(&page)).blocks;
        if library.contains(&format!("include_str!(\"../../../{page}\")")) {
            // rustdoc takes a block that names no language for Rust.
            assert!(blocks.iter().all(|block| !block.info.is_empty()), "a block of {page} names no language");
        } else {
            let is_rust = |block: &Block| block.info.split(',').any(|word| word == "rust");
            assert!(!blocks.iter().any(is_rust), "{page} has Rust that is not compiled");
        }
    }
}

/// What each verb's `--help` prints, asked once.
#[derive(Default)]
struct Help(BTreeMap<String, Option<String>>);

impl Help {
    /// `None` if there is no such verb.
    fn of(&mut self, verb: &str) -> Option<&str> {
        let ask = || {
            let done = run(bare_duel(&workspace(), [verb, "--help"]));
            (done.code == Some(0)).then_some(done.stdout)
        };
        self.0.entry(verb.to_owned()).or_insert_with(ask).as_deref()
    }

    /// What the command would not take of `VERB WORD…`.
    fn faults(&mut self, command: &str) -> Vec<String> {
        // Up to a comment, or to what the shell does with the output.
        let words: Vec<&str> = command
            .split_whitespace()
            .take_while(|word| !["#", "|", ">", "&&", "||", ";"].contains(word))
            .map(|word| word.trim_matches(['[', ']']))
            .collect();
        let Some((verb, words)) = words.split_first() else { return vec!["no verb".to_owned()] };
        let Some(help) = self.of(verb) else { return vec![format!("no verb {verb}")] };
        let printed: BTreeSet<&str> =
            help.split([' ', '\n', ',', '[', '=', '<', '`']).filter(|word| word.starts_with('-')).collect();
        let mut faults = Vec::new();
        for word in words {
            let name = word.split('=').next().unwrap_or(word).trim_end_matches(';');
            let known = match name.strip_prefix('-') {
                None | Some("" | "-") => true,
                Some(long) if long.starts_with('-') => printed.contains(name),
                Some(short) => short.chars().all(|letter| printed.contains(format!("-{letter}").as_str())),
            };
            if !known {
                faults.push(format!("{verb} has no {name}"));
            }
        }
        faults
    }
}

#[test]
fn every_command_is_one_that_the_command_has() {
    let mut help = Help::default();
    let mut commands = 0;
    let mut faults = Vec::new();
    for page in pages() {
        for command in Document::parse(&read(&page)).commands() {
            commands += 1;
            faults
                .extend(help.faults(&command).into_iter().map(|fault| format!("{page}: {command}: {fault}")));
        }
    }
    assert!(commands > 40, "the documents have more commands than {commands}");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_verb_and_every_instrument_is_in_its_table() {
    let help = run(cargo_duel(&workspace(), ["--help"])).exits(0).stdout.clone();
    let (_, commands) = help.split_once("Commands:\n").expect("the verbs");
    let verbs = commands.lines().take_while(|line| !line.is_empty());
    // What goes on on the next line is indented further.
    let verbs: Vec<&str> = verbs
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.contains(&"gate"), "{verbs:?}");
    let table = read("docs/command.md");
    let absent: Vec<_> =
        verbs.iter().filter(|verb| !table.contains(&format!("`cargo duel {verb}"))).collect();
    assert!(absent.is_empty(), "docs/command.md has no row of {absent:?}");
    let table = read("docs/instruments/README.md");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).collect();
    let has_row = |name: &str| {
        rows.iter().any(|row| row.split('|').nth(1).is_some_and(|it| it.contains(&format!("`{name}`"))))
    };
    let absent: Vec<_> = Instrument::ALL.iter().filter(|instrument| !has_row(instrument.name())).collect();
    assert!(absent.is_empty(), "docs/instruments/README.md has no row of {absent:?}");
}

#[test]
fn a_command_that_the_command_lacks_is_found() {
    let page = Document::parse(
        "`cargo duel gate --bass x` `cargo duel VERB` `cargo duel …`\n```console\n$ cargo duel run --quik  # --no\n\
         $ cargo run --release -- runs\n$ cargo duel compare -p x -z --baseline A \\\n  --instrument time | grep --no\n\
         printed --no\n```\n```text\n$ cargo duel nothing\n```\n",
    );
    let mut help = Help::default();
    let faults: Vec<_> = page.commands().iter().flat_map(|command| help.faults(command)).collect();
    assert_eq!(
        faults,
        [
            "run has no --quik",
            "no verb runs",
            "compare has no -z",
            "compare has no --instrument",
            "gate has no --bass"
        ]
    );
    assert_eq!(help.faults("run --quick=false -qq --resume ID churn/ --time-budget 4m"), [""; 0]);
}
