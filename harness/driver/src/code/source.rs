//! Where instructions come from: inlined functions, files, lines and their text.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use addr2line::Context;
use duel_record::CodePlace;
use gimli::{EndianArcSlice, RunTimeEndian};
use object::{Object, ObjectSection};

use super::names;

type Slice = EndianArcSlice<RunTimeEndian>;

/// Characters of a source line that are kept.
const MOST_CHARS: usize = 120;
/// Folders that a package has its source in.
const SOURCE_FOLDERS: [&str; 4] = ["src", "benches", "examples", "tests"];

/// The debug information of an executable, as far as it has some.
pub struct Sources {
    context: Option<Context<Slice>>,
    /// A source file that is newer than the executable is not what it was built from.
    newest: Option<SystemTime>,
    texts: RefCell<HashMap<PathBuf, Option<Vec<String>>>>,
}

/// One function at an address, whether it was inlined or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub function: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
}

impl Sources {
    pub fn new(file: &object::File<'_>, newest: Option<SystemTime>) -> Self {
        Self { context: context(file), newest, texts: RefCell::default() }
    }

    /// The functions at an address, innermost first; the last has the code.
    pub fn frames(&self, address: u64) -> Vec<Frame> {
        let Some(context) = &self.context else { return Vec::new() };
        // What can't be read is as if it were not there: the listing has its instructions still.
        let Ok(mut found) = context.find_frames(address).skip_all_loads() else { return Vec::new() };
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let function = frame.function.as_ref().and_then(|name| name.raw_name().ok());
            let location = frame.location.as_ref();
            frames.push(Frame {
                function: function.map(|name| names::demangled(&name)),
                file: location.and_then(|location| location.file).map(str::to_owned),
                line: location.and_then(|location| location.line).filter(|line| *line > 0),
            });
        }
        frames
    }

    /// The line to show beside an instruction: the innermost that is not the standard library's.
    pub fn place(&self, frames: &[Frame]) -> Option<CodePlace> {
        let mut located = frames.iter().filter_map(|frame| Some((frame.file.as_deref()?, frame.line?)));
        let (file, line) =
            located.clone().find(|(file, _)| !is_standard_library(file)).or_else(|| located.next())?;
        Some(CodePlace { file: shortened(file), line, text: self.text(Path::new(file), line) })
    }

    fn text(&self, file: &Path, line: u32) -> Option<String> {
        let mut texts = self.texts.borrow_mut();
        let lines = texts.entry(file.to_owned()).or_insert_with(|| self.read(file)).as_ref()?;
        lines.get(usize::try_from(line).ok()?.checked_sub(1)?).cloned()
    }

    fn read(&self, file: &Path) -> Option<Vec<String>> {
        let modified = fs::metadata(file).ok()?.modified().ok()?;
        if self.newest.is_some_and(|newest| modified > newest) {
            return None;
        }
        let text = crate::safe_file::read_text(file).ok()?;
        Some(text.lines().map(|line| line.trim().chars().take(MOST_CHARS).collect()).collect())
    }
}

fn context(file: &object::File<'_>) -> Option<Context<Slice>> {
    let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    file.section_by_name(".debug_info")?;
    let load = |id: gimli::SectionId| {
        let section = file.section_by_name(id.name());
        let bytes = section.and_then(|section| section.uncompressed_data().ok()).unwrap_or_default();
        Ok::<_, gimli::Error>(Slice::new(Arc::from(&*bytes), endian))
    };
    Context::from_dwarf(gimli::Dwarf::load(load).ok()?).ok()
}

pub fn is_standard_library(file: &str) -> bool {
    file.starts_with("/rustc/") || file.contains("/rustlib/src/rust/library/")
}

/// A path from its package's folder on.
fn shortened(file: &str) -> String {
    let parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    let from = if is_standard_library(file) {
        parts.iter().position(|part| *part == "library")
    } else {
        parts.iter().rposition(|part| SOURCE_FOLDERS.contains(part)).map(|place| place.saturating_sub(1))
    };
    parts[from.unwrap_or(parts.len().saturating_sub(3))..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_starts_with_its_package() {
        for (file, short) in [
            ("/home/me/app/kernels/src/sum/avx2.rs", "kernels/src/sum/avx2.rs"),
            ("/root/.cargo/registry/src/index-1/rand-0.8.5/src/lib.rs", "rand-0.8.5/src/lib.rs"),
            ("/rustc/0123/library/core/src/slice/mod.rs", "library/core/src/slice/mod.rs"),
            ("/a/b/c/d.c", "b/c/d.c"),
            ("d.rs", "d.rs"),
        ] {
            assert_eq!(shortened(file), short);
        }
    }
}
