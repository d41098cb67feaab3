//! Which levels of the memory there are, how much is in each, and how much of it is streamed.

use std::{fs, path::Path};

/// One cache of data, as Linux describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLevel {
    /// Such as `L2`.
    pub name: String,
    pub bytes: u64,
    /// Cores that share one such cache.
    pub shared_by: u64,
}

impl CacheLevel {
    /// What so many threads, each on its own core, have of it together.
    pub fn bytes_of(&self, threads: u64) -> u64 {
        self.bytes * threads.div_ceil(self.shared_by.max(1)).max(1)
    }

    /// Half of what each core has where all of them work.
    pub fn working_set_bytes(&self) -> u64 {
        self.bytes / self.shared_by.max(1) / 2
    }
}

/// The caches of data of a core, nearest first.
pub fn caches_of(core: usize) -> Vec<CacheLevel> {
    let folder = format!("/sys/devices/system/cpu/cpu{core}/cache");
    let mut caches: Vec<CacheLevel> =
        (0..8).filter_map(|index| cache(&Path::new(&folder).join(format!("index{index}")))).collect();
    caches.sort_by_key(|cache| cache.bytes);
    caches
}

fn cache(folder: &Path) -> Option<CacheLevel> {
    let read = |name: &str| Some(fs::read_to_string(folder.join(name)).ok()?.trim().to_owned());
    if read("type")? == "Instruction" {
        return None;
    }
    let kib: u64 = read("size")?.strip_suffix('K')?.parse().ok()?;
    let shared = read("shared_cpu_map").map_or(1, |map| members(&map));
    Some(CacheLevel { name: format!("L{}", read("level")?), bytes: kib << 10, shared_by: shared })
}

/// How many cores a map such as `ff,00000003` has.
fn members(map: &str) -> u64 {
    map.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| u64::from(digit.count_ones())).sum()
}

/// Four times what the caches hold, but where they are huge (or their host's, on a virtual machine) at
/// most twice that, since having a gigabyte made takes a second or more; or what can be spared; `None` where that is not clearly more than
/// they hold, so that the caches would be measured again.
pub fn memory_working_set_bytes(caches: &[CacheLevel], threads: u64, free: Option<u64>) -> Option<u64> {
    let last = caches.last().map_or(0, |cache| cache.bytes_of(threads));
    let wished = (4 * last).min((2 * last).max(1 << 30)).max(256 << 20);
    let most = free.map_or(1 << 30, |free| free / 4);
    let bytes = wished.min(most);
    (bytes >= 2 * last && bytes >= 64 << 20).then_some(bytes)
}

/// Memory that can be had without taking it from others, within the limit of this process's group.
pub fn free_bytes() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let free = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10;
    let number =
        |name: &str| fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse::<u64>().ok();
    let of_group = |most: &str, used: &str| Some(number(most)?.saturating_sub(number(used)?));
    let limits: [Option<u64>; 2] = [
        of_group("memory.max", "memory.current"),
        of_group("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ];
    limits.into_iter().flatten().chain([free]).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(bytes: u64, shared_by: u64) -> CacheLevel {
        CacheLevel { name: "L".into(), bytes, shared_by }
    }

    #[test]
    fn a_private_cache_grows_with_the_threads_and_a_shared_one_does_not() {
        assert_eq!((level(48, 1).bytes_of(1), level(48, 1).bytes_of(4)), (48, 192));
        assert_eq!((level(1000, 8).bytes_of(1), level(1000, 8).bytes_of(8)), (1000, 1000));
        assert_eq!(level(1000, 8).bytes_of(9), 2000);
        assert_eq!((level(48, 1).working_set_bytes(), level(1600, 8).working_set_bytes()), (24, 100));
    }

    #[test]
    fn cores_are_counted_in_a_map() {
        assert_eq!((members("3"), members("00000000,00000001"), members("ff,00000003")), (2, 1, 10));
    }

    #[test]
    fn memory_is_streamed_only_where_that_is_more_than_the_caches_hold() {
        const MIB: u64 = 1 << 20;
        let caches = [level(2 * MIB, 1), level(100 * MIB, 4)];
        assert_eq!(memory_working_set_bytes(&caches, 4, Some(8 << 30)), Some(400 * MIB));
        let huge = [level(600 * MIB, 4)];
        assert_eq!(memory_working_set_bytes(&huge, 4, Some(64 << 30)), Some(1200 * MIB));
        assert_eq!(memory_working_set_bytes(&caches, 4, Some(1000 * MIB)), Some(250 * MIB));
        assert_eq!(memory_working_set_bytes(&caches, 4, Some(700 * MIB)), None);
        assert_eq!(memory_working_set_bytes(&[], 1, Some(8 << 30)), Some(256 * MIB));
        assert_eq!(memory_working_set_bytes(&[], 1, Some(100 * MIB)), None);
    }
}
