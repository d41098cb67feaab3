//! What keeps the first two builds cheap, and what must not be made cheap: the profile of the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

/// What cargo builds for a package: each package's versions with the features that they have there.
fn built(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let tree = Command::new("cargo")
        .args(["tree", "--prefix", "none", "--format", "{p} [{f}]", "--no-dedupe"])
        .args(arguments)
        .current_dir(workspace())
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(tree.stdout).expect("text").lines() {
        let name = line.split(' ').next().expect("a name").to_owned();
        let version = line.split(' ').nth(1).expect("a version");
        let (_, features) = line.split_once('[').expect("features");
        packages.entry(name).or_default().insert(format!("{version} [{features}"));
    }
    packages
}

#[test]
fn what_a_kernel_calls_is_optimised() {
    let manifest: toml::Table =
        fs::read_to_string(workspace().join("Cargo.toml")).unwrap().parse().expect("Cargo.toml is TOML");
    let cheap: BTreeSet<&str> = manifest["profile"]["release"]["package"]
        .as_table()
        .expect("settings by package")
        .iter()
        .filter(|(_, settings)| settings.get("opt-level").is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(cheap.contains("clap_builder"));
    let kernels = built(&["-p", "duel-kernels", "-e", "normal", "--prune", "duel"]);
    assert!(kernels.contains_key("rayon-core") && kernels.contains_key("zerocopy"), "{kernels:?}");
    assert!(!kernels.contains_key("criterion"), "the harness itself is left out: {kernels:?}");
    let slowed: Vec<&&str> = cheap.iter().filter(|name| kernels.contains_key(**name)).collect();
    assert!(
        slowed.is_empty(),
        "the catalogue's kernels link {slowed:?}: Cargo.toml must not lower their opt-level"
    );
}

#[test]
fn both_builds_share_what_they_have_in_common() {
    let driver = built(&["-p", "cargo-duel", "-e", "normal"]);
    let catalogue = built(&["-p", "duel-kernels", "-e", "normal,dev"]);
    let below_record = built(&["-p", "duel-record", "-e", "normal"]);
    let others = ["clap", "clap_builder", "clap_derive", "rustix"].map(str::to_owned);
    for name in below_record.keys().chain(&others) {
        assert!(
            !driver[name].is_disjoint(&catalogue[name]),
            "{name} is compiled twice, as {:?} for the driver and as {:?} for the catalogue, and with it what depends \
             on it: add the features to kernels/Cargo.toml's dev-dependencies",
            driver[name],
            catalogue[name]
        );
    }
}
