//! Which counters are asked for, and what a refusal means: the runner that counts and `doctor` that
//! looks ahead must say the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Counter, Refused};

/// A counter as the Linux kernel knows it (`perf_event_open(2)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterEvent {
    /// Which.
    pub counter: Counter,
    /// What a machine has or lacks it together with.
    pub group: CounterGroup,
    /// The kernel's `type`.
    pub kind: u32,
    /// The kernel's `config`.
    pub config: u64,
    /// Whether it happens in the kernel alone, so that a user who may count user space only can't
    /// have it.
    pub in_kernel: bool,
}

/// Counters that a machine has or lacks together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CounterGroup {
    /// What the system itself counts.
    System,
    /// Cycles and instructions.
    Core,
    /// Branches.
    Branches,
    /// Caches.
    Caches,
    /// Address translation.
    Translation,
}

impl CounterGroup {
    /// All of them, in the order in which they are named.
    pub const ALL: [Self; 5] = [Self::System, Self::Core, Self::Branches, Self::Caches, Self::Translation];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Core => "cycles, instructions",
            Self::Branches => "branches",
            Self::Caches => "caches",
            Self::Translation => "TLB",
        }
    }
}

const HARDWARE: u32 = 0;
const SOFTWARE: u32 = 1;
const CACHE: u32 = 3;
const MISS: u64 = 1 << 16;
const FIRST_LEVEL_DATA: u64 = 0;
const LAST_LEVEL: u64 = 2;
const DATA_TRANSLATION: u64 = 3;

const fn event(
    counter: Counter,
    group: CounterGroup,
    (kind, config): (u32, u64),
    in_kernel: bool,
) -> CounterEvent {
    CounterEvent { counter, group, kind, config, in_kernel }
}

/// Every counter that the kernel is asked for, in the order of [`Counter::ALL`].
pub const COUNTER_EVENTS: [CounterEvent; 13] = {
    use CounterGroup::{Branches, Caches, Core, System, Translation};
    [
        event(Counter::TaskClock, System, (SOFTWARE, 1), false),
        event(Counter::PageFaults, System, (SOFTWARE, 2), false),
        event(Counter::ContextSwitches, System, (SOFTWARE, 3), true),
        event(Counter::CpuMigrations, System, (SOFTWARE, 4), true),
        event(Counter::Cycles, Core, (HARDWARE, 0), false),
        event(Counter::Instructions, Core, (HARDWARE, 1), false),
        event(Counter::Branches, Branches, (HARDWARE, 4), false),
        event(Counter::BranchMisses, Branches, (HARDWARE, 5), false),
        event(Counter::L1dReads, Caches, (CACHE, FIRST_LEVEL_DATA), false),
        event(Counter::L1dMisses, Caches, (CACHE, FIRST_LEVEL_DATA | MISS), false),
        event(Counter::LlcReads, Caches, (CACHE, LAST_LEVEL), false),
        event(Counter::LlcMisses, Caches, (CACHE, LAST_LEVEL | MISS), false),
        event(Counter::DtlbMisses, Translation, (CACHE, DATA_TRANSLATION | MISS), false),
    ]
};

/// What decides whether a counter can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerfFacts {
    /// `kernel.perf_event_paranoid`.
    pub paranoid: Option<i32>,
    /// Whether the kernel found a performance monitoring unit.
    pub has_pmu: bool,
    /// Whether there is a hypervisor.
    pub virtual_machine: bool,
}

impl PerfFacts {
    /// As the file system below `root` tells (`/`, but for tests).
    pub fn read(root: &Path) -> Self {
        let text = |path: &str| fs::read_to_string(root.join(path)).ok();
        let units = fs::read_dir(root.join("sys/bus/event_source/devices")).into_iter().flatten().flatten();
        let is_core = |name: &str| name == "cpu" || name.starts_with("cpu_") || name.starts_with("armv");
        Self {
            paranoid: text("proc/sys/kernel/perf_event_paranoid").and_then(|level| level.trim().parse().ok()),
            has_pmu: units.into_iter().any(|unit| is_core(&unit.file_name().to_string_lossy())),
            virtual_machine: text("proc/cpuinfo").is_some_and(|text| {
                let flags = text.lines().find(|line| line.starts_with("flags"));
                flags.is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor"))
            }),
        }
    }

    /// Why the kernel refused a counter, and what would help.
    pub fn refusal(&self, event: &CounterEvent, error: &io::Error) -> Refused {
        const EPERM: i32 = 1;
        const ENOENT: i32 = 2;
        const EACCES: i32 = 13;
        const ENODEV: i32 = 19;
        const EMFILE: i32 = 24;
        const ENOSYS: i32 = 38;
        const EOPNOTSUPP: i32 = 95;
        let (reason, remedy) = match error.raw_os_error() {
            Some(EACCES) => (
                format!(
                    "kernel.perf_event_paranoid is {}",
                    self.paranoid.map_or("set".to_owned(), |level| level.to_string())
                ),
                Some("sysctl kernel.perf_event_paranoid=1"),
            ),
            Some(EPERM | ENOSYS) => (
                format!("the system forbids perf_event_open ({error}), as containers do"),
                Some("docker run --cap-add PERFMON --security-opt seccomp=unconfined"),
            ),
            Some(ENOENT | ENODEV | EOPNOTSUPP) if !self.has_pmu && self.virtual_machine => (
                "this virtual machine shows no performance counters of its processor".to_owned(),
                Some("run on a machine without hypervisor, or have it pass them on (QEMU: -cpu host,pmu=on)"),
            ),
            Some(ENOENT | ENODEV | EOPNOTSUPP) => {
                (format!("this processor does not count it ({error})"), None)
            }
            Some(EMFILE) => (
                "there are more counters and threads than open files are allowed".to_owned(),
                Some("ulimit -n 65536"),
            ),
            _ => (format!("the system refused it: {error}"), None),
        };
        Refused { counter: event.counter, reason, remedy: remedy.map(str::to_owned) }
    }

    /// The refusal of what happens in the kernel, to a user who may count user space only.
    pub fn user_space_only(&self, event: &CounterEvent) -> Refused {
        Refused {
            reason: format!(
                "it happens in the kernel, and {}",
                self.refusal(event, &io::Error::from_raw_os_error(13)).reason
            ),
            ..self.refusal(event, &io::Error::from_raw_os_error(13))
        }
    }
}

/// The zones of whole processors, whose `energy_uj` can be read; below `root`, which is `/` but for
/// tests.
///
/// # Errors
/// Why there are none, and what would help.
pub fn energy_zones(root: &Path) -> Result<Vec<PathBuf>, Refused> {
    const FOLDER: &str = "sys/class/powercap";
    let refused =
        |reason: String, remedy: Option<String>| Refused { counter: Counter::PackageEnergy, reason, remedy };
    let entries = fs::read_dir(root.join(FOLDER)).into_iter().flatten().flatten();
    // `intel-rapl:0` is a processor (AMD's, too), `intel-rapl:0:1` a part of it.
    let is_package = |name: &str| name.strip_prefix("intel-rapl:").is_some_and(|rest| !rest.contains(':'));
    let mut zones: Vec<PathBuf> = entries
        .filter(|entry| is_package(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    zones.sort();
    if zones.is_empty() {
        let remedy = if PerfFacts::read(root).virtual_machine {
            "run on a machine without hypervisor"
        } else {
            "modprobe intel_rapl_msr, where the processor is Intel's or AMD's"
        };
        return Err(refused(format!("there is no /{FOLDER}/intel-rapl:0"), Some(remedy.to_owned())));
    }
    for zone in &zones {
        let file = zone.join("energy_uj");
        if let Err(error) = fs::read_to_string(&file) {
            let remedy = format!("chmod a+r {}", file.display());
            return Err(refused(format!("{} can't be read: {error}", file.display()), Some(remedy)));
        }
    }
    Ok(zones)
}

/// Counters that are refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedTogether {
    /// Which, in the order in which they were refused.
    pub counters: Vec<Counter>,
    /// Why.
    pub reason: String,
    /// What would make them available, if anything.
    pub remedy: Option<String>,
}

impl RefusedTogether {
    /// `cycles, instructions`.
    pub fn names(&self) -> String {
        self.counters.iter().map(|counter| counter.name()).collect::<Vec<_>>().join(", ")
    }
}

/// Joins counters that are refused for one reason, so that it is said once.
pub fn by_reason(refused: &[Refused]) -> Vec<RefusedTogether> {
    let mut joined: Vec<RefusedTogether> = Vec::new();
    for one in refused {
        match joined.iter_mut().find(|other| other.reason == one.reason && other.remedy == one.remedy) {
            Some(other) => other.counters.push(one.counter),
            None => joined.push(RefusedTogether {
                counters: vec![one.counter],
                reason: one.reason.clone(),
                remedy: one.remedy.clone(),
            }),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(facts: PerfFacts, errno: i32) -> Refused {
        facts.refusal(&COUNTER_EVENTS[4], &io::Error::from_raw_os_error(errno))
    }

    #[test]
    fn every_refusal_names_its_cause_and_the_way_out() {
        let bare = PerfFacts { paranoid: Some(3), has_pmu: true, virtual_machine: false };
        let guest = PerfFacts { paranoid: Some(2), has_pmu: false, virtual_machine: true };
        for (facts, errno, reason, remedy) in [
            (bare, 13, "perf_event_paranoid is 3", Some("sysctl kernel.perf_event_paranoid=1")),
            (bare, 1, "as containers do", Some("--cap-add PERFMON")),
            (bare, 38, "as containers do", Some("seccomp=unconfined")),
            (guest, 2, "virtual machine shows no performance counters", Some("pmu=on")),
            (bare, 2, "this processor does not count it", None),
            (bare, 24, "open files", Some("ulimit")),
        ] {
            let found = refused(facts, errno);
            assert!(found.reason.contains(reason), "{errno}: {found:?}");
            assert_eq!(found.remedy.is_some(), remedy.is_some(), "{errno}: {found:?}");
            assert!(found.remedy.unwrap_or_default().contains(remedy.unwrap_or_default()), "{errno}");
        }
    }

    #[test]
    fn counters_that_are_refused_alike_are_named_together() {
        let guest = PerfFacts { virtual_machine: true, ..PerfFacts::default() };
        let error = io::Error::from_raw_os_error(2);
        let mut all: Vec<Refused> =
            COUNTER_EVENTS[4..6].iter().map(|event| guest.refusal(event, &error)).collect();
        all.push(refused(guest, 13));
        let joined = by_reason(&all);
        assert_eq!(joined.len(), 2);
        assert_eq!(joined[0].names(), "cycles, instructions");
    }

    #[test]
    fn facts_are_read_from_the_file_system() {
        let root = fake_root("facts");
        let write = |path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        assert_eq!(PerfFacts::read(&root), PerfFacts::default(), "nothing is known of an empty system");
        write("proc/sys/kernel/perf_event_paranoid", "4\n");
        write("sys/bus/event_source/devices/software/type", "1");
        write("proc/cpuinfo", "processor : 0\nflags\t\t: fpu hypervisor avx\n");
        assert_eq!(
            PerfFacts::read(&root),
            PerfFacts { paranoid: Some(4), has_pmu: false, virtual_machine: true }
        );
        write("sys/bus/event_source/devices/cpu/type", "4");
        assert!(PerfFacts::read(&root).has_pmu);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn only_whole_processors_have_energy() {
        let root = fake_root("energy");
        let refused = energy_zones(&root).unwrap_err();
        assert!(refused.reason.contains("no /sys/class/powercap/intel-rapl:0"), "{refused:?}");
        for zone in ["intel-rapl", "intel-rapl:0", "intel-rapl:0:1", "intel-rapl:1"] {
            let folder = root.join("sys/class/powercap").join(zone);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("energy_uj"), "1\n").unwrap();
        }
        let names: Vec<_> =
            energy_zones(&root).unwrap().iter().map(|zone| zone.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["intel-rapl:0", "intel-rapl:1"]);
        fs::remove_file(root.join("sys/class/powercap/intel-rapl:1/energy_uj")).unwrap();
        let refused = energy_zones(&root).unwrap_err();
        assert!(refused.remedy.unwrap().starts_with("chmod a+r "), "{}", refused.reason);
        fs::remove_dir_all(&root).unwrap();
    }

    fn fake_root(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("duel-counters-{name}-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        root
    }
}
