//! Has cargo build the bench targets, and reads what came of it: executables, what each would be started
//! with, and which units were compiled.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use cargo_metadata::{Artifact, BuildScript, Message, Package, Target};
use tempfile::TempDir;

use crate::{
    cargo::{
        Project,
        apart::{Apart, cargo},
        environment,
        no_runner::NoRunner,
        required_features::{benches, buildable},
    },
    children::{self, Group},
    command::status::helpful,
    path::parent,
    reporter::{Event, Reporter},
};

/// An executable that cargo built for a bench target.
#[derive(Clone, Debug)]
pub struct Built {
    pub package: String,
    pub target: String,
    pub executable: PathBuf,
    /// The package's folder, in which cargo would run it.
    pub folder: PathBuf,
    /// What cargo would add to this process's environment for it.
    pub environment: BTreeMap<String, String>,
}

/// What cargo says of a build.
pub struct Build {
    /// The bench targets' executables, runners or not.
    pub built: Vec<Built>,
    /// Everything that was compiled or was there already.
    pub units: Vec<Artifact>,
    /// The build scripts that ran, or had run already.
    pub scripts: Vec<BuildScript>,
    noting: Option<Noting>,
}

/// cargo, while it says what it gives to benches. If nobody wants to know any more, it is killed and
/// waited for, since it holds the target folder until it ends.
struct Noting {
    group: Option<Group>,
    notes: TempDir,
    /// Variables that this command has set for the build.
    ours: Vec<String>,
}

impl Project {
    /// Has cargo build the bench targets, as the user would.
    ///
    /// # Errors
    /// When no package has a bench target, cargo is not there, or the build fails.
    pub fn build(&self, reporter: &Reporter) -> Result<Vec<Built>> {
        self.note_runner(reporter);
        self.check_harness(reporter)?;
        let mut build = build(self, None, reporter)?;
        build.complete()?;
        Ok(build.built)
    }
}

impl Build {
    /// Completes what is known of the executables: the environment and the folder that cargo gives them.
    ///
    /// # Errors
    /// When cargo can't tell.
    pub fn complete(&mut self) -> Result<()> {
        let Some(mut noting) = self.noting.take() else { return Ok(()) };
        if let Some(group) = noting.group.take() {
            end(group, "say what it gives to a bench", "`cargo bench` shows what is wrong")?;
        }
        for note in environment::notes(noting.notes.path())? {
            for built in self.built.iter_mut().filter(|built| built.executable == note.executable) {
                built.environment = environment::added(&note, &noting.ours);
                built.folder.clone_from(&note.folder);
            }
        }
        Ok(())
    }
}

/// Builds the bench targets, to be [completed](Build::complete). cargo's own progress and messages go to
/// stderr as they come.
///
/// # Errors
/// When no package has a bench target, cargo is not there, or the build fails.
pub fn build(project: &Project, apart: Option<&Apart>, reporter: &Reporter) -> Result<Build> {
    let packages = project.packages()?;
    let mut command = bench(project, apart, &packages)?;
    command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    if reporter.verbosity < 0 {
        command.arg("--quiet");
    }
    reporter.report(&Event::Running(&command));
    let mut group = start(command.stdout(Stdio::piped()))?;
    let mut build = read(&mut group, &packages)?;
    end(group, "build the bench targets", "cargo's own message is above")?;
    build.noting = note_environment(project, apart, &packages, &build.built, reporter)?;
    Ok(build)
}

/// `cargo bench` of the packages' bench targets.
fn bench(project: &Project, apart: Option<&Apart>, packages: &[&Package]) -> Result<Command> {
    let args = &project.args;
    let mut command = match apart {
        Some(apart) => apart.cargo(),
        None => {
            let mut command = Command::new(cargo());
            for name in environment::misleading() {
                command.env_remove(name);
            }
            command
        }
    };
    command.arg("bench");
    let targets: Vec<(&Package, Vec<&Target>)> =
        packages.iter().map(|package| (*package, buildable(package, args))).collect();
    if let Some(bench) = &args.bench {
        for package in packages {
            command.args(["--package", package.name.as_str()]);
        }
        command.args(["--bench", bench]);
    } else {
        let with_targets = targets.iter().filter(|(_, targets)| !targets.is_empty());
        let mut names = BTreeSet::new();
        for (package, targets) in with_targets {
            command.args(["--package", package.name.as_str()]);
            names.extend(targets.iter().map(|target| target.name.as_str()));
        }
        if names.is_empty() {
            let targets = packages.iter().flat_map(|package| benches(package));
            let missing = targets.map(|target| (target.name.clone(), target.required_features.clone()));
            return Err(NoRunner::NoFeatures(missing.collect()).into());
        }
        // Only bench targets: `--benches` would also build the library's own tests.
        for name in names {
            command.args(["--bench", name]);
        }
    }
    if let Some(features) = &args.features {
        command.args(["--features", features]);
    }
    for (flag, given) in
        [("--no-default-features", args.no_default_features), ("--all-features", args.all_features)]
    {
        if given {
            command.arg(flag);
        }
    }
    command.arg("--manifest-path").arg(project.workspace().join("Cargo.toml"));
    Ok(command)
}

/// Has cargo start this command in place of each bench, and so learns what cargo gives to a bench:
/// variables of the package, of build scripts and of `[env]`, and where libraries are looked for.
fn note_environment(
    project: &Project,
    apart: Option<&Apart>,
    packages: &[&Package],
    built: &[Built],
    reporter: &Reporter,
) -> Result<Option<Noting>> {
    let Some(triple) = built.first().map(|built| triple_of(&built.executable)).transpose()? else {
        return Ok(None);
    };
    let notes = tempfile::tempdir().context("cannot make a temporary folder")?;
    let this = std::env::current_exe().context("cannot tell where this command lies")?;
    let words = [this.as_path(), Path::new(environment::NOTE), notes.path()];
    let words: Vec<_> = words.iter().map(|word| toml::Value::from(word.display().to_string())).collect();
    let mut command = bench(project, apart, packages)?;
    command.arg("--quiet").arg("--config");
    command.arg(format!("target.{triple}.runner={}", toml::Value::Array(words)));
    reporter.report(&Event::Running(&command));
    let group = start(command.stdout(Stdio::null()))?;
    Ok(Some(Noting { group: Some(group), notes, ours: apart.map(Apart::names).unwrap_or_default() }))
}

/// The triple that an executable was built for: it is in its path where one was asked for.
fn triple_of(executable: &Path) -> Result<String> {
    // TARGET/[TRIPLE/]release/deps/NAME
    let above = executable.ancestors().nth(3).and_then(Path::file_name).and_then(|name| name.to_str());
    if let Some(triple) = above.filter(|name| name.matches('-').count() >= 2 && is_triple(name)) {
        return Ok(triple.to_owned());
    }
    host()
}

fn is_triple(name: &str) -> bool {
    let output = children::output(Command::new(rustc()).args(["--print", "cfg", "--target", name]), &[]);
    output.is_ok_and(|output| output.status.success())
}

/// The compiler that cargo would call by default.
pub fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn host() -> Result<String> {
    let output = children::output(Command::new(rustc()).arg("-vV"), &[])
        .with_context(|| format!("cannot run {}", rustc().display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.with_context(|| format!("{} -vV does not say its host", rustc().display()))
}

fn start(command: &mut Command) -> Result<Group> {
    Group::start(command.stdin(Stdio::null())).with_context(|| format!("cannot run {}", cargo().display()))
}

fn read(group: &mut Group, packages: &[&Package]) -> Result<Build> {
    let output = group.take_stdout().context("cargo's stdout")?;
    let mut build = Build { built: Vec::new(), units: Vec::new(), scripts: Vec::new(), noting: None };
    for message in Message::parse_stream(BufReader::new(group.read_until_end(output))) {
        match message.context("cannot read what cargo prints")? {
            Message::CompilerArtifact(artifact) => {
                build.built.extend(bench_target(&artifact, packages));
                build.units.push(artifact);
            }
            Message::BuildScriptExecuted(script) => build.scripts.push(script),
            _ => {}
        }
    }
    build.built.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    Ok(build)
}

fn bench_target(artifact: &Artifact, packages: &[&Package]) -> Option<Built> {
    let package = packages.iter().find(|package| package.id == artifact.package_id)?;
    let executable = artifact.executable.as_ref()?;
    artifact.target.is_bench().then(|| Built {
        package: package.name.to_string(),
        target: artifact.target.name.clone(),
        executable: executable.into(),
        folder: parent(package.manifest_path.as_std_path()),
        environment: BTreeMap::new(),
    })
}

fn end(mut group: Group, what: &str, help: &str) -> Result<()> {
    let status = group.wait().context("cannot wait for cargo")?;
    if status.success() {
        return Ok(());
    }
    Err(helpful(format!("cargo could not {what} ({status})"), help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executables_triple_is_in_its_path_or_the_hosts() {
        let host = host().unwrap();
        assert_eq!(triple_of(Path::new("/t/release/deps/b-1")).unwrap(), host);
        assert_eq!(triple_of(Path::new(&format!("/t/{host}/release/deps/b-1"))).unwrap(), host);
        assert_eq!(triple_of(Path::new("/my-own-folder/release/deps/b-1")).unwrap(), host);
    }
}
