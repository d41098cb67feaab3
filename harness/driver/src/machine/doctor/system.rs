//! How the machine is set up, from `/proc` and `/sys`: what makes times drift, and what would not.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use duel_record::{Fact, PerfFacts};

/// CPU features that kernels are written for.
const FEATURES: [&str; 13] = [
    "sse4_2", "popcnt", "bmi2", "aes", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl",
    "asimd", "sve",
];

/// The files of a system: those below `/`, but for tests.
pub struct System(pub PathBuf);

impl System {
    pub fn this() -> Self {
        Self(PathBuf::from("/"))
    }

    pub fn root(&self) -> &Path {
        &self.0
    }

    fn read(&self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.0.join(path)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn cpu(&self, path: &str) -> Option<String> {
        self.read(&format!("sys/devices/system/cpu/{path}"))
    }

    /// All that is known about how steady the machine can be.
    pub fn facts(&self) -> Vec<Fact> {
        let facts = [
            self.cores(),
            self.features(),
            self.governor(),
            self.turbo(),
            self.clock_source(),
            self.address_space(),
            self.huge_pages(),
        ];
        facts.into()
    }

    fn is_virtual(&self) -> bool {
        PerfFacts::read(&self.0).virtual_machine
    }

    /// What a hypervisor keeps to itself is no fault of the machine.
    fn not_shown(&self) -> String {
        if self.is_virtual() { "not shown: the host decides" } else { "not shown by this kernel" }.to_owned()
    }

    fn cores(&self) -> Fact {
        let lists: BTreeSet<String> = (0..4096)
            .map_while(|core| {
                let list = self.cpu(&format!("cpu{core}/topology/thread_siblings_list"));
                // A core that is off tells nothing, and others may come after it.
                list.map(Some).or_else(|| {
                    self.0.join(format!("sys/devices/system/cpu/cpu{core}")).is_dir().then_some(None)
                })
            })
            .flatten()
            .collect();
        let threaded: Vec<&str> =
            lists.iter().map(String::as_str).filter(|list| list.contains([',', '-'])).collect();
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let (siblings, remedy) = match (lists.is_empty(), threaded.first()) {
            (true, _) => ("which share a physical core is not shown".to_owned(), None),
            (false, Some(first)) => {
                let off = self.cpu("smt/control").is_some_and(|control| control == "on");
                let words = format!("SMT: two threads share a physical core, such as {first}");
                (words, off.then(|| "echo off > /sys/devices/system/cpu/smt/control".to_owned()))
            }
            (false, None) if self.is_virtual() => {
                ("said to be no siblings, which a hypervisor may not tell truly".to_owned(), None)
            }
            (false, None) => ("each a physical core of its own".to_owned(), None),
        };
        fact("cores", format!("{count}; {siblings}"), remedy)
    }

    fn features(&self) -> Fact {
        let cpuinfo = self.read("proc/cpuinfo").unwrap_or_default();
        let line = cpuinfo.lines().find(|line| line.starts_with("flags") || line.starts_with("Features"));
        let there: BTreeSet<&str> = line.unwrap_or_default().split_whitespace().collect();
        let found: Vec<&str> = FEATURES.into_iter().filter(|name| there.contains(name)).collect();
        let words =
            if found.is_empty() { "none that kernels are written for".to_owned() } else { found.join(" ") };
        fact("CPU features", words, None)
    }

    fn governor(&self) -> Fact {
        match self.cpu("cpu0/cpufreq/scaling_governor") {
            None => fact("governor", self.not_shown(), None),
            Some(governor) if governor == "performance" => fact("governor", governor, None),
            Some(governor) => {
                fact("governor", governor, Some("cpupower frequency-set -g performance".to_owned()))
            }
        }
    }

    fn turbo(&self) -> Fact {
        let intel = self.cpu("intel_pstate/no_turbo").map(|off| (off == "0", "intel_pstate/no_turbo", 1));
        let others = || self.cpu("cpufreq/boost").map(|on| (on == "1", "cpufreq/boost", 0));
        match intel.or_else(others) {
            None => fact("turbo", self.not_shown(), None),
            Some((false, ..)) => fact("turbo", "off", None),
            Some((true, file, off)) => fact(
                "turbo",
                "on: the clock rate falls as the processor warms",
                Some(format!("echo {off} > /sys/devices/system/cpu/{file}")),
            ),
        }
    }

    fn clock_source(&self) -> Fact {
        const FOLDER: &str = "sys/devices/system/clocksource/clocksource0";
        let source = self.read(&format!("{FOLDER}/current_clocksource"));
        let has_tsc = self
            .read(&format!("{FOLDER}/available_clocksource"))
            .is_some_and(|all| all.split(' ').any(|source| source == "tsc"));
        let Some(source) = source else { return fact("clock source", "not shown", None) };
        let slow = has_tsc && source != "tsc";
        let remedy = slow.then(|| format!("echo tsc > /{FOLDER}/current_clocksource"));
        fact("clock source", source, remedy)
    }

    fn address_space(&self) -> Fact {
        let name = "address space";
        match self.read("proc/sys/kernel/randomize_va_space").as_deref() {
            None => fact(name, "whether it is randomised is not shown", None),
            Some("2") => fact(name, "randomised: trials average the layout's effect out", None),
            Some(level) => fact(
                name,
                format!("randomised at level {level}, not 2: processes share a layout, which biases"),
                Some("sysctl kernel.randomize_va_space=2".to_owned()),
            ),
        }
    }

    fn huge_pages(&self) -> Fact {
        let modes = self.read("sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
        let chosen = modes.split('[').nth(1).and_then(|rest| rest.split(']').next());
        let words = match chosen {
            Some("always") => {
                "always: large buffers get them when the kernel has some, so times vary".to_owned()
            }
            Some("madvise") => "only where a program asks (madvise)".to_owned(),
            Some("never") => "never".to_owned(),
            _ => "not shown".to_owned(),
        };
        let remedy = (chosen == Some("always"))
            .then(|| "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled".to_owned());
        fact("huge pages", words, remedy)
    }
}

fn fact(name: &str, found: impl Into<String>, remedy: Option<String>) -> Fact {
    Fact { name: name.to_owned(), found: found.into(), remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system with these files.
    fn system(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let system = System(root.path().to_owned());
        (root, system)
    }

    fn of<'a>(facts: &'a [Fact], name: &str) -> &'a Fact {
        facts.iter().find(|fact| fact.name == name).unwrap_or_else(|| panic!("no {name} in {facts:?}"))
    }

    #[test]
    fn a_laptop_as_it_comes_has_a_remedy_for_all_that_makes_it_unsteady() {
        let (_root, system) = system(&[
            ("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,4\n"),
            ("sys/devices/system/cpu/cpu4/topology/thread_siblings_list", "0,4\n"),
            ("sys/devices/system/cpu/smt/control", "on\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"),
            ("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm\n"),
            ("proc/sys/kernel/randomize_va_space", "0\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"),
            ("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu avx avx2 fma\n"),
        ]);
        let facts = system.facts();
        for (name, found, remedy) in [
            ("cores", "such as 0,4", "smt/control"),
            ("governor", "powersave", "cpupower frequency-set -g performance"),
            ("turbo", "on", "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"),
            ("clock source", "hpet", "echo tsc > /sys/devices/system/clocksource"),
            ("address space", "level 0", "sysctl kernel.randomize_va_space=2"),
            ("huge pages", "always", "echo madvise >"),
        ] {
            let fact = of(&facts, name);
            assert!(fact.found.contains(found), "{fact:?}");
            assert!(fact.remedy.as_deref().unwrap_or_default().contains(remedy), "{fact:?}");
        }
        assert_eq!(of(&facts, "CPU features").found, "avx avx2 fma");
    }

    #[test]
    fn a_server_that_is_set_up_well_needs_nothing() {
        let (_root, system) = system(&[
            ("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
            ("sys/devices/system/cpu/cpufreq/boost", "0\n"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"),
            ("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet\n"),
            ("proc/sys/kernel/randomize_va_space", "2\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
        ]);
        let facts = system.facts();
        assert!(facts.iter().all(|fact| fact.remedy.is_none()), "{facts:?}");
        assert!(of(&facts, "cores").found.ends_with("each a physical core of its own"), "{facts:?}");
        assert_eq!(of(&facts, "turbo").found, "off");
    }

    #[test]
    fn a_guest_is_not_told_to_change_what_its_host_decides() {
        let (_root, system) = system(&[("proc/cpuinfo", "flags : fpu hypervisor\n")]);
        let facts = system.facts();
        assert_eq!(of(&facts, "governor").found, "not shown: the host decides");
        assert_eq!(of(&facts, "turbo").found, "not shown: the host decides");
        assert!(facts.iter().all(|fact| fact.remedy.is_none()), "{facts:?}");
    }
}
