//! Made-up comparisons in which some or all cases are identical, and sides that differ in everything
//! that is not code.

use duel_record::{
    Arm, CaseId, DifferenceKind, IdenticalCase, Line, Recording, SideDifference, Sides, Started,
    protocol::Work,
};

use super::{ARTIFACT, RUNNER, gate, lines::Lines, nearest_case, started::started};

const BASELINE: &str = "main";
/// A hash as long as real ones are.
const HASH: &str = "5f3c1d9a0b7e4826c1d0a9f8e7b6c5d4a3f2e1d0c9b8a7f6e5d4c3b2a1f0e9d8";
const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A gate in which every case is identical.
pub fn identical_gate() -> Recording {
    let mut recording = gate::gate();
    recording.started = started_with_trees("gate-3");
    let Some(Line::Gate(mut declared)) = recording.lines.first().cloned() else { unreachable!("a gate") };
    let finished = recording.lines.pop();
    (declared.cases, declared.added, declared.removed) = (Vec::new(), Vec::new(), Vec::new());
    let cases = [nearest_case("scalar", "l1"), nearest_case("avx2", "l2")];
    recording.lines = vec![Line::Sides(Sides { identical: vec![RUNNER.into()], differences: Vec::new() })];
    recording.lines.extend(cases.iter().flat_map(|case| [verified(case), identical(case)]));
    recording.lines.push(Line::Gate(declared));
    recording.lines.extend(finished);
    for family in recording.started.artifacts.iter_mut().flat_map(|artifact| &mut artifact.families) {
        family.variants.iter_mut().for_each(|variant| variant.unavailable = None);
    }
    recording
}

/// The usual gate, with a few cases of another runner that are identical, and sides that differ in
/// everything that is not code.
pub fn mixed_gate() -> Recording {
    let mut recording = gate::gate();
    recording.started = started_with_trees("gate-4");
    let cases = ["untouched", "untouched & <b>bold</b>"].map(|variant| nearest_case(variant, "l1"));
    let before = [Line::Sides(Sides { identical: vec![RUNNER.into()], differences: differences("") })];
    let lines = before.into_iter().chain(cases.iter().map(identical));
    recording.lines.splice(0..0, lines);
    recording
}

/// A comparison of builds without a gate: one case measured, two identical; or identical alone.
pub fn identical_builds(measured: bool) -> Recording {
    let mut lines = Lines::new(1.0);
    lines.lines.push(Line::Sides(Sides { identical: vec![RUNNER.into()], differences: differences("") }));
    for case in [nearest_case("scalar", "l1"), nearest_case("avx2", "l1")] {
        lines.right(&case, Work { elements: 1_000, bytes: 16_000, flops: 21_000 });
        lines.lines.push(identical(&case));
    }
    if measured {
        let case = nearest_case("portable", "l1");
        let [baseline, candidate] = arms(&case);
        let sides = [(&baseline, 640.0, 0.003), (&candidate, 700.0, 0.003)];
        lines.trials(duel_record::Factor::Artifact, 12, &sides);
    }
    lines.calibration();
    Recording { started: started_with_trees("builds-2"), lines: lines.lines, cut_bytes: 0 }
}

/// That both sides of a case are the same.
pub fn identical(case: &CaseId) -> Line {
    let [baseline, candidate] = arms(case);
    Line::Identical(IdenticalCase { baseline, candidate })
}

/// One difference of every kind, with these words in everything that a user may have named.
pub fn differences(odd: &str) -> Vec<SideDifference> {
    let difference = |kind, name: &str, baseline: Option<&str>, candidate: Option<&str>, policy: &str| {
        let words = |text: &str| format!("{text}{odd}");
        SideDifference {
            kind,
            name: words(name),
            baseline: baseline.map(words),
            candidate: candidate.map(words),
            policy: words(policy),
        }
    };
    vec![
        difference(
            DifferenceKind::Configuration,
            ".cargo/config.toml",
            None,
            Some("[build] rustflags = [\"-C target-cpu=native\"] <script>alert(1)</script>"),
            "each side was built with its own; --configuration work-tree takes one for both",
        ),
        difference(DifferenceKind::Toolchain, "rustc", Some("1.94.0"), Some("1.95.0"), "both used 1.95.0"),
        difference(DifferenceKind::Dependency, "serde | `json`", Some("1.0.1"), None, "each has its own"),
        difference(DifferenceKind::Profile, "profile.bench", Some("lto = true"), Some("lto = false"), "kept"),
        difference(DifferenceKind::Environment, "RAYON_NUM_THREADS", Some("1"), Some("2"), "both got 2"),
        difference(DifferenceKind::SharedFile, "data/*.bin", Some("3 MB"), Some("4 MB"), "shared by both"),
    ]
}

fn arms(case: &CaseId) -> [Arm; 2] {
    [BASELINE, ARTIFACT].map(|artifact| Arm { artifact: artifact.into(), ..super::arm(case) })
}

fn verified(case: &CaseId) -> Line {
    let mut lines = Lines::new(1.0);
    lines.right(case, Work { elements: 1_000, bytes: 16_000, flops: 0 });
    lines.lines.remove(0)
}

/// Two builds of one tree: the baseline's executable names it, the candidate's names none.
fn started_with_trees(id: &str) -> Started {
    let mut started = started(id, &[BASELINE, ARTIFACT]);
    for artifact in &mut started.artifacts {
        artifact.hash = HASH.into();
        artifact.tree = Some(TREE.into());
        artifact.revision = Some("0123456789abcdef0123456789abcdef01234567".into());
    }
    started.artifacts[0].identity.tree = Some(TREE.into());
    started.artifacts[1].dirty = true;
    started
}
