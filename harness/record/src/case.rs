//! The one stable id of a case, used by every instrument, file, table and URL.
//!
//! `family/workload/size/variant@allocator`, with `+2t` behind it where the case runs on two
//! threads. A name may hold any character that is shown: those that the id itself needs are percent-encoded.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Allocator, plain};

/// What is measured: one variant of a family on one data set under one allocator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId {
    /// The task.
    pub family: String,
    /// The recipe of the data set.
    pub workload: String,
    /// The name of the size, such as `l2`.
    pub size: String,
    /// The implementation.
    pub variant: String,
    /// The global allocator of the process.
    pub allocator: Allocator,
    /// How many threads the variant uses; `None` where it is not parallel.
    pub threads: Option<u32>,
}

impl CaseId {
    /// `family/workload/size`: what all variants that may be compared share.
    pub fn data_set(&self) -> String {
        [&self.family, &self.workload, &self.size].map(|part| encode(part)).join("/")
    }

    /// The id without its allocator and threads.
    pub fn path(&self) -> String {
        format!("{}/{}", self.data_set(), encode(&self.variant))
    }

    /// A file name (without suffix) of letters, digits, `-`, `_`, `.`: readable where the
    /// names are plain, and made unique by a hash where they are not.
    pub fn file_stem(&self) -> String {
        file_stem(&self.to_string())
    }
}

/// A file name for an id, whatever characters are in it.
pub(crate) fn file_stem(id: &str) -> String {
    let mut plain = true;
    let mut stem: String = id
        .chars()
        .map(|c| match c {
            '/' | '@' | '+' => '.',
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => c,
            _ => {
                plain = false;
                '_'
            }
        })
        .collect();
    if stem.len() > 120 {
        stem.truncate(120);
        plain = false;
    }
    if !plain {
        stem.push_str(&format!("-{:016x}", fnv1a(id.as_bytes())));
    }
    stem
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): a stable short name for a long one, nothing more.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const RESERVED: [char; 5] = ['%', '/', '@', '+', '*'];

fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for c in name.chars() {
        if RESERVED.contains(&c) || plain::is_acting(c) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(c);
        }
    }
    encoded
}

fn decode(part: &str, id: &str) -> Result<String, CaseIdError> {
    let bad = || CaseIdError { id: id.to_owned(), reason: "a broken %-escape" };
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || {
                let digit = rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or_else(bad)?;
                u8::try_from(digit).map_err(|_| bad())
            };
            let (high, low) = (digit()?, digit()?);
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    // No family has such a name; a record of others may.
    String::from_utf8(bytes).map(|name| plain::on_one_line(&name).into_owned()).map_err(|_| bad())
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.path(), self.allocator)?;
        match self.threads {
            Some(threads) => write!(f, "+{threads}t"),
            None => Ok(()),
        }
    }
}

/// A text that is no case id.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("\"{id}\" is no case id ({reason}): expected family/workload/size/variant@allocator")]
pub struct CaseIdError {
    id: String,
    reason: &'static str,
}

impl FromStr for CaseId {
    type Err = CaseIdError;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        let error = |reason| CaseIdError { id: id.to_owned(), reason };
        let (path, setting) = id.split_once('@').ok_or_else(|| error("no @allocator"))?;
        let (allocator, threads) = match setting.split_once('+') {
            None => (setting, None),
            Some((allocator, threads)) => {
                let count = threads.strip_suffix('t').and_then(|count| count.parse().ok());
                (allocator, Some(count.ok_or_else(|| error("threads are written +2t"))?))
            }
        };
        let allocator = allocator.parse().map_err(|_| error("unknown allocator"))?;
        let parts: Vec<_> = path.split('/').collect();
        let [family, workload, size, variant] = parts[..] else {
            return Err(error("not four parts"));
        };
        Ok(Self {
            family: decode(family, id)?,
            workload: decode(workload, id)?,
            size: decode(size, id)?,
            variant: decode(variant, id)?,
            allocator,
            threads,
        })
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(family: &str, variant: &str) -> CaseId {
        CaseId {
            family: family.into(),
            workload: "cities".into(),
            size: "l2".into(),
            variant: variant.into(),
            allocator: Allocator::System,
            threads: None,
        }
    }

    #[test]
    fn an_id_reads_as_in_the_design() {
        let mut id = case("haversine", "avx2");
        assert_eq!(id.to_string(), "haversine/cities/l2/avx2@system");
        assert_eq!(id.file_stem(), "haversine.cities.l2.avx2.system");
        id.threads = Some(2);
        assert_eq!(id.to_string(), "haversine/cities/l2/avx2@system+2t");
    }

    #[test]
    fn names_that_differ_only_in_odd_characters_get_different_files() {
        assert_ne!(case("a b", "v").file_stem(), case("a?b", "v").file_stem());
    }

    #[test]
    fn arms_have_file_names_of_their_own_and_of_a_length_that_disks_take() {
        let arm = |artifact: &str, variant: &str| crate::Arm {
            artifact: artifact.into(),
            runner: "kernels/catalogue".into(),
            case: format!("f/w/s/{variant}@system").parse().unwrap(),
        };
        assert_eq!(arm("work tree", "fast").file_stem(), "work-tree.kernels.catalogue.f.w.s.fast.system");
        let long = "x".repeat(300);
        let stems =
            [arm("a", &long), arm("b", &long), arm("a", &format!("{long}y"))].map(|arm| arm.file_stem());
        assert!(stems.iter().all(|stem| stem.len() < 200), "{stems:?}");
        assert!(stems[0] != stems[1] && stems[0] != stems[2], "{stems:?}");
    }

    #[test]
    fn what_is_no_id_says_why() {
        for (text, reason) in [
            ("a/b/c/d", "no @allocator"),
            ("a/b/c@system", "not four parts"),
            ("a/b/c/d@tcmalloc", "unknown allocator"),
            ("a/b/c/d@system+2", "threads"),
            ("a/b/c/%4@system", "escape"),
        ] {
            let error = text.parse::<CaseId>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_name_that_would_act_on_a_terminal_is_spelt_out() {
        let id: CaseId = "f%0A::x/w/s/v%1B[2J%E2%80%AE@system".parse().unwrap();
        assert_eq!((id.family.as_str(), id.variant.as_str()), ("f\\n::x", "v\\u{1b}[2J\\u{202e}"));
        assert_eq!(case("a\u{202e}b", "v").to_string(), "a%E2%80%AEb/cities/l2/v@system");
    }

    proptest! {
        #[test]
        fn any_names_come_back(family in ".{1,20}", variant in ".{1,20}", threads in proptest::option::of(1u32..99)) {
            // As the reader makes them.
            let (family, variant) = (plain::on_one_line(&family), plain::on_one_line(&variant));
            let id = CaseId { threads, ..case(&family, &variant) };
            prop_assert_eq!(id.to_string().parse::<CaseId>(), Ok(id.clone()));
            prop_assert!(id.file_stem().chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
        }
    }
}
