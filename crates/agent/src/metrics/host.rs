//! What the system knows of this process and of the host, read when somebody asks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::ifaddrs::getifaddrs;
use peregrine_hostinfo::{host_root, hostname};

use super::{Metric, Metrics};

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;
/// Ticks of a second, as `/proc` counts CPU time: the same on every Linux.
const TICKS: u64 = 100;
/// Names a file with the memory of the control group, as in Falco.
const CGROUP_VARIABLE: &str = "FALCO_CGROUP_MEM_PATH";
/// Where it usually is, in the old and in the unified hierarchy.
const CGROUP_FILES: [&str; 2] =
    ["/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory.current"];
/// The mount of the unified hierarchy.
const CGROUPS: &str = "/sys/fs/cgroup";

/// What stays as it is from the start on.
#[derive(Debug, Clone)]
pub(crate) struct Constants {
    /// The compatible release of Falco.
    falco: String,
    engine: &'static str,
    start_ns: u64,
    host_name: String,
}

impl Constants {
    /// Of a run that begins now, with events of this engine.
    pub(crate) fn new(falco: String, engine: &'static str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start_ns = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        Self { falco, engine, start_ns, host_name: hostname() }
    }
}

impl Metrics {
    /// Reads what the system knows now. What it does not say is left out.
    pub(crate) fn read_host(&mut self, constants: &Constants) {
        let root = host_root();
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let of_host = |path: &str| read(&format!("{}{path}", root.display()));
        let Constants { falco, engine, start_ns, host_name } = constants;
        self.set_info(Metric::Version, [[falco.clone()]]);
        self.set_info(Metric::Build, [[env!("CARGO_PKG_VERSION").to_owned()]]);
        self.set_info(Metric::Engine, [[(*engine).to_owned(), "syscall".to_owned()]]);
        self.set_info(Metric::HostName, [[host_name.clone()]]);
        let release = read("/proc/sys/kernel/osrelease");
        self.set_info(Metric::KernelRelease, [[release.trim().to_owned()]]);
        self.set_info(Metric::HostAddresses, addresses());
        self.set(Metric::Start, *start_ns);
        self.read_process(&read("/proc/self/status"), &read("/proc/self/smaps_rollup"));
        self.read_stat(&of_host("/proc/stat"));
        self.read_cpu(&read("/proc/self/stat"), &of_host("/proc/uptime"));
        self.read_memory(&of_host("/proc/meminfo"));
        let open = of_host("/proc/sys/fs/file-nr");
        self.set_parsed(Metric::HostOpenFiles, open.split_whitespace().next());
        let group = cgroup_files(&read("/proc/self/cgroup"));
        let used = group.iter().find_map(|file| fs::read_to_string(file).ok());
        self.set_parsed(Metric::MemoryContainer, used.as_deref().map(str::trim));
        self.read_allocator();
    }

    fn set_parsed(&mut self, metric: Metric, text: Option<&str>) {
        if let Some(value) = text.and_then(|text| text.parse().ok()) {
            self.set(metric, value);
        }
    }

    fn set_kib(&mut self, metric: Metric, kib: Option<u64>) {
        if let Some(kib) = kib {
            self.set(metric, kib.saturating_mul(1024));
        }
    }

    /// `status` and `smaps_rollup` of `/proc/self`.
    fn read_process(&mut self, status: &str, smaps: &str) {
        self.set_kib(Metric::MemoryRss, number_of(status, "VmRSS:"));
        self.set_kib(Metric::MemoryVirtual, number_of(status, "VmSize:"));
        self.set_kib(Metric::MemoryPss, number_of(smaps, "Pss:"));
        self.set_kib(Metric::AllocatorResident, number_of(status, "RssAnon:"));
    }

    /// `/proc/stat`.
    fn read_stat(&mut self, stat: &str) {
        if let Some(seconds) = number_of(stat, "btime") {
            self.set(Metric::HostStart, seconds.saturating_mul(SECOND));
        }
        let cpus = stat.lines().filter(|line| {
            let digit = line.strip_prefix("cpu").and_then(|rest| rest.chars().next());
            digit.is_some_and(|digit| digit.is_ascii_digit())
        });
        self.set(Metric::HostCpus, u64::try_from(cpus.count()).unwrap_or(0));
        if let Some(running) = number_of(stat, "procs_running") {
            self.set(Metric::HostRunning, running);
        }
        let all = stat.lines().find_map(|line| line.strip_prefix("cpu "));
        let ticks: Vec<u64> = all
            .unwrap_or_default()
            .split_whitespace()
            .map_while(|tick| tick.parse().ok())
            .take(7)
            .collect();
        let sum: u64 = ticks.iter().sum();
        if let (Some(idle), 1..) = (ticks.get(3), sum) {
            self.set(Metric::HostCpuUsage, thousandths(sum - idle, sum));
        }
    }

    /// `/proc/self/stat` and `/proc/uptime`.
    fn read_cpu(&mut self, stat: &str, uptime: &str) {
        // Behind the name, which may hold anything: the state is the third field of all.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let field = |number: usize| -> Option<u64> {
            fields.split_whitespace().nth(number - 3)?.parse().ok()
        };
        let up = uptime.split_whitespace().next().and_then(|up| up.parse::<f64>().ok());
        if let (Some(user), Some(system), Some(start), Some(up)) =
            (field(14), field(15), field(22), up)
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "ticks since the host was started"
            )]
            let up = (up * 100.0) as u64 * TICKS / 100;
            self.set(Metric::CpuUsage, thousandths(user + system, up.saturating_sub(start)));
        }
    }

    /// `/proc/meminfo`.
    fn read_memory(&mut self, meminfo: &str) {
        let all = number_of(meminfo, "MemTotal:");
        let free = ["MemFree:", "Buffers:", "Cached:"].map(|name| number_of(meminfo, name));
        let free: u64 = free.into_iter().flatten().sum();
        self.set_kib(Metric::HostMemory, all.map(|all| all.saturating_sub(free)));
    }

    fn read_allocator(&mut self) {
        let Some(allocator) = peregrine_probe::allocator() else { return };
        self.set(Metric::AllocatorAllocated, allocator.allocated);
        self.set(Metric::AllocatorActive, allocator.active);
        self.set(Metric::AllocatorMetadata, allocator.metadata);
        self.set(Metric::AllocatorMapped, allocator.mapped);
        self.set(Metric::AllocatorRetained, allocator.retained);
        // It has neither.
        self.set(Metric::AllocatorMetadataHuge, 0);
        self.set(Metric::AllocatorZero, 0);
    }
}

/// The number behind a name at the begin of a line.
fn number_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A part in thousandths; 0 of nothing.
fn thousandths(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1000).saturating_add(whole / 2).checked_div(whole).unwrap_or(0)
}

/// Where the memory of the control group stands, by the text of `/proc/self/cgroup`.
fn cgroup_files(groups: &str) -> Vec<PathBuf> {
    if let Some(file) = std::env::var_os(CGROUP_VARIABLE) {
        return vec![file.into()];
    }
    let mut files: Vec<PathBuf> = CGROUP_FILES.iter().map(PathBuf::from).collect();
    let unified = groups.lines().find_map(|line| line.strip_prefix("0::/"));
    files.extend(unified.map(|group| Path::new(CGROUPS).join(group).join("memory.current")));
    files
}

/// Interface, protocol and addresses, but for those of `lo`.
fn addresses() -> Vec<[String; 3]> {
    let mut all: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for interface in getifaddrs().into_iter().flatten() {
        let Some(address) = interface.address else { continue };
        let (protocol, address) = if let Some(address) = address.as_sockaddr_in() {
            ("ipv4", address.ip().to_string())
        } else if let Some(address) = address.as_sockaddr_in6() {
            ("ipv6", address.ip().to_string())
        } else {
            continue;
        };
        if interface.interface_name != "lo" {
            all.entry((interface.interface_name, protocol)).or_default().push(address);
        }
    }
    let row = |((interface, protocol), addresses): ((String, &str), Vec<String>)| {
        [interface, protocol.to_owned(), addresses.join(",")]
    };
    all.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_proc() {
        let mut metrics = Metrics::default();
        metrics.read_process(
            "Name:\tx\nVmSize:\t  20 kB\nVmRSS:\t 8 kB\nRssAnon: 4 kB\n",
            "0-1 x\nPss: 5 kB\n",
        );
        metrics.read_stat("cpu  1 2 3 90 4 0 0 7 7 7\ncpu0 1 2 3\ncpu1 1\nintr 5\nbtime 1700000000\nprocs_running 3\n");
        metrics
            .read_cpu("1 (a) b) S 1 1 1 0 -1 4 0 0 0 0 20 10 0 0 20 0 1 0 500 0", "35.00 60.00\n");
        metrics.read_memory(
            "MemTotal: 100 kB\nMemFree: 40 kB\nBuffers: 5 kB\nCached: 15 kB\nSwapCached: 9 kB\n",
        );
        let check = |metric: Metric, expected: u64| {
            assert_eq!(metrics.total(metric), expected, "{metric:?}");
        };
        check(Metric::MemoryVirtual, 20 << 10);
        check(Metric::MemoryRss, 8 << 10);
        check(Metric::MemoryPss, 5 << 10);
        check(Metric::AllocatorResident, 4 << 10);
        check(Metric::HostStart, 1_700_000_000 * SECOND);
        check(Metric::HostCpus, 2);
        check(Metric::HostRunning, 3);
        check(Metric::HostCpuUsage, 100);
        // 0.3 s of the 30 s since second 5.
        check(Metric::CpuUsage, 10);
        check(Metric::HostMemory, 40 << 10);
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        let mut metrics = Metrics::default();
        metrics.read_process("", "");
        metrics.read_stat("cpu  x\n");
        metrics.read_cpu("", "");
        metrics.read_memory("");
        let names: Vec<&str> = metrics.iter().map(|(row, _)| row.name).collect();
        assert_eq!(names, ["peregrine_host_cpus"]);
    }

    #[test]
    fn this_process_has_all_of_them() {
        let mut metrics = Metrics::default();
        metrics.read_host(&Constants::new("0.1".to_owned(), "nodriver"));
        let known = |metric: &Metric| metrics.total(*metric) > 0;
        let expected = [
            Metric::Version,
            Metric::KernelRelease,
            Metric::HostStart,
            Metric::Start,
            Metric::HostCpus,
            Metric::MemoryRss,
            Metric::MemoryPss,
            Metric::HostMemory,
            Metric::HostOpenFiles,
            Metric::AllocatorAllocated,
            Metric::AllocatorMapped,
        ];
        let missing: Vec<Metric> = expected.into_iter().filter(|metric| !known(metric)).collect();
        assert_eq!(missing, []);
    }

    #[test]
    fn the_control_group_is_found() {
        let last = |groups: &str| cgroup_files(groups).pop().unwrap();
        assert_eq!(last("1:cpu:/x\n0::/a/b\n"), Path::new("/sys/fs/cgroup/a/b/memory.current"));
        assert_eq!(last("1:memory:/x\n"), Path::new(CGROUP_FILES[1]));
    }
}
