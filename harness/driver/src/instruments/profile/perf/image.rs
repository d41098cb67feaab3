//! From places in an executable file, as perf names them, to addresses, as `nm` does, and to functions.

use std::path::Path;

use duel_record::ProfileSummary;
use object::{Object, ObjectSegment};

use crate::code::Functions;

/// Where the parts of a file go.
pub struct Image {
    /// Offset in the file, length, address.
    segments: Vec<(u64, u64, u64)>,
    functions: Functions,
}

impl Image {
    /// # Errors
    /// When it is no executable.
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable =
            |error: &dyn std::error::Error| format!("cannot read the executable {}: {error}", path.display());
        let bytes = crate::safe_file::read_executable(path).map_err(|error| unreadable(&error))?;
        let file = object::File::parse(&*bytes).map_err(|error| unreadable(&error))?;
        let segments = file.segments().map(|segment| {
            let (offset, length) = segment.file_range();
            (offset, length, segment.address())
        });
        Ok(Self { segments: segments.collect(), functions: Functions::of(&file) })
    }

    #[cfg(test)]
    pub fn nothing() -> Self {
        Self { segments: Vec::new(), functions: Functions::default() }
    }

    /// The name of the function that lies there, as the executable's symbols say. perf knows one
    /// name of each function, and not every mangling.
    pub fn function(&self, offset: u64) -> Option<String> {
        Some(self.functions.at(self.address(offset)?)?.name())
    }

    /// Has every function of a profile say all its names, as far as its one name leads to it.
    pub fn name_in_full(&self, profile: &mut ProfileSummary) {
        let full = self.functions.full_names();
        for stack in &mut profile.stacks {
            let mut frames = stack.frames.split(';');
            // The first is the variant.
            let variant = frames.next().map(str::to_owned);
            let named = frames.map(|name| full.get(name).map_or(name, String::as_str).to_owned());
            stack.frames = variant.into_iter().chain(named).collect::<Vec<_>>().join(";");
        }
    }

    /// The address of what lies there in the file.
    pub fn address(&self, offset: u64) -> Option<u64> {
        let mut holds =
            self.segments.iter().filter(|(start, length, _)| (*start..start + length).contains(&offset));
        holds.next().map(|(start, _, address)| offset - start + address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_moved_to_where_its_segment_goes() {
        let segments = vec![(0, 0x100, 0), (0x100, 0x80, 0x1100)];
        let image = Image { segments, functions: Functions::default() };
        assert_eq!(image.address(0x20), Some(0x20));
        assert_eq!(image.address(0x110), Some(0x1110));
        assert_eq!(image.address(0x180), None);
        assert_eq!(image.function(0x20), None);
    }

    #[test]
    fn what_is_no_executable_is_told_by_name() {
        let error = Image::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path());
        assert!(error.is_err_and(|error| error.contains("Cargo.toml")));
    }
}
