//! The system calls that are denied. Those that nobody here knows, because they are younger than this release, are
//! said not to exist, so that programs do what they did before there were any.

use std::collections::BTreeMap;

use peregrine_event::syscalls::{self, Syscall};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

/// `EPERM` and `ENOSYS`.
const NOT_PERMITTED: u32 = 1;
const NO_SUCH_CALL: u32 = 38;

/// Calls that change the system, look into or change other processes, or have been the way to much of both.
const DENIED: &[&str] = &[
    // Mounts and root directories.
    "chroot",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "pivot_root",
    "umount",
    "umount2",
    // Namespaces.
    "setns",
    "unshare",
    // The kernel and its modules.
    "create_module",
    "delete_module",
    "finit_module",
    "get_kernel_syms",
    "init_module",
    "kexec_file_load",
    "kexec_load",
    "query_module",
    "reboot",
    "syslog",
    "_sysctl",
    "sysfs",
    // Memory and descriptors of other processes.
    "kcmp",
    "migrate_pages",
    "move_pages",
    "pidfd_getfd",
    "process_madvise",
    "process_mrelease",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    // Clocks and names of the host.
    "adjtimex",
    "clock_adjtime",
    "clock_settime",
    "setdomainname",
    "sethostname",
    "settimeofday",
    "stime",
    // Devices, swap, quotas, accounting, terminals.
    "acct",
    "ioperm",
    "iopl",
    "lookup_dcookie",
    "modify_ldt",
    "nfsservctl",
    "quotactl",
    "quotactl_fd",
    "swapoff",
    "swapon",
    "uselib",
    "ustat",
    "vhangup",
    "vm86",
    // Keys.
    "add_key",
    "keyctl",
    "request_key",
    // What exploits are made of.
    "fanotify_init",
    "fanotify_mark",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "memfd_secret",
    "open_by_handle_at",
    "perf_event_open",
    "personality",
    "userfaultfd",
    "lsm_set_self_attr",
];

/// Of these, what an agent with policies does as long as it runs.
const MARKS: &[&str] = &["fanotify_init", "fanotify_mark"];

/// Its flags lie in memory, where a filter does not see them: programs use `clone` where it does not exist.
const HIDDEN_FLAGS: &str = "clone3";

/// `CLONE_NEWNS`, `NEWCGROUP`, `NEWUTS`, `NEWIPC`, `NEWUSER`, `NEWPID`, `NEWNET`.
const NEW_NAMESPACES: u64 =
    0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000;

/// `AF_UNIX`, `AF_INET`, `AF_INET6`, `AF_NETLINK`: sockets of other families are not made.
const FAMILIES: [u64; 4] = [1, 2, 10, 16];

/// Compiles the filters, in the order in which they are set: of two that deny the younger one says how.
pub(super) fn filters(marks: bool) -> Result<[BpfProgram; 2], BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let mut known = BTreeMap::new();
    let mut denied = BTreeMap::new();
    for call in syscalls::all() {
        let Some(number) = native(call) else { continue };
        if DENIED.contains(&call.name) && !(marks && MARKS.contains(&call.name)) {
            denied.insert(number, Vec::new());
        }
        if call.name != HIDDEN_FLAGS {
            known.insert(number, rules(call.name)?);
        }
    }
    let allow = SeccompAction::Allow;
    let known = SeccompFilter::new(known, SeccompAction::Errno(NO_SUCH_CALL), allow.clone(), arch)?;
    let denied = SeccompFilter::new(denied, allow, SeccompAction::Errno(NOT_PERMITTED), arch)?;
    Ok([known.try_into()?, denied.try_into()?])
}

/// The number of a call on this machine.
fn native(call: &Syscall) -> Option<i64> {
    let number = if cfg!(target_arch = "x86_64") { call.x86_64 } else { call.aarch64 };
    number.filter(|_| !call.tracepoint).map(i64::from)
}

/// With which arguments a call may be made; empty: with any.
fn rules(name: &str) -> Result<Vec<SeccompRule>, BackendError> {
    let first = |operator, value| {
        SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Qword, operator, value)?])
    };
    match name {
        "clone" => Ok(vec![first(SeccompCmpOp::MaskedEq(NEW_NAMESPACES), 0)?]),
        "socket" => FAMILIES.iter().map(|family| first(SeccompCmpOp::Eq, *family)).collect(),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_denied_call_is_known() {
        for name in DENIED.iter().chain([&HIDDEN_FLAGS]) {
            assert!(syscalls::by_name(name).is_some(), "{name}");
        }
        assert!(MARKS.iter().all(|name| DENIED.contains(name)));
    }

    /// The profile for container engines whose own one permits `bpf` to no container without `CAP_SYS_ADMIN`.
    #[test]
    fn the_profile_of_the_image_denies_the_same() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packaging/seccomp.json");
        let profile = std::fs::read_to_string(file).unwrap();
        let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
        let mut expected = DENIED.to_vec();
        expected.sort_unstable();
        assert_eq!(profile["defaultAction"], "SCMP_ACT_ALLOW");
        assert_eq!(profile["syscalls"][0]["names"], serde_json::json!(expected));
        assert_eq!(profile["syscalls"][0]["action"], "SCMP_ACT_ERRNO");
    }

    #[test]
    fn filters_fit_into_what_the_kernel_takes() {
        let [known, denied] = filters(false).unwrap();
        // `BPF_MAXINSNS`.
        assert!(known.len() < 4096 && denied.len() < 4096, "{} {}", known.len(), denied.len());
    }
}
