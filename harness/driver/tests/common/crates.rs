//! Crates that the tests write: of any shape, built from the workspace's own dependencies.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};

use super::{Done, cargo_duel, run};

/// The library that generated crates depend on.
pub fn library() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner").display().to_string()
}

/// The workspace's lock file: generated crates take the same versions, so that little of them
/// is built again and no registry is asked.
pub fn lock_file() -> String {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    fs::read_to_string(&ours).expect("the workspace's lock file")
}

/// An empty folder outside of this workspace, for what must not find itself in one; this
/// process's own until it ends. The same every time, so that builds in it leave nothing new.
pub fn outside(name: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    super::build_folder().hash(&mut hasher);
    let folder = std::env::temp_dir().join(format!("duel-{name}-{:016x}", hasher.finish()));
    let lock = File::create(folder.with_extension("lock")).expect("a lock file");
    lock.lock().expect("a lock on the folder");
    // Held until the process ends.
    std::mem::forget(lock);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A crate under the target folder.
pub struct Crate {
    pub folder: PathBuf,
}

impl Crate {
    /// Writes a crate. One that is there already with the same content is used as it is, so
    /// that tests which share it build it once, in whatever processes they run.
    pub fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let crates = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crates");
        let folder = crates.join(name);
        fs::create_dir_all(&folder).expect("a folder for the crate");
        let lock = File::create(crates.join(format!("{name}.lock"))).expect("a lock file");
        lock.lock().expect("a lock on the crate");
        for (path, text) in files {
            keep(&folder.join(path), text);
        }
        // cargo takes out of its lock file what the crate does not need, so a whole one is kept
        // beside it to tell whether the workspace's has changed.
        if keep(&folder.join("workspace.lock"), &lock_file()) {
            fs::copy(folder.join("workspace.lock"), folder.join("Cargo.lock")).expect("a lock file");
        }
        Self { folder }
    }

    /// `cargo duel WORDS` in it.
    pub fn duel(&self, words: &[&str]) -> Done {
        run(cargo_duel(&self.folder, words))
    }

    /// `cargo duel WORDS` in it, with its output in another folder and as JSON.
    pub fn duel_json(&self, out: &Path, words: &[&str]) -> Done {
        let mut command = cargo_duel(&self.folder, words);
        command.arg("--message-format=json").arg("--out").arg(out);
        run(command)
    }
}

/// Writes a file unless it is there as wished; says whether it wrote.
fn keep(path: &Path, text: &str) -> bool {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return false;
    }
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
    fs::write(path, text).expect("a file of the crate");
    true
}

/// Dependencies on everything that the workspace's crates take from others, with all their features, as
/// the end of a manifest. cargo builds a package once for each set of features: with the workspace's
/// sets a generated crate finds criterion and the rest built already. Without those of a macro, which is
/// built for the compiler and has its own.
pub static AS_IN_THE_WORKSPACE: LazyLock<String> = LazyLock::new(|| {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(ours).no_deps().exec().expect("cargo metadata");
    let mut tables: BTreeMap<String, (String, bool, BTreeSet<String>)> = BTreeMap::new();
    let packages = metadata.workspace_packages();
    let is_macro = |package: &&&Package| {
        package.targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro))
    };
    let for_runners = packages.iter().filter(|package| !is_macro(package));
    let from_others = for_runners.flat_map(|package| &package.dependencies).filter(|dependency| {
        dependency.path.is_none() && !dependency.optional && dependency.kind != DependencyKind::Build
    });
    for dependency in from_others {
        let target = dependency.target.as_ref().map_or_else(String::new, |on| format!("target.'{on}'."));
        let table = format!("{target}dev-dependencies.{}", dependency.name);
        let (_, defaults, features) =
            tables.entry(table).or_insert_with(|| (dependency.req.to_string(), false, BTreeSet::new()));
        *defaults |= dependency.uses_default_features;
        features.extend(dependency.features.iter().cloned());
    }
    let text = |(table, (version, defaults, features)): (String, (String, bool, BTreeSet<String>))| {
        let features: Vec<String> = features.into_iter().collect();
        format!(
            "\n[{table}]\nversion = {version:?}\ndefault-features = {defaults}\nfeatures = {features:?}\n"
        )
    };
    let tables: String = tables.into_iter().map(text).collect();
    let (_, packages) = WORKSPACE.split_once("[profile.release.package]").expect("the profile is at the end");
    // cargo warns of packages that a crate does not have.
    let ours = ["cargo-duel", "duel-kernels", "duel-reports"];
    let packages: Vec<&str> =
        packages.lines().filter(|line| !ours.iter().any(|name| line.starts_with(name))).collect();
    tables + "\n[profile.bench.package]" + &packages.join("\n") + "\n"
});

/// It ends with how packages are optimised.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// A manifest of a crate of its own with these bench targets, all with `harness = false`.
pub fn manifest(name: &str, benches: &[&str]) -> String {
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dev-dependencies]\nduel = {{ path = {:?} }}\n\n[profile.bench]\ndebug = 1\n\n[workspace]\n",
        library()
    );
    for bench in benches {
        text.push_str(&format!("\n[[bench]]\nname = \"{bench}\"\nharness = false\n"));
    }
    text + &AS_IN_THE_WORKSPACE
}

/// The crate of kernels of every shape under hostile names, with a bench target beside them
/// that is no runner.
pub fn everything() -> Crate {
    Crate::new(
        "everything",
        &[
            ("Cargo.toml", &manifest("everything", &["everything", "bystander"])),
            ("src/lib.rs", ""),
            ("benches/everything.rs", include_str!("../crates/everything.rs")),
            ("benches/bystander.rs", include_str!("../crates/bystander.rs")),
        ],
    )
}

/// The crate of kernels whose instructions are counted.
pub fn counted() -> Crate {
    Crate::new(
        "counted",
        &[
            ("Cargo.toml", &manifest("counted", &["counted"])),
            ("src/lib.rs", ""),
            ("benches/counted.rs", include_str!("../crates/counted.rs")),
        ],
    )
}

/// The crate of pairs with one known cause each.
pub fn causes() -> Crate {
    Crate::new(
        "causes",
        &[
            ("Cargo.toml", &manifest("causes", &["causes"])),
            ("src/lib.rs", ""),
            ("benches/causes.rs", include_str!("../crates/causes.rs")),
        ],
    )
}

/// The crate of kernels that allocate in every way.
pub fn allocates() -> Crate {
    Crate::new(
        "allocates",
        &[
            ("Cargo.toml", &manifest("allocates", &["allocates"])),
            ("src/lib.rs", ""),
            ("benches/allocates.rs", include_str!("../crates/allocates.rs")),
        ],
    )
}

/// The crate of kernels whose machine code is looked at.
pub fn assembled() -> Crate {
    Crate::new(
        "assembled",
        &[
            ("Cargo.toml", &manifest("assembled", &["assembled"])),
            ("src/lib.rs", ""),
            ("benches/assembled.rs", include_str!("../crates/assembled.rs")),
        ],
    )
}

/// The crate of kernels that go wrong, one bench target a way.
pub fn faulty() -> Crate {
    Crate::new(
        "faulty",
        &[
            (
                "Cargo.toml",
                &manifest("faulty", &["faulty", "prints", "drifts", "no_reference", "twins", "bells"]),
            ),
            ("src/lib.rs", ""),
            ("benches/faulty.rs", include_str!("../crates/faulty.rs")),
            ("benches/prints.rs", include_str!("../crates/prints.rs")),
            ("benches/drifts.rs", include_str!("../crates/drifts.rs")),
            ("benches/no_reference.rs", include_str!("../crates/no_reference.rs")),
            ("benches/bells.rs", include_str!("../crates/bells.rs")),
            ("benches/twins.rs", include_str!("../crates/twins.rs")),
        ],
    )
}

/// The crate of kernels that end the process, or work in other threads and processes.
pub fn elsewhere() -> Crate {
    Crate::new(
        "elsewhere",
        &[
            ("Cargo.toml", &manifest("elsewhere", &["elsewhere"])),
            ("src/lib.rs", ""),
            ("benches/elsewhere.rs", include_str!("../crates/elsewhere.rs")),
        ],
    )
}
