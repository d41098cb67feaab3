//! Arbitrary bytes as what other tools write: summaries of iai-callgrind and gungraun, files of callgrind's and of
//! dhat's, and what `perf script` prints.
//!
//! The readers are the command's own modules. The command has no library, so that their files are compiled here again.

#![no_main]
#![allow(dead_code, unused_imports)] // of each reader only what reads is used

#[path = "../../harness/driver/src/instruments/instructions/callgrind/mod.rs"]
mod callgrind;
#[path = "../../harness/driver/src/instruments/heap/dhat.rs"]
mod dhat;
#[path = "../../harness/driver/src/instruments/heap/dhat_frames.rs"]
mod dhat_frames;
#[path = "../../harness/driver/src/code/names.rs"]
mod names;
#[path = "../../harness/driver/src/instruments/profile/perf/script.rs"]
mod script;
#[path = "../../harness/driver/src/foreign/schema.rs"]
mod summary;

/// Where callgrind's reader looks for names.
mod code {
    pub use crate::names::callgrind_name;
}

/// Where perf's reader looks for the executable's symbols.
mod image {
    pub struct Image;

    impl Image {
        pub fn function(&self, offset: u64) -> Option<String> {
            offset.is_multiple_of(2).then(|| format!("function_{offset}"))
        }
    }
}

use std::{fs, path::PathBuf, sync::LazyLock};

use duel_record::HeapSummary;
use libfuzzer_sys::fuzz_target;

/// dhat's reader takes a file, since it looks at what kind of file it is.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("duel-fuzz-{}.json", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((b'd', file)) => {
            fs::write(&*FILE, file).expect("a temporary file");
            let _ = dhat::read_into(&mut HeapSummary::default(), &FILE);
        }
        Some((b'c', dump)) => drop(callgrind::parse(&String::from_utf8_lossy(dump))),
        Some((b'p', output)) => {
            let image = image::Image;
            let mut script = script::Script::new("a variant", "/runner", &image, 7);
            String::from_utf8_lossy(output).lines().for_each(|line| script.line(line));
            script.end();
            script.settle(vec![Some(true); script.moments().len()]);
            script.settle(Vec::new());
            script.folding.stacks();
        }
        _ => drop(summary::parse(&String::from_utf8_lossy(bytes))),
    }
});
