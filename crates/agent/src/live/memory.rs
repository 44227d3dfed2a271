//! How much memory the agent may use, and how it divides it.
//!
//! Its control group, one above it, or the machine sets the limit. The state, the rings and the queues
//! of outputs each get a part; the rest is for what does not grow. Where nearly all of it is used, the
//! state evicts half of its entries.

use std::fs;
use std::path::{Path, PathBuf};

use peregrine_config::{Config, Count};

use crate::notice::Notice;

/// Parts of all memory: the state of the host, the rings of the kernel, one output's queue, events before a match.
const STATE_PART: u64 = 6;
const RINGS_PART: u64 = 4;
const QUEUE_PART: u64 = 32;
const CAPTURE_PART: u64 = 16;
/// The smallest useful sizes.
const LEAST_STATE: u64 = 1 << 20;
const LEAST_RING: u64 = 64 << 10;
const LEAST_QUEUE: u64 = 256 << 10;
/// Memory is nearly used up where less than this part is left.
const SPARE_PART: u64 = 8;

/// A control group with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    folder: PathBuf,
    /// Whether it is of the unified hierarchy.
    unified: bool,
    limit: u64,
}

/// The memory that this process may use.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    groups: Vec<Group>,
    all: u64,
}

impl Memory {
    /// Reads the limits of this process.
    pub(crate) fn new() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let places = places(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"));
        let groups: Vec<Group> = places.into_iter().filter_map(limited).collect();
        let machine = machine(&read("/proc/meminfo")).unwrap_or(u64::MAX);
        let all = groups.iter().map(|group| group.limit).fold(machine, u64::min);
        Self { groups, all }
    }

    /// Reduces the configured sizes to what fits. Returns a notice where the rings are smaller than
    /// configured.
    pub(crate) fn fit(&self, config: &mut Config, rings: usize) -> Option<Notice> {
        let part = |of: u64, least: u64| (self.all / of).max(least);
        let at_most = |bytes: usize, most: u64| bytes.min(usize::try_from(most).unwrap_or(bytes));
        // The thread that writes captures has a state of its own, and events in memory.
        let states = if config.capture.enabled { 2 } else { 1 };
        let state = &mut config.falco_libs.state_bytes;
        *state = Count::of_size(at_most(state.size(), part(STATE_PART * states, LEAST_STATE)));
        let before = &mut config.capture.before_max_size_mb;
        before.0 = before.0.min(i64::try_from(part(CAPTURE_PART, 0) >> 20).unwrap_or(i64::MAX));
        let queue = &mut config.outputs_queue.bytes;
        *queue = Count::of_size(at_most(queue.size(), part(QUEUE_PART, LEAST_QUEUE)));
        let rings = u64::try_from(rings).unwrap_or(u64::MAX).max(1);
        let most = (part(RINGS_PART, 0) / rings).max(LEAST_RING);
        // The largest power of two that fits.
        let most = u32::try_from(1_u64 << most.ilog2()).unwrap_or(1 << 31);
        let ring = &mut config.engine.modern_ebpf.buf_size_preset.bytes;
        if *ring <= most {
            return None;
        }
        let asked = std::mem::replace(ring, most);
        let memory = self.all >> 20;
        Some(Notice::RingsTooLarge { rings, asked, bytes: most, memory })
    }

    /// Whether nearly all memory is used, as far as the kernel cannot reclaim it.
    pub(crate) fn is_pressed(&self) -> bool {
        self.groups.iter().any(|group| {
            group
                .used()
                .is_some_and(|used| group.limit.saturating_sub(used) < group.limit / SPARE_PART)
        })
    }
}

impl Group {
    /// Memory in use that the kernel cannot reclaim: without the page cache.
    fn used(&self) -> Option<u64> {
        let (usage, files) = if self.unified {
            ("memory.current", ["inactive_file", "active_file"])
        } else {
            ("memory.usage_in_bytes", ["total_inactive_file", "total_active_file"])
        };
        let used: u64 = number(&self.folder.join(usage))?;
        let stat = fs::read_to_string(self.folder.join("memory.stat")).unwrap_or_default();
        let of = |name: &str| -> u64 {
            let value = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
        };
        Some(used.saturating_sub(files.iter().map(|name| of(name)).sum()))
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// `MemTotal:  12345 kB`.
fn machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib.saturating_mul(1024))
}

/// The folders of the control groups that may limit memory, from the process's own upwards, and whether
/// each is of the unified hierarchy.
fn places(cgroups: &str, mounts: &str) -> Vec<(PathBuf, bool)> {
    let mut places = Vec::new();
    for line in mounts.lines() {
        let Some((front, back)) = line.split_once(" - ") else { continue };
        let (front, back): (Vec<&str>, Vec<&str>) =
            (front.split(' ').collect(), back.split(' ').collect());
        let (Some(root), Some(point), Some(kind)) = (front.get(3), front.get(4), back.first())
        else {
            continue;
        };
        let has = |options: &str, name: &str| options.split(',').any(|option| option == name);
        let unified = *kind == "cgroup2";
        let old = || *kind == "cgroup" && back.get(2).is_some_and(|all| has(all, "memory"));
        if !unified && !old() {
            continue;
        }
        let own = cgroups.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            let fits = if unified { controllers.is_empty() } else { has(controllers, "memory") };
            fits.then_some(path)
        });
        let Some(below) = own.and_then(|own| below(own, root)) else { continue };
        let mut folder = Path::new(point).join(below);
        while folder.starts_with(point) {
            places.push((folder.clone(), unified));
            if !folder.pop() {
                break;
            }
        }
    }
    places
}

/// The path of a group relative to the mounted one.
fn below<'p>(own: &'p str, root: &str) -> Option<&'p str> {
    let rest = if root == "/" { own } else { own.strip_prefix(root)? };
    Some(rest.trim_start_matches('/'))
}

/// The group of a folder with its limit, where it has one.
fn limited((folder, unified): (PathBuf, bool)) -> Option<Group> {
    let files: &[&str] =
        if unified { &["memory.max", "memory.high"] } else { &["memory.limit_in_bytes"] };
    let limits = files.iter().filter_map(|file| number(&folder.join(file)));
    // Without a limit version 1 has the largest number of pages.
    let limit = limits.filter(|limit| *limit < 1 << 60).min()?;
    Some(Group { folder, unified, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_from_the_own_one_up() {
        let check = |cgroups: &str, mounts: &str, expected: &[(&str, bool)]| {
            let expected: Vec<(PathBuf, bool)> =
                expected.iter().map(|(path, unified)| (PathBuf::from(path), *unified)).collect();
            assert_eq!(places(cgroups, mounts), expected, "{cgroups}");
        };
        let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        check(
            "0::/a.slice/b.service\n",
            unified,
            &[
                ("/sys/fs/cgroup/a.slice/b.service", true),
                ("/sys/fs/cgroup/a.slice", true),
                ("/sys/fs/cgroup", true),
            ],
        );
        let old = "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n32 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
        check(
            "4:memory:/x\n3:cpu:/y\n0::/\n",
            old,
            &[("/sys/fs/cgroup/memory/x", false), ("/sys/fs/cgroup/memory", false)],
        );
        // A part of the hierarchy is mounted, as in a container.
        let part = "31 23 0:27 /docker/id /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
        check(
            "0::/docker/id/own\n",
            part,
            &[("/sys/fs/cgroup/own", true), ("/sys/fs/cgroup", true)],
        );
        check("0::/other\n", part, &[]);
        check("", "", &[]);
    }

    #[test]
    fn what_grows_fits_into_what_there_is() {
        let check = |mib: u64, rings: usize, expected: (usize, u32, usize)| {
            let mut config = Config::default();
            let memory = Memory { groups: Vec::new(), all: mib << 20 };
            let reported = memory.fit(&mut config, rings);
            let ring = |config: &Config| config.engine.modern_ebpf.buf_size_preset.bytes;
            let queue = config.outputs_queue.bytes.size();
            let got = (config.limits().bytes, ring(&config), queue);
            assert_eq!(got, expected, "{mib} MiB");
            assert_eq!(reported.is_some(), ring(&config) < ring(&Config::default()));
        };
        let mib = 1 << 20;
        check(64, 1, (64 * mib / 6, 8 << 20, 2 * mib));
        check(64, 4, (64 * mib / 6, 4 << 20, 2 * mib));
        check(64, 64, (64 * mib / 6, 256 << 10, 2 * mib));
        check(1 << 20, 8, (256 * mib, 8 << 20, 32 * mib));
        check(1, 100, (mib, 64 << 10, 256 << 10));
    }

    #[test]
    fn captures_have_a_part_of_it() {
        let check = |mib: u64, enabled: bool, expected: (usize, i64)| {
            let mut config = Config::default();
            config.capture.enabled = enabled;
            Memory { groups: Vec::new(), all: mib << 20 }.fit(&mut config, 1);
            let got = (config.limits().bytes, config.capture.before_max_size_mb.0);
            assert_eq!(got, expected, "{mib} MiB");
        };
        check(240, false, (40 << 20, 15));
        check(240, true, (20 << 20, 15));
        check(1 << 20, true, (256 << 20, 32));
    }

    #[test]
    fn the_machine_says_how_much_it_has() {
        assert_eq!(machine("MemTotal:   2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        assert_eq!(machine("nothing"), None);
    }
}
