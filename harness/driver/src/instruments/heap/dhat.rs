//! dhat's files: where blocks were allocated, and how long they lived.
//!
//! The format is described in valgrind's `dhat/dh_main.c` (version 2). A file may be far larger than
//! what it says, so it is read as a stream, and only its largest sites are kept.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet},
    fmt,
    io::{self, BufReader, Read},
    path::Path,
};

use duel_record::{FileError, HeapSite, HeapSummary, open_regular};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::dhat_frames::{Called, called};

/// The version that is understood.
const VERSION: u64 = 2;
/// Sites that a summary has at most.
const SITES: usize = 60;
/// Sites that are kept while reading: some become one when their names are shortened.
const CANDIDATES: usize = 1_000;
/// Frames of a site that are read; dhat keeps 32, each with what was inlined into it.
const FRAMES: usize = 512;
/// dhat writes some hundred bytes a site.
const LARGEST_BYTES: u64 = 4 << 30;

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    #[error(transparent)]
    File(FileError),
    #[error("dhat's file {path} can't be read: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("dhat's file {path} is cut short, at {at}")]
    CutShort { path: String, at: String },
    #[error("dhat's file {path} is of version {found}, expected {VERSION}")]
    Version { path: String, found: u64 },
    #[error("{path} is no file of dhat's: {source}")]
    NotDhat { path: String, source: serde_json::Error },
    #[error("{path} is no file of dhat's: expected \"{field}\", found none")]
    Lacks { path: String, field: &'static str },
}

/// Adds to a summary what dhat's file says.
///
/// # Errors
/// When the file is missing, cut short, or of another kind; then the summary is as it was.
pub fn read_into(summary: &mut HeapSummary, path: &Path) -> Result<(), BadFile> {
    let name = || path.display().to_string();
    let file = open_regular(path, LARGEST_BYTES).map_err(|error| match error {
        FileError::Io { source, .. } => BadFile::Unreadable { path: name(), source },
        error => BadFile::File(error),
    })?;
    let mut content = Content::default();
    let read = read(BufReader::with_capacity(1 << 16, file), &mut content);
    // What another version means by its fields is not known.
    if let Some(found) = content.version.filter(|found| *found != VERSION) {
        return Err(BadFile::Version { path: name(), found });
    }
    read.map_err(|source| match source.classify() {
        serde_json::error::Category::Eof => {
            let at = format!("line {} column {}", source.line(), source.column());
            BadFile::CutShort { path: name(), at }
        }
        serde_json::error::Category::Io => BadFile::Unreadable { path: name(), source: source.into() },
        _ => BadFile::NotDhat { path: name(), source },
    })?;
    let lacks = |field| BadFile::Lacks { path: name(), field };
    content.version.ok_or_else(|| lacks("dhatFileVersion"))?;
    let end_us = content.end_us.ok_or_else(|| lacks("te"))?;
    // Names come after the sites that need them.
    if content.largest.iter().any(|Reverse(point)| !point.fs.iter().all(|i| content.names.contains_key(i))) {
        return Err(lacks("ftbl"));
    }
    content.tell(summary, end_us);
    Ok(())
}

fn read(from: impl Read, content: &mut Content) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_reader(from);
    reader.deserialize_map(&mut *content)?;
    reader.end()
}

/// What is kept of a file.
#[derive(Debug, Default)]
struct Content {
    version: Option<u64>,
    /// The counting time.
    end_us: Option<u64>,
    /// The sites with the most bytes.
    largest: BinaryHeap<Reverse<Point>>,
    sites_left_out: u64,
    bytes_left_out: u64,
    /// Over all sites.
    blocks: u64,
    lifetimes_us: u64,
    /// Frames of the sites that are kept.
    names: HashMap<usize, String>,
}

/// A "program point": a site as dhat writes it, by its stack of return addresses. Sites are in the
/// order of their fields.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Point {
    /// Bytes and blocks in all.
    tb: u64,
    tbk: u64,
    /// Lifetimes of all blocks, in microseconds.
    #[serde(default)]
    tl: u64,
    /// Bytes and blocks when the whole heap was largest.
    #[serde(default)]
    gb: u64,
    #[serde(default)]
    gbk: u64,
    /// Bytes and blocks at the end.
    #[serde(default)]
    eb: u64,
    #[serde(default)]
    ebk: u64,
    /// Frames, by their place in `ftbl`, innermost first.
    #[serde(deserialize_with = "first_frames")]
    fs: Vec<usize>,
}

impl Content {
    fn keep(&mut self, point: Point) {
        self.blocks = self.blocks.saturating_add(point.tbk);
        self.lifetimes_us = self.lifetimes_us.saturating_add(point.tl);
        self.largest.push(Reverse(point));
        if self.largest.len() > CANDIDATES
            && let Some(Reverse(least)) = self.largest.pop()
        {
            self.sites_left_out += 1;
            self.bytes_left_out = self.bytes_left_out.saturating_add(least.tb);
        }
    }

    fn tell(self, summary: &mut HeapSummary, end_us: u64) {
        // Of nothing there is no mean; and a block that was never alive for long has a share of 0.
        let share = |lifetimes_us: u64, blocks: u64| {
            let most = blocks as f64 * end_us as f64;
            if most > 0.0 { (lifetimes_us as f64 / most).min(1.0) } else { 0.0 }
        };
        summary.lifetime_share_mean = (self.blocks > 0).then(|| share(self.lifetimes_us, self.blocks));
        let mut merged: BTreeMap<Called, (HeapSite, u64)> = BTreeMap::new();
        for Reverse(point) in self.largest {
            let frames = point.fs.iter().filter_map(|i| self.names.get(i)).map(String::as_str);
            let (site, lifetimes_us) = merged.entry(called(frames)).or_default();
            for (sum, more) in [
                (&mut site.total_bytes, point.tb),
                (&mut site.total_blocks, point.tbk),
                (&mut site.peak_bytes, point.gb),
                (&mut site.peak_blocks, point.gbk),
                (&mut site.end_bytes, point.eb),
                (&mut site.end_blocks, point.ebk),
                (lifetimes_us, point.tl),
            ] {
                *sum = sum.saturating_add(more);
            }
        }
        let mut sites: Vec<HeapSite> = merged
            .into_iter()
            .map(|(Called { frames, place }, (site, lifetimes_us))| {
                let lifetime_share_mean = share(lifetimes_us, site.total_blocks);
                HeapSite { frames, place, lifetime_share_mean, ..site }
            })
            .collect();
        sites.sort_by_key(|site| Reverse((site.total_bytes, site.total_blocks)));
        let left_out = sites.split_off(SITES.min(sites.len()));
        summary.sites = sites;
        summary.sites_left_out = self.sites_left_out + left_out.len() as u64;
        let left_out_bytes = left_out.iter().map(|site| site.total_bytes);
        summary.bytes_left_out = left_out_bytes.fold(self.bytes_left_out, u64::saturating_add);
    }
}

impl<'de> Visitor<'de> for &mut Content {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"dhatFileVersion\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dhatFileVersion" => self.version = Some(map.next_value()?),
                "te" => self.end_us = Some(map.next_value()?),
                "pps" => map.next_value_seed(Points(&mut *self))?,
                "ftbl" => map.next_value_seed(Names(&mut *self))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads all sites.
struct Points<'a>(&'a mut Content);

impl<'de> DeserializeSeed<'de> for Points<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Points<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of sites")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sites: A) -> Result<(), A::Error> {
        while let Some(site) = sites.next_element()? {
            self.0.keep(site);
        }
        Ok(())
    }
}

/// Reads the frames of the sites that are kept.
struct Names<'a>(&'a mut Content);

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of frames")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut frames: A) -> Result<(), A::Error> {
        let needed: HashSet<usize> =
            self.0.largest.iter().flat_map(|Reverse(point)| point.fs.iter().copied()).collect();
        for index in 0.. {
            if needed.contains(&index) {
                let Some(frame) = frames.next_element()? else { break };
                self.0.names.insert(index, frame);
            } else if frames.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// The innermost frames: no stack, however long, takes more memory.
fn first_frames<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    struct First;
    impl<'de> Visitor<'de> for First {
        type Value = Vec<usize>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of frames")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Vec<usize>, A::Error> {
            let mut first = Vec::new();
            while first.len() < FRAMES {
                let Some(frame) = all.next_element()? else { return Ok(first) };
                first.push(frame);
            }
            while all.next_element::<IgnoredAny>()?.is_some() {}
            Ok(first)
        }
    }
    deserializer.deserialize_seq(First)
}

#[cfg(test)]
#[path = "dhat_tests.rs"]
mod tests;
