//! Hashes of labelled pieces, files and folders.

use std::{fs, io, path::Path};

use duel_record::open_regular;

/// A hash over labelled pieces, none of which can run into the next.
#[derive(Default)]
pub struct Hash(blake3::Hasher);

impl Hash {
    pub fn add(&mut self, label: &str, content: impl AsRef<[u8]>) {
        for part in [label.as_bytes(), content.as_ref()] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// 32 hexadecimal digits.
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex()[..32].to_owned()
    }
}

/// No file of a side is larger.
const LARGEST_BYTES: u64 = 1 << 40;

/// The hash of a file's content; `None` where there is no file that can be read.
pub fn of_file(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_regular(path, LARGEST_BYTES).ok()?).ok()?;
    Some(hasher.finalize().to_hex()[..32].to_owned())
}

/// Folders that hold outputs, or what belongs to git.
const LEFT_OUT: [&str; 3] = ["target", ".git", "node_modules"];

/// The hash of all files below a folder, with their names; a file's own hash where it is none.
///
/// # Errors
/// When something can't be read.
pub fn of_tree(path: &Path) -> io::Result<String> {
    let mut hash = Hash::default();
    add_tree(&mut hash, path, "", &LEFT_OUT)?;
    Ok(hash.finish())
}

/// The same for all files but git's own: for what git has laid out, where no name stands for an output.
///
/// # Errors
/// When something can't be read.
pub fn of_snapshot(path: &Path) -> io::Result<String> {
    let mut hash = Hash::default();
    add_tree(&mut hash, path, "", &[".git"])?;
    Ok(hash.finish())
}

fn add_tree(hash: &mut Hash, path: &Path, name: &str, left_out: &[&str]) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        let content =
            of_file(path).ok_or_else(|| io::Error::other(format!("cannot read {}", path.display())))?;
        hash.add(name, content);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let own = entry.file_name().to_string_lossy().into_owned();
        // A link that leads to a folder may lead around in a circle.
        let link = entry.file_type()?.is_symlink();
        let is_left_out = left_out.contains(&own.as_str()) && entry.path().is_dir();
        if link {
            hash.add(&format!("{name}/{own}"), fs::read_link(entry.path())?.as_os_str().as_encoded_bytes());
            if entry.path().is_file() {
                hash.add("content", of_file(&entry.path()).unwrap_or_default());
            }
        } else if !is_left_out {
            add_tree(hash, &entry.path(), &format!("{name}/{own}"), left_out)?;
        }
    }
    Ok(())
}

/// The hash of bytes, as an executable is known by.
pub fn of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}
