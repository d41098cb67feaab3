//! The model's numbers and words at their boundaries.

use duel_record::{Bandwidth, Calibration, Line, Peak, protocol::Work};
use proptest::prelude::*;

use super::{Binding, Roofline, RooflineInput, Roofs};

const L1_BYTES: u64 = 32 << 10;
const L2_BYTES: u64 = 1 << 20;

/// 100 GB/s from L1, 50 from L2, 10 from memory; 64 Gflop/s in f32 and 32 in f64; one thread.
fn roofs() -> Roofs {
    let bandwidth = |level: &str, level_bytes, bytes_per_s| Bandwidth {
        level: level.into(),
        level_bytes,
        threads: 1,
        bytes_per_s,
        ..Bandwidth::default()
    };
    let peak = |precision_bits, register_bits, flops_per_s| Peak {
        precision_bits,
        register_bits,
        threads: 1,
        flops_per_s,
    };
    let calibration = Calibration {
        bandwidths: vec![
            bandwidth("memory", None, 10e9),
            bandwidth("L1", Some(L1_BYTES), 100e9),
            // The mix that only reads is slower here, so it is no limit.
            bandwidth("L1", Some(L1_BYTES), 60e9),
            bandwidth("L2", Some(L2_BYTES), 50e9),
            bandwidth("L3", Some(64 << 20), f64::NAN),
        ],
        peaks: vec![peak(32, 256, 64e9), peak(64, 64, 8e9), peak(64, 256, 32e9), peak(32, 32, 8e9)],
        ..Calibration::default()
    };
    Roofs::of(&[Line::Calibration(calibration)]).expect("limits")
}

fn facts(bytes: u64, flops: u64, ns_per_iter: f64) -> RooflineInput {
    RooflineInput {
        work: Work { elements: 1, bytes, flops },
        ns_per_iter,
        threads: 1,
        precision_bits: 32,
        footprint_bytes: None,
    }
}

fn held(facts: &RooflineInput) -> Roofline {
    Roofline::new(facts, &roofs()).expect("something is stated")
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn data_lie_in_the_nearest_level_that_holds_them() {
    for (bytes, level) in [
        (1, "L1"),
        (L1_BYTES, "L1"),
        (L1_BYTES + 1, "L2"),
        (L2_BYTES, "L2"),
        (L2_BYTES + 1, "memory"),
        (u64::MAX, "memory"),
    ] {
        // So slowly that every level could give them.
        let slow = facts(bytes, 0, bytes as f64);
        assert_eq!(held(&slow).place.expect("a place").level, level, "{bytes} bytes");
    }
}

/// The rate, and not the size alone, says where data come from.
#[test]
fn data_that_come_faster_than_their_level_gives_come_from_a_nearer_one() {
    const FAR_BYTES: u64 = L2_BYTES + (200 << 10);
    for (bytes, gb_per_s, level, faster_than) in [
        // As large as memory, at its bandwidth of 10 GB/s with an error of 5 %.
        (FAR_BYTES, 9.9, "memory", None),
        (FAR_BYTES, 10.4, "memory", None),
        (FAR_BYTES, 10.6, "L2", Some("memory")),
        (FAR_BYTES, 11.4, "L2", Some("memory")),
        (FAR_BYTES, 49.0, "L2", Some("memory")),
        // More than L2 gives, too.
        (FAR_BYTES, 60.0, "L1", Some("memory")),
        // More than anything here gives: the nearest is the limit, and the share is above 1.
        (FAR_BYTES, 300.0, "L1", Some("memory")),
        (L2_BYTES, 45.0, "L2", None),
        (L2_BYTES, 57.0, "L1", Some("L2")),
        (L1_BYTES, 57.0, "L1", None),
        (L1_BYTES, 250.0, "L1", None),
    ] {
        let source = roofs().source_of(bytes, gb_per_s * 1e9, 1).expect("a level");
        let ruled_out = source.faster_than.map(|place| place.level);
        assert_eq!(
            (source.place.level.as_str(), ruled_out.as_deref()),
            (level, faster_than),
            "{bytes} bytes at {gb_per_s} GB/s"
        );
        let held = held(&facts(bytes, 0, bytes as f64 / gb_per_s));
        assert!(held.share <= 1.05 || held.limit() == "L1 bandwidth", "{}", held.short());
    }
}

#[test]
fn data_between_two_levels_are_said_to_be() {
    // 786 kB that are read and written, and a process that grew by a little more.
    let work = facts(786 << 11, 0, f64::from(786 << 11) / 11.4);
    let held = held(&RooflineInput { footprint_bytes: Some(800 << 10), ..work });
    assert_eq!(plain(&held.short()), "23 % of the L2 bandwidth");
    let meaning = plain(&held.meaning());
    assert!(meaning.contains("faster than memory can give (10.0 GB/s)"), "{meaning}");
    assert!(meaning.ends_with("at least a part of them comes from L2."), "{meaning}");
}

#[test]
fn a_share_above_one_where_no_nearer_level_was_measured_says_so() {
    let bandwidths =
        vec![Bandwidth { level: "memory".into(), threads: 1, bytes_per_s: 10e9, ..Bandwidth::default() }];
    let calibration = Calibration { bandwidths, ..Calibration::default() };
    let roofs = Roofs::of(&[Line::Calibration(calibration)]).expect("limits");
    let held = Roofline::new(&facts(1 << 20, 0, f64::from(1 << 20) / 20.0), &roofs).expect("a share");
    assert_eq!(plain(&held.short()), "200 % of the memory bandwidth");
    assert!(held.meaning().contains("no nearer level was measured"), "{}", held.meaning());
}

#[test]
fn a_kernel_that_passes_over_small_data_often_has_them_where_the_process_shows() {
    let often = |footprint_bytes| RooflineInput { footprint_bytes, ..facts(100 << 20, 0, 1e8) };
    let level = |facts: RooflineInput| held(&facts).place.expect("a place").level;
    assert_eq!(level(often(None)), "memory");
    assert_eq!(level(often(Some(300 << 10))), "L2");
    assert_eq!(level(often(Some(0))), "memory", "a process that did not grow tells nothing");
    // What the process shows is never more than what an iteration can touch.
    assert_eq!(level(RooflineInput { footprint_bytes: Some(1 << 30), ..facts(L1_BYTES, 0, 1e3) }), "L1");
}

#[test]
fn the_nearer_limit_binds() {
    // 16 KiB in 327.68 ns are 50 GB/s: half of L1.
    let bytes = held(&facts(16 << 10, 100, 327.68));
    assert_eq!(
        (bytes.binding, plain(&bytes.short())),
        (Binding::Bandwidth, "50 % of the L1 bandwidth".into())
    );
    assert_eq!(plain(&bytes.rates()), "50.0 GB/s of 100 GB/s");
    // 16,000 operations in a microsecond are 16 Gflop/s: a quarter of the peak.
    let flops = held(&facts(16, 16_000, 1e3));
    assert_eq!(flops.binding, Binding::Arithmetic);
    assert_eq!(plain(&flops.short()), "25 % of the 256-bit multiply-add peak (f32)");
    assert!(flops.meaning().contains("both limits"));
    let alone = held(&facts(0, 16_000, 1e3));
    assert_eq!((alone.place.is_none(), plain(&alone.short())), (true, plain(&flops.short())));
}

#[test]
fn a_family_that_does_not_state_its_precision_is_held_against_f64_and_the_page_says_so() {
    let unstated = held(&RooflineInput { precision_bits: 0, ..facts(0, 40_000, 1e3) });
    assert_eq!(plain(&unstated.short()), "125 % of the 256-bit multiply-add peak (f64)");
    assert!(unstated.meaning().contains("does not state its precision"));
    let stated = held(&RooflineInput { precision_bits: 64, ..facts(0, 40_000, 1e3) });
    assert!(stated.meaning().contains("fewer operations"));
}

#[test]
fn words_change_where_their_limits_are() {
    // So many percent of L2's 50 GB/s.
    let at = |share: f64| {
        let bytes = L2_BYTES;
        held(&facts(bytes, 0, bytes as f64 / 50.0 / share)).meaning()
    };
    assert!(at(0.299).contains("not what limits it"), "{}", at(0.299));
    assert_eq!(at(0.301), "The limit would allow 3.32 times the speed.");
    assert!(at(0.699).contains("1.43 times"));
    assert!(at(0.701).contains("Near the limit"));
    assert!(at(1.049).contains("Near the limit"), "noise of measurement is no news");
    assert!(at(1.051).contains("comes from L1"));
}

#[test]
fn more_than_the_nearest_cache_can_give_does_not_speak_of_a_nearer_one() {
    let much = held(&facts(L1_BYTES, 0, 100.0));
    assert_eq!(plain(&much.short()), "328 % of the L1 bandwidth");
    assert!(much.meaning().contains("registers"));
}

#[test]
fn nothing_stated_no_time_or_no_limits_is_nothing_shown() {
    assert!(Roofline::new(&facts(0, 0, 1e3), &roofs()).is_none());
    for ns in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Roofline::new(&facts(100, 0, ns), &roofs()).is_none());
    }
    assert!(Roofs::of(&[]).is_none());
    assert!(Roofs::of(&[Line::Calibration(Calibration::default())]).is_none());
}

proptest! {
    /// Against the model as it is usually written: attained over the lower of two limits.
    #[test]
    fn the_share_is_of_the_lower_roof_and_is_never_clipped(
        bytes in 1_u64..1 << 40, flops in 1_u64..1 << 40, ns in 1.0_f64..1e12,
    ) {
        let held = held(&facts(bytes, flops, ns));
        let place = held.place.clone().expect("a place");
        let peak = held.ceiling.expect("a peak").flops_per_s;
        let intensity = flops as f64 / bytes as f64;
        let expected = flops as f64 * 1e9 / ns / peak.min(intensity * place.bytes_per_s);
        prop_assert!((held.share / expected - 1.0).abs() < 1e-9);
        let by_bandwidth = intensity * place.bytes_per_s <= peak;
        let binding = if by_bandwidth { Binding::Bandwidth } else { Binding::Arithmetic };
        prop_assert_eq!(held.binding, binding);
    }

    #[test]
    fn whatever_is_stated_has_words(
        bytes in any::<u64>(), flops in any::<u64>(), ns in 1e-3_f64..1e15, threads in 1_u32..300,
        precision_bits in 0_u32..80, footprint_bytes in any::<Option<u32>>(),
    ) {
        let facts = RooflineInput {
            threads,
            precision_bits,
            footprint_bytes: footprint_bytes.map(u64::from),
            ..facts(bytes, flops, ns)
        };
        if let Some(held) = Roofline::new(&facts, &roofs()) {
            prop_assert!(held.short().contains('%') && !held.short().contains("the limit"));
            prop_assert!(held.rates().contains(" of ") && held.meaning().ends_with('.'));
            prop_assert_eq!(held.short().contains("threads"), threads > 1);
        }
    }
}
