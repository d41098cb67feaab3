//! A made-up heap: sites, sizes and bytes alive that add up to given totals.

use duel_record::{Arm, HeapSite, HeapSummary, LivePoint, SizeClass};

/// What stands beside the totals; nothing beside nothing.
pub fn details(arm: &Arm, bytes: u64, blocks: u64) -> HeapSummary {
    if blocks == 0 {
        return HeapSummary::default();
    }
    let variant = &arm.case.variant;
    let site = |frames: &[&str], place: &str, bytes: u64, blocks: u64, lifetime_share_mean| HeapSite {
        frames: frames.iter().map(|frame| (*frame).to_owned()).collect(),
        place: place.to_owned(),
        total_bytes: bytes,
        total_blocks: blocks,
        peak_bytes: bytes / 3,
        peak_blocks: blocks / 2,
        lifetime_share_mean,
        ..HeapSite::default()
    };
    let count = "kernels::count<K, V>";
    let own = format!("kernels::{variant}");
    HeapSummary {
        sizes: vec![
            SizeClass { bytes_most: 64, blocks: blocks / 3, bytes: 48 * (blocks / 3) },
            SizeClass { bytes_most: 128, blocks: 0, bytes: 0 },
            SizeClass { bytes_most: 1 << 20, blocks: blocks - blocks / 3, bytes: bytes - 48 * (blocks / 3) },
        ],
        live: (0..=20)
            .map(|i: u64| LivePoint { events: i * blocks / 10, bytes: bytes / 15 * i.min(20 - i) / 10 })
            .collect(),
        sites: vec![
            site(
                &[count, "kernels::table::grow", "RawVec::grow"],
                "src/table.rs:14",
                bytes / 2,
                blocks / 2,
                0.71,
            ),
            site(&[count, "kernels::table::grow", &own], "src/<odd>.rs:7", bytes / 4, blocks / 4, 0.5),
            site(&[count, "Vec::clone"], "src/count.rs:40", bytes / 8, blocks / 8, 0.02),
        ],
        sites_left_out: 3,
        bytes_left_out: bytes - bytes / 2 - bytes / 4 - bytes / 8,
        lifetime_share_mean: Some(0.48),
        ..HeapSummary::default()
    }
}
