//! What is known of this host without trying.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Where the unified hierarchy of control groups is mounted.
pub fn cgroup_root() -> Option<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    mounts.lines().find_map(|line| {
        let mut words = line.split(' ');
        let (_, at, kind) = (words.next()?, words.next()?, words.next()?);
        (kind == "cgroup2").then(|| PathBuf::from(at))
    })
}

/// Whether the kernel asks programs of BPF LSM at all.
pub(super) fn has_bpf_lsm() -> bool {
    let list = std::fs::read_to_string("/sys/kernel/security/lsm");
    // Without securityfs only an attempt says so; a canary does.
    list.map_or(true, |list| list.trim().split(',').any(|name| name == "bpf"))
}

/// Whether a task may be preempted inside the kernel: then programs of P2 are skipped now and then. Where the kernel
/// does not say it may.
pub fn preempts() -> bool {
    let version = std::fs::read_to_string("/proc/sys/kernel/version").unwrap_or_default();
    if let Ok(modes) = std::fs::read_to_string("/sys/kernel/debug/sched/preempt") {
        return modes.contains("(full)") || modes.contains("(lazy)");
    }
    let words: BTreeSet<&str> = version.split_whitespace().collect();
    if !words.contains("PREEMPT_DYNAMIC") {
        return words.contains("PREEMPT") || words.contains("PREEMPT_RT");
    }
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    let asked =
        line.split_whitespace().filter_map(|word| word.strip_prefix("preempt=")).next_back();
    !matches!(asked, Some("none" | "voluntary"))
}
