//! Programs that run only while somebody wants what they are for.

use peregrine_event::{SyscallSet, syscalls};

/// Programs that run only while a call or tracepoint is wanted: what a descriptor was can only be
/// seen before it is closed, and tracepoints come by the thousand.
pub(crate) const ON_DEMAND: [(&str, &[&str]); 7] = [
    ("closing", &["close"]),
    ("entering", &OVERWRITTEN),
    ("new_task", &["clone3"]),
    ("deliver_signal", &["signal_deliver"]),
    ("switch_task", &["sched_switch"]),
    ("fault_of_user", &["page_fault_user"]),
    ("fault_of_kernel", &["page_fault_kernel"]),
];

/// Calls that may write over what they were given. As `keeps` of `bpf/entry.h`, and those that 32-bit programs
/// make with all their arguments in memory. Not `process_vm_writev`, whose pieces nobody but itself can hide:
/// the shipped rules look at it, and the entry of every call would cost.
const OVERWRITTEN: [&str; 22] = [
    "stat",
    "lstat",
    "newfstatat",
    "stat64",
    "lstat64",
    "readv",
    "preadv",
    "process_vm_readv",
    "nanosleep",
    "ppoll",
    "prlimit64",
    "quotactl",
    "keyctl",
    "recvmsg",
    "recvmmsg",
    "sendmmsg",
    "recv",
    "recvfrom",
    "getsockopt",
    "socketpair",
    "getsockname",
    "getpeername",
];

/// The programs that such calls want.
pub(crate) fn wanted(calls: &SyscallSet) -> impl Iterator<Item = &'static str> + '_ {
    let wants = |call: &str| syscalls::by_name(call).is_some_and(|call| calls.contains(call.id));
    let wanted = ON_DEMAND.iter().filter(move |(_, calls)| calls.iter().any(|call| wants(call)));
    wanted.map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_wants_a_program_is_one() {
        for call in ON_DEMAND.iter().flat_map(|(_, calls)| *calls) {
            assert!(syscalls::by_name(call).is_some(), "{call}");
        }
        let check = |name, programs: &[&str]| {
            let calls = syscalls::by_name(name).map(|call| call.id).into_iter().collect();
            assert_eq!(wanted(&calls).collect::<Vec<_>>(), programs, "{name}");
        };
        check("close", &["closing"]);
        check("recvmsg", &["entering"]);
        check("clone3", &["new_task"]);
        check("read", &[]);
    }
}
