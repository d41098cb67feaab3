//! Arbitrary bytes as a runner's answer: whatever a runner says is read, written into a record and exported without a
//! panic, and no name in it acts on a terminal.

#![no_main]

use duel_record::{
    plain,
    protocol::{FamilyListing, Response},
};
use duel_reports::{flame, profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    // As the driver's `runner/client.rs` does.
    let Ok(answer) = serde_json::from_slice::<Response>(&plain::json(line)) else { return };
    let written = serde_json::to_vec(&answer).expect("an answer is always JSON");
    // A number that JSON can't say is written as null, which not every field may be.
    if let Ok(again) = serde_json::from_slice::<Response>(&plain::json(&written)) {
        assert_eq!(serde_json::to_vec(&again).expect("an answer is always JSON"), written);
    }
    match &answer {
        Response::Listed { families } => families.iter().for_each(check_names),
        Response::Profile(summary) => {
            flame::folded(summary);
            // Without samples there is no graph.
            let _ = flame::flame_graph_svg("a kernel", summary);
            let _ = flame::difference_svg("two", summary, summary);
            flame::hottest(summary, Some(summary), 20);
            profile::files("a kernel", summary);
        }
        _ => {}
    }
});

fn check_names(family: &FamilyListing) {
    let workloads = family.workloads.iter().flat_map(|workload| {
        [&workload.name].into_iter().chain(workload.sizes.iter().map(|size| &size.name))
    });
    let variants = family.variants.iter().map(|variant| &variant.name);
    for name in [&family.name].into_iter().chain(workloads).chain(variants) {
        assert!(!name.contains(plain::is_acting), "{name:?} acts on a terminal");
    }
}
