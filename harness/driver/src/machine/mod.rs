//! What the machine is, and how busy it is while something is measured.

pub mod doctor;
pub mod limits;
pub mod program;

use std::{fs, path::Path, process::Command};

use duel_record::{Cache, Machine, Pressure, Source};

use crate::{children, sides::git};

/// Describes this machine; what it does not tell is left open.
pub fn machine() -> Machine {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line =
            cpuinfo.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let virtual_machine =
        field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor"));
    Machine {
        cpu: field("model name"),
        cores: std::thread::available_parallelism()
            .map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
        threads_per_core: read("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list")
            .map(|list| siblings(&list)),
        caches: caches(),
        memory_bytes: memory_bytes(),
        system: os_name(),
        kernel: read("/proc/sys/kernel/osrelease"),
        governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        hypervisor: virtual_machine
            .then(|| hypervisor().unwrap_or_else(|| "an unnamed hypervisor".to_owned())),
        rustc: output("rustc", &["-V"]),
        cargo: output("cargo", &["-V"]),
    }
}

/// Main memory.
pub fn memory_bytes() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Which source `folder` holds.
pub fn source(folder: &Path) -> Source {
    let git = |arguments: &[&str]| {
        let mut command = git::git(folder);
        command.args(arguments);
        git::ask(command).ok()?.ok()
    };
    Source {
        revision: git(&["rev-parse", "HEAD"]),
        dirty: git(&["status", "--porcelain", "--untracked-files=no"]).map(|changes| !changes.is_empty()),
        rustflags: std::env::var("RUSTFLAGS").ok().filter(|flags| !flags.is_empty()),
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = children::output(Command::new(program).args(arguments), &[]).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn read(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// How many cores a list such as `0,4` or `0-1` names.
fn siblings(list: &str) -> u32 {
    list.split(',')
        .map(|part| match part.split_once('-') {
            Some((low, high)) => match (low.trim().parse::<u32>(), high.trim().parse::<u32>()) {
                (Ok(low), Ok(high)) if high >= low => high - low + 1,
                _ => 1,
            },
            None => 1,
        })
        .sum()
}

/// What the hypervisor calls itself: CPUID leaf 0x4000_0000, or the vendor of the board.
fn hypervisor() -> Option<String> {
    #[cfg(target_arch = "x86_64")]
    {
        let leaf = std::arch::x86_64::__cpuid(0x4000_0000);
        let bytes: Vec<u8> = [leaf.ebx, leaf.ecx, leaf.edx].into_iter().flat_map(u32::to_le_bytes).collect();
        let name: String =
            bytes.iter().map(|byte| char::from(*byte)).filter(char::is_ascii_graphic).collect();
        match name.as_str() {
            "" => {}
            "KVMKVMKVM" => return Some("KVM".to_owned()),
            _ => return Some(name),
        }
    }
    read("/sys/class/dmi/id/sys_vendor")
}

fn caches() -> Vec<Cache> {
    (0..8)
        .map_while(|index| {
            let folder = format!("/sys/devices/system/cpu/cpu0/cache/index{index}");
            let level = read(&format!("{folder}/level"))?;
            let kind = read(&format!("{folder}/type"))?.to_lowercase();
            let size = read(&format!("{folder}/size"))?;
            let bytes = size.strip_suffix('K')?.parse::<u64>().ok()? * 1024;
            let name = if kind == "unified" { format!("L{level}") } else { format!("L{level} {kind}") };
            Some(Cache { name, bytes })
        })
        .collect()
}

fn os_name() -> Option<String> {
    let release = fs::read_to_string("/etc/os-release").ok()?;
    let line = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"').to_owned())
}

/// CPU time of all cores since the machine started, in ticks.
#[derive(Clone, Copy, Debug, Default)]
struct Ticks {
    all: u64,
    idle: u64,
    steal: u64,
}

impl Ticks {
    fn now() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        let fields: Vec<u64> =
            stat.lines().next()?.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
        // user nice system idle iowait irq softirq steal; guest time is within user already.
        let [_, _, _, idle, iowait, _, _, steal, ..] = fields[..] else { return None };
        Some(Self { all: fields[..8].iter().sum(), idle: idle + iowait, steal })
    }
}

/// Watches how busy the machine is from its making to [`read`](Self::read).
pub struct PressureMeter(Option<Ticks>);

impl PressureMeter {
    pub fn start() -> Self {
        Self(Ticks::now())
    }

    pub fn read(&self) -> Pressure {
        let load =
            fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next()?.parse().ok());
        let share = |part: fn(&Ticks) -> u64| -> Option<f64> {
            let (then, now) = (self.0?, Ticks::now()?);
            let all = now.all.checked_sub(then.all).filter(|all| *all > 0)?;
            // The kernel's count of waiting goes back now and then (proc_stat(5)), and `all` with it.
            Some((part(&now).saturating_sub(part(&then)) as f64 / all as f64).min(1.0))
        };
        Pressure { steal: share(|ticks| ticks.steal), busy: share(|ticks| ticks.all - ticks.idle), load }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_as_the_kernel_writes_them() {
        let ticks = Ticks::parse("cpu  10 1 5 80 4 0 0 7 3 0\ncpu0 1 2 3").unwrap();
        assert_eq!((ticks.all, ticks.idle, ticks.steal), (107, 84, 7));
        assert!(Ticks::parse("cpu 1 2").is_none());
    }

    #[test]
    fn siblings_are_counted_in_lists_and_ranges() {
        assert_eq!((siblings("0"), siblings("0,4"), siblings("0-3")), (1, 2, 4));
    }
}
