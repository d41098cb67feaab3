//! `init`: a first bench target in any crate.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use crate::{
    cargo::{Project, args::CargoArgs},
    command::{
        cli::InitArgs,
        settings::Settings,
        status::{Status, helpful},
    },
    reporter::Event,
    safe_file,
};

/// The bench target that is written: one small real family, and in comments one with types of its own.
const TEMPLATE: &str = include_str!("init_template.rs");

pub fn init(args: &InitArgs) -> Result<Status> {
    let cargo = CargoArgs { manifest_path: args.manifest_path.clone(), ..CargoArgs::default() };
    let project = Project::find(&cargo)?;
    let settings = Settings::new(&args.common, None, project.target_folder())?;
    let manifest = project.package()?.manifest_path.clone().into_std_path_buf();
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let bench = folder.join("benches").join(format!("{}.rs", args.name));
    if fs::symlink_metadata(&bench).is_ok() {
        return Err(helpful(
            format!("{} is there already", bench.display()),
            "choose another name with --name, or edit that file",
        ));
    }
    let text = safe_file::read_text(&manifest)?;
    let changed = add_to_manifest(&text, &args.name, &library(args.library.as_deref()))
        .with_context(|| format!("cannot change {}", manifest.display()))?;
    fs::create_dir_all(folder.join("benches"))
        .and_then(|()| safe_file::write(&bench, TEMPLATE))
        .with_context(|| format!("cannot write {}", bench.display()))?;
    safe_file::write(&manifest, changed).with_context(|| format!("cannot write {}", manifest.display()))?;
    let reporter = &settings.reporter;
    reporter.result(&format!(
        "wrote {}\nadded the bench target \"{}\" to {}",
        bench.display(),
        args.name,
        manifest.display()
    ));
    reporter.report(&Event::Next { command: "cargo duel run --quick" });
    Ok(Status::Good)
}

/// Where the library comes from: a folder, or a version.
enum Library {
    Path(String),
    Version(String),
}

fn library(wished: Option<&str>) -> Library {
    match wished {
        Some(wished) if wished.starts_with(|c: char| c.is_ascii_digit()) => {
            Library::Version(wished.to_owned())
        }
        Some(path) => Library::Path(
            std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string()),
        ),
        // A command installed from a checkout uses the library beside its own source.
        None => {
            let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner");
            match beside.canonicalize() {
                Ok(path) if path.join("Cargo.toml").is_file() => Library::Path(path.display().to_string()),
                _ => Library::Version(env!("CARGO_PKG_VERSION").to_owned()),
            }
        }
    }
}

/// Adds the dependency, the bench target and names in profiles; keeps what is there.
fn add_to_manifest(text: &str, name: &str, library: &Library) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    let table = |item: &mut Item, key: &str| -> Result<()> {
        match item.as_table_like() {
            Some(_) => Ok(()),
            None => anyhow::bail!("[{key}] is no table"),
        }
    };
    let dependencies = manifest.entry("dev-dependencies").or_insert_with(toml_edit::table);
    table(dependencies, "dev-dependencies")?;
    if dependencies.get("duel").is_none() {
        dependencies["duel"] = match library {
            Library::Version(version) => value(version),
            Library::Path(path) => {
                let mut entry = InlineTable::new();
                entry.insert("path", path.into());
                value(entry)
            }
        };
    }
    let mut bench = Table::new();
    bench["name"] = value(name);
    bench["harness"] = value(false);
    let benches = manifest.entry("bench").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(benches) = benches.as_array_of_tables_mut() else {
        anyhow::bail!("[[bench]] is no array of tables")
    };
    if benches.iter().any(|bench| bench.get("name").and_then(Item::as_str) == Some(name)) {
        anyhow::bail!("it has a bench target \"{name}\" already: choose another with --name");
    }
    benches.push(bench);
    // Line tables alone lose the module paths in profiles.
    let profile = manifest.entry("profile").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    table(profile, "profile")?;
    if profile.get("bench").is_none() {
        profile["bench"] = toml_edit::table();
    }
    if profile["bench"].get("debug").is_none() {
        profile["bench"]["debug"] = value(1);
    }
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_keeps_its_layout_and_gets_what_it_needs() {
        let text = "# mine\n[package]\nname = \"a\" # a\n\n[dev-dependencies]\nserde = \"1\"\n";
        let changed = add_to_manifest(text, "duel", &Library::Version("0.1".into())).unwrap();
        assert!(changed.starts_with("# mine\n[package]\nname = \"a\" # a\n"), "{changed}");
        for part in [
            "serde = \"1\"\nduel = \"0.1\"",
            "[[bench]]\nname = \"duel\"\nharness = false",
            "[profile.bench]\ndebug = 1",
        ] {
            assert!(changed.contains(part), "{changed}");
        }
    }

    #[test]
    fn a_second_init_under_the_same_name_is_refused() {
        let once = add_to_manifest("[package]\nname = \"a\"\n", "duel", &Library::Path("/d".into())).unwrap();
        let error = add_to_manifest(&once, "duel", &Library::Path("/d".into())).unwrap_err();
        assert!(error.to_string().contains("--name"), "{error}");
        let twice = add_to_manifest(&once, "more", &Library::Path("/d".into())).unwrap();
        assert_eq!(twice.matches("[[bench]]").count(), 2);
        assert_eq!(twice.matches("duel = ").count(), 1);
    }

    #[test]
    fn the_template_is_under_forty_lines_of_code() {
        let code = TEMPLATE.lines().filter(|line| !line.starts_with("//")).count();
        assert!(code < 40, "{code}");
    }
}
