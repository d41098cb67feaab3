//! What we depend on and what our workflow has users install. deny.toml's rules for licences,
//! duplicates and sources are checked without cargo-deny, which takes minutes to build and so is
//! not everywhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{Metadata, MetadataCommand};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

fn rules() -> toml::Table {
    let text = fs::read_to_string(workspace().join("deny.toml")).expect("deny.toml");
    text.parse().expect("deny.toml is TOML")
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(workspace()).exec().expect("cargo metadata")
}

fn texts(list: &toml::Value) -> BTreeSet<&str> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

/// Whether a licence expression can be met with these licences. `/` is how old manifests write `OR`.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let met = any(&mut words, allowed);
    assert!(words.is_empty(), "{expression:?} is no licence expression");
    met
}

fn any(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = all(words, allowed);
    while words.pop_if(|word| *word == "OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while words.pop_if(|word| *word == "AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    let word = words.pop().expect("a licence expression ends with a licence");
    if word == "(" {
        let met = any(words, allowed);
        assert_eq!(words.pop(), Some(")"), "every parenthesis is closed");
        return met;
    }
    match words.pop_if(|word| *word == "WITH") {
        Some(_) => {
            let exception = words.pop().expect("WITH is followed by an exception");
            allowed.contains(format!("{word} WITH {exception}").as_str())
        }
        None => allowed.contains(word),
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_says() {
    let allowed = BTreeSet::from(["A", "B"]);
    for met in ["A", "A OR X", "X/A", "A AND B", "X AND X OR A", "(X OR A) AND B"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in ["X", "A AND X", "A WITH X", "(A OR B) AND X", "X OR X AND A"] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows() {
    let (rules, metadata) = (rules(), metadata());
    let (allow, exceptions) = (&rules["licenses"]["allow"], rules["licenses"]["exceptions"].as_array());
    let mut unused: BTreeSet<_> =
        exceptions.unwrap().iter().map(|exception| exception["crate"].as_str().unwrap()).collect();
    for package in &metadata.packages {
        let mut allowed = texts(allow);
        for exception in exceptions.unwrap() {
            if exception["crate"].as_str() == Some(package.name.as_str()) {
                allowed.extend(texts(&exception["allow"]));
                unused.remove(package.name.as_str());
            }
        }
        let licence = package.license.as_deref().unwrap_or("none");
        assert!(
            is_met(licence, &allowed),
            "{} {} has the licence {licence}; deny.toml allows {allowed:?}. Use another crate, or allow its licence \
             there, with the reason, and name it in NOTICE if it ships",
            package.name,
            package.version
        );
    }
    assert!(unused.is_empty(), "deny.toml has exceptions for crates that we don't use: {unused:?}");
}

#[test]
fn no_crate_is_there_twice_unless_deny_toml_says_why() {
    let (rules, metadata) = (rules(), metadata());
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in &metadata.packages {
        versions.entry(package.name.as_str()).or_default().insert(package.version.to_string());
    }
    let skipped = rules["bans"]["skip"].as_array().expect("a list");
    for skip in skipped {
        let id = skip["crate"].as_str().expect("a crate and its version");
        let (name, version) = id.split_once('@').expect("NAME@VERSION");
        let there =
            versions.get_mut(name).is_some_and(|versions| versions.len() > 1 && versions.remove(version));
        assert!(there, "deny.toml skips {id}, which is no duplicate any more: remove it there");
        assert!(skip["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{id} has no reason");
    }
    versions.retain(|_, versions| versions.len() > 1);
    assert!(
        versions.is_empty(),
        "these are in Cargo.lock more than once: {versions:?}. Bring them to one version, or add the older to `skip` \
         in deny.toml, with who asks for it"
    );
}

#[test]
fn every_dependency_comes_from_a_source_that_deny_toml_allows() {
    let (rules, metadata) = (rules(), metadata());
    let allowed = texts(&rules["sources"]["allow-registry"]);
    for package in &metadata.packages {
        // Our own have none.
        let Some(source) = &package.source else { continue };
        let registry = source.repr.strip_prefix("registry+").unwrap_or(&source.repr);
        assert!(
            allowed.contains(registry),
            "{} {} comes from {registry}; deny.toml allows {allowed:?}",
            package.name,
            package.version
        );
    }
}

#[test]
fn what_needs_an_exception_is_named_in_the_notice() {
    let notice = fs::read_to_string(workspace().join("NOTICE")).expect("NOTICE");
    let rules = rules();
    for exception in rules["licenses"]["exceptions"].as_array().expect("a list") {
        for part in [&exception["crate"]].into_iter().chain(exception["allow"].as_array().expect("a list")) {
            let part = part.as_str().expect("a text");
            assert!(notice.contains(part), "NOTICE names no {part}");
        }
    }
}

#[test]
fn the_workflow_for_users_pins_all_that_it_installs() {
    let workflow = fs::read_to_string(workspace().join("scripts/github-gate.yml")).expect("the workflow");
    let after = |start: &str| -> Vec<String> {
        let found = workflow.lines().filter_map(|line| Some(line.split_once(start)?.1.to_owned()));
        found.collect()
    };
    let actions = after("uses: ");
    assert!(!actions.is_empty(), "the workflow uses actions");
    for action in actions {
        let (_, pin) = action.split_once('@').expect("NAME@COMMIT");
        let (commit, version) = pin.split_once(" # v").unwrap_or((pin, ""));
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_commit && !version.is_empty(), "{action} is not pinned as NAME@COMMIT # vVERSION");
    }
    let installs = after("cargo install ");
    assert!(!installs.is_empty(), "the workflow installs the command");
    for install in installs {
        assert!(
            install.contains("--git ") && install.contains("--rev "),
            "{install} installs a crate by its name"
        );
    }
}
