//! A runner's executable file: its functions, their bytes, and what it links at its start.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use object::{Architecture, Object, ObjectSegment, ObjectSymbol, ObjectSymbolTable, RelocationTarget};

use iced_x86::{Decoder, DecoderOptions, Instruction};

use super::{
    functions::{Function, Functions},
    names,
    source::Sources,
};
use crate::safe_file::read_executable;

const NO_SYMBOLS: &str = "the executable has no symbols, so no function can be found in it";
const KEEP_SYMBOLS: &str = "don't strip the runner: leave `strip` out of [profile.bench]";

/// Why an executable tells nothing, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub reason: String,
    pub remedy: Option<String>,
}

/// What the loader writes into a place of the executable's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The address of a function that another file has.
    Name(String),
    /// An address within this file.
    Address(u64),
}

/// A runner's file, read once.
pub struct Executable {
    functions: Functions,
    segments: Vec<(u64, Vec<u8>)>,
    linked: HashMap<u64, Linked>,
    pub sources: Sources,
}

impl Executable {
    /// The instructions of a function, one after the other.
    pub fn instructions(&self, function: &Function) -> Vec<Instruction> {
        let bytes = self.bytes(function.address, function.size);
        Decoder::with_ip(64, bytes, function.address, DecoderOptions::NONE).into_iter().collect()
    }

    /// Reads the file; `built` is another path of the same build, such as where cargo has put it.
    ///
    /// # Errors
    /// When it can't be read, has no symbols, or is for another processor.
    pub fn read(path: &Path, built: &Path) -> Result<Self, Unreadable> {
        let content = read_executable(path).map_err(|error| Unreadable {
            reason: format!("{:#}", anyhow::Error::new(error)),
            remedy: Some("build it again: `cargo duel list` does".to_owned()),
        })?;
        let bad = |reason: String| Unreadable { reason, remedy: None };
        let file = object::File::parse(&*content).map_err(|error| {
            bad(format!("{} is no executable that can be taken apart: {error}", path.display()))
        })?;
        if file.architecture() != Architecture::X86_64 {
            return Err(bad(format!(
                "only x86-64 code can be taken apart, and {} is {:?}",
                path.display(),
                file.architecture()
            )));
        }
        let functions = Functions::of(&file);
        if functions.all().is_empty() {
            return Err(Unreadable { reason: NO_SYMBOLS.to_owned(), remedy: Some(KEEP_SYMBOLS.to_owned()) });
        }
        let segments = file
            .segments()
            .filter_map(|segment| Some((segment.address(), segment.data().ok()?.to_vec())))
            .collect();
        let newest = [path, built].iter().filter_map(|path| modified(path)).max();
        let linked = linked(&file);
        Ok(Self { functions, segments, linked, sources: Sources::new(&file, newest) })
    }

    pub fn functions(&self) -> &[Function] {
        self.functions.all()
    }

    /// The function that an address is in.
    pub fn function_at(&self, address: u64) -> Option<&Function> {
        self.functions.at(address)
    }

    /// The bytes of the file at an address, as many as there are up to `size`.
    pub fn bytes(&self, address: u64, size: u64) -> &[u8] {
        let found = self.segments.iter().find_map(|(start, bytes)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(offset..)
        });
        let bytes = found.unwrap_or_default();
        &bytes[..bytes.len().min(usize::try_from(size).unwrap_or(usize::MAX))]
    }

    /// What is at an address once the file is loaded, where that is an address itself.
    pub fn linked(&self, place: u64) -> Option<Linked> {
        if let Some(linked) = self.linked.get(&place) {
            return Some(linked.clone());
        }
        // Packed relocations leave the address in the file.
        let bytes = self.bytes(place, 8).try_into().ok()?;
        let address = u64::from_le_bytes(bytes);
        self.function_at(address).map(|_| Linked::Address(address))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(PathBuf::from(path)).ok()?.modified().ok()
}

/// What the loader fills in, by the place that it fills.
fn linked(file: &object::File<'_>) -> HashMap<u64, Linked> {
    let Some(relocations) = file.dynamic_relocations() else { return HashMap::new() };
    let names = file.dynamic_symbol_table();
    relocations
        .filter_map(|(place, relocation)| {
            let linked = match relocation.target() {
                RelocationTarget::Symbol(index) => {
                    let symbol = names.as_ref()?.symbol_by_index(index).ok()?;
                    Linked::Name(names::demangled(symbol.name().ok()?))
                }
                _ => Linked::Address(u64::try_from(relocation.addend()).ok()?),
            };
            Some((place, linked))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn refused(path: &str) -> Unreadable {
        let path = Path::new(path);
        match Executable::read(path, path) {
            Err(why) => why,
            Ok(_) => panic!("{} was read", path.display()),
        }
    }

    #[test]
    fn an_executable_that_is_gone_is_named_with_the_way_to_get_it_back() {
        let why = refused("/nowhere/runner");
        assert!(why.reason.contains("/nowhere/runner"), "{}", why.reason);
        assert!(why.remedy.is_some_and(|remedy| remedy.contains("build it again")));
    }

    #[test]
    fn what_is_no_executable_says_so() {
        assert!(refused(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).reason.contains("no executable"));
    }

    #[test]
    fn this_test_finds_its_own_functions_bytes_and_lines() {
        let path = std::env::current_exe().unwrap();
        let executable = Executable::read(&path, &path).unwrap();
        let own = executable.functions().iter().find(|function| function.name().ends_with("::refused"));
        let own = own.expect("a function of this file");
        assert_eq!(executable.function_at(own.address + own.size - 1), Some(own));
        assert_eq!(executable.bytes(own.address, own.size).len() as u64, own.size);
        let frames = executable.sources.frames(own.address);
        let place = executable.sources.place(&frames).expect("a line");
        assert!(place.file.ends_with("code/executable.rs"), "{place:?}");
    }
}
